import { type ListingContext, NON_ASCII } from '../context';
import { localTime, recentTime } from '../dates/ls-date';
import { englishMonth } from '../dates/months';
import { type Entry, type EntryType, isUnsafe } from '../entry';
import { numberIn } from '../scan';
import { readMode } from './unix-permissions';

const SPACE = 0x20;
const ZERO = 0x30;
const COLON = 0x3a;
const SLASH = 0x2f;
const BACKSLASH = 0x5c;
const TILDE = 0x7e;
const MAX_DIGITS = 15; // always a safe integer
const EMPTY = new DataView(new ArrayBuffer(0));
const AIX_DATE = 11; // characters of a date whose year is not padded

/** A line as a part of a larger text. */
export interface TextPart {
  /** The whole text. */
  readonly text: string;
  /** The bytes of the text, at the same indexes. */
  readonly bytes: Uint8Array;
  /** The same bytes, to read several at once. */
  readonly view: DataView;
  /** Index of the first character of the line. */
  readonly from: number;
  /** Index after the last character of the line. */
  readonly to: number;
}

/** The columns before the size, which are often the same on the next line. */
interface HeadColumns {
  readonly length: number; // characters
  readonly isASCII: boolean;
  readonly type: EntryType;
  readonly mode: number;
  readonly links: number;
  readonly owner: string;
  readonly group: string;
}

/** The date columns, including the blank before and after them. */
interface DateColumns {
  readonly length: number;
  readonly isNarrow: boolean; // as AIX writes it
  readonly time: number;
  readonly precision: 'day' | 'minute';
}

/**
 * Fast path for the common form of `ls -l`. It gives the same entries as the plain implementation,
 * `parseUnix`, which parses all other lines. Measured gain: parsing 100,000 entries takes half of
 * the time or less (0.2 instead of 0.4 to 0.5 s, with V8's compilation).
 *
 * Neighboring lines share most of their columns, so it only compares these with the line before, in
 * place. The loops read bytes, because V8 takes longer to compile loops over characters. The
 * compiled `startsWith` compares character by character, which takes twice the time per line.
 *
 *     -rw-r--r--    1 1000     1000          531 Jan 29 03:26 file
 *     drwxr-xr-x    2 1000     1000         4096 Apr  8  1994 directory
 */
export class UnixFastPath {
  readonly #context: ListingContext;
  readonly #zone: Entry['modifiedZone'];
  #head: HeadColumns | undefined;
  #date: DateColumns | undefined;
  // Where these columns were found: received bytes are never overwritten. As fields of the two
  // objects, they would make V8 compile the code that reads them twice.
  #headView: DataView = EMPTY;
  #headAt = 0;
  #dateView: DataView = EMPTY;
  #dateAt = 0;

  constructor(context: ListingContext) {
    this.#context = context;
    this.#zone = context.zone === undefined ? 'assumed' : 'utc';
  }

