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
 * Memory that a caller offers for its own transfer. Not every chunk of the transfer lies in it: TLS,
 * active mode and `createConnection` do not use it. So the caller asks for each chunk.
 */
export interface CallerMemory extends ReadMemory {
  /** Whether `take` returned this chunk, or a chunk that contains it. */
  owns(chunk: Buffer): boolean;
}

/** What a transfer is to do, beside its command. */
export interface TransferDetails {
  readonly direction: 'download' | 'upload';
  /** The representation type to be set before; as it is without. */
  readonly type?: 'I' | 'A' | undefined;
  /** The restart offset; a marker left by the user's own REST holds without. */
  readonly rest?: number | undefined;
  /** Bytes that must be transferred. */
  readonly size?: number | undefined;
  /** What is to be done when the turn has come, before anything is sent; it may give `size`. */
  readonly prepare?: (() => Promise<number | undefined>) | undefined;
  /** Whether the size at the server is compared with the bytes transferred. */
  readonly verify?: 'size' | 'at-least' | undefined;
  readonly timeout?: number | undefined;
  /** Commands that must go before, and be accepted. */
  readonly before?: readonly Command[];
  /**
   * The caller's memory to read a download into. It is used where the socket's bytes reach the caller
   * unchanged. `memory.owns(chunk)` tells whether a chunk lies in it.
   */
  readonly memory?: CallerMemory | undefined;
  /**
   * Of a transfer between two files: an offset beyond the end of the server's file fails it, and
   * an earlier REST of the user does not move it. `mayBeUnknown`: without a size from the server,
   * it begins all the same.
   */
  readonly files?: { readonly mayBeUnknown: boolean } | undefined;
  /** Whether another transfer follows at once, whose EPSV may go out behind this command. */
  readonly hasNext?: boolean | undefined;
}

const VERIFIES = ['size', 'at-least'] as const;

/** @throws TypeError or RangeError for options of a transfer that cannot be meant */
export function checkTransferOptions({ rest, size, verify, timeout }: DownloadOptions) {
  return {
    timeout,
    rest: rest == null ? undefined : checkInteger('rest', rest, 0),
    size: size === undefined ? undefined : checkInteger('size', size, 0),
    verify: verify === undefined ? undefined : checkOneOf('verify', verify, VERIFIES),
  };
}

/** Whether the size of the file is wanted before the transfer, since something depends on it. */
export function needsSize({ verb }: Command, { verify, direction, files, rest }: TransferDetails) {
  if (files && rest !== undefined) return true;
  return verify !== undefined && (direction === 'download' || verb === 'APPE');
}

/** The command that asks for the size of what another one transfers. */
export function sizeCommand(session: Session, command: Command): Command {
  return session.command('SIZE', argumentBytes(command));
}

/** What the server says to SIZE: a size, or that it tells none. */
export type StoredSize =
  | { readonly size: number; readonly refusal?: undefined }
  | { readonly size?: undefined; readonly refusal: ReplyError };

/** The size in the reply. RFC 3659 §4.2: a refusal says nothing of the transfer. */
export async function parseSizeReply(reply: Promise<Reply>): Promise<StoredSize> {
  try {
    return { size: parseOriginal(await reply, parse213) };
  } catch (refusal) {
    if (refusal instanceof ReplyError) return { refusal };
    throw refusal;
  }
}

/**
 * Servers fill a gap with zeros, or send nothing from beyond the end, and call either complete.
 * @throws TransferError `ERR_FTP_BAD_OFFSET` where a transfer would begin beyond the end of the server's file
 */
export function checkOffset(
  { label }: Command,
  { direction, files }: TransferDetails,
  rest: number,
  { size, refusal }: StoredSize,
): void {
  // ftplib's own upload may begin anywhere; and RETR itself says best why there is no file.
  const isFree = direction === 'upload' ? !files : refusal !== undefined;
  if (rest === 0 || isFree || (size !== undefined && size >= rest)) return;
  if (size !== undefined)
    throw badOffsetError(`The server's file has only ${size} bytes`, rest, label);
  if (refusal?.reply.code === 550) {
    throw badOffsetError(`The server has no such file (${refusal.message})`, rest, label, refusal);
  }
  if (files?.mayBeUnknown) return;
  const why =
    `The server does not tell the size of its file (${refusal?.message}), ` +
    'and only verify: false uploads without it';
  throw badOffsetError(why, rest, label, refusal);
}

/** Whether it is known for certain how many bytes a transfer must carry. */
export function hasExactSize({ size, verify }: TransferDetails, stored: StoredSize | undefined) {
  return size !== undefined || (verify === 'size' && stored?.size !== undefined);
}

/** How many bytes a transfer will carry, as far as anybody knows. */
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
  const told = verify !== undefined && stored !== undefined ? stored - rest : undefined;
  const exact = details.size ?? (verify === 'size' ? told : undefined);
  const isBinary = session.state.type === 'I' && !isListing(command);
  const announced = isBinary && reply ? announcedSize(reply) : null;
  // With REST, vsftpd announces the whole file, and others what is left of it.
  const readings = announced === null ? [0] : [announced, announced - rest].filter((n) => n >= 0);
  const size = exact ?? (rest === 0 ? announced : null) ?? told ?? null;
  return { exact, reported: told, least: Math.min(...readings), size };
}

/**
 * The check of what the server has stored, where it is wanted.
 * @param settled - called when the transfer is owed no more reply
 */
export function sizeVerification(
  session: Session,
  command: Command,
  { verify, direction }: TransferDetails,
  base: number,
  options: StepOptions,
  settled: () => void,
): Transfer['verify'] {
  if (verify === undefined || direction === 'download') return undefined;
  return async (bytes) => {
    const context = {
      command: command.label,
      phase: 'completion' as const,
      bytesTransferred: bytes,
    };
    settled();
    const reply = session.exchange(sizeCommand(session, command), options);
    const { size } = await parseSizeReply(reply).catch((cause) => {
      const message = `Nobody knows whether all was stored: ${cause.message} (${command.label})`;
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
 * How to ask whether the server has stored just what was sent; `undefined` where nobody can tell.
 * @param base - byte of the file at which the upload began, where that is known
 * @param settled - called when the transfer is owed no more reply
 */
export function storedCheck(
  session: Session,
  command: Command,
  { type, direction }: TransferDetails,
  base: number | undefined,
  options: StepOptions,
  settled: () => void,
): Transfer['isStored'] {
  if (direction === 'download' || command.verb === 'STOU' || base === undefined) return undefined;
  return async (bytes) => {
    settled();
    const before = session.state.type;
    const setType = (to: string) => session.exchange(session.command('TYPE', to), options);
    // Sizes depend on the type, and only that of TYPE I is in bytes.
    if (before !== 'I') await setType('I');
    const { size } = await parseSizeReply(session.exchange(sizeCommand(session, command), options));
    const isUsers = type === undefined && before !== 'I'; // and he relies on it
    if (isUsers) await setType(before ?? 'A');
    return size === base + bytes;
  };
}

/** The error of an offset beyond the end of a file. @param refusal - of SIZE, where that is why */
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
