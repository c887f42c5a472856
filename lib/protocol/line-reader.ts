import { LineSplitter } from './line-splitter';

/** Turns bytes that come in pieces into what their lines stand for, no sooner than it is asked for. */
export interface LineReader<T> {
  /** Takes more bytes; only after `next()` has nothing more to give. */
  push(chunk: Buffer): void;
  /** Told that no more bytes come: the last line may have no ending. */
  end(): void;
  /** What comes next; `undefined` when it takes more bytes, or there are no more. */
  next(): T | undefined;
}

/** Reads each line by itself. */
export class ParsedLines<T> implements LineReader<T> {
  readonly #splitter: LineSplitter;
  readonly #parse: (line: Buffer) => T | undefined;
  #lines: readonly Buffer[] = [];
  #next = 0;

  /**
   * @param parse - what a line stands for; `undefined` leaves it out
   * @param maxLine - bytes of the longest line
   * @param tooLong - makes the error to throw at a longer one
   */
  constructor(parse: (line: Buffer) => T | undefined, maxLine: number, tooLong: () => Error) {
    this.#parse = parse;
    this.#splitter = new LineSplitter(maxLine, tooLong);
  }

  push(chunk: Buffer): void {
    this.#next = 0;
    this.#lines = []; // in case that a line is too long
    this.#lines = this.#splitter.push(chunk);
  }

  end(): void {
    const last = this.#splitter.flush();
    this.#next = 0;
    this.#lines = last === undefined ? [] : [last];
  }

  next(): T | undefined {
    for (let line = this.#lines[this.#next++]; line; line = this.#lines[this.#next++]) {
      const item = this.#parse(line);
      if (item !== undefined) return item;
    }
    return undefined;
  }
}

const LF = 0x0a;
const CR = 0x0d;

/**
 * The same cut from one string for all bytes of a piece, each character a byte: that is
 * several times faster than a buffer for each line. Every byte is looked at once.
 */
export class BinaryLines {
  readonly #maxLine: number;
  readonly #tooLong: () => Error;
  #pieces: Buffer[] = []; // of the unfinished line
  #held = 0;
  #text = '';
  #at = 0;

  constructor(maxLine: number, tooLong: () => Error) {
    this.#maxLine = maxLine;
    this.#tooLong = tooLong;
  }

  /** What the next lines are cut from. */
  get text(): string {
    return this.#text;
  }

  push(chunk: Buffer): void {
    const end = chunk.lastIndexOf(LF) + 1;
    this.#text = end === 0 ? '' : this.#joined(chunk.subarray(0, end));
    this.#at = 0;
    if (end === chunk.length) return;
    this.#pieces.push(chunk.subarray(end));
    this.#held += chunk.length - end;
  }

  end(): void {
    this.#text = this.#held === 0 ? '' : `${this.#joined(Buffer.alloc(0))}\n`;
    this.#at = 0;
  }

  /** The next line without its ending. @throws what `tooLong` makes, once the lines before are taken */
  next(): string | undefined {
    const start = this.#at;
    if (start === this.#text.length) {
      // One more than the limit may be the CR of the line's ending.
      if (this.#held > this.#maxLine + 1) throw this.#tooLong();
      return undefined;
    }
    const end = this.#text.indexOf('\n', start);
    this.#at = end + 1;
    const line = this.#text.slice(
      start,
      end > start && this.#text.charCodeAt(end - 1) === CR ? end - 1 : end,
    );
    if (line.length > this.#maxLine) throw this.#tooLong();
    return line;
  }

  #joined(tail: Buffer): string {
    const whole = this.#held === 0 ? tail : Buffer.concat([...this.#pieces, tail]);
    this.#pieces = [];
    this.#held = 0;
    return whole.toString('latin1');
  }
}
