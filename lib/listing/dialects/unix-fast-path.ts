import { type ListingContext, NON_ASCII } from '../context';
import { localTime } from '../dates/ls-date';
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
const MAX_DIGITS = 15; // fewer than a safe integer can have
const EMPTY = new DataView(new ArrayBuffer(0));
const AIX_DATE = 11; // characters, where its year is not padded

/** A line in the text that it is a part of. */
export interface TextPart {
  readonly text: string;
  /** What the text is made of, each character a byte. */
  readonly bytes: Uint8Array;
  /** The same, of which more than one can be looked at. */
  readonly view: DataView;
  readonly from: number;
  readonly to: number;
}

/** What the columns before the size say, and often say again in the next line. */
interface HeadColumns {
  readonly length: number; // characters
  readonly isASCII: boolean;
  readonly type: EntryType;
  readonly mode: number;
  readonly links: number;
  readonly owner: string;
  readonly group: string;
}

/** The same for the date, from the blank before it to the one behind it. */
interface DateColumns {
  readonly length: number;
  readonly isNarrow: boolean; // as AIX writes it
  readonly time: number;
  readonly precision: 'day' | 'minute';
}

/**
 * Reads what nearly all servers write, in the text that the lines are parts of. It reads the same as
 * `parseUnix`, which reads all else, but a few times faster: neighbours have most of their columns in common, and
 * those are only compared. What loops over characters in each line loops over bytes: that is slow until it is
 * compiled, and characters take long to compile. `startsWith` is as slow as that when it is compiled.
 *
 *     -rw-r--r--    1 1000     1000          531 Jan 29 03:26 file
 *     drwxr-xr-x    2 1000     1000         4096 Apr  8  1994 directory
 */
export class UnixFastPath {
  readonly #context: ListingContext;
  readonly #zone: Entry['modifiedZone'];
  #head: HeadColumns | undefined;
  #date: DateColumns | undefined;
  // Where they were: bytes that have come are never written to again. Fields of the two, which are literals, would
  // have V8 compile twice what reads them.
  #headView: DataView = EMPTY;
  #headAt = 0;
  #dateView: DataView = EMPTY;
  #dateAt = 0;

  constructor(context: ListingContext) {
    this.#context = context;
    this.#zone = context.zone === undefined ? 'assumed' : 'utc';
  }

  /** The entry of a line whose columns are those of the one before; `undefined` for any other. */
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
      if (!(digit >= 0 && digit <= 9)) break; // NaN, behind the last byte
      size = size * 10 + digit;
      sizeEnd++;
    }
    if (sizeEnd === sizeAt || sizeEnd - sizeAt > MAX_DIGITS) return undefined;

    if (!isSame(view, sizeEnd, this.#dateView, this.#dateAt, date.length)) return undefined;
    const nameAt = sizeEnd + date.length;
    if (nameAt >= end) return undefined;
    // AIX's padding, and the slash of ls -F, are left to parseUnix.
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
    }; // in the order of a draft: so all entries have one shape
  }

  /** The entry of a line, whose columns it keeps for the next one; `undefined` for whatever is not exactly so. */
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
    ? context.recent.at(month, day, numberIn(text, at, at + 2), numberIn(text, at + 3, end))
    : localTime(numberIn(text, at, end), month, day);
  if (Number.isNaN(local)) return undefined;
  return {
    length: end + 1 - start,
    isNarrow: text.slice(dateAt, end).length === AIX_DATE,
    time: context.zone === undefined ? local : context.zone.toUTC(local),
    precision: isClock ? 'minute' : 'day',
  };
}

/** Compares four bytes at a time, and some of the last ones twice. */
function isSame(one: DataView, at: number, other: DataView, otherAt: number, length: number) {
  const last = length - 4;
  if (at + length > one.byteLength) return false;
  for (let i = 0; i < last; i += 4) {
    if (one.getInt32(at + i) !== other.getInt32(otherAt + i)) return false;
  }
  return one.getInt32(at + last) === other.getInt32(otherAt + last);
}

/** Whether a name is printable ASCII that cannot be unsafe. */
function isPlainName(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number;
    if (byte < SPACE || byte > TILDE || byte === SLASH || byte === BACKSLASH) return false;
  }
  return to - from > 2; // no `.`, no `..`
}

function skip(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) === SPACE) at++;
  return at;
}

/** Where a word ends; at a control character it is none, and the next column is not found. */
function wordEnd(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) > SPACE) at++;
  return at;
}
