import type { ListingContext } from '../context';
import type { UnixDate } from '../dates/ls-date';
import { readUnixDate } from '../dates/unix-date';
import { unrecognizedDate } from '../dates/unrecognized-date';
import { type Draft, draft, type Entry, type EntryType, note, setModified } from '../entry';
import {
  digitsEnd,
  groupedNumber,
  isBlank,
  isDigit,
  isDigits,
  numberIn,
  skipBlanks,
  wordEnd,
  wordsOf,
} from '../scan';
import { setOwners } from './unix-owners';
import { readPermissions } from './unix-permissions';

const COMMA = 0x2c;

/** Indexes of the columns of a line, from the links to the name. */
export interface Columns {
  /** Index after the permissions. */
  readonly start: number;
  /** Index of the size. */
  readonly sizeAt: number;
  /** Index after the size. */
  readonly sizeEnd: number;
  /** The date; `undefined` if the line has none. */
  readonly date: UnixDate | undefined;
  /** Index of the name. */
  readonly nameAt: number;
  /** Number of words before the size. */
  readonly before?: number;
}

const MAX_WORDS = 24; // before the date: group names may contain spaces
const USUAL_WORDS = 3; // before the size: links, owner, group; some servers have no group

/**
 * Parses a line of `ls -l` of any system, and of its imitations.
 *
 *     -rw-r--r--   1 root     other        531 Jan 29 03:26 README
 *     lrwxrwxrwx   1 root     other          7 Jan 25 00:17 bin -> usr/bin
 *     1234 8 drwxr-xr-x+ 2 maxm Domain Users 512 Oct  2 10:59 with inode and blocks
 */
export function parseUnix(line: string, context: ListingContext): Entry | undefined {
  const at = permissionsAt(line);
  const type = typeOf(line.charCodeAt(at));
  if (type === undefined) return undefined;
  const { mode, end } = readPermissions(line, at);
  if (end === at) return undefined;
  const columns = columnsOf(line, end, context);
  if (!columns) return undefined;
  const entry = createEntry(line, columns, type, context);
  entry.permissions = mode;
  if (mode === undefined) note(entry, 'flags', line.slice(at, end));
  setOwners(entry, line, columns.start, columns.sizeAt, columns.sizeEnd, context);
  return entry;
}

/** Returns the index of the permissions, after optional columns of numbers: inode and blocks. */
function permissionsAt(line: string): number {
  let at = skipBlanks(line, 0);
  for (let columns = 0; columns < 2 && isDigit(line.charCodeAt(at)); columns++) {
    const end = digitsEnd(line, at);
    if (!isBlank(line.charCodeAt(end))) return 0;
    at = skipBlanks(line, end);
  }
  return at;
}

function typeOf(code: number): EntryType | undefined {
  switch (code) {
    case 0x2d: // -
    case 0x46: // F
    case 0x66: // f
      return 'file';
    case 0x64: // d
      return 'directory';
    case 0x6c: // l
      return 'symlink';
    case 0x62: // b and c: devices
    case 0x63:
    case 0x70: // p: a pipe
    case 0x73: // s: a socket
    case 0x44: // D: a door
    case 0x43: // C: contiguous, P: a port, n: of a network, m: multiplexed, w: a whiteout
    case 0x50:
    case 0x6e:
    case 0x6d:
    case 0x77:
    case 0x3f: // ?
      return 'other';
    default:
      return undefined;
  }
}

function columnsOf(line: string, start: number, context: ListingContext): Columns | undefined {
  const dated = columnsWithDate(line, start, context);
  // A size further to the right may be part of the name, after a date that cannot be read.
  if (dated?.before !== undefined && dated.before <= USUAL_WORDS) return dated;
  return (
    columnsWithUnrecognizedDate(line, start, context, [USUAL_WORDS, USUAL_WORDS - 1]) ??
    dated ??
    columnsWithoutDate(line, start) ??
    columnsWithUnrecognizedDate(line, start, context)
  );
}

/**
 * Finds the columns by a date that cannot be read.
 *
 * @param places - the numbers of words before the size to try, in this order
 */
export function columnsWithUnrecognizedDate(
  line: string,
  start: number,
  context: ListingContext,
  places: readonly number[] = Array.from({ length: MAX_WORDS }, (_, i) => i),
): Columns | undefined {
  const words: [at: number, end: number][] = [];
  let at = skipBlanks(line, start);
  while (at < line.length && words.length <= Math.max(...places)) {
    const end = wordEnd(line, at);
    words.push([at, end]);
    at = skipBlanks(line, end);
  }
  for (const before of places) {
    const [sizeAt = 0, sizeEnd = 0] = words[before] ?? [];
    if (sizeEnd === line.length || !isSize(line, sizeAt, sizeEnd)) continue;
    if (line.charCodeAt(sizeEnd - 1) === COMMA) continue; // the major number of a device
    const date = unrecognizedDate(line, sizeEnd, context, before >= USUAL_WORDS - 1);
    if (date) return { start, sizeAt, sizeEnd, date, nameAt: date.nameAt };
  }
  return undefined;
}

