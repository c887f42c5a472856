import type { FTPError } from '../errors';
import type { CallOptions } from '../options/client-options';
import type { Settings } from '../options/settings';
import { command } from '../protocol/command';
import { ConnectionTelnet } from '../protocol/telnet';
import { type Reply, replyText } from '../reply';
import { ControlConnection } from '../transport/control/control-connection';
import { dial } from '../transport/socket/dial';
import { ReusableReadBuffer } from '../transport/socket/read-buffers';
import { SocketReader } from '../transport/socket/socket-reader';
import { throwIfAborted } from '../util/abort-listeners';
import { hostPort } from '../util/host-port';
import { Session } from './session';

/**
 * Opens the control connection, with implicit TLS if the options ask for it, and reads the
 * greeting.
 *
 * @param onControl - called with the control connection before the first reply is read
 * @throws FTPError if the connection, the handshake or the greeting fails; or the signal's reason
 */
export async function openSession(
  settings: Settings,
  { signal }: CallOptions,
  onControl: (control: ControlConnection) => void,
): Promise<{ session: Session; greeting: Reply }> {
  const { host, port, localAddress, family, keepAlive, timeouts, createConnection } = settings;
  const limits = { purpose: 'control' as const, timeout: timeouts.connect, signal };
  const reader = createConnection ? undefined : new SocketReader(new ReusableReadBuffer());
  const target = { host, port, localAddress, family, keepAlive, reader };
  const socket = await dial(target, limits, createConnection);
  const telnet = new ConnectionTelnet(settings.telnetIac);
  const parsing = {
    name: hostPort(host, port),
    maxLine: settings.maxLine,
    maxReply: settings.maxReply,
    strictMultiline: settings.strictMultiline,
    telnet,
    // Looked up for each line: the user may change the encoding.
    decode: (line: Uint8Array) => settings.codec.decode(line),
    keepsASCII: () => settings.codec.keepsASCII === true,
    command: (verb: string) => command(settings, verb),
  };
  const control = new ControlConnection(socket, parsing, reader);
  onControl(control);
  let closeReason: FTPError | undefined;
  control.once('close', (reason) => {
    closeReason = reason;
  });
  const { tls } = settings;
  if (tls) control.plaintextPolicy = 'require-tls';
  try {
    // Wait for the greeting before the handshake ends: both may arrive in one TCP segment. So the
    // greeting gets the time of the handshake, too.
    const isTimed = timeouts.tls > 0 && timeouts.greeting > 0; // 0 means no limit
    const total = isTimed ? timeouts.tls + timeouts.greeting : 0;
    const timeout = tls?.implicit ? total : timeouts.greeting;
    const onReply = (reply: Reply) => telnet.noteGreeting(replyText(reply));
    const greetingReceived = control.greeting({
      phase: 'greeting',
      signal,
      timeout,
      accepted: onReply,
    });
    greetingReceived.catch(() => {}); // awaited below, unless the handshake fails first
    if (tls?.implicit) await control.secure(tls.client, host, { timeout: timeouts.tls, signal });
    const greeting = await greetingReceived;
    throwIfAborted(signal); // a listener may have aborted it when the greeting arrived
    // Plaintext right behind the greeting closes the connection.
    if (closeReason?.code === 'ERR_FTP_PLAINTEXT_AFTER_AUTH') throw closeReason;
    return { session: new Session(control, settings, host, replyText(greeting)), greeting };
  } catch (error) {
    control.destroy();
    throw error;
  }
}
