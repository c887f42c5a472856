import type { OnReadOpts, Socket } from 'node:net';

const SIZE = 1024 * 1024;
const LEAST = 256 * 1024; // room for one read; less of it makes more reads

/** What a socket reads into. */
export interface ReadMemory {
  /** Room for the next read; never empty. */
  readonly free: Buffer;
  /** Takes what has been read into the room. */
  take(length: number): Buffer;
}

/**
 * Memory that sockets read into: what has been read is handed on in place, and never written
 * to again. One for all data connections of a client, since a small file needs little of it.
 */
export class Slab implements ReadMemory {
  #bytes: Buffer | undefined;
  #used = 0;

  /** The room that is left, or new room. */
  get free(): Buffer {
    if (!this.#bytes || SIZE - this.#used < LEAST) {
      this.#bytes = Buffer.allocUnsafeSlow(SIZE);
      this.#used = 0;
    }
    return this.#bytes.subarray(this.#used);
  }

  /** Takes what has been read into the room. */
  take(length: number): Buffer {
    const start = this.#used;
    this.#used += length;
    return (this.#bytes as Buffer).subarray(start, this.#used);
  }
}

/**
 * Reads a socket without a copy and without Node's stream between (`onread` of `net.connect`),
 * which takes two thirds of the time.
 */
export class SlabReader {
  /** For `net.connect`. */
  readonly onread: OnReadOpts;
  #socket: Socket | undefined;
  #take: ((chunk: Buffer) => boolean) | undefined;

  constructor(memory: ReadMemory) {
    this.onread = {
      buffer: () => memory.free,
      callback: (length) => this.#take?.(memory.take(length)) ?? false,
    };
  }

  /** The socket whose `onread` this is; it does not read until it is told to. */
  attach(socket: Socket): void {
    this.#socket = socket;
    socket.pause();
  }

  /** See `ByteSource`. */
  start(take: (chunk: Buffer) => boolean): void {
    this.#take = take;
  }

  resume(): void {
    this.#socket?.resume();
  }
}
