import type { Reply } from './reply';

/**
 * The phase of an operation in which it failed: connecting, waiting for the greeting, securing the
 * connection with TLS, logging in, executing a command, transferring data, or waiting for the final
 * reply of a transfer.
 */
export type Phase = 'connect' | 'greeting' | 'secure' | 'login' | 'command' | 'data' | 'completion';

/** Details of an error besides its message. All are optional. */
export interface ErrorContext {
  /** The command line that failed, with secrets masked. */
  readonly command?: string | undefined;
  /** The phase of the operation in which it failed. */
  readonly phase?: Phase | undefined;
  /** The reply of the server that caused the error. */
  readonly reply?: Reply | undefined;
  /** How many bytes the stream had transferred. */
  readonly bytesTransferred?: number | undefined;
  /** Whether all bytes arrived, so that only the server's confirmation is missing. */
  readonly dataComplete?: boolean | undefined;
  /** Whether the client can send its next command without reconnecting; default: `false`. */
  readonly connectionUsable?: boolean | undefined;
  /** The error that caused this one. */
  readonly cause?: unknown;
  /** What the reply means and what to do about it; appended to the message. */
  readonly hint?: string | undefined;
}

/** Base class of all errors of this library, except those for bad arguments (`ftplib.Error`). */
export class FTPError extends Error {
  /** Identifies the kind of error, independently of its message; begins with `ERR_FTP`. */
  readonly code: string = 'ERR_FTP';
  /** The command line that failed, with secrets masked; absent if no command did. */
  declare readonly command?: string;
  /** The phase of the operation in which it failed, if known. */
  declare readonly phase?: Phase;
  /** The reply of the server that caused the error, if one did. */
  declare readonly reply?: Reply;
  /** How many bytes the stream had transferred; only on errors of transfers. */
  declare readonly bytesTransferred?: number;
  /**
   * `true` if all bytes arrived and only the server's confirmation is missing; only on errors of
   * transfers.
   */
  declare readonly dataComplete?: boolean;
  /** Whether the client can send its next command without reconnecting. */
  readonly connectionUsable: boolean;

  /**
   * Creates an error.
   *
   * @param message - control characters in it are escaped, and it is cut to 512 characters
   * @param context - details, which become properties of the error
   */
  constructor(message: string, { cause, connectionUsable, ...context }: ErrorContext = {}) {
    super(printable(message), cause === undefined ? undefined : { cause });
    this.connectionUsable = connectionUsable ?? false;
    for (const [key, value] of Object.entries(context)) {
      if (value !== undefined) Object.assign(this, { [key]: value });
    }
  }

  /** The name of the error's class. An accessor, so that the stack also begins with it. */
  override get name(): string {
    return this.constructor.name;
  }

  /**
   * Formats the error for `util.inspect()`, which escapes control characters in a reply, but not
   * the characters that change the direction of text.
   *
   * @internal
   */
  [Symbol.for('nodejs.util.inspect.custom')](
    _depth: number,
    options: object,
    inspect: (value: unknown, options: object) => string,
  ): string {
    return inspect(this, { ...options, customInspect: false }).replace(REORDERING, escaped);
  }
}

/** The server sent an unexpected reply (`ftplib.error_reply`). */
export class ReplyError extends FTPError {
  /** `'ERR_FTP_REPLY'`, or the code of a subclass. */
  override readonly code: string = 'ERR_FTP_REPLY';
  /** The reply that caused the error. */
  declare readonly reply: Reply;

