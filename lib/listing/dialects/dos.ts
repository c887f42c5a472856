import { type ListingContext, NON_ASCII } from '../context';
import { readClock12 } from '../dates/clock';
import { type DateOrder, localTime, numericDate } from '../dates/ls-date';
import { isFullDate, isTimeOfDay } from '../dates/unrecognized-date';
import { draft, type Entry, note, setModified } from '../entry';
import {
  digitsEnd,
  groupedNumber,
  isBlank,
  isDigit,
  isDigits,
  numberIn,
  skipBlanks,
  wordEnd,
} from '../scan';

const TAG_WIDTH = 15; // `<DIR>` and the blanks before the name
// Columns: Windows CE; IIS with years of two digits, and of four.
const SIZE_ENDS: readonly number[] = [36, 38, 40];

/**
 * Parses a line of IIS, Windows CE, or `dir`.
 *
 *     04-27-00  12:09PM       <DIR>          DOS dir 1
 *     2002-09-02  19:06                9,730 DOS file 2
 *     05/18/2018  08:37 AM    <SYMLINKD>     ..data [..2018_05_18]
 */
export function parseDos(line: string, context: ListingContext): Entry | undefined {
  if (!isDigit(line.charCodeAt(0))) return undefined;
  const date = readDosDate(line, 0, context.dateOrder) ?? unrecognizedDosDate(line, 0);
  const time = date && timeAfter(line, date.end);
  if (!time) return undefined;
  const at = skipBlanks(line, time.end);
  const parsed =
    line.charAt(at) === '<' ? readTagged(line, at, context) : readSized(line, at, context);
  if (parsed) {
    const modified = { local: date.local + time.ofDay, precision: time.precision };
    setModified(parsed, modified, context, line.slice(0, time.end));
  }
  return parsed;
}

/** Reads the time after a date: NaN if it cannot be read, midnight if there is none. */
function timeAfter(line: string, dateEnd: number) {
  const at = skipBlanks(line, dateEnd);
  const end = wordEnd(line, at);
  const next = skipBlanks(line, end);
  if (line.charAt(at) === '<' || isDigits(line, at, end)) {
    return { ofDay: 0, precision: 'day' as const, end: dateEnd };
  }
  const clock = readClock12(line, at);
  if (clock && isBlank(line.charCodeAt(clock.end))) {
    const { hour, minute, second, precision } = clock;
    const ofDay = localTime(1970, 0, 1, hour, minute, second);
    const half = skipBlanks(line, clock.end);
    const halfEnd = wordEnd(line, half);
    // "03:47 μ.μ."
    if (isHalfOfDay(line, half, halfEnd)) return { ofDay: Number.NaN, precision, end: halfEnd };
    return { ofDay, precision, end: clock.end };
  }
  const unread = { ofDay: Number.NaN, precision: 'minute' as const };
  if (isTimeOfDay(line.slice(at, end))) return { ...unread, end };
  // "下午 03:47"
  const nextEnd = wordEnd(line, next);
  const isPair = isHalfOfDay(line, at, end) && isTimeOfDay(line.slice(next, nextEnd));
  return isPair ? { ...unread, end: nextEnd } : undefined;
}

const MAX_HALF_LENGTH = 24; // bytes

/** Whether a word may be AM or PM in a language with other than ASCII letters. */
function isHalfOfDay(line: string, at: number, end: number): boolean {
  return end - at <= MAX_HALF_LENGTH && NON_ASCII.test(line.slice(at, end));
}

/** Recognizes a date that `readDosDate` cannot read, such as `27-Apr-00`. */
export function unrecognizedDosDate(
  line: string,
  at: number,
): { local: number; end: number } | undefined {
  const end = wordEnd(line, at);
  return isFullDate(line.slice(at, end)) ? { local: Number.NaN, end } : undefined;
}

/**
 * Reads `04-27-00`, `2002-09-02`, `27.04.2000` or `10-14-100`: the year may have two to four
 * digits. `local` is NaN for a day that does not exist.
 *
 * @param window - the first of the hundred years that two digits can mean
 */