  /** Returns the entry of a line with the same columns as the line before; else `undefined`. */
  readSameColumns({ text, bytes, view, from: start, to: end }: TextPart): Entry | undefined {
    const head = this.#head;
    const date = this.#date;
    if (!head || !date) return undefined;
    if (!isSame(view, start, this.#headView, this.#headAt, head.length)) return undefined;
    let sizeAt = start + head.length;
    while (bytes[sizeAt] === SPACE) sizeAt++;
    let sizeEnd = sizeAt;
    let size = 0;
    for (;;) {
      const digit = (bytes[sizeEnd] as number) - ZERO;
      if (!(digit >= 0 && digit <= 9)) break; // also for NaN, after the last byte
      size = size * 10 + digit;
      sizeEnd++;
    }
    if (sizeEnd === sizeAt || sizeEnd - sizeAt > MAX_DIGITS) return undefined;

    if (!isSame(view, sizeEnd, this.#dateView, this.#dateAt, date.length)) return undefined;
    const nameAt = sizeEnd + date.length;
    if (nameAt >= end) return undefined;
    // AIX's padding and the slash of ls -F are left to parseUnix.
    const isDay = date.precision === 'day';
    if (isDay && bytes[nameAt] === SPACE && date.isNarrow) return undefined;
    if (head.type === 'directory' && bytes[end - 1] === SLASH) return undefined;

    const raw = text.slice(start, end);
    const rest = text.slice(nameAt, end);
    const context = this.#context;
    const isPlain = head.isASCII && context.keepsASCII && isPlainName(bytes, nameAt, end);
    const name = isPlain ? rest : context.text(rest);
    return {
      name,
      type: head.type,
      size,
      modified: new Date(date.time),
      modifiedPrecision: date.precision,
      modifiedZone: this.#zone,
      permissions: head.mode,
      owner: head.owner,
      group: head.group,
      links: head.links,
      target: undefined,
      facts: undefined,
      raw: isPlain ? raw : context.text(raw),
      rawName: isPlain ? undefined : context.rawName(rest, name),
      unsafe: !isPlain && isUnsafe(name) ? true : undefined,
    }; // in the same order as in draft(), so that all entries have one shape
  }

  /**
   * Returns the entry of a line and keeps its columns for the next; `undefined` for other forms.
   */
  read(line: TextPart): Entry | undefined {
    const { text, view, from } = line;
    let head = this.#head;
    if (!head || !isSame(view, from, this.#headView, this.#headAt, head.length)) {
      head = readHead(text, from, this.#context);
      if (head === undefined) return undefined;
      this.#head = head;
      this.#headView = view;
      this.#headAt = from;
    }
    const sizeEnd = wordEnd(text, skip(text, from + head.length));
    let date = this.#date;
    if (!date || !isSame(view, sizeEnd, this.#dateView, this.#dateAt, date.length)) {
      date = readDateColumns(text, sizeEnd, this.#context);
      if (date === undefined) return undefined;
      this.#date = date;
      this.#dateView = view;
      this.#dateAt = sizeEnd;
    }
    return this.readSameColumns(line);
  }
}

function readHead(text: string, start: number, context: ListingContext): HeadColumns | undefined {
  const kind = text.charAt(start);
  if (kind !== 'd' && kind !== '-') return undefined;
  const mode = readMode(text, start + 1);
  if (mode === undefined || text.charCodeAt(start + 10) !== SPACE) return undefined;
  const linksAt = skip(text, start + 10);
  const linksEnd = wordEnd(text, linksAt);
  const links = numberIn(text, linksAt, linksEnd);
  const ownerAt = skip(text, linksEnd);
  const ownerEnd = wordEnd(text, ownerAt);
  const groupAt = skip(text, ownerEnd);
  const groupEnd = wordEnd(text, groupAt);
  if (Number.isNaN(links) || !(linksEnd < ownerAt && ownerEnd < groupAt)) return undefined;
  if (groupEnd === groupAt || text.charCodeAt(groupEnd) !== SPACE) return undefined;
  return {
    length: groupEnd + 1 - start,
    isASCII: !NON_ASCII.test(text.slice(start, groupEnd)),
    type: kind === 'd' ? 'directory' : 'file',
    mode,
    links,
    owner: context.text(text.slice(ownerAt, ownerEnd)),
    group: context.text(text.slice(groupAt, groupEnd)),
  };
}

function readDateColumns(
  text: string,
  start: number,
  context: ListingContext,
): DateColumns | undefined {
  const dateAt = skip(text, start);
  const month = englishMonth(text, dateAt);
  if (dateAt === start || month === undefined) return undefined;
  if (text.charCodeAt(dateAt + 3) !== SPACE) return undefined;
  const dayAt = skip(text, dateAt + 3);
  const dayEnd = text.charCodeAt(dayAt + 1) === SPACE ? dayAt + 1 : dayAt + 2;
  const day = numberIn(text, dayAt, dayEnd);
  if (text.charCodeAt(dayEnd) !== SPACE) return undefined;
  const at = skip(text, dayEnd);
  const isClock = text.charCodeAt(at + 2) === COLON;
  const end = isClock ? at + 5 : at + 4;
  if (text.charCodeAt(end) !== SPACE) return undefined;
  const local = isClock
    ? recentTime(context.now, month, day, numberIn(text, at, at + 2), numberIn(text, at + 3, end))
    : localTime(numberIn(text, at, end), month, day);
  if (Number.isNaN(local)) return undefined;
  return {
    length: end + 1 - start,
    isNarrow: text.slice(dateAt, end).length === AIX_DATE,
    time: context.zone === undefined ? local : context.zone.toUTC(local),
    precision: isClock ? 'minute' : 'day',
  };
}

/** Compares bytes, four at a time; the last step may overlap the one before. */
function isSame(one: DataView, at: number, other: DataView, otherAt: number, length: number) {
  const last = length - 4;
  if (at + length > one.byteLength) return false;
  for (let i = 0; i < last; i += 4) {
    if (one.getInt32(at + i) !== other.getInt32(otherAt + i)) return false;
  }
  return one.getInt32(at + last) === other.getInt32(otherAt + last);
}

/** Whether a name is printable ASCII without slashes, and too long to be `.` or `..`. */
function isPlainName(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number;
    if (byte < SPACE || byte > TILDE || byte === SLASH || byte === BACKSLASH) return false;
  }
  return to - from > 2; // neither `.` nor `..`
}

function skip(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) === SPACE) at++;
  return at;
}

/** Returns the index after a word. A control character ends it, so the next column is not found. */
function wordEnd(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) > SPACE) at++;
  return at;
}
