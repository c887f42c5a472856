import type { OnReadOpts, Socket } from 'node:net';

/** What a socket reads into. */
export interface ReadMemory {
  /** Room for the next read; never empty. */
  readonly free: Buffer;
  /** Takes what has been read into the room. */
  take(length: number): Buffer;
}

/**
 * Reads a socket without a copy and without Node's stream between (`onread` of `net.connect`),
 * which takes two thirds of the time.
 */
export class SocketReader {
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
