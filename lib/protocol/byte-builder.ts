const MIN_CAPACITY = 256;
const EMPTY = Buffer.alloc(0);

/**
 * Joins pieces of bytes of any size. It copies them, because keeping a Buffer for each of many
 * one-byte pieces would take a hundred times the memory.
 */
export class ByteBuilder {
  #bytes = EMPTY;
  #length = 0;

  /** How many bytes it holds. */
  get length(): number {
    return this.#length;
  }

  /** Appends a copy of `piece`. */
  add(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(MIN_CAPACITY, length, 2 * this.#length));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#bytes.set(piece, this.#length);
    this.#length = length;
  }

  /** Returns a copy of all bytes followed by `tail`, and becomes empty. */
  take(tail: Uint8Array): Buffer {
    const whole = Buffer.allocUnsafe(this.#length + tail.length);
    this.#bytes.copy(whole, 0, 0, this.#length);
    whole.set(tail, this.#length);
    this.#length = 0;
    if (this.#bytes.length > MIN_CAPACITY) this.#bytes = EMPTY;
    return whole;
  }
}
