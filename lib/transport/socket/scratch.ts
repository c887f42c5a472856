import type { ReadMemory } from './socket-reader';

const SIZE = 4 * 1024; // many replies, and not so many that to read them takes long

/**
 * One buffer that a socket reads into again and again; what has been read is copied out of it, since it
 * is little. Node's own reading takes 64 KiB for each piece, however small.
 */
export class Scratch implements ReadMemory {
  readonly free: Buffer = Buffer.allocUnsafeSlow(SIZE);

  take(length: number): Buffer {
    const copy = Buffer.allocUnsafe(length);
    this.free.copy(copy, 0, 0, length);
    return copy;
  }
}
