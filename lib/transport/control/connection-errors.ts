import { ConnectionError, type FTPError, type Phase, TimeoutError } from '../../errors';
import type { Exchange } from '../../protocol/exchange';
import { type Reply, replyText } from '../../reply';

/** A server as the messages of a control connection name it. */
export interface ServerName {
  /** Host and port. */
  readonly name: string;
  /** Whether it has yet to say anything, in clear: then it may be waiting for a TLS handshake. */
  readonly isSilent: boolean;
  /** What it said last. */
  readonly lastReply?: Reply | undefined;
  /** Words on the replies that were dropped last, which may tell why. */
  readonly droppedNote: string;
}

const FOR_IMPLICIT_TLS = 'the port may expect implicit TLS (FTPTLS with the option implicit: true)';

/** The error of one who waits when the control connection goes, or comes after; no reason is our own. */
export function connectionLostError(
  reason: FTPError | undefined,
  server: string,
  context: { command?: string; phase?: Phase },
): ConnectionError {
  if (!reason)
    return new ConnectionError(`The control connection to ${server} was closed`, context);
  const { reply, cause, message } = reason;
  if (reason instanceof ConnectionError)
    return new ConnectionError(message, { ...context, reply, cause });
  const to = message.includes(server) ? '' : ` to ${server}`;
  const why = `The control connection${to} is closed: ${message}`;
  return new ConnectionError(why, { ...context, reply, cause: reason });
}

/** The end of a control connection that the server has closed. */
export function closedByServer(server: ServerName): ConnectionError {
  const message = `The control connection was closed by ${server.name}${adviceOn(server)}${lastRefusal(server)}`;
  return new ConnectionError(message);
}

/** The end of a control connection that the server has announced (RFC 959 §5.4: 421). */
export function closedWith421(reply: Reply, server: string): ConnectionError {
  return new ConnectionError(`${replyText(reply)} (from ${server})`, { reply });
}

/**
 * The error of a reply that did not come in time.
 * @param limit - the milliseconds for all replies together, if preliminary ones have used them up
 */
export function noReplyError(
  { command, phase, timeout, advice }: Omit<Exchange, 'expects' | 'succeeded' | 'failed'>,
  server: ServerName,
  limit?: number,
): TimeoutError {
  const what = command === undefined ? 'greeting' : 'reply';
  const to = command === undefined ? '' : ` to ${command.label}`;
  const missing = `${limit === undefined ? '' : 'final '}${what} from ${server.name}${to}`;
  const isUnheard = server.isSilent && limit === undefined;
  const advised = adviceOn({ ...server, isSilent: isUnheard }, advice);
  const message = `No ${missing} within ${limit ?? timeout} ms${advised}`;
  return new TimeoutError(message, { command: command?.label, phase });
}

/**
 * Why a control connection is gone whose socket failed.
 * @param lastWords - what the server wrote in clear into its TLS, which broke it
 */
export function socketError(error: Error, server: ServerName, lastWords?: string): ConnectionError {
  const isBroken =
    lastWords !== undefined && /^ERR_SSL_/.test((error as { code?: string }).code ?? '');
  const why = isBroken ? `the server spoke in clear (${lastWords})` : error.message;
  const message = `The control connection to ${server.name} failed: ${why}${adviceOn(server)}${lastRefusal(server)}`;
  return new ConnectionError(message, { cause: error });
}

/** A refusal just before the end may tell why it came. */
function lastRefusal({ lastReply: last }: ServerName): string {
  return last && last.code >= 400 ? `; its last reply was: ${replyText(last)}` : '';
}

function adviceOn(
  { isSilent: isUnheard, droppedNote: dropped }: ServerName,
  advice?: string,
): string {
  const words = advice ?? (isUnheard && dropped === '' ? FOR_IMPLICIT_TLS : undefined);
  return words === undefined ? dropped : `${dropped}; ${words}`;
}

/** The error of a command whose reply is read with those to an abandoned transfer. */
export function commandAbandonedError(command: string | undefined): ConnectionError {
  const message = 'The command was given up with the transfer before it';
  return new ConnectionError(message, { command, connectionUsable: true });
}

/** The error of who still waits for a transfer that is given up. */
export function transferAbandonedError(): ConnectionError {
  return new ConnectionError('The transfer was given up', { connectionUsable: true });
}
