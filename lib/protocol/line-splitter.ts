const LF = 0x0a;
const CR = 0x0d;

/**
 * Cuts a byte stream into lines, dropping each CRLF or bare LF.
 *
 * Every byte is looked at once, however small the chunks: an unfinished line is
 * kept as the pieces that came, and joined only when its LF arrives.
 */
export class LineSplitter {
  readonly #maxLine: number;
  readonly #tooLong: () => Error;
  #pieces: Buffer[] = [];
  #held = 0;

  /**
   * @param maxLine - bytes of the longest line, its ending not counted
   * @param tooLong - makes the error to throw at a longer one
   */
  constructor(maxLine: number, tooLong: () => Error) {
    this.#maxLine = maxLine;
    this.#tooLong = tooLong;
  }

  /** Bytes of the unfinished line. */
  get held(): number {
    return this.#held;
  }

  /**
   * The lines that this chunk completes.
   *
   * @param lines - takes them; where one is too long it has those before it
   * @throws what `tooLong` makes
   */
  push(chunk: Buffer, lines: Buffer[] = []): Buffer[] {
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      lines.push(this.#complete(chunk.subarray(start, end)));
      start = end + 1;
    }
    if (start < chunk.length) {
      this.#pieces.push(chunk.subarray(start));
      this.#held += chunk.length - start;
      // One more than the limit may be the CR of the line's ending.
      if (this.#held > this.#maxLine + 1) throw this.#tooLong();
    }
    return lines;
  }

  /** The last line, when the bytes ended without a line ending. */
  flush(): Buffer | undefined {
    return this.#held === 0 ? undefined : this.#complete(Buffer.alloc(0));
  }

  #complete(tail: Buffer): Buffer {
    const whole = this.#held === 0 ? tail : Buffer.concat([...this.#pieces, tail]);
    this.#pieces = [];
    this.#held = 0;
    const line = whole.at(-1) === CR ? whole.subarray(0, -1) : whole;
    if (line.length > this.#maxLine) throw this.#tooLong();
    return line;
  }
}
