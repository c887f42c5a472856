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
import { OwnFile, openDescriptor } from './own-file';

// Named pipes. Opening one waits for its other end, and so do reading and writing: in a thread that nobody can call
// back. Four of them stop every file of the process, and even its exit. So pipes are opened without waiting, and
// are read and written as sockets are. Linux only: elsewhere a pipe without a writer looks like one at its end.
const { O_NONBLOCK = 0, O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_TRUNC } = constants;
const WITHOUT_WAITING = process.platform === 'linux' ? O_NONBLOCK : 0;
const FLAGS = { r: O_RDONLY, 'r+': O_RDWR, w: O_WRONLY | O_CREAT | O_TRUNC };
const INTERVAL = 20; // milliseconds between two looks for a reader

/** Opens a file for an upload. What a pipe gives begins with its first writer, and ends with its last one. */
export async function openToRead(path: PathLike): Promise<OwnFile | ReadablePipe> {
  const { descriptor, isPipe } = await open(path, 'r');
  if (!isPipe) return new OwnFile(descriptor);
  return new ReadablePipe(new Socket({ fd: descriptor, readable: true, writable: false }));
}

/** Opens a file for a download. A pipe without a reader gives `undefined`. */
export async function openToWrite(
  path: PathLike,
  flags: 'r+' | 'w',
): Promise<OwnFile | WritablePipe | undefined> {
  if (WITHOUT_WAITING && flags === 'r+' && (await files.stat(path)).isFIFO()) return openPipe(path);
  try {
    const { descriptor, isPipe } = await open(path, flags);
    return isPipe ? writablePipe(descriptor) : new OwnFile(descriptor);
  } catch (error) {
    const isUnread = (error as NodeJS.ErrnoException).code === 'ENXIO';
    if (isUnread && (await files.stat(path)).isFIFO()) return undefined;
    throw error;
  }
}

/** Waits until a pipe has a reader. @throws the signal's reason */
export async function whenRead(path: PathLike, signal: StopSignal): Promise<WritablePipe> {
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
    return writablePipe(openSync(path, O_WRONLY | WITHOUT_WAITING));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
    return undefined;
  }
}

function writablePipe(descriptor: number): WritablePipe {
  return new WritablePipe(new Socket({ fd: descriptor, readable: false, writable: true }));
}

/**
 * Opens without waiting what may be a pipe, and everything else as usual. A pipe is opened only once: between two
 * times, a writer may come and go.
 */
async function open(
  path: PathLike,
  flags: keyof typeof FLAGS,
): Promise<{ descriptor: number; isPipe: boolean }> {
  const asUsual = async () => ({ descriptor: await openDescriptor(path, flags), isPipe: false });
  if (!WITHOUT_WAITING) return asUsual();
  let descriptor: number;
  try {
    descriptor = await openDescriptor(path, FLAGS[flags] | WITHOUT_WAITING);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    return asUsual(); // somebody has a lease on the file, and gives it up
  }
  const stats = fstatSync(descriptor); // of an open file: it takes no time
  const isPipe = stats.isFIFO();
  if (isPipe || stats.isFile() || stats.isDirectory()) return { descriptor, isPipe };
  closeSync(descriptor);
  return asUsual(); // a device behaves in another way without waiting
}

/** The end of a pipe that is written to, as far as a `FileWriter` needs a FileHandle. */
export class WritablePipe {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => {}); // told by the write
  }

  write(buffer: Buffer, offset: number, length: number): Promise<{ bytesWritten: number }> {
    return new Promise((resolve, reject) => {
      this.#socket.write(buffer.subarray(offset, offset + length), (error) => {
        if (error) reject(error);
        else resolve({ bytesWritten: length });
      });
    });
  }

  /** Closes it at once; a write that is under way fails. */
  close(): Promise<void> {
    return closed(this.#socket);
  }
}

/** The end of a pipe that is read from. */
export class ReadablePipe {
  readonly bytes: Readable;

  constructor(bytes: Readable) {
    this.bytes = bytes;
  }

  close(): Promise<void> {
    return closed(this.bytes);
  }
}

async function closed(stream: Duplex | Readable): Promise<void> {
  if (stream.closed) return;
  await new Promise<void>((resolve) => {
    stream.once('close', () => resolve());
    stream.destroy();
  });
}
