import type { Codec } from '../codec';
import { BinaryLines, type LineReader } from '../line-reader';
import { BinaryContext, type ContextOptions } from './context';
import type { Entry } from './entry';
import { ListingParser, type ListingParserOptions } from './listing-parser';

/** Reads the entries of a listing from its bytes. */
export class EntryReader implements LineReader<Entry> {
  readonly #lines: BinaryLines;
  #context: BinaryContext | undefined;
  #parser: ListingParser | undefined;
  #waiting: Entry[] = []; // given by one line together with another
  #isAtEnd = false;

  /**
   * @param maxLine - bytes of the longest line
   * @param tooLong - makes the error to throw at a longer one
   */
  constructor(maxLine: number, tooLong: () => Error) {
    this.#lines = new BinaryLines(maxLine, tooLong);
  }

  /** Tells, before the first byte, how to read what comes. */
  begin(codec: Codec, context: ContextOptions, options: ListingParserOptions): void {
    this.#context = new BinaryContext(codec, context);
    this.#parser = new ListingParser(this.#context, options);
  }

  push(chunk: Buffer): void {
    this.#lines.push(chunk);
    this.#context?.comesFrom(this.#lines.isASCII);
  }

  end(): void {
    this.#lines.end();
    this.#context?.comesFrom(this.#lines.isASCII);
    this.#isAtEnd = true;
  }

  next(): Entry | undefined {
    if (this.#waiting.length > 0) return this.#waiting.shift();
    const lines = this.#lines;
    while (lines.next()) {
      const read = this.#parser?.pushPart(lines);
      if (read === undefined) continue;
      if (!Array.isArray(read)) return read as Entry;
      this.#waiting = [...read];
      if (this.#waiting.length > 0) return this.#waiting.shift();
    }
    if (!this.#isAtEnd) return undefined;
    this.#isAtEnd = false;
    return this.#parser?.flush();
  }
}
