import { argumentError, ReplyError, replyError } from '../errors';
import type { CallOptions } from '../options/client-options';
import type { TlsSettings } from '../options/settings';
import type { Command } from '../protocol/command';
import type { Reply } from '../reply';
import type { Session } from './session';

/**
 * Takes the control connection into TLS (RFC 4217 §4: AUTH TLS).
 * @throws ReplyError for all but a 234: there is no way on in clear
 */
export async function secureControl(session: Session, options: CallOptions): Promise<Reply> {
  const { control, host, settings } = session;
  const { client } = settings.tls as TlsSettings;
  if (control.isSecure) throw invalidState('The control connection is in TLS already');
  const auth = session.command('AUTH', 'TLS');
  const limits = { timeout: session.timeouts(options).tls, signal: options.signal };
  let secured: Promise<void> | undefined;
  const accepted = (reply: Reply) => {
    // In this very tick: not a byte more may be taken for a reply (CVE-2021-22947).
    if (reply.code !== 234) return;
    secured = control.secure(client, host, limits);
    secured.catch(() => {}); // told below
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
    'the server offers no TLS on this port; if it has another one for implicit TLS (990, as a ' +
    'rule), connect to that with the option implicit: true';
  return replyError(reply, { command: auth.label, phase: 'secure', hint });
}

// Who gives up half-way leaves a server behind that may be in TLS or not.
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

/** Takes the control connection back out of TLS (RFC 4217 §5: CCC). */
export async function clearControl(session: Session, options: CallOptions): Promise<Reply> {
  const { control } = session;
  if (!control.isSecure) throw invalidState('The control connection is not in TLS');
  const limits = { timeout: session.timeouts(options).tls, signal: options.signal };
  let cleared: Promise<void> | undefined;
  const accepted = () => {
    // In this very tick: the server may end TLS right behind its 200.
    cleared = control.clear(limits);
    cleared.catch(() => {}); // told below
  };
  const reply = await exchangeOrDestroy(session, session.command('CCC'), { ...options, accepted });
  await cleared;
  return reply;
}

function invalidState(message: string): TypeError {
  return argumentError(TypeError, 'ERR_INVALID_STATE', message);
}
