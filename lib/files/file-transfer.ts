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
import { badOffsetError } from '../transfer/transfer-details';
import { unlessAborted } from '../util/abortable';
import type { OpenFile } from './descriptor-file';
import type { FileWriter } from './file-writer';
import {
  checkLocalOffset,
  checkOpen,
  explainClosedHandle,
  handleClosedError,
  isHandle,
  type LocalFile,
  statsOf,
  whenClosed,
} from './local-file';
import { openToRead, openToWrite, openWhenRead, ReadablePipe, WritablePipe } from './local-pipe';

/** The result of a complete file transfer. */
export interface FileTransfer {
  /** The path at the server, as passed by the caller. */
  readonly remotePath: Path;
  /** The local file, as passed by the caller. */
  readonly local: LocalFile;
  /** Number of bytes transferred, not counting those before `rest`. */
  readonly bytesTransferred: number;
  /** The server's final reply. */
  readonly reply: Reply;
}

/** One of the results of `downloadMany()` and `uploadMany()`: a complete transfer, or an error. */
export type FileTransferResult =
  | (FileTransfer & {
      /** Not set: the transfer succeeded. */
      readonly error?: undefined;
    })
  | {
      /** The path at the server, as passed by the caller. */
      readonly remotePath: Path;
      /** The local file, as passed by the caller. */
      readonly local: LocalFile;
      /** Why the transfer failed. */
      readonly error: Error;
    };

/** Bytes that a stream may buffer between file and socket. */
export const FILE_BLOCKSIZE = 256 * 1024;

const READ_SIZE = 1024 * 1024; // bytes per read from a file
const BUFFER_COUNT = 3; // one is being filled, one is being sent, one is waiting

/** Checks the arguments of a file transfer. @throws TypeError or RangeError if one is invalid */
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

/**
 * Returns a check of a download's offset against the local file, to run before anything is sent.
 */
export function offsetCheck(local: LocalFile, rest: number, command: string) {
  if (rest === 0) return undefined;
  return async () => {
    try {
      checkLocalOffset(rest, await statsOf(local), command);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
        throw badOffsetError('The local file does not exist', rest, command);
      }
      throw explainClosedHandle(error, local, command);
    }
    return undefined;
  };
}

/**
 * Writes a download to a file. The file is opened and truncated only after the server has accepted.
 */
export async function downloadTo(
  local: LocalFile,
  rest: number,
  stream: DownloadStream,
  writer: FileWriter,
  dependencies: Dependencies,
): Promise<void> {
  const { command } = stream;
  const ended = finished(stream, { writable: false });
  ended.catch(() => {}); // handled below; it may fail while the file is being opened
  const unwatch = whenClosed(local, () => stream.destroy(handleClosedError(command)));
  let file: OpenFile | WritablePipe | undefined;
  const close = async () => {
    if (file !== local) await file?.close();
  };
  try {
    await stream.opened();
    file = await openLocal(local, rest > 0 ? 'r+' : 'w', stream, { ended, ...dependencies });
    const isPipe = file instanceof WritablePipe;
    if (!(file instanceof WritablePipe) && (isHandle(local) || rest > 0))
      await Promise.race([truncateTo(rest, file, command), ended]);
    const opened = file instanceof WritablePipe ? file : file.fd;
    const destination = isHandle(local) ? local : opened;
    writer.start(destination, isPipe ? null : rest, (error) => stream.destroy(error));
    stream.on('data', (chunk: Buffer) => {
      writer.add(chunk);
      if (!writer.isFull) return;
      stream.pause();
      writer.whenNotFull(() => stream.resume());
    });
    await ended;
    await writesDone(writer, dependencies);
  } catch (error) {
    const reason = explainClosedHandle(error, local, command);
    stream.destroy(reason as Error);
    if (file instanceof WritablePipe) await file.close(); // ends its write
    await waitBriefly(writer.finish()); // before its buffers are reused and its file is closed
    const unfinished = writer.reset();
    if (file && file !== local) await waitBriefly(unfinished ? unfinished.then(close) : close());
    throw reason;
  } finally {
    unwatch();
  }
  await close();
}

