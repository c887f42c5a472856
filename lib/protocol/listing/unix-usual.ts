import { type ListingContext, NON_ASCII } from './context';
import { type Entry, type EntryType, isUnsafe } from './entry';
import { localTime } from './ls-date';
import { englishMonth } from './months';
import { numberIn } from './scan';
import { readMode } from './unix-permissions';

const SPACE = 0x20;
const ZERO = 0x30;
const COLON = 0x3a;
const SLASH = 0x2f;
const BACKSLASH = 0x5c;
const TILDE = 0x7e;
const MOST_DIGITS = 15; // fewer than a safe integer can have
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
interface Head {
  readonly bytes: DataView;
  readonly isASCII: boolean;
  readonly type: EntryType;
  readonly mode: number;
  readonly links: number;
  readonly owner: string;
  readonly group: string;
}

/** The same for the date, from the blank before it to the one behind it. */
interface When {
  readonly bytes: DataView;
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
export class UsualLines {
  readonly #context: ListingContext;
  readonly #zone: Entry['modifiedZone'];
  #head: Head | undefined;
  #when: When | undefined;

  constructor(context: ListingContext) {
    this.#context = context;
    this.#zone = context.zone === undefined ? 'assumed' : 'utc';
  }

  /** The entry of a line; `undefined` for whatever is not exactly so. */
  read({ text, bytes, view, from: start, to: end }: TextPart): Entry | undefined {
    let head = this.#head;
    if (head === undefined || !isAt(view, start, head.bytes)) {
      head = readHead(text, view, start, this.#context);
      if (head === undefined) return undefined;
      this.#head = head;
    }
    let sizeAt = start + head.bytes.byteLength;
    while (bytes[sizeAt] === SPACE) sizeAt++;
    let sizeEnd = sizeAt;
    let size = 0;
    for (;;) {
      const digit = (bytes[sizeEnd] as number) - ZERO;
      if (!(digit >= 0 && digit <= 9)) break; // NaN, behind the last byte
      size = size * 10 + digit;
      sizeEnd++;
    }
    if (sizeEnd === sizeAt || sizeEnd - sizeAt > MOST_DIGITS) return undefined;

    let when = this.#when;
    if (when === undefined || !isAt(view, sizeEnd, when.bytes)) {
      when = readWhen(text, view, sizeEnd, this.#context);
      if (when === undefined) return undefined;
      this.#when = when;
    }
    const nameAt = sizeEnd + when.bytes.byteLength;
    if (nameAt >= end) return undefined;
    // AIX's padding, and the slash of ls -F, are left to parseUnix.
    const isDay = when.precision === 'day';
    if (isDay && bytes[nameAt] === SPACE && when.isNarrow) return undefined;
    if (head.type === 'directory' && bytes[end - 1] === SLASH) return undefined;

    const raw = text.slice(start, end);
    const rest = text.slice(nameAt, end);
    const context = this.#context;
    const isPlain = head.isASCII && context.keepsASCII && isTame(bytes, nameAt, end);
    const name = isPlain ? rest : context.text(rest);
    return {
      name,
      type: head.type,
      size,
      modified: new Date(when.time),
      modifiedPrecision: when.precision,
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
}

function readHead(
  text: string,
  view: DataView,
  start: number,
  context: ListingContext,
): Head | undefined {
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
    bytes: copyOf(view, start, groupEnd + 1),
    isASCII: !NON_ASCII.test(text.slice(start, groupEnd)),
    type: kind === 'd' ? 'directory' : 'file',
    mode,
    links,
    owner: context.text(text.slice(ownerAt, ownerEnd)),
    group: context.text(text.slice(groupAt, groupEnd)),
  };
}

function readWhen(
  text: string,
  view: DataView,
  start: number,
  context: ListingContext,
): When | undefined {
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
    bytes: copyOf(view, start, end + 1),
    isNarrow: text.slice(dateAt, end).length === AIX_DATE,
    time: context.zone === undefined ? local : context.zone.toUTC(local),
    precision: isClock ? 'minute' : 'day',
  };
}

/** Compares four bytes at a time, and some of the last ones twice. */
function isAt(view: DataView, at: number, expected: DataView): boolean {
  const last = expected.byteLength - 4;
  if (at + last + 4 > view.byteLength) return false;
  for (let i = 0; i < last; i += 4) {
    if (view.getInt32(at + i) !== expected.getInt32(i)) return false;
  }
  return view.getInt32(at + last) === expected.getInt32(last);
}

function copyOf(view: DataView, from: number, to: number): DataView {
  const start = view.byteOffset + from;
  return new DataView(view.buffer.slice(start, start + to - from));
}

/** Whether a name is printable ASCII that cannot be unsafe. */
function isTame(bytes: Uint8Array, from: number, to: number): boolean {
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
