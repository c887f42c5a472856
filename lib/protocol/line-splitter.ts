import { ByteBuilder } from './byte-builder';

const LF = 0x0a;
const CR = 0x0d;
const EMPTY: Buffer = Buffer.alloc(0);

/**
 * Cuts a byte stream into lines, dropping each CRLF or bare LF.
 *
 * It looks for a line no sooner than it is asked for one, and looks at every byte once, however small
 * the chunks are.
 */
export class LineSplitter {
  readonly #maxLine: number;
  readonly #tooLong: () => Error;
  readonly #unfinished = new ByteBuilder();
  #chunk = EMPTY;
  #at = 0; // in the chunk

  /**
   * @param maxLine - bytes of the longest line, its ending not counted
   * @param tooLong - makes the error to throw at a longer one
   */
  constructor(maxLine: number, tooLong: () => Error) {
    this.#maxLine = maxLine;
    this.#tooLong = tooLong;
  }

  /** Bytes of the unfinished line, once all finished ones are taken. */
  get pendingLength(): number {
    return this.#unfinished.length;
  }

  /** Takes more bytes; only after `next()` has returned `undefined`. */
  push(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** The next line, or `undefined` if it is not complete yet. @throws what `tooLong` makes */
  next(): Buffer | undefined {
    const start = this.#at;
    const end = this.#chunk.indexOf(LF, start);
    if (end !== -1) {
      this.#at = end + 1;
      return this.#complete(this.#chunk.subarray(start, end));
    }
    if (start < this.#chunk.length) this.#unfinished.add(this.#chunk.subarray(start));
    this.#chunk = EMPTY;
    this.#at = 0;
    // One more than the limit may be the CR of the line's ending.
    if (this.pendingLength > this.#maxLine + 1) throw this.#tooLong();
    return undefined;
  }

  /** The last line, when the bytes ended without a line ending. */
  flush(): Buffer | undefined {
    return this.pendingLength === 0 ? undefined : this.#complete(EMPTY);
  }

  #complete(tail: Buffer): Buffer {
    const whole = this.pendingLength === 0 ? tail : this.#unfinished.take(tail);
    const line = whole.at(-1) === CR ? whole.subarray(0, -1) : whole;
    if (line.length > this.#maxLine) throw this.#tooLong();
    return line;
  }
}
