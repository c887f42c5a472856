import { ReplyError, TransferError } from '../errors';
import type { DownloadOptions, StepOptions } from '../options/client-options';
import { checkInteger, checkOneOf } from '../options/validate';
import { argumentBytes, type Command } from '../protocol/command';
import { isListing } from '../protocol/commands';
import { parseOriginal } from '../protocol/secrets';
import { announcedSize, parse213 } from '../protocol/size';
import type { Reply } from '../reply';
import type { Session } from '../session/session';
import type { ExpectedSize, Transfer } from '../streams/transfer';
import type { ReadMemory } from '../transport/socket/read-buffers';

/**
 * Memory that a caller offers for its own transfer. Not every chunk of the transfer lies in it:
 * TLS, active mode and `createConnection` do not use it. So the caller asks for each chunk.
 */
export interface CallerMemory extends ReadMemory {
  /** Whether this chunk lies in memory that `take` returned. */
  owns(chunk: Buffer): boolean;
}

/** The parameters of a transfer, beside its command. */
export interface TransferDetails {
  /** Which side sends the data. */
  readonly direction: 'download' | 'upload';
  /** The representation type to set first. Default: the current type. */
  readonly type?: 'I' | 'A' | undefined;
  /** The restart offset in bytes. Default: the marker of the user's own REST, if any. */
  readonly rest?: number | undefined;
  /** The exact number of bytes that must be transferred. */
  readonly size?: number | undefined;
  /** Called when the turn has come, before anything is sent. It may return `size`. */
  readonly prepare?: (() => Promise<number | undefined>) | undefined;
  /** How the size at the server is compared with the bytes transferred. Default: not at all. */
  readonly verify?: 'size' | 'at-least' | undefined;
  /** Milliseconds that override the timeouts of the client. */
  readonly timeout?: number | undefined;
  /** Commands to send first. The transfer fails if the server refuses one. */
  readonly before?: readonly Command[];
  /**
   * The caller's memory to read a download into. It is used where the socket's bytes reach the
   * caller unchanged. `memory.owns(chunk)` tells whether a chunk lies in it.
   */
  readonly memory?: CallerMemory | undefined;
  /**
   * Set for a transfer between two files. It fails if the offset is beyond the end of the server's
   * file, and it ignores an earlier REST of the user. With `mayBeUnknown`, it also begins if the
   * server does not report the size.
   */
  readonly files?: { readonly mayBeUnknown: boolean } | undefined;
  /** Whether another transfer follows at once. Its EPSV may be sent with this command. */
  readonly hasNext?: boolean | undefined;
}

const VERIFIES = ['size', 'at-least'] as const;

/**
 * Checks the options of a transfer.
 * @throws TypeError or RangeError if an option is invalid
 */
export function checkTransferOptions({ rest, size, verify, timeout }: DownloadOptions) {
  return {
    timeout,
    rest: rest == null ? undefined : checkInteger('rest', rest, 0),
    size: size === undefined ? undefined : checkInteger('size', size, 0),
    verify: verify === undefined ? undefined : checkOneOf('verify', verify, VERIFIES),
  };
}

/** Whether a check needs the size of the file before the transfer. */
export function needsSize({ verb }: Command, { verify, direction, files, rest }: TransferDetails) {
  if (files && rest !== undefined) return true;
  return verify !== undefined && (direction === 'download' || verb === 'APPE');
}

/** The SIZE command for the file of a transfer command. */
export function sizeCommand(session: Session, command: Command): Command {
  return session.command('SIZE', argumentBytes(command));
}

/** The answer to SIZE: a size in bytes, or the refusal. */
export type StoredSize =
  | { readonly size: number; readonly refusal?: undefined }
  | { readonly size?: undefined; readonly refusal: ReplyError };

/**
 * Reads the reply to SIZE. A refusal does not mean that the transfer would fail (RFC 3659 §4.2).
 */
export async function parseSizeReply(reply: Promise<Reply>): Promise<StoredSize> {
  try {
    return { size: parseOriginal(await reply, parse213) };
  } catch (refusal) {
    if (refusal instanceof ReplyError) return { refusal };
    throw refusal;
  }
}

/**
 * Checks that a transfer does not begin beyond the end of the server's file. Servers would report
 * success: they fill the gap of an upload with zeros, and send an empty download.
 *
 * @throws TransferError `ERR_FTP_BAD_OFFSET` if it begins beyond the end
 */
