import { ByteBuilder } from './byte-builder';

const LF = 0x0a;
const CR = 0x0d;
const EMPTY: Buffer = Buffer.alloc(0);

/**
 * Splits a byte stream into lines without their CRLF or bare LF.
 *
 * It searches for a line only when `next()` asks for one, and scans each byte once, however small
 * the chunks are.
 */
export class LineSplitter {
  readonly #maxLine: number;
  readonly #tooLong: () => Error;
  readonly #unfinished = new ByteBuilder();
  #chunk = EMPTY;
  #at = 0; // position in the chunk

  /**
   * @param maxLine - limit on the bytes of a line, without its ending
   * @param tooLong - creates the error to throw for a longer line
   */
  constructor(maxLine: number, tooLong: () => Error) {
    this.#maxLine = maxLine;
    this.#tooLong = tooLong;
  }

  /** Bytes of the unfinished line, after `next()` has returned all finished lines. */
  get pendingLength(): number {
    return this.#unfinished.length;
  }

  /** Adds bytes. Call it only after `next()` has returned `undefined`. */
  push(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /**
   * Returns the next line, or `undefined` if it is not complete yet.
   *
   * @throws the error from `tooLong`
   */
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
    // The byte after the limit may be the CR of the line ending.
    if (this.pendingLength > this.#maxLine + 1) throw this.#tooLong();
    return undefined;
  }

  /** Returns the last line if it has no line ending. Call it at the end of the input. */
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
