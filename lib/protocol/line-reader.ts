import { ByteBuilder } from './byte-builder';
import { LineSplitter } from './line-splitter';

/**
 * Parses the lines in chunks of bytes into items, on demand. It pauses after a number of lines that
 * hold no item, so that its owner can do other work.
 */
export interface LineReader<T> {
  /** Adds bytes. Call it only after `next()` has returned `undefined` and `hasMore` is `false`. */
  push(chunk: Buffer): void;
  /** Marks the end of the input. The last line may have no line ending. */
  end(): void;
  /** Returns the next item, or `undefined` if none was found. @throws if a line is too long */
  next(): T | undefined;
  /** Whether lines are left to read after `next()` has returned `undefined`. */
  readonly hasMore: boolean;
}

/** How many lines without an item a reader skips before it pauses. */
export const MAX_SKIPPED_LINES = 64;

/** A {@link LineReader} that parses each line on its own. */
export class ParsedLines<T> implements LineReader<T> {
  readonly #splitter: LineSplitter;
  readonly #parse: (line: Buffer) => T | undefined;
  #last: Buffer | undefined; // the last line, if it has no line ending
  #hasMore = false;

  /**
   * @param parse - returns the item of a line, or `undefined` to skip it
   * @param maxLine - limit on the bytes of a line
   * @param tooLong - creates the error to throw for a longer line
   */
  constructor(parse: (line: Buffer) => T | undefined, maxLine: number, tooLong: () => Error) {
    this.#parse = parse;
    this.#splitter = new LineSplitter(maxLine, tooLong);
  }

  /** Whether lines are left to read after `next()` has returned `undefined`. */
  get hasMore(): boolean {
    return this.#hasMore;
  }

  /** Adds bytes. */
  push(chunk: Buffer): void {
    this.#splitter.push(chunk);
  }

  /** Marks the end of the input. */
  end(): void {
    this.#last = this.#splitter.flush();
  }

  /** Returns the next item, or `undefined` if none was found. @throws if a line is too long */
  next(): T | undefined {
    for (let lines = 0; lines < MAX_SKIPPED_LINES; lines++) {
      const line = this.#splitter.next() ?? this.#takeLast();
      if (line === undefined) {
        this.#hasMore = false;
        return undefined;
      }
      const item = this.#parse(line);
      if (item !== undefined) return item;
    }
    this.#hasMore = true;
    return undefined;
  }

  #takeLast(): Buffer | undefined {
    const last = this.#last;
    this.#last = undefined;
    return last;
  }
}

const LF = 0x0a;
const CR = 0x0d;
const EMPTY = Buffer.alloc(0);

/**
 * Fast path for listings: finds lines in one string for a whole chunk, in which each character is a
 * byte. That is several times as fast as a Buffer for each line (`LineSplitter`). It scans each
 * byte once. Values that are read for each line are fields, because V8 would also have to compile
 * accessors.
 */
export class BinaryLines {
  /** The text of the chunk. The line that `next()` has found is between `from` and `to`. */
  text = '';
  /** The bytes of `text`, at the same indexes. */
  bytes: Uint8Array = EMPTY;
  /** The same bytes, to read several at once. */
  view: DataView = viewOf(EMPTY);
  /** Whether the text is ASCII. */
  isASCII = true;
  /** Index of the first character of the current line. */
  from = 0;
  /** Index after the last character of the current line, without its ending. */
  to = 0;
  readonly #maxLine: number;
  readonly #tooLong: () => Error;
  readonly #unfinished = new ByteBuilder();
  #at = 0;

  /**
   * @param maxLine - limit on the bytes of a line, without its ending
   * @param tooLong - creates the error to throw for a longer line
   */
  constructor(maxLine: number, tooLong: () => Error) {
    this.#maxLine = maxLine;
    this.#tooLong = tooLong;
  }

  /** Adds bytes. Call it only after `next()` has returned `false`. */
  push(chunk: Buffer): void {
    const end = chunk.lastIndexOf(LF) + 1;
    this.text = end === 0 ? '' : this.#joined(chunk.subarray(0, end));
    this.#at = 0;
    if (end < chunk.length) this.#unfinished.add(chunk.subarray(end));
  }

  /** Marks the end of the input. The last line may have no line ending. */
  end(): void {
    this.text = this.#unfinished.length === 0 ? '' : `${this.#joined(EMPTY)}\n`;
    this.#at = 0;
  }

  /**
   * Finds the next line; returns `false` if it is not complete yet.
   *
   * @throws the error from `tooLong`, after all earlier lines were returned
   */
  next(): boolean {
    const start = this.#at;
    if (start === this.text.length) {
      // The byte after the limit may be the CR of the line ending.
      if (this.#unfinished.length > this.#maxLine + 1) throw this.#tooLong();
      return false;
    }
    const end = this.text.indexOf('\n', start);
    const hasCR = end > start && this.text.charCodeAt(end - 1) === CR;
    this.#at = end + 1;
    this.from = start;
    this.to = hasCR ? end - 1 : end;
    if (this.to - start > this.#maxLine) throw this.#tooLong();
    return true;
  }

  #joined(tail: Buffer): string {
    const whole = this.#unfinished.length === 0 ? tail : this.#unfinished.take(tail);
    this.bytes = whole;
    this.view = viewOf(whole);
    // Decoding as UTF-8 is the fastest way to find out. For ASCII, it equals latin1.
    const text = whole.toString('utf8');
    this.isASCII = text.length === whole.length && !text.includes('\ufffd');
    return this.isASCII ? text : whole.toString('latin1');
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
