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

/** Opens the control connection and reads the greeting. */
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
    // The encoding may change in between.
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
    // Expected before TLS is there: it may come in one segment with the end of the handshake.
    const isTimed = timeouts.tls > 0 && timeouts.greeting > 0; // 0 is for ever
    const both = isTimed ? timeouts.tls + timeouts.greeting : 0;
    const timeout = tls?.implicit ? both : timeouts.greeting;
    const onReply = (reply: Reply) => telnet.noteGreeting(replyText(reply));
    const greetingReceived = control.greeting({
      phase: 'greeting',
      signal,
      timeout,
      accepted: onReply,
    });
    greetingReceived.catch(() => {}); // told below, unless the handshake fails first
    if (tls?.implicit) await control.secure(tls.client, host, { timeout: timeouts.tls, signal });
    const greeting = await greetingReceived;
    throwIfAborted(signal); // by somebody who was told of the greeting
    if (closeReason?.code === 'ERR_FTP_PLAINTEXT_AFTER_AUTH') throw closeReason; // by what came behind it
    return { session: new Session(control, settings, host, replyText(greeting)), greeting };
  } catch (error) {
    control.destroy();
    throw error;
  }
}
