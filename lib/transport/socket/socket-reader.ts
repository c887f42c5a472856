import type { OnReadOpts, Socket } from 'node:net';
import { rethrowAsync } from '../../util/listeners';
import { isTls } from '../tls/node-tls';
import type { ReadMemory } from './read-buffers';

/** What room begins with before a read, and by all that chance can do not after it. Who guessed it would only lose the connection. */
const CANARY = Buffer.from(Float64Array.of(Math.PI + Math.random()).buffer); // never zeros, even where random() is stubbed

function withCanary(room: Buffer): Buffer {
  if (room.length >= CANARY.length) room.set(CANARY);
  return room;
}

function hasCanary(room: Uint8Array): boolean {
  return CANARY.equals(room.subarray(0, CANARY.length));
}

/**
 * Reads a socket into memory of ours, without Node's stream between (`onread` of `net.connect`),
 * which takes two thirds of the time.
 */
export class SocketReader {
  /** For `net.connect`. */
  readonly onread: OnReadOpts;
  #socket: Socket | undefined;
  #onChunk: ((chunk: Buffer) => boolean) | undefined;

  constructor(memory: ReadMemory) {
    this.onread = {
      buffer: () => withCanary(memory.free),
      callback: (length, room) => this.#read(memory, length, room),
    };
  }

  // Node takes the next room only if nothing is thrown here, nor by anybody in the ticks that follow at once.
  // Else it reads over what it has given us before, and tells us of the room that it should have read into.
  #read(memory: ReadMemory, length: number, room: Uint8Array): boolean {
    if (length >= CANARY.length && hasCanary(room)) {
      const message = 'bytes were lost: something threw while they were read';
      this.#socket?.destroy(new Error(message));
      return false;
    }
    try {
      return this.#onChunk?.(memory.take(length)) ?? false;
    } catch (error) {
      rethrowAsync(error);
      return true;
    }
  }

  /** The socket whose `onread` this is; it does not read until it is told to. */
  attach(socket: Socket): void {
    this.#socket = socket;
    socket.pause();
  }

  /** See `ByteSource`. */
  start(take: (chunk: Buffer) => boolean): void {
    this.#onChunk = take;
  }

  resume(): void {
    this.#socket?.resume();
  }

  /** See `ByteSource`. A socket that was reset has no peer any more; what TLS sits on is not asked. */
  get isConnected(): boolean {
    const socket = this.#socket;
    return socket !== undefined && !isTls(socket) && socket.remotePort !== undefined;
  }
}
