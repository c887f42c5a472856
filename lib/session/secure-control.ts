import { argumentError, ReplyError, replyError } from '../errors';
import type { CallOptions } from '../options/client-options';
import type { TlsSettings } from '../options/settings';
import type { Command } from '../protocol/command';
import type { Reply } from '../reply';
import type { Session } from './session';

/**
 * Starts TLS on the control connection (RFC 4217 §4: AUTH TLS).
 * @throws ReplyError for any reply but 234: the session must not go on in plaintext
 */
export async function secureControl(session: Session, options: CallOptions): Promise<Reply> {
  const { control, host, settings } = session;
  const { client } = settings.tls as TlsSettings;
  if (control.isSecure) throw invalidState('The control connection uses TLS already');
  const auth = session.command('AUTH', 'TLS');
  const limits = { timeout: session.timeouts(options).tls, signal: options.signal };
  let secured: Promise<void> | undefined;
  const accepted = (reply: Reply) => {
    // In the same tick: no plaintext byte after the 234 may be read as a reply (CVE-2021-22947).
    if (reply.code !== 234) return;
    secured = control.secure(client, host, limits);
    secured.catch(() => {}); // awaited below
  };
  const reply = await exchangeOrDestroy(session, auth, { ...options, accepted }).catch((error) => {
    throw error instanceof ReplyError && error.connectionUsable
      ? noTlsError(auth, error.reply)
      : error;
  });
  if (!secured) throw noTlsError(auth, reply);
  await secured;
  return reply;
}

function noTlsError(auth: Command, reply: Reply): ReplyError {
  const hint =
    'the server offers no TLS on this port; if it has a port for implicit TLS (usually 990), ' +
    'connect to that port with the option implicit: true';
  return replyError(reply, { command: auth.label, phase: 'secure', hint });
}

// After an aborted exchange it is unknown whether the server uses TLS, so the connection ends.
async function exchangeOrDestroy(
  session: Session,
  command: Command,
  details: CallOptions & { accepted: (reply: Reply) => void },
): Promise<Reply> {
  try {
    return await session.exchange(command, { ...details, phase: 'secure' });
  } catch (error) {
    if (!(error instanceof ReplyError)) session.control.destroy();
    throw error;
  }
}

/**
 * Ends TLS on the control connection (RFC 4217 §5: CCC).
 * @throws TypeError `ERR_INVALID_STATE` if it does not use TLS; ReplyError if the server refuses
 */
export async function clearControl(session: Session, options: CallOptions): Promise<Reply> {
  const { control } = session;
  if (!control.isSecure) throw invalidState('The control connection does not use TLS');
  const limits = { timeout: session.timeouts(options).tls, signal: options.signal };
  let cleared: Promise<void> | undefined;
  const accepted = () => {
    // In the same tick: the server may end TLS right after its 200.
    cleared = control.clear(limits);
    cleared.catch(() => {}); // awaited below
  };
  const reply = await exchangeOrDestroy(session, session.command('CCC'), { ...options, accepted });
  await cleared;
  return reply;
}

function invalidState(message: string): TypeError {
  return argumentError(TypeError, 'ERR_INVALID_STATE', message);
}
