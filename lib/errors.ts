import type { Reply } from './reply';

/** Where an operation stood when it failed. */
export type Phase = 'connect' | 'greeting' | 'secure' | 'login' | 'command' | 'data' | 'completion';

/** What an error can tell beside its message. */
export interface ErrorContext {
  /** The command as it may be shown: secrets are masked. */
  readonly command?: string | undefined;
  readonly phase?: Phase | undefined;
  /** What the server said. */
  readonly reply?: Reply | undefined;
  /** Bytes that had passed through the stream. */
  readonly bytesTransferred?: number | undefined;
  /** All bytes arrived; only the confirmation is missing. */
  readonly dataComplete?: boolean | undefined;
  /** Whether the client can go on with its next command without connecting again. */
  readonly connectionUsable?: boolean | undefined;
  readonly cause?: unknown;
  /** What a reply means, and what to do: more words for its message. */
  readonly hint?: string | undefined;
}

/** Base of every error that this library makes (`ftplib.Error`). */
export class FTPError extends Error {
  readonly code: string = 'ERR_FTP';
  declare readonly command?: string;
  declare readonly phase?: Phase;
  declare readonly reply?: Reply;
  declare readonly bytesTransferred?: number;
  declare readonly dataComplete?: boolean;
  readonly connectionUsable: boolean;

  constructor(message: string, { cause, connectionUsable, ...context }: ErrorContext = {}) {
    super(printable(message), cause === undefined ? undefined : { cause });
    this.connectionUsable = connectionUsable ?? false;
    for (const [key, value] of Object.entries(context)) {
      if (value !== undefined) Object.assign(this, { [key]: value });
    }
  }

  // An accessor, so that even the stack begins with the name of the subclass.
  override get name(): string {
    return this.constructor.name;
  }

  // util.inspect() escapes the control characters of a reply, but not what turns a line round.
  [Symbol.for('nodejs.util.inspect.custom')](
    _depth: number,
    options: object,
    inspect: (value: unknown, options: object) => string,
  ): string {
    return inspect(this, { ...options, customInspect: false }).replace(REORDERING, escaped);
  }
}

/** A reply that the exchange cannot go on with (`ftplib.error_reply`). */
export class ReplyError extends FTPError {
  override readonly code: string = 'ERR_FTP_REPLY';
  declare readonly reply: Reply;

  constructor(reply: Reply, context: ErrorContext = {}) {
    // The reply first, as in ftplib: ported code tests for a leading "550".
    const text = textOf(reply);
    const { command, hint, ...rest } = context;
    const what = command === undefined ? text : `${text} (${command})`;
    super(hint === undefined ? what : `${what}: ${hint}`, {
      connectionUsable: reply.code !== 421, // RFC 959 §5.4: 421 closes the control connection
      ...rest,
      command,
      reply,
    });
  }
}

function textOf({ lines }: Reply): string {
  return lines.join('\n');
}

/** 4yz: refused for now; the same command may succeed later (`ftplib.error_temp`). */
export class TransientReplyError extends ReplyError {
  override readonly code = 'ERR_FTP_REPLY_TRANSIENT';
}

/** 5yz: refused; the same command will be refused again (`ftplib.error_perm`). */
export class PermanentReplyError extends ReplyError {
  override readonly code = 'ERR_FTP_REPLY_PERMANENT';
}

/** The server broke the protocol, or we lost step with it (`ftplib.error_proto`). */
export class ProtocolError extends FTPError {
  override readonly code: ProtocolErrorCode;

  constructor(
    message: string,
    context?: ErrorContext,
    code: ProtocolErrorCode = 'ERR_FTP_PROTOCOL',
  ) {
    super(message, context);
    this.code = code;
  }
}

export type ProtocolErrorCode =
  | 'ERR_FTP_PROTOCOL'
  | 'ERR_FTP_REPLY_TOO_LARGE'
  | 'ERR_FTP_BAD_PASV'
  | 'ERR_FTP_PLAINTEXT_AFTER_AUTH';

/** No connection, or one that was closed by the server or by us (`OSError`, `EOFError` under ftplib). */
export class ConnectionError extends FTPError {
  override readonly code = 'ERR_FTP_CONNECTION';
}

/** A wait for the server took too long; `phase` names it (`TimeoutError` under ftplib). */
export class TimeoutError extends FTPError {
  override readonly code = 'ERR_FTP_TIMEOUT';
}

/**
 * The data connection failed, data and reply disagree, or an offset lies beyond the end of a file.
 * ftplib takes some of these for success.
 */
export class TransferError extends FTPError {
  override readonly code: TransferErrorCode;

  constructor(
    message: string,
    context?: ErrorContext,
    code: TransferErrorCode = 'ERR_FTP_TRANSFER',
  ) {
    super(message, { connectionUsable: true, ...context });
    this.code = code;
  }
}

export type TransferErrorCode =
  | 'ERR_FTP_TRANSFER'
  | 'ERR_FTP_SIZE_MISMATCH'
  | 'ERR_FTP_TRUNCATED'
  | 'ERR_FTP_UNCONFIRMED'
  | 'ERR_FTP_EARLY_COMPLETION'
  | 'ERR_FTP_BAD_OFFSET';

/** Stood too long behind a transfer that its user leaves untouched. */
export class BusyError extends FTPError {
  override readonly code = 'ERR_FTP_BUSY';
}

/** Every class of error that the server or the network can bring about (`ftplib.all_errors`). */
export const allErrors: readonly [typeof FTPError] = [FTPError];

/** The error that a reply calls for, by its first digit (RFC 959 §4.2). */
export function replyError(reply: Reply, context?: ErrorContext): ReplyError {
  if (reply.code >= 500) return new PermanentReplyError(reply, context);
  if (reply.code >= 400) return new TransientReplyError(reply, context);
  return new ReplyError(reply, context);
}

/**
 * The error of a second attempt, which also tells why the first one has failed.
 * @internal
 */
export function withEarlier(error: FTPError, earlier: FTPError): FTPError {
  const { command, phase, connectionUsable, cause = earlier } = error;
  const context = { command, phase, connectionUsable, cause };
  const hint = `after ${earlier.message}`;
  if (error instanceof ReplyError) return replyError(error.reply, { ...context, hint });
  const { message, reply = earlier.reply } = error;
  const isTold = earlier.reply !== undefined && message.includes(textOf(earlier.reply));
  const both = isTold ? message : `${message} (${hint})`;
  if (error instanceof ProtocolError) {
    return new ProtocolError(both, { ...context, reply }, error.code);
  }
  const Class = error instanceof TimeoutError ? TimeoutError : ConnectionError;
  return new Class(both, { ...context, reply });
}

/** A `TypeError` or `RangeError` with a `code`, as Node's own functions throw for bad arguments. */
export function argumentError<E extends TypeError | RangeError>(
  Class: new (message: string) => E,
  code: string,
  message: string,
): E {
  return Object.assign(new Class(printable(message)), { code });
}

// Control characters, C1, and what reorders or breaks a line: a hostile reply must
// neither drive a terminal nor forge a line of a log.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const REORDERING = /[\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const MAX_MESSAGE = 512;

/**
 * Text as it may be shown on one line of a terminal or a log.
 * @internal
 */
export function printable(text: string): string {
  const shown = text.slice(0, MAX_MESSAGE + 1).replace(UNPRINTABLE, escaped);
  return shown.length > MAX_MESSAGE ? `${shown.slice(0, MAX_MESSAGE - 3)}...` : shown;
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