export function readDosDate(
  line: string,
  at: number,
  order: DateOrder | undefined,
  window?: number,
): { local: number; end: number } | undefined {
  const first = digitsEnd(line, at);
  const separator = line.charAt(first);
  if (first > at + 4 || (separator !== '-' && separator !== '/' && separator !== '.'))
    return undefined;
  const second = digitsEnd(line, first + 1);
  if (second > first + 3 || line.charAt(second) !== separator) return undefined;
  const end = digitsEnd(line, second + 1);
  if (end > second + 5 || !isBlank(line.charCodeAt(end))) return undefined;
  const fields = [
    [at, first] as const,
    [first + 1, second] as const,
    [second + 1, end] as const,
  ].map(([from, to]) => ({ value: numberIn(line, from, to), digits: to - from }));
  const [a, b, c] = fields;
  if (!a || !b || !c || a.digits === 0 || b.digits === 0 || c.digits === 0) return undefined;
  // IIS writes MM-DD-YY, regardless of the system language, and never points.
  const preferred = order ?? (separator === '.' ? 'dmy' : 'mdy');
  return { local: numericDate([a, b, c], preferred, window) ?? Number.NaN, end };
}

function readTagged(line: string, at: number, context: ListingContext) {
  const end = line.indexOf('>', at);
  if (end === -1 || end > at + TAG_WIDTH) return undefined;
  const tag = line.slice(at + 1, end).toUpperCase();
  const isLink = tag === 'JUNCTION' || tag === 'SYMLINK' || tag === 'SYMLINKD';
  if (!isLink && tag !== 'DIR') return undefined;
  const afterBlanks = skipBlanks(line, end + 1);
  if (afterBlanks === end + 1) return undefined;
  // The name begins in a fixed column. Further blanks belong to it.
  const nameAt = Math.min(afterBlanks, Math.max(at + TAG_WIDTH, end + 2));
  if (nameAt >= line.length) return undefined;
  if (!isLink) return draft(context, line, line.slice(nameAt), 'directory');
  const bracket = targetIn(line, nameAt);
  const hasTarget = bracket > nameAt;
  const entry = draft(
    context,
    line,
    hasTarget ? line.slice(nameAt, bracket) : line.slice(nameAt),
    'symlink',
  );
  if (hasTarget) entry.target = context.text(line.slice(bracket + 2, -1));
  return entry;
}

/** Finds the ` [` after the name of a link: the first one before a path, else the last one. */
function targetIn(line: string, nameAt: number): number {
  if (!line.endsWith(']')) return -1;
  const rest = line.slice(nameAt);
  const path = rest.search(/ \[(?:[A-Za-z]:|\\)/);
  return path > 0 ? nameAt + path : line.lastIndexOf(' [');
}

function readSized(line: string, at: number, context: ListingContext) {
  const end = wordEnd(line, at);
  if (!isDigit(line.charCodeAt(at)) || end >= line.length) return undefined;
  const text = line.slice(at, end);
  const size = groupedNumber(text);
  if (Number.isNaN(size) && digitsEnd(text, 0) !== text.length) return undefined;
  const nameAt = SIZE_ENDS.includes(end) ? end + 1 : skipBlanks(line, end);
  if (nameAt >= line.length) return undefined;
  const entry = draft(context, line, line.slice(nameAt), 'file');
  if (Number.isNaN(size)) note(entry, 'size', text);
  else entry.size = size;
  return entry;
}

/** Whether a line is a header or footer of `dir`. */
export function isDosFrame(line: string): boolean {
  if (!isBlank(line.charCodeAt(0))) return false;
  const text = line.slice(0, 60).trim();
  return (
    /^(?:Volume in drive|Volume Serial Number|Directory of)\b/.test(text) ||
    /^[\d.,]+ (?:File|Dir)\(s\)/.test(text)
  );
}
