import { ConnectionError, type FTPError, type Phase, TimeoutError } from '../../errors';
import type { Exchange } from '../../protocol/exchange';
import { type Reply, replyText } from '../../reply';

/** What error messages say about the server of a control connection. */
export interface ServerName {
  /** The server's host and port. */
  readonly name: string;
  /** Whether it has sent nothing yet, without TLS: it may be waiting for a TLS handshake. */
  readonly isSilent: boolean;
  /** The last reply. */
  readonly lastReply?: Reply | undefined;
  /** A note about the replies that were dropped recently, which may explain the error. */
  readonly droppedNote: string;
}

const FOR_IMPLICIT_TLS = 'the port may expect implicit TLS (FTPTLS with the option implicit: true)';

/**
 * The error of a command that is pending on, or issued after, a closed control connection.
 * @param reason - why the connection was closed; `undefined` if the client closed it
 */
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

/** The reason of a control connection that the server closed. */
export function closedByServer(server: ServerName): ConnectionError {
  const message = `The control connection was closed by ${server.name}${adviceOn(server)}${lastRefusal(server)}`;
  return new ConnectionError(message);
}

/** The reason of a control connection that the server closed with a 421 (RFC 959 §5.4). */
export function closedWith421(reply: Reply, server: string): ConnectionError {
  return new ConnectionError(`${replyText(reply)} (from ${server})`, { reply });
}

/**
 * The error of a reply that did not arrive in time.
 * @param limit - milliseconds for all replies of the exchange, if preliminary replies used them up
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
 * The reason of a control connection whose socket failed.
 * @param lastWords - plaintext that the server wrote into the TLS stream, and so broke it
 */
export function socketError(error: Error, server: ServerName, lastWords?: string): ConnectionError {
  const isBroken =
    lastWords !== undefined && /^ERR_SSL_/.test((error as { code?: string }).code ?? '');
  const why = isBroken ? `the server sent plaintext (${lastWords})` : error.message;
  const message = `The control connection to ${server.name} failed: ${why}${adviceOn(server)}${lastRefusal(server)}`;
  return new ConnectionError(message, { cause: error });
}

/** The last reply, if it was a refusal: it may say why the connection was closed. */
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

/** The error of a command whose reply is discarded together with those of an abandoned transfer. */
export function commandAbandonedError(command: string | undefined): ConnectionError {
  const message = 'The command was abandoned with the transfer before it';
  return new ConnectionError(message, { command, connectionUsable: true });
}

/** The error of operations that are pending on an abandoned transfer. */
export function transferAbandonedError(): ConnectionError {
  return new ConnectionError('The transfer was abandoned', { connectionUsable: true });
}