  /**
   * Creates an error for a reply.
   *
   * @param reply - the unexpected reply; its text begins the message
   * @param context - further details; `connectionUsable` defaults to `true`, for a 421 to `false`
   */
  constructor(reply: Reply, context: ErrorContext = {}) {
    // The reply comes first, as in ftplib: ported code tests for a leading "550".
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

/** A 4yz reply: the same command may succeed later (`ftplib.error_temp`). */
export class TransientReplyError extends ReplyError {
  /** `'ERR_FTP_REPLY_TRANSIENT'`. */
  override readonly code = 'ERR_FTP_REPLY_TRANSIENT';
}

/** A 5yz reply: the same command will be refused again (`ftplib.error_perm`). */
export class PermanentReplyError extends ReplyError {
  /** `'ERR_FTP_REPLY_PERMANENT'`. */
  override readonly code = 'ERR_FTP_REPLY_PERMANENT';
}

/**
 * The server violated the protocol, or client and server are out of step (`ftplib.error_proto`).
 */
export class ProtocolError extends FTPError {
  /** The kind of violation. */
  override readonly code: ProtocolErrorCode;

  /**
   * Creates an error for a violation of the protocol.
   *
   * @param message - what the server did wrong
   * @param context - further details
   * @param code - the kind of violation; default: `'ERR_FTP_PROTOCOL'`
   */
  constructor(
    message: string,
    context?: ErrorContext,
    code: ProtocolErrorCode = 'ERR_FTP_PROTOCOL',
  ) {
    super(message, context);
    this.code = code;
  }
}

/** The codes of a {@link ProtocolError}. */
export type ProtocolErrorCode =
  | 'ERR_FTP_PROTOCOL' // any violation without a code of its own
  | 'ERR_FTP_REPLY_TOO_LARGE' // a reply exceeds the limit on its lines or bytes
  | 'ERR_FTP_BAD_PASV' // the reply to PASV or EPSV holds no usable address or port
  | 'ERR_FTP_PLAINTEXT_AFTER_AUTH'; // the server sent plaintext after its reply to AUTH

/**
 * There is no connection, or the server or the client closed it (`OSError` and `EOFError` in
 * ftplib).
 */
export class ConnectionError extends FTPError {
  /** `'ERR_FTP_CONNECTION'`. */
  override readonly code = 'ERR_FTP_CONNECTION';
}

/** The server did not respond in time; `phase` shows to what (`TimeoutError` in ftplib). */
export class TimeoutError extends FTPError {
  /** `'ERR_FTP_TIMEOUT'`. */
  override readonly code = 'ERR_FTP_TIMEOUT';
}

/**
 * The data connection failed, the data contradicts the reply, or an offset lies beyond the end of
 * the file. ftplib treats some of these cases as success.
 */
export class TransferError extends FTPError {
  /** The kind of failure. */
  override readonly code: TransferErrorCode;

  /**
   * Creates an error for a failed transfer.
   *
   * @param message - what went wrong
   * @param context - further details; `connectionUsable` defaults to `true`
   * @param code - the kind of failure; default: `'ERR_FTP_TRANSFER'`
   */
  constructor(
    message: string,
    context?: ErrorContext,
    code: TransferErrorCode = 'ERR_FTP_TRANSFER',
  ) {
    super(message, { connectionUsable: true, ...context });
    this.code = code;
  }
}

/** The codes of a {@link TransferError}. */
export type TransferErrorCode =
  | 'ERR_FTP_TRANSFER' // any failure without a code of its own
  | 'ERR_FTP_SIZE_MISMATCH' // the number of bytes is not the expected size
  | 'ERR_FTP_TRUNCATED' // TLS ended without close_notify, so data may be missing
  | 'ERR_FTP_UNCONFIRMED' // the final reply did not arrive in time
  | 'ERR_FTP_EARLY_COMPLETION' // the server confirmed an upload before all of it was sent
  | 'ERR_FTP_BAD_OFFSET'; // the offset is beyond the end of the file, or that cannot be checked

/** The call timed out waiting for an unread transfer on this connection. */
export class BusyError extends FTPError {
  /** `'ERR_FTP_BUSY'`. */
  override readonly code = 'ERR_FTP_BUSY';
}

/** All classes of errors that the server or the network can cause (`ftplib.all_errors`). */
export const allErrors: readonly [typeof FTPError] = [FTPError];

/**
 * Creates the error for a reply: the class depends on the first digit of its code (RFC 959 §4.2).
 */
export function replyError(reply: Reply, context?: ErrorContext): ReplyError {
  if (reply.code >= 500) return new PermanentReplyError(reply, context);
  if (reply.code >= 400) return new TransientReplyError(reply, context);
  return new ReplyError(reply, context);
}

/**
 * Creates the error of a second attempt whose message also says why the first attempt failed.
 *
 * @internal
 */
export function withEarlier(error: FTPError, earlier: FTPError): FTPError {
  const { command, phase, connectionUsable, cause = earlier } = error;
  const context = { command, phase, connectionUsable, cause };
  const hint = `after ${earlier.message}`;
  if (error instanceof ReplyError) return replyError(error.reply, { ...context, hint });
  const { message, reply = earlier.reply } = error;
  const isIncluded = earlier.reply !== undefined && message.includes(textOf(earlier.reply));
  const both = isIncluded ? message : `${message} (${hint})`;
  if (error instanceof ProtocolError) {
    return new ProtocolError(both, { ...context, reply }, error.code);
  }
  const Class = error instanceof TimeoutError ? TimeoutError : ConnectionError;
  return new Class(both, { ...context, reply });
}

/**
 * Creates a `TypeError` or `RangeError` with a `code`, like those that Node throws for bad
 * arguments.
 */
export function argumentError<E extends TypeError | RangeError>(
  Class: new (message: string) => E,
  code: string,
  message: string,
): E {
  return Object.assign(new Class(printable(message)), { code });
}

// Control characters (C0 and C1), and characters that reorder or break a line: a hostile reply must
// neither control a terminal nor forge a log line.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const REORDERING = /[\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const MAX_MESSAGE = 512;

/**
 * Escapes a text, and cuts it to 512 characters, so that it is safe on one line of a terminal or
 * log.
 *
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