/** Finds the columns by the first date that follows a size. */
export function columnsWithDate(
  line: string,
  start: number,
  context: ListingContext,
): Columns | undefined {
  let sizeAt = skipBlanks(line, start);
  let sizeEnd = wordEnd(line, sizeAt);
  for (let words = 0; words < MAX_WORDS && sizeEnd < line.length; words++) {
    const at = skipBlanks(line, sizeEnd);
    if (isSize(line, sizeAt, sizeEnd)) {
      const date = readUnixDate(line, at, context);
      if (date && date.nameAt < line.length) {
        return { start, sizeAt, sizeEnd, date, nameAt: date.nameAt, before: words };
      }
    }
    sizeAt = at;
    sizeEnd = wordEnd(line, at);
  }
  return undefined;
}

/** Whether a word can be a size: its last character, or the one before (`33.5k`), is a digit. */
function isSize(line: string, at: number, end: number): boolean {
  if (isDigit(line.charCodeAt(end - 1))) {
    // Most sizes have only digits. A time of day is not a size.
    return digitsEnd(line, at) === end || line.lastIndexOf(':', end) < at;
  }
  return isDigit(line.charCodeAt(at)) && end - at > 1 && isDigit(line.charCodeAt(end - 2));
}

/** Finds the columns of small systems without dates: links, owner, group, size, name. */
function columnsWithoutDate(line: string, start: number): Columns | undefined {
  let at = skipBlanks(line, start);
  for (let column = 0; ; column++) {
    const end = wordEnd(line, at);
    if ((column === 0 || column === 3) && !isDigits(line, at, end)) return undefined;
    const next = skipBlanks(line, end);
    if (next >= line.length) return undefined;
    if (column < 3) {
      at = next;
      continue;
    }
    // A date that cannot be read does not belong to the name.
    if (looksLikeDate(line, next)) return undefined;
    return { start, sizeAt: at, sizeEnd: end, date: undefined, nameAt: next };
  }
}

/** Whether the next words contain a time of day, or a day and a year. */
function looksLikeDate(line: string, at: number): boolean {
  const words = wordsOf(line.slice(at, at + 80), 4);
  const isDay = (word = '') => /^\d{1,2}[.,]?$/.test(word);
  const isYear = (word = '') => /^\d{4}$/.test(word);
  const [first, second, third] = words;
  if (isYear(third) && (isDay(first) || isDay(second))) return true;
  return words.some((word) => /^\d{1,2}:\d\d/.test(word));
}

/** Creates the entry with its name, size, date and target. */
export function createEntry(
  line: string,
  { sizeAt, sizeEnd, date, nameAt }: Columns,
  type: EntryType,
  context: ListingContext,
): Draft {
  let end = line.length;
  let target: string | undefined;
  const size = numberIn(line, sizeAt, sizeEnd);
  if (type === 'symlink') {
    const arrow = arrowIn(line, nameAt, size, context);
    if (arrow !== -1) {
      end = arrow;
      target = context.text(line.slice(arrow + 4));
    }
  } else if (type === 'directory' && end > nameAt + 1 && line.charAt(end - 1) === '/') {
    end--; // ls -F; a name cannot contain a slash
  }
  const entry = draft(context, line, line.slice(nameAt, end), type);
  entry.target = target;
  if (!Number.isNaN(size)) entry.size = size;
  else setNonNumericSize(entry, line.slice(sizeAt, sizeEnd));
  if (date) setModified(entry, date, context, line.slice(sizeEnd, date.end).trim());
  return entry;
}

/**
 * Sets a size that is not a plain number. With thousands separators, it is exact. In
 * `longgroup123456` it is unknown which digits belong to the group.
 */
function setNonNumericSize(entry: Draft, text: string): void {
  if (entry.type === 'other' && text.includes(',')) return; // the numbers of a device
  const size = groupedNumber(text);
  if (!Number.isNaN(size)) entry.size = size;
  else note(entry, 'size', text);
}

/**
 * Finds the ` -> ` after the name of a link. The size of a link is the length of its target, which
 * decides if the name or the target also contains an arrow.
 */
function arrowIn(line: string, from: number, size: number, context: ListingContext): number {
  const ARROW = ' -> ';
  let at = line.length;
  for (let bytes = 0; bytes < size && at > from; ) {
    const code = line.charCodeAt(--at);
    bytes += context.isBinary || code < 0x80 ? 1 : code < 0x800 ? 2 : isSurrogate(code) ? 2 : 3;
  }
  if (at - 4 > from && line.startsWith(ARROW, at - 4)) return at - 4;
  return line.indexOf(ARROW, from + 1);
}

function isSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdfff;
}
