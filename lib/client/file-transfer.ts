import { promises as files } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { FTPError } from '../errors';
import type { Path } from '../protocol/command';
import type { Reply } from '../protocol/reply';
import type { DownloadStream } from '../streams/download-stream';
import type { FileWriter } from '../streams/file-writer';
import type { TransferProgress } from '../streams/progress';
import type { UploadStream } from '../streams/upload-stream';
import { whenFinished } from '../streams/when-finished';
import { checkCall, checkFunction, checkInteger, checkOneOf, invalidType } from './checks';
import {
  checkLocalOffset,
  checkOpen,
  explained,
  handleClosed,
  isHandle,
  type LocalFile,
  statsOf,
  whenClosed,
} from './local-file';
import { FILE_TRANSFER } from './option-names';
import type { CallOptions } from './options';

/** Options of `download()` and `upload()`. */
export interface FileTransferOptions extends CallOptions {
  /**
   * Byte of both files at which to begin. Default 0: the whole file, in place of what is there.
   * Beyond the end of either file, the call rejects with `ERR_FTP_BAD_OFFSET`. So does an upload
   * where the server does not tell the size of its file (SIZE), unless `verify` is `false`. A local
   * pipe has no offsets: all of it is sent.
   */
  readonly rest?: number | null | undefined;
  /** Whether the size at the server is compared with the bytes transferred (SIZE). Default `'size'`. */
  readonly verify?: 'size' | false | undefined;
  /** Called a few times a second. */
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
}

/** A file that has been transferred whole. */
export interface FileTransfer {
  readonly remotePath: Path;
  readonly local: LocalFile;
  readonly bytesTransferred: number;
  /** The final reply. */
  readonly reply: Reply;
}

/** One of the results of `downloadMany()` and `uploadMany()`. */
export type FileTransferResult =
  | (FileTransfer & { readonly error?: undefined })
  | { readonly remotePath: Path; readonly local: LocalFile; readonly error: Error };

/** Bytes that wait in a stream between file and socket. */
export const FILE_BLOCKSIZE = 256 * 1024;

const SIZE = 1024 * 1024; // of one read from a file
const COUNT = 3; // of buffers: one is read, one is sent, one waits

/** @throws TypeError or RangeError for options that cannot be meant */
export function checkFileTransfer(local: LocalFile, options: FileTransferOptions) {
  if (
    !isHandle(local) &&
    typeof local !== 'string' &&
    !Buffer.isBuffer(local) &&
    !(local instanceof URL)
  )
    throw invalidType('local', local, 'a path or a FileHandle');
  checkCall(options, FILE_TRANSFER);
  const { rest, verify = 'size', onProgress, signal, timeout } = options;
  if (onProgress !== undefined) checkFunction('onProgress', onProgress);
  checkOneOf('verify', verify, ['size', false] as const);
  const offset = rest == null ? 0 : checkInteger('rest', rest, 0);
  checkOpen(local);
  return {
    rest: offset === 0 ? undefined : offset,
    verify: verify === false ? undefined : verify,
    signal,
    timeout,
  };
}

/** Checks the local file of a download at an offset, before anything is sent. */
export function preparation(local: LocalFile, rest: number, command: string) {
  if (rest === 0) return undefined;
  return async () => {
    try {
      checkLocalOffset(rest, await statsOf(local), command);
    } catch (error) {
      throw explained(error, local, command);
    }
    return undefined;
  };
}

/** Reads a download into a file. The file is opened, and emptied, only once the server has agreed. */
export async function downloadTo(
  local: LocalFile,
  rest: number,
  stream: DownloadStream,
  writer: FileWriter,
): Promise<void> {
  const { command } = stream;
  const ended = finished(stream, { writable: false });
  ended.catch(() => {}); // told below: it may fail while the file is opened
  const unwatch = whenClosed(local, () => stream.destroy(handleClosed(command)));
  try {
    await stream.opened();
    const file = await opened(local, rest > 0 ? 'r+' : 'w', stream);
    try {
      if (isHandle(local) || rest > 0) await cutAt(rest, file, command);
      const destination = isHandle(local) ? local : file.fd;
      writer.start(destination, rest, (error) => stream.destroy(error));
      stream.on('data', (chunk: Buffer) => {
        writer.add(chunk);
        if (!writer.isFull) return;
        stream.pause();
        writer.whenRoom(() => stream.resume());
      });
      await ended;
      await writer.finish();
    } catch (error) {
      const reason = explained(error, local, command);
      stream.destroy(reason as Error);
      await writer.finish().catch(() => {}); // before its buffers and its file go
      writer.reset();
      throw reason;
    } finally {
      if (file !== local) await file.close();
    }
  } finally {
    unwatch();
  }
}

