import { promises as files } from 'node:fs'; // not fs/promises, which is loaded here only when it is used
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
import { checkFunction, checkInteger, checkOneOf, invalidType } from './checks';
import type { CallOptions } from './options';

/** A file of this machine: its path, or a handle that stays open. */
export type LocalFile = string | Buffer | URL | FileHandle;

/** Options of `download()` and `upload()`. */
export interface FileTransferOptions extends CallOptions {
  /** Byte of both files at which to begin. Default 0: the whole file, in place of what is there. */
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
  const { rest, verify = 'size', onProgress, signal, timeout } = options;
  if (onProgress !== undefined) checkFunction('onProgress', onProgress);
  checkOneOf('verify', verify, ['size', false] as const);
  return {
    rest: rest == null ? undefined : checkInteger('rest', rest, 0),
    verify: verify === false ? undefined : verify,
    signal,
    timeout,
  };
}

/** Reads a download into a file. The file is opened, and emptied, only once the server has agreed. */
export async function downloadTo(
  local: LocalFile,
  rest: number,
  stream: DownloadStream,
  writer: FileWriter,
): Promise<void> {
  const ended = finished(stream, { writable: false });
  ended.catch(() => {}); // told below: it may fail while the file is opened
  await stream.opened();
  const file = await opened(local, rest > 0 ? 'r+' : 'w', stream);
  try {
    if (isHandle(local) || rest > 0) await cutAt(rest, file);
    writer.start(file.fd, rest, (error) => stream.destroy(error));
    stream.on('data', (chunk: Buffer) => {
      writer.add(chunk);
      if (!writer.isFull) return;
      stream.pause();
      writer.whenRoom(() => stream.resume());
    });
    await ended;
    await writer.finish();
  } catch (error) {
    stream.destroy(error as Error);
    await writer.finish().catch(() => {}); // before its buffers and its file go
    writer.reset();
    throw error;
  } finally {
    if (file !== local) await file.close();
  }
}

/** What stood behind would otherwise stay behind a shorter file. */
async function cutAt(end: number, file: FileHandle): Promise<void> {
  const stats = await file.stat();
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
    const isFile = stats.isFile(); // a pipe has no size, and no positions
    const size = isFile ? Math.max(stats.size - rest, 0) : undefined;
    sending = sendFile(file, isFile ? rest : null, size, stream, ended);
    return size;
  };
  const stream = open(() => {
    prepared = prepare();
    return prepared;
  });
  const ended = whenFinished(stream);
  const close = async () => {
    if (file !== local) await file?.close();
  };
  try {
    await ended;
    await sending;
    return stream;
  } finally {
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

export function isHandle(local: LocalFile): local is FileHandle {
  return (
    typeof local === 'object' && local !== null && 'fd' in local && typeof local.fd === 'number'
  );
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