/** Waits until everything is written to the disk, or the call ends. */
async function writesDone(writer: FileWriter, dependencies: Dependencies): Promise<void> {
  if (!writer.isWriting) return writer.finish();
  const end = callSignal(dependencies);
  try {
    await unlessAborted(writer.finish(), end.signal);
  } finally {
    end.release();
  }
}

// After a failure, the cleanup mostly takes no time. But a device, a pipe or a disk that does not
// respond must not block the call forever. The cleanup then continues in the background.
const CLEANUP_TIME = 1000; // milliseconds

/** Waits for cleanup, up to a limit. Its errors are ignored. */
async function waitBriefly(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLEANUP_TIME);
  });
  await Promise.race([work.catch(() => {}), late]);
  clearTimeout(timer);
}

/** Removes old content after the offset, which would remain behind a shorter download. */
async function truncateTo(end: number, file: OpenFile, command: string): Promise<void> {
  const stats = await file.stat();
  checkLocalOffset(end, stats, command); // the file may have been truncated since the first check
  if (stats.isFile() && stats.size > end) await file.truncate(end);
}

/**
 * Uploads a file. Its size must not change during the upload.
 * @param open - queues the upload; `prepare` opens the file when its turn has come
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
    if (stats.isDirectory()) await file.read(Buffer.alloc(1), 0, 1, 0); // throws Node's EISDIR
    checkLocalOffset(rest, stats, stream.command);
    const isFile = stats.isFile(); // a pipe has neither a size nor offsets
    const size = isFile ? stats.size - rest : undefined;
    sending = sendFile(file, isFile ? rest : null, size, stream, ended);
    void sending.then(unwatch); // the file has been read
    return size;
  };
  const stream = open(() => {
    prepared = prepare();
    return prepared;
  });
  const unwatch = whenClosed(local, () => stream.destroy(handleClosedError(stream.command)));
  const ended = whenFinished(stream);
  const close = async () => {
    if (file !== local) await file?.close();
  };
  try {
    await ended;
    await sending;
  } catch (error) {
    if (file) await waitBriefly(close());
    else if (prepared) await waitBriefly(prepared.then(close)); // the file may be opened only now
    throw explainClosedHandle(error, local, stream.command);
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
  const failed = ended.catch(() => {}); // the caller handles the error
  const buffers: { bytes: Buffer; sent: Promise<void> }[] = [];
  // One byte more than a small file: a short read then shows that the file has ended.
  const length = Math.min(READ_SIZE, (size ?? READ_SIZE) + 1);
  try {
    for (let sum = 0, i = 0; ; i = (i + 1) % BUFFER_COUNT) {
      buffers[i] ??= { bytes: Buffer.allocUnsafeSlow(length), sent: Promise.resolve() };
      const buffer = buffers[i] as (typeof buffers)[number];
      await Promise.race([buffer.sent, failed]); // a failed stream never sends the buffer
      if (stream.destroyed) return;
      const position = begin === null ? null : begin + sum;
      const { bytesRead } = await file.read(buffer.bytes, 0, length, position);
      if (bytesRead === 0) break;
      sum += bytesRead;
      const chunk = buffer.bytes.subarray(0, bytesRead);
      if (sum === size && bytesRead < length) {
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

/** The result of a transfer. */
export function fileTransferOf(
  remotePath: Path,
  local: LocalFile,
  { bytesTransferred, reply }: DownloadStream | UploadStream,
): FileTransfer {
  return { remotePath, local, bytesTransferred, reply: reply as Reply };
}

async function openLocal(
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
    return await openWhenRead(local, end.signal);
  } catch (error) {
    stream.destroy(error as Error);
    await waitBriefly(opening.then((late) => late?.close()));
    throw error;
  } finally {
    end?.release();
  }
}