export function checkOffset(
  { label }: Command,
  { direction, files }: TransferDetails,
  rest: number,
  { size, refusal }: StoredSize,
): void {
  // As in ftplib, an upload that is not from a file may begin anywhere. If SIZE is refused, the
  // reply to RETR is the better error.
  const isUnchecked = direction === 'upload' ? !files : refusal !== undefined;
  if (rest === 0 || isUnchecked || (size !== undefined && size >= rest)) return;
  if (size !== undefined)
    throw badOffsetError(`The server's file has only ${size} bytes`, rest, label);
  if (refusal?.reply.code === 550) {
    throw badOffsetError(`The server has no such file (${refusal.message})`, rest, label, refusal);
  }
  if (files?.mayBeUnknown) return;
  const why =
    `The server does not report the size of its file (${refusal?.message}); ` +
    'only an upload with verify: false works without it';
  throw badOffsetError(why, rest, label, refusal);
}

/** Whether the exact number of bytes of a transfer is known. */
export function hasExactSize({ size, verify }: TransferDetails, stored: StoredSize | undefined) {
  return size !== undefined || (verify === 'size' && stored?.size !== undefined);
}

/** The number of bytes that a transfer will carry, as far as it is known. */
export function expectedSize(
  session: Session,
  command: Command,
  details: TransferDetails,
  rest: number,
  stored: number | undefined,
  reply: Reply | undefined,
): ExpectedSize {
  if (details.direction === 'upload') {
    return { exact: details.size, least: 0, size: details.size ?? null };
  }
  const { verify } = details;
  const remaining = verify !== undefined && stored !== undefined ? stored - rest : undefined;
  const exact = details.size ?? (verify === 'size' ? remaining : undefined);
  const isBinary = session.state.type === 'I' && !isListing(command);
  const announced = isBinary && reply ? announcedSize(reply) : null;
  // After REST, vsftpd announces the size of the whole file, other servers that of the rest.
  const candidates = announced === null ? [0] : [announced, announced - rest].filter((n) => n >= 0);
  const size = exact ?? (rest === 0 ? announced : null) ?? remaining ?? null;
  return { exact, reported: remaining, least: Math.min(...candidates), size };
}

/**
 * Creates the check of an upload that `verify` asks for; `undefined` if it asks for none.
 *
 * @param base - the byte of the file at which the upload began
 * @param settle - notes that the transfer is owed no more replies
 */
export function sizeVerification(
  session: Session,
  command: Command,
  { verify, direction }: TransferDetails,
  base: number,
  options: StepOptions,
  settle: () => void,
): Transfer['verify'] {
  if (verify === undefined || direction === 'download') return undefined;
  return async (bytes) => {
    const context = {
      command: command.label,
      phase: 'completion' as const,
      bytesTransferred: bytes,
    };
    settle();
    const reply = session.exchange(sizeCommand(session, command), options);
    const { size } = await parseSizeReply(reply).catch((cause) => {
      const message = `It is unknown whether everything was stored: ${cause.message} (${command.label})`;
      throw new TransferError(
        message,
        { ...context, cause, connectionUsable: false },
        'ERR_FTP_UNCONFIRMED',
      );
    });
    if (size === undefined || size === base + bytes) return;
    const isLess = verify === 'at-least';
    if (isLess && size > base + bytes) return;
    const wanted = isLess ? `at least ${base + bytes}` : base + bytes;
    const message = `The server has ${size} bytes and not ${wanted} (${command.label})`;
    throw new TransferError(message, context, 'ERR_FTP_SIZE_MISMATCH');
  };
}

/**
 * Creates a function that asks with SIZE whether the server has stored exactly the bytes sent;
 * `undefined` if that cannot be known.
 *
 * @param base - the byte of the file at which the upload began, if known
 * @param settle - notes that the transfer is owed no more replies
 */
export function storedCheck(
  session: Session,
  command: Command,
  { type, direction }: TransferDetails,
  base: number | undefined,
  options: StepOptions,
  settle: () => void,
): Transfer['isStored'] {
  if (direction === 'download' || command.verb === 'STOU' || base === undefined) return undefined;
  return async (bytes) => {
    settle();
    const previous = session.state.type;
    const setType = (to: string) => session.exchange(session.command('TYPE', to), options);
    // The reply to SIZE depends on the type. Only with TYPE I it is in bytes.
    if (previous !== 'I') await setType('I');
    const { size } = await parseSizeReply(session.exchange(sizeCommand(session, command), options));
    // The user has set this type, and may rely on it.
    const mustRestore = type === undefined && previous !== 'I';
    if (mustRestore) await setType(previous ?? 'A');
    return size === base + bytes;
  };
}

/**
 * Creates the error for an offset beyond the end of a file.
 *
 * @param why - the first part of the message
 * @param refusal - the refusal of SIZE, if that is the reason
 */
export function badOffsetError(
  why: string,
  rest: number,
  command: string,
  refusal?: ReplyError,
): TransferError {
  const message = `${why}: the transfer cannot begin at byte ${rest} (${command})`;
  const context = { command, phase: 'command' as const, reply: refusal?.reply, cause: refusal };
  return new TransferError(message, context, 'ERR_FTP_BAD_OFFSET');
}
