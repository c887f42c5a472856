import { constants, promises as files, fstatSync, openSync, type PathLike } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import type { StopSignal } from '../cancellation';
import { unlessAborted } from '../unless-aborted';

// Named pipes. Opening one waits for its other end, and so do reading and writing: in a thread that nobody can call
// back. Four of them stop every file of the process, and even its exit. So pipes are opened without waiting, and
// are read and written as sockets are. Linux only: elsewhere a pipe without a writer looks like one at its end.
const { O_NONBLOCK = 0, O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_TRUNC } = constants;
const WITHOUT_WAITING = process.platform === 'linux' ? O_NONBLOCK : 0;
const FLAGS = { r: O_RDONLY, 'r+': O_RDWR, w: O_WRONLY | O_CREAT | O_TRUNC };
const INTERVAL = 20; // milliseconds between two looks for a reader

/** Opens a file for an upload. What a pipe gives begins with its first writer, and ends with its last one. */
export async function openToRead(path: PathLike): Promise<FileHandle | ReadablePipe> {
  const file = await open(path, 'r');
  if (!isPipe(file)) return file;
  const descriptor = openSync(path, O_RDONLY | WITHOUT_WAITING);
  await file.close();
  return new ReadablePipe(new Socket({ fd: descriptor, readable: true, writable: false }));
}

/** Opens a file for a download. A pipe without a reader gives `undefined`. */
export async function openToWrite(
  path: PathLike,
  flags: 'r+' | 'w',
): Promise<FileHandle | WritablePipe | undefined> {
  if (WITHOUT_WAITING && flags === 'r+' && (await files.stat(path)).isFIFO()) return openPipe(path);
  try {
    const file = await open(path, flags);
    if (!isPipe(file)) return file;
    const pipe = openPipe(path); // before the other one is closed: the reader must not see an end
    await file.close();
    return pipe;
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
    const descriptor = openSync(path, O_WRONLY | WITHOUT_WAITING);
    return new WritablePipe(new Socket({ fd: descriptor, readable: false, writable: true }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
    return undefined;
  }
}

/** Opens without waiting what may be a pipe, and everything else as usual. */
async function open(path: PathLike, flags: keyof typeof FLAGS): Promise<FileHandle> {
  if (!WITHOUT_WAITING) return files.open(path, flags);
  let file: FileHandle;
  try {
    file = await files.open(path, FLAGS[flags] | WITHOUT_WAITING);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    return files.open(path, flags); // somebody has a lease on the file, and gives it up
  }
  const stats = fstatSync(file.fd); // of an open file: it takes no time
  if (stats.isFile() || stats.isDirectory() || stats.isFIFO()) return file;
  await file.close();
  return files.open(path, flags); // a device behaves in another way without waiting
}

function isPipe(file: FileHandle): boolean {
  return WITHOUT_WAITING !== 0 && fstatSync(file.fd).isFIFO();
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
