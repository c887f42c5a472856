const SMALL = 4096;
const MIN_BLOCK = 256;
const MAX_BLOCK = 64 * 1024;

/** Options of a `Backlog`. */
export interface BacklogOptions {
  /**
   * Whether all chunks are copied, so that no more memory is kept than their bytes. Default: false.
   */
  readonly copies?: boolean;
}

/**
 * A queue of bytes that were read and not yet passed on. Large chunks are kept in place. Small ones
 * are copied into blocks, because a Buffer for each byte would need a hundred times its memory.
 */
export class Backlog {
  readonly #copies: boolean;
  #chunks: Buffer[] = [];
  #length = 0;
  #block: Buffer | undefined; // its part up to `#used` is the last chunk
  #used = 0;

  constructor({ copies = false }: BacklogOptions = {}) {
    this.#copies = copies;
  }

  /** The number of bytes. */
  get length(): number {
    return this.#length;
  }

  /** Appends a chunk. */
  add(chunk: Buffer): void {
    const last = this.#chunks.at(-1);
    this.#length += chunk.length;
    if (this.#block === undefined && last && isAdjacent(last, chunk)) {
      const joined = Buffer.from(last.buffer, last.byteOffset, last.length + chunk.length);
      this.#chunks[this.#chunks.length - 1] = joined;
    } else if (this.#copies || (last && chunk.length < SMALL)) {
      this.#copy(chunk);
    } else {
      this.#block = undefined;
      this.#chunks.push(chunk);
    }
  }

  /**
   * Removes and returns the next bytes, at most `limit`. They are a copy if they come from several
   * chunks.
   */
  take(limit: number): Buffer {
    const [first] = this.#chunks;
    const length = Math.min(limit, this.#length);
    if (first && first.length >= length) return this.#shift(first, limit);
    this.#length -= length;
    const taken = Buffer.allocUnsafe(length);
    for (let at = 0; at < length; ) {
      const chunk = this.#chunks[0] as Buffer;
      const part = Math.min(chunk.length, length - at);
      chunk.copy(taken, at, 0, part);
      if (part === chunk.length) this.#shiftWhole();
      else this.#chunks[0] = chunk.subarray(part);
      at += part;
    }
    return taken;
  }

  /** Drops all bytes. */
  clear(): void {
    this.#chunks = [];
    this.#length = 0;
    this.#block = undefined;
  }

  #copy(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      const block = this.#block;
      if (!block || this.#used === block.length) {
        this.#beginBlock(chunk.length - at);
        continue;
      }
      const part = chunk.copy(block, this.#used, at);
      const last = this.#chunks.at(-1) as Buffer;
      const start = last.byteOffset;
      this.#used += part;
      at += part;
      this.#chunks[this.#chunks.length - 1] = Buffer.from(block.buffer, start, this.#used - start);
    }
  }

  /** Begins a block. It is about as large as the backlog, so that little of it stays unused. */
  #beginBlock(minSize: number): void {
    const size = Math.min(MAX_BLOCK, Math.max(MIN_BLOCK, minSize, this.#length));
    this.#block = Buffer.allocUnsafeSlow(size);
    this.#used = 0;
    this.#chunks.push(this.#block.subarray(0, 0));
  }

  #shift(first: Buffer, limit: number): Buffer {
    this.#length -= Math.min(limit, first.length);
    if (first.length > limit) this.#chunks[0] = first.subarray(limit);
    else this.#shiftWhole();
    return first.length > limit ? first.subarray(0, limit) : first;
  }

  #shiftWhole(): void {
    this.#chunks.shift();
    if (this.#chunks.length === 0) this.#block = undefined;
  }
}

function isAdjacent(first: Buffer, second: Buffer): boolean {
  return first.buffer === second.buffer && first.byteOffset + first.length === second.byteOffset;
}