/** What stood behind would otherwise stay behind a shorter file. */
async function cutAt(end: number, file: FileHandle, command: string): Promise<void> {
  const stats = await file.stat();
  checkLocalOffset(end, stats, command); // it may have been cut meanwhile
  if (stats.isFile() && stats.size > end) await file.truncate(end);
}

/**
 * Sends a file, whose size must be the same at the end.
 * @param open - takes the upload's place among the commands; the file is opened when its turn has come
 */
export async function uploadFrom(
  local: LocalFile,
  rest: number,
  open: (prepare: () => Promise<number | undefined>) => UploadStream,
): Promise<UploadStream> {
  let file: FileHandle | undefined;
  let sending: Promise<void> | undefined;
  let prepared: Promise<number | undefined> | undefined;
  const prepare = async () => {
    file = isHandle(local) ? local : await files.open(local, 'r');
    const stats = await file.stat();
    if (stats.isDirectory()) await file.read(Buffer.alloc(1), 0, 1, 0); // tells so itself
    checkLocalOffset(rest, stats, stream.command);
    const isFile = stats.isFile(); // a pipe has no size, and no positions
    const size = isFile ? stats.size - rest : undefined;
    sending = sendFile(file, isFile ? rest : null, size, stream, ended);
    void sending.then(unwatch); // nothing more of the file is needed
    return size;
  };
  const stream = open(() => {
    prepared = prepare();
    return prepared;
  });
  const unwatch = whenClosed(local, () => stream.destroy(handleClosed(stream.command)));
  const ended = whenFinished(stream);
  const close = async () => {
    if (file !== local) await file?.close();
  };
  try {
    await ended;
    await sending;
    return stream;
  } catch (error) {
    throw explained(error, local, stream.command);
  } finally {
    unwatch();
    if (file) await close();
    else prepared?.then(close, () => {}); // whoever aborts does not wait for a pipe to be opened
  }
}

async function sendFile(
  file: FileHandle,
  begin: number | null,
  size: number | undefined,
  stream: UploadStream,
  ended: Promise<void>,
): Promise<void> {
  const failed = ended.catch(() => {}); // told by itself
  const buffers: { bytes: Buffer; sent: Promise<void> }[] = [];
  const room = Math.min(SIZE, (size ?? SIZE) + 1); // a small file is known to be over by what it leaves free
  try {
    for (let sum = 0, i = 0; ; i = (i + 1) % COUNT) {
      buffers[i] ??= { bytes: Buffer.allocUnsafeSlow(room), sent: Promise.resolve() };
      const buffer = buffers[i] as (typeof buffers)[number];
      await Promise.race([buffer.sent, failed]); // a stream that has failed sends nothing any more
      if (stream.destroyed) return;
      const position = begin === null ? null : begin + sum;
      const { bytesRead } = await file.read(buffer.bytes, 0, room, position);
      if (bytesRead === 0) break;
      sum += bytesRead;
      const chunk = buffer.bytes.subarray(0, bytesRead);
      if (sum === size && bytesRead < room) {
        stream.end(chunk);
        return;
      }
      buffer.sent = new Promise((resolve) => {
        stream.write(chunk, () => resolve());
      });
    }
    stream.end();
  } catch (error) {
    stream.destroy(error as Error);
  }
}

/** What has been transferred. */
export function transferred(
  remotePath: Path,
  local: LocalFile,
  { bytesTransferred, reply }: DownloadStream | UploadStream,
): FileTransfer {
  return { remotePath, local, bytesTransferred, reply: reply as Reply };
}

/** One of many, done or failed. @throws what leaves nothing to go on with */
export async function resultOf(
  remotePath: Path,
  local: LocalFile,
  done: Promise<FileTransfer>,
  { signal }: FileTransferOptions,
): Promise<FileTransferResult> {
  try {
    return await done;
  } catch (error) {
    const isLost = error instanceof FTPError && !error.connectionUsable;
    if (isLost || signal?.aborted || error instanceof TypeError || error instanceof RangeError)
      throw error;
    return { remotePath, local, error: error as Error };
  }
}

/** Each item, and whether another one follows. */
export async function* withNext<T>(
  items: Iterable<T> | AsyncIterable<T>,
): AsyncGenerator<{ item: T; hasNext: boolean }> {
  let held: { item: T } | undefined;
  for await (const item of items) {
    if (held) yield { item: held.item, hasNext: true };
    held = { item };
  }
  if (held) yield { item: held.item, hasNext: false };
}

async function opened(
  local: LocalFile,
  flags: string,
  stream: DownloadStream,
): Promise<FileHandle> {
  if (isHandle(local)) return local;
  try {
    return await files.open(local, flags);
  } catch (error) {
    stream.destroy(error as Error);
    throw error;
  }
}
