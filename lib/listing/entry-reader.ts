import type { Codec } from '../protocol/codec';
import { BinaryLines, type LineReader, MAX_SKIPPED_LINES } from '../protocol/line-reader';
import { BinaryContext, type ContextOptions } from './context';
import type { Entry } from './entry';
import { ListingParser, type ListingParserOptions } from './listing-parser';

const MAX_BATCH = 100; // entries per call of the fast path

/** Reads the entries of a listing from its bytes, in batches if the fast path can read them. */
export class EntryReader implements LineReader<Entry> {
  readonly #lines: BinaryLines;
  #context: BinaryContext | undefined;
  #parser: ListingParser | undefined;
  #entries: Entry[] = []; // the current batch
  #at = 0;
  #hasOtherLine = false; // whether the current line is not for the fast path
  #failure: unknown; // thrown after the batch
  #isAtEnd = false;
  #hasMore = false;

  /**
   * @param maxLine - limit on the bytes of a line
   * @param tooLong - creates the error to throw for a longer line
   */
  constructor(maxLine: number, tooLong: () => Error) {
    this.#lines = new BinaryLines(maxLine, tooLong);
  }

  /** Sets how to read the listing. Call it before the first `push()`. */
  begin(codec: Codec, context: ContextOptions, options: ListingParserOptions): void {
    this.#context = new BinaryContext(codec, context);
    this.#parser = new ListingParser(this.#context, options);
  }

  /** Adds bytes. Call it only after `next()` has returned `undefined` and `hasMore` is `false`. */
  push(chunk: Buffer): void {
    this.#lines.push(chunk);
    this.#context?.setASCII(this.#lines.isASCII);
  }

  /** Marks the end of the listing. */
  end(): void {
    this.#lines.end();
    this.#context?.setASCII(this.#lines.isASCII);
    this.#isAtEnd = true;
  }

  /** Whether lines are left to read after `next()` has returned `undefined`. */
  get hasMore(): boolean {
    return this.#hasMore;
  }

  /**
   * Returns the next entry, or `undefined` if none was found.
   *
   * @throws the error of `tooLong` for a line that is too long, after all earlier entries
   */
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

  /** Reads the next batch or line; returns whether to look for entries again. */
  #read(): boolean {
    const parser = this.#parser;
    if (!parser) return false;
    this.#at = 0;
    this.#entries = [];
    if (!this.#hasOtherLine) this.#readFast(parser);
    // Not before the batch is consumed: this line may be reported as unparsed, in order.
    if (this.#hasOtherLine && this.#entries.length === 0) return this.#readOther(parser);
    return this.#entries.length > 0 || this.#failure !== undefined;
  }

  // A batch keeps the loop in one function, the only one that V8 must compile.
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
