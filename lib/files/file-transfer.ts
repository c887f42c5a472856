import { finished } from 'node:stream/promises';
import { checkCall } from '../options/call-checks';
import type { FileTransferOptions } from '../options/file-transfer-options';
import { FILE_TRANSFER } from '../options/option-names';
import { checkFunction, checkInteger, checkOneOf, invalidType } from '../options/validate';
import type { Path } from '../protocol/command';
import type { Reply } from '../reply';
import { type CallSignal, callSignal, type Dependencies } from '../streams/call-signal';
import { pipe } from '../streams/callbacks';
import type { DownloadStream } from '../streams/download-stream';
import type { UploadStream } from '../streams/upload-stream';
import { whenFinished } from '../streams/when-ended';
import { badOffset } from '../transfer/transfer-details';
import { unlessAborted } from '../util/abortable';
import type { FileWriter } from './file-writer';
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
import { openToRead, openToWrite, ReadablePipe, WritablePipe, whenRead } from './local-pipe';
import type { OpenFile } from './own-file';

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
  checkOneOf('verify', verify, ['size', 'at-least', false] as const);
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
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
        throw badOffset('The local file does not exist', rest, command);
      }
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
  dependencies: Dependencies,
): Promise<void> {
  const { command } = stream;
  const ended = finished(stream, { writable: false });
  ended.catch(() => {}); // told below: it may fail while the file is opened
  const unwatch = whenClosed(local, () => stream.destroy(handleClosed(command)));
  let file: OpenFile | WritablePipe | undefined;
  const close = async () => {
    if (file !== local) await file?.close();
  };
  try {
    await stream.opened();
    file = await opened(local, rest > 0 ? 'r+' : 'w', stream, { ended, ...dependencies });
    const isPipe = file instanceof WritablePipe;
    if (!(file instanceof WritablePipe) && (isHandle(local) || rest > 0))
      await Promise.race([cutAt(rest, file, command), ended]);
    const own = file instanceof WritablePipe ? file : file.fd;
    const destination = isHandle(local) ? local : own;
    writer.start(destination, isPipe ? null : rest, (error) => stream.destroy(error));
    stream.on('data', (chunk: Buffer) => {
      writer.add(chunk);
      if (!writer.isFull) return;
      stream.pause();
      writer.whenRoom(() => stream.resume());
    });
    await ended;
    await written(writer, dependencies);
  } catch (error) {
    const reason = explained(error, local, command);
    stream.destroy(reason as Error);
    if (file instanceof WritablePipe) await file.close(); // which ends its write
    await soon(writer.finish()); // before its buffers and its file go
    const stuck = writer.reset();
    if (file && file !== local) await soon(stuck ? stuck.then(close) : close());
    throw reason;
  } finally {
    unwatch();
  }
  await close();
}

/** Waits for the disk as long as the call lasts. */
async function written(writer: FileWriter, dependencies: Dependencies): Promise<void> {
  if (!writer.isWriting) return writer.finish();
  const end = callSignal(dependencies);
  try {
    await unlessAborted(writer.finish(), end.signal);
  } finally {
    end.release();
  }
}

// What a call that has failed leaves behind is mostly done at once; but a device, a pipe or a disk that does not
// answer would hold the call for ever. Then it is done when they do.
const SOON = 1000; // milliseconds

/** Waits a moment for work whose outcome changes nothing any more. */
async function soon(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, SOON);
  });
  await Promise.race([work.catch(() => {}), late]);
  clearTimeout(timer);
}

/** What stood behind would otherwise stay behind a shorter file. */
async function cutAt(end: number, file: OpenFile, command: string): Promise<void> {
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
  let file: OpenFile | ReadablePipe | undefined;
  let sending: Promise<void> | undefined;
  let prepared: Promise<number | undefined> | undefined;
  const prepare = async () => {
    file = isHandle(local) ? local : await openToRead(local);
    if (file instanceof ReadablePipe) {
      pipe(file.bytes, stream);
      return undefined;
    }
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
  } catch (error) {
    if (file) await soon(close());
    else if (prepared) await soon(prepared.then(close)); // it may be opened only now
    throw explained(error, local, stream.command);
  } finally {
    unwatch();
  }
  await close();
  return stream;
}

async function sendFile(
  file: OpenFile,
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

async function opened(
  local: LocalFile,
  flags: 'r+' | 'w',
  stream: DownloadStream,
  { ended, ...dependencies }: Dependencies & { readonly ended: Promise<void> },
): Promise<OpenFile | WritablePipe> {
  if (isHandle(local)) return local;
  const opening = openToWrite(local, flags);
  let end: CallSignal | undefined;
  try {
    const file = await Promise.race([opening, ended.then(() => opening)]);
    if (file) return file;
    end = callSignal({ ...dependencies, stream });
    return await whenRead(local, end.signal);
  } catch (error) {
    stream.destroy(error as Error);
    await soon(opening.then((late) => late?.close()));
    throw error;
  } finally {
    end?.release();
  }
}
