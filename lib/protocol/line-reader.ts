import { ByteBuilder } from './byte-builder';
import { LineSplitter } from './line-splitter';

/**
 * Turns bytes that come in pieces into what their lines stand for, no sooner than it is asked for. It stops
 * after some lines that stand for nothing, so that its owner can do other work between them.
 */
export interface LineReader<T> {
  /** Takes more bytes; only after `next()` has nothing more to give. */
  push(chunk: Buffer): void;
  /** Told that no more bytes come: the last line may have no ending. */
  end(): void;
  /** What comes next; `undefined` if it has found nothing yet. @throws at a line that is too long */
  next(): T | undefined;
  /** Whether `next()`, which found nothing, has not looked at all lines yet. Else it takes more bytes. */
  readonly hasMore: boolean;
}

/** How many lines that stand for nothing a reader looks at in one go. */
export const MAX_SKIPPED_LINES = 64;

/** Reads each line by itself. */
export class ParsedLines<T> implements LineReader<T> {
  readonly #splitter: LineSplitter;
  readonly #parse: (line: Buffer) => T | undefined;
  #last: Buffer | undefined; // which has no ending
  #hasMore = false;

  /**
   * @param parse - what a line stands for; `undefined` leaves it out
   * @param maxLine - bytes of the longest line
   * @param tooLong - makes the error to throw at a longer one
   */
  constructor(parse: (line: Buffer) => T | undefined, maxLine: number, tooLong: () => Error) {
    this.#parse = parse;
    this.#splitter = new LineSplitter(maxLine, tooLong);
  }

  get hasMore(): boolean {
    return this.#hasMore;
  }

  push(chunk: Buffer): void {
    this.#splitter.push(chunk);
  }

  end(): void {
    this.#last = this.#splitter.flush();
  }

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
 * The same cut from one string for all bytes of a piece, each character a byte: that is
 * several times faster than a buffer for each line. Every byte is looked at once.
 * What is read for each line are fields: accessors would have to be compiled, too.
 */
export class BinaryLines {
  /** What the lines are cut from; of the one that `next()` has found it is the part between `from` and `to`. */
  text = '';
  /** The bytes of it, each at the place of its character. */
  bytes: Uint8Array = EMPTY;
  /** The same, of which more than one can be looked at. */
  view: DataView = viewOf(EMPTY);
  isASCII = true;
  from = 0;
  to = 0;
  readonly #maxLine: number;
  readonly #tooLong: () => Error;
  readonly #unfinished = new ByteBuilder();
  #at = 0;

  constructor(maxLine: number, tooLong: () => Error) {
    this.#maxLine = maxLine;
    this.#tooLong = tooLong;
  }

  push(chunk: Buffer): void {
    const end = chunk.lastIndexOf(LF) + 1;
    this.text = end === 0 ? '' : this.#joined(chunk.subarray(0, end));
    this.#at = 0;
    if (end < chunk.length) this.#unfinished.add(chunk.subarray(end));
  }

  end(): void {
    this.text = this.#unfinished.length === 0 ? '' : `${this.#joined(EMPTY)}\n`;
    this.#at = 0;
  }

  /** Finds the next line. @throws what `tooLong` makes, once the lines before are taken */
  next(): boolean {
    const start = this.#at;
    if (start === this.text.length) {
      // One more than the limit may be the CR of the line's ending.
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
    // Decoding as UTF-8 is the fastest way to find out, and then the two are the same.
    const text = whole.toString('utf8');
    this.isASCII = text.length === whole.length && !text.includes('\ufffd');
    return this.isASCII ? text : whole.toString('latin1');
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
