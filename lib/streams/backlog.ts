/** Bytes that have been read and not been handed on, in the chunks in which they came. */
export class Backlog {
  #chunks: Buffer[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(chunk: Buffer): void {
    const last = this.#chunks.at(-1);
    if (last && isAdjacent(last, chunk)) {
      const both = Buffer.from(last.buffer, last.byteOffset, last.length + chunk.length);
      this.#chunks[this.#chunks.length - 1] = both;
    } else this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** The next bytes, at most so many: in place where they lie together, else a copy. */
  take(most: number): Buffer {
    const [first] = this.#chunks;
    if (first && first.length >= Math.min(most, this.#length)) return this.#shift(first, most);
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return this.#shift(all, most);
  }

  clear(): void {
    this.#chunks = [];
    this.#length = 0;
  }

  #shift(first: Buffer, most: number): Buffer {
    this.#length -= Math.min(most, first.length);
    if (first.length > most) this.#chunks[0] = first.subarray(most);
    else this.#chunks.shift();
    return first.length > most ? first.subarray(0, most) : first;
  }
}

function isAdjacent(first: Buffer, second: Buffer): boolean {
  return first.buffer === second.buffer && first.byteOffset + first.length === second.byteOffset;
}
