import type { Codec } from '../protocol/codec';
import { BinaryLines, type LineReader, MAX_SKIPPED_LINES } from '../protocol/line-reader';
import { BinaryContext, type ContextOptions } from './context';
import type { Entry } from './entry';
import { ListingParser, type ListingParserOptions } from './listing-parser';

const MAX_BATCH = 100; // entries that are read at once

/** Reads the entries of a listing from its bytes. */
export class EntryReader implements LineReader<Entry> {
  readonly #lines: BinaryLines;
  #context: BinaryContext | undefined;
  #parser: ListingParser | undefined;
  #entries: Entry[] = []; // that have been read, and not all taken
  #at = 0;
  #hasOtherLine = false; // the line that comes next, and is found already
  #failure: unknown; // comes after them
  #isAtEnd = false;
  #hasMore = false;

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
    this.#context?.setASCII(this.#lines.isASCII);
  }

  end(): void {
    this.#lines.end();
    this.#context?.setASCII(this.#lines.isASCII);
    this.#isAtEnd = true;
  }

  get hasMore(): boolean {
    return this.#hasMore;
  }

  next(): Entry | undefined {
    let lines = 0;
    do {
      if (this.#at < this.#entries.length) return this.#entries[this.#at++];
      if (this.#failure !== undefined) throw this.#failure;
      this.#hasMore = lines === MAX_SKIPPED_LINES;
      if (this.#hasMore) return undefined;
      lines++;
    } while (this.#read());
    if (!this.#isAtEnd) return undefined;
    this.#isAtEnd = false;
    return this.#parser?.flush();
  }

  /** Reads on; returns whether there may be something now. */
  #read(): boolean {
    const parser = this.#parser;
    if (!parser) return false;
    this.#at = 0;
    this.#entries = [];
    if (!this.#hasOtherLine) this.#readFast(parser);
    // Another line only when those before it are taken, since it may have to be told of.
    if (this.#hasOtherLine && this.#entries.length === 0) return this.#readOther(parser);
    return this.#entries.length > 0 || this.#failure !== undefined;
  }

  // Many at once: the loop is then the one place that must be compiled.
  #readFast(parser: ListingParser): void {
    try {
      this.#hasOtherLine = parser.pushFast(this.#lines, this.#entries, MAX_BATCH);
    } catch (error) {
      this.#failure = error;
    }
  }

  #readOther(parser: ListingParser): true {
    this.#hasOtherLine = false;
    const { text, from, to } = this.#lines;
    const read = parser.push(text.slice(from, to));
    if (Array.isArray(read)) this.#entries = [...read];
    else if (read) this.#entries = [read as Entry];
    return true;
  }
}
