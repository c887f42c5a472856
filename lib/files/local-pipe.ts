import {
  closeSync,
  constants,
  promises as files,
  fstatSync,
  openSync,
  type PathLike,
} from 'node:fs';
import { Socket } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import type { StopSignal } from '../util/abort-signal';
import { unlessAborted } from '../util/abortable';
import { DescriptorFile, openDescriptor } from './descriptor-file';

// Named pipes. Opening, reading and writing one blocks until the other end is ready, in a thread of
// libuv that cannot be interrupted. Four blocked threads stop all file access of the process, and
// even its exit. So pipes are opened without blocking, and are read and written as sockets. Only on
// Linux: on other systems, a pipe without a writer looks as if it had ended.
const { O_NONBLOCK = 0, O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_TRUNC } = constants;
const NONBLOCKING = process.platform === 'linux' ? O_NONBLOCK : 0;
const FLAGS = { r: O_RDONLY, 'r+': O_RDWR, w: O_WRONLY | O_CREAT | O_TRUNC };
const INTERVAL = 20; // milliseconds between two checks for a reader

/** Opens a file for an upload. A pipe is read from its first writer to the end of its last one. */
export async function openToRead(path: PathLike): Promise<DescriptorFile | ReadablePipe> {
  const { descriptor, isPipe } = await open(path, 'r');
  if (!isPipe) return new DescriptorFile(descriptor);
  return new ReadablePipe(new Socket({ fd: descriptor, readable: true, writable: false }));
}

/** Opens a file for a download. @returns `undefined` for a pipe that has no reader yet */
export async function openToWrite(
  path: PathLike,
  flags: 'r+' | 'w',
): Promise<DescriptorFile | WritablePipe | undefined> {
  if (NONBLOCKING && flags === 'r+' && (await files.stat(path)).isFIFO()) return openPipe(path);
  try {
    const { descriptor, isPipe } = await open(path, flags);
    return isPipe ? writablePipe(descriptor) : new DescriptorFile(descriptor);
  } catch (error) {
    const isUnread = (error as NodeJS.ErrnoException).code === 'ENXIO';
    if (isUnread && (await files.stat(path)).isFIFO()) return undefined;
    throw error;
  }
}

/** Opens a pipe as soon as it has a reader. @throws the signal's reason if it is aborted before */
export async function openWhenRead(path: PathLike, signal: StopSignal): Promise<WritablePipe> {
  for (;;) {
    const pipe = openPipe(path);
    if (pipe) return pipe;
    let timer: NodeJS.Timeout | undefined;
    const pause = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, INTERVAL);
    });
    await unlessAborted(pause, signal, () => clearTimeout(timer));
  }
}

function openPipe(path: PathLike): WritablePipe | undefined {
  try {
    return writablePipe(openSync(path, O_WRONLY | NONBLOCKING));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
    return undefined;
  }
}

function writablePipe(descriptor: number): WritablePipe {
  return new WritablePipe(new Socket({ fd: descriptor, readable: false, writable: true }));
}

/**
 * Opens a pipe without blocking, and any other file as usual. A pipe is opened only once: a writer
 * could open and close it between two attempts.
 */
async function open(
  path: PathLike,
  flags: keyof typeof FLAGS,
): Promise<{ descriptor: number; isPipe: boolean }> {
  const openBlocking = async () => ({
    descriptor: await openDescriptor(path, flags),
    isPipe: false,
  });
  if (!NONBLOCKING) return openBlocking();
  let descriptor: number;
  try {
    descriptor = await openDescriptor(path, FLAGS[flags] | NONBLOCKING);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    return openBlocking(); // waits until another process has released its lease on the file
  }
  const stats = fstatSync(descriptor); // fast for an open file
  const isPipe = stats.isFIFO();
  if (isPipe || stats.isFile() || stats.isDirectory()) return { descriptor, isPipe };
  closeSync(descriptor);
  return openBlocking(); // a device may behave differently when opened without blocking
}

/** The writing end of a pipe, with the methods of a FileHandle that `FileWriter` uses. */
export class WritablePipe {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => {}); // write() rejects with it
  }

  /** Writes part of a buffer. */
  write(buffer: Buffer, offset: number, length: number): Promise<{ bytesWritten: number }> {
    return new Promise((resolve, reject) => {
      this.#socket.write(buffer.subarray(offset, offset + length), (error) => {
        if (error) reject(error);
        else resolve({ bytesWritten: length });
      });
    });
  }

  /** Closes the pipe at once. A running write fails. */
  close(): Promise<void> {
    return destroyed(this.#socket);
  }
}

/** The reading end of a pipe. */
export class ReadablePipe {
  /** The content. */
  readonly bytes: Readable;

  constructor(bytes: Readable) {
    this.bytes = bytes;
  }

  /** Closes the pipe. */
  close(): Promise<void> {
    return destroyed(this.bytes);
  }
}

async function destroyed(stream: Duplex | Readable): Promise<void> {
  if (stream.closed) return;
  await new Promise<void>((resolve) => {
    stream.once('close', () => resolve());
    stream.destroy();
  });
}
