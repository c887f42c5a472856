const SIZE = 1024 * 1024;
const LEAST = 256 * 1024; // room for one read; less of it makes more reads

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

const SMALL = 4 * 1024;

// many replies, and not so many that to read them takes long

/**
 * One buffer that a socket reads into again and again; what has been read is copied out of it, since it
 * is little. Node's own reading takes 64 KiB for each piece, however small.
 */
export class ReusableReadBuffer implements ReadMemory {
  readonly free: Buffer = Buffer.allocUnsafeSlow(SMALL);

  take(length: number): Buffer {
    const copy = Buffer.allocUnsafe(length);
    this.free.copy(copy, 0, 0, length);
    return copy;
  }
}

/** What a socket reads into. */
export interface ReadMemory {
  /** Room for the next read; never empty. */
  readonly free: Buffer;
  /** Takes what has been read into the room. */
  take(length: number): Buffer;
}
