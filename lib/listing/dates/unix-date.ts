import type { ListingContext } from '../context';
import { digitsEnd, isBlank, isDigit, numberIn, skipBlanks, wordEnd } from '../scan';
import { readClock } from './clock';
import {
  fullYear,
  type LsDate,
  localTime,
  numericDate,
  recentTime,
  type UnixDate,
} from './ls-date';
import { englishMonth, monthNamed } from './months';
import { isTimeOfDay, nameAfterYear } from './unrecognized-date';

const COMMA = 0x2c;
const HYPHEN = 0x2d;
const POINT = 0x2e;
const SLASH = 0x2f;
const MAX_MONTH_LENGTH = 40; // bytes
const EARLIEST = 1970;

const isForeign = (code: number) => code >= 0x80;

/**
 * Reads the date that begins at this index, in any form of `ls` and of its imitations:
 *
 *     Jan 29 03:26          Apr  8  1994          Oct 08, 2002 09:47     Nov 22 10:11:12 2003
 *     26. Juli, 20:10       01 oct 2004           01-jun-99              3 29 03:26
 *     2005-06-07 21:22      2004.07.15            24-04-2003 17:12       09-26 13:45
 *     2005年 1月 6日         11月12日 14時21分       6月 3日 2003年        2005年5月 7日
 */
export function readUnixDate(
  line: string,
  at: number,
  context: ListingContext,
): UnixDate | undefined {
  return isDigit(line.charCodeAt(at))
    ? digitsFirst(line, at, context)
    : monthFirst(line, at, context);
}

function monthFirst(line: string, at: number, context: ListingContext): UnixDate | undefined {
  const month = monthAt(line, at, context);
  if (month === undefined) return undefined;
  const dayAt = skipBlanks(line, wordEnd(line, at));
  const dayEnd = digitsEnd(line, dayAt);
  if (dayEnd === dayAt || dayEnd > dayAt + 2) return undefined;
  const mark = line.charCodeAt(dayEnd);
  const isMarked = mark === COMMA || mark === POINT;
  const next = isMarked ? dayEnd + 1 : dayEnd;
  if (!isBlank(line.charCodeAt(next))) return undefined;
  const day = numberIn(line, dayAt, dayEnd);
  const date = yearOrClock(line, skipBlanks(line, next), month, day, context, mark === COMMA);
  // AIX pads a date with a year after the year, not before it, to the width of the others.
  const isAIX =
    date?.precision === 'day' && date.end - at === 11 && isBlank(line.charCodeAt(date.end + 1));
  return date && isAIX ? { ...date, nameAt: date.end + 2 } : date;
}

/** Returns the month that the word at this index names. */
function monthAt(line: string, at: number, context: ListingContext): number | undefined {
  if (isBlank(line.charCodeAt(at + 3))) {
    const month = englishMonth(line, at);
    if (month !== undefined) return month;
  }
  const end = wordEnd(line, at);
  return end - at > MAX_MONTH_LENGTH ? undefined : monthNamed(context.text(line.slice(at, end)));
}

/**
 * Reads what follows a month and a day: `1994`, `03:26`, or both. After a day with a comma, a time
 * may follow the year (VShell). Otherwise, what looks like a time belongs to the name.
 */
function yearOrClock(
  line: string,
  at: number,
  month: number,
  day: number,
  context: ListingContext,
  hasBoth = false,
): UnixDate | undefined {
  const clock = readClock(line, at);
  if (clock) {
    const { hour, minute, second, precision, end } = clock;
    const year = precision === 'second' ? yearAfter(line, end) : undefined; // ls -lT of BSD
    const local = year
      ? localTime(year.value, month, day, hour, minute, second)
      : recentTime(context.now, month, day, hour, minute, second);
    return found(local, precision, year?.end ?? end, line);
  }
  const end = digitsEnd(line, at);
  if (end !== at + 4) return undefined;
  const year = numberIn(line, at, end);
  const time = hasBoth ? readClock(line, skipBlanks(line, end)) : undefined;
  if (!time) return found(localTime(year, month, day), 'day', end, line);
  const { hour, minute, second, precision } = time;
  return found(localTime(year, month, day, hour, minute, second), precision, time.end, line);
}

function yearAfter(line: string, at: number): { value: number; end: number } | undefined {
  const start = skipBlanks(line, at);
  const end = digitsEnd(line, start);
  if (start === at || end !== start + 4 || !endsAt(line, end)) return undefined;
  return { value: numberIn(line, start, end), end };
}

function digitsFirst(line: string, at: number, context: ListingContext): UnixDate | undefined {
  const end = digitsEnd(line, at);
  if (end > at + 4) return undefined;
  const next = line.charCodeAt(end);
  if (isForeign(next)) return foreignDate(line, at, context);
  if (next === HYPHEN || next === SLASH || (next === POINT && isDigit(line.charCodeAt(end + 1)))) {
    return separated(line, at, end, next, context);
  }
  const wordAt = skipBlanks(line, next === POINT ? end + 1 : end);
  if (wordAt === end || wordAt >= line.length) return undefined;
  if (end === at + 4) return foreignDate(line, at, context);
  const first = numberIn(line, at, end);
  if (isDigit(line.charCodeAt(wordAt))) {
    const dayEnd = digitsEnd(line, wordAt);
    if (!isBlank(line.charCodeAt(dayEnd)) || next === POINT) return undefined;
    const clock = readClock(line, skipBlanks(line, dayEnd));
    if (!clock) return undefined;
    const day = numberIn(line, wordAt, dayEnd);
    return yearOrClock(line, skipBlanks(line, dayEnd), first - 1, day, context);
  }
  const month = monthAt(line, wordAt, context);
  if (month === undefined) return undefined;
  const monthEnd = wordEnd(line, wordAt);
  const yearAt = skipBlanks(line, monthEnd);
  const date = yearOrClock(line, yearAt, month, first, context);
  if (date?.precision !== 'day') return date;
  return { ...date, nameAt: nameAfterYear(line, monthEnd, yearAt, date.end) };
}

/** Reads a date with separators: `2005-06-07`, `24.04.2003`, `01-jun-99`, or `09-26` and a time. */
function separated(
  line: string,
  at: number,
  firstEnd: number,
  separator: number,
  context: ListingContext,
): UnixDate | undefined {
  const firstValue = numberIn(line, at, firstEnd);
  const secondAt = firstEnd + 1;
  const secondEnd = digitsEnd(line, secondAt);
  if (secondEnd === secondAt) return namedMonth(line, firstValue, secondAt, separator, context);
  if (secondEnd > secondAt + 2) return undefined;
  const secondValue = numberIn(line, secondAt, secondEnd);
  if (line.charCodeAt(secondEnd) !== separator) {
    if (firstEnd > at + 2 || !isBlank(line.charCodeAt(secondEnd))) return undefined;
    const rest = skipBlanks(line, secondEnd);
    return yearOrClock(line, rest, firstValue - 1, secondValue, context);
  }
  const thirdAt = secondEnd + 1;
  const thirdEnd = digitsEnd(line, thirdAt);
  if (thirdEnd === thirdAt || thirdEnd > thirdAt + 4) return undefined;
  const isPointed = separator === POINT && thirdEnd === thirdAt + 4;
  const day = numericDate(
    [
      { value: firstValue, digits: firstEnd - at },
      { value: secondValue, digits: secondEnd - secondAt },
      { value: numberIn(line, thirdAt, thirdEnd), digits: thirdEnd - thirdAt },
    ],
    context.dateOrder ?? (isPointed ? 'dmy' : undefined),
  );
  return day === undefined ? undefined : withClock(line, day, thirdEnd);
}

function namedMonth(
  line: string,
  day: number,
  at: number,
  separator: number,
  context: ListingContext,
): UnixDate | undefined {
  const end = line.indexOf(String.fromCharCode(separator), at);
  if (end === -1 || end - at > MAX_MONTH_LENGTH) return undefined;
  const month = monthNamed(context.text(line.slice(at, end)));
  const yearEnd = digitsEnd(line, end + 1);
  const digits = yearEnd - end - 1;
  if (month === undefined || digits < 2 || digits > 4) return undefined;
  const year = fullYear(numberIn(line, end + 1, yearEnd), digits);
  return withClock(line, localTime(year, month, day), yearEnd);
}

/**
 * Completes a full date with the time that may follow after one space, and the zone after that
 * (`--full-time`).
 */
function withClock(line: string, day: number, end: number): UnixDate | undefined {
  const clock = readClock(line, end + 1);
  if (!clock || !endsAt(line, clock.end)) {
    if (!endsAt(line, end)) return undefined;
    if (isTimeOfDay(line.slice(end + 1, wordEnd(line, end + 1)))) return undefined;
    // The date may be padded to the width of dates with a time.
    return { local: day, precision: 'day', end, nameAt: Math.max(skipBlanks(line, end), end + 1) };
  }
  const { hour, minute, second, millisecond, precision } = clock;
  if (Number.isNaN(localTime(2000, 0, 1, hour, minute, second))) return undefined;
  const ofDay = Date.UTC(1970, 0, 1, hour, minute, Math.min(second, 59), millisecond);
  const zone = zoneAfter(line, clock.end);
  const zoneEnd = zone === undefined ? clock.end : clock.end + 6;
  return { local: day + ofDay, precision, zone, end: zoneEnd, nameAt: zoneEnd + 1 };
}

function zoneAfter(line: string, at: number): number | undefined {
  const sign = line.charAt(at + 1);
  if ((sign !== '+' && sign !== '-') || digitsEnd(line, at + 2) !== at + 6) return undefined;
  if (!endsAt(line, at + 6)) return undefined;
  const minutes = numberIn(line, at + 2, at + 4) * 60 + numberIn(line, at + 4, at + 6);
  return sign === '-' ? -minutes : minutes;
}

/**
 * Reads dates of East Asia. The words for "year", "month", "day", "hour" and "minute" occur in many
 * encodings. They are only recognized as not being ASCII.
 */
function foreignDate(line: string, at: number, context: ListingContext): UnixDate | undefined {
  const first = digitsEnd(line, at);
  const isYear = first === at + 4;
  if (isYear && numberIn(line, at, first) < EARLIEST) return undefined; // the number of an owner
  const monthAt = isYear ? monthAfterYear(line, first) : at;
  const monthEnd = digitsEnd(line, monthAt);
  const suffixEnd = foreignEnd(line, monthEnd);
  if (monthEnd === monthAt || monthEnd > monthAt + 2 || suffixEnd === monthEnd) return undefined;
  const dayAt = skipBlanks(line, suffixEnd);
  const dayEnd = digitsEnd(line, dayAt);
  if (dayEnd === dayAt || dayEnd > dayAt + 2) return undefined;
  const month = numberIn(line, monthAt, monthEnd) - 1;
  const day = numberIn(line, dayAt, dayEnd);
  const end = wordEnd(line, dayEnd);
  const next = skipBlanks(line, end);
  if (isYear) {
    const local = localTime(numberIn(line, at, first), month, day);
    return Number.isNaN(local) ? undefined : withClock(line, local, end);
  }
  const digits = digitsEnd(line, next);
  if (!isForeign(line.charCodeAt(digits))) return yearOrClock(line, next, month, day, context);
  if (digits === next + 4) {
    return found(
      localTime(numberIn(line, next, digits), month, day),
      'day',
      wordEnd(line, digits),
      line,
    );
  }
  const minuteAt = foreignEnd(line, digits);
  const minuteEnd = digitsEnd(line, minuteAt);
  if (minuteEnd === minuteAt || minuteEnd > minuteAt + 2 || digits > next + 2) return undefined;
  const [hour, minute] = [numberIn(line, next, digits), numberIn(line, minuteAt, minuteEnd)];
  const local = recentTime(context.now, month, day, hour, minute);
  const date = found(local, 'minute', wordEnd(line, minuteEnd), line);
  return date && { ...date, nameAt: Math.max(skipBlanks(line, date.end), date.end + 1) };
}

/** Returns the index of the month after a year: in the next word, or in the same (2005年5月). */
function monthAfterYear(line: string, at: number): number {
  const end = wordEnd(line, at);
  let month = at;
  // The word for "year" may have an ASCII byte, as in Shift JIS.
  while (month < end && !isDigit(line.charCodeAt(month))) month++;
  return month < end ? month : skipBlanks(line, end);
}

function foreignEnd(line: string, at: number): number {
  let end = at;
  while (isForeign(line.charCodeAt(end))) end++;
  return end;
}

function endsAt(line: string, at: number): boolean {
  return at >= line.length || isBlank(line.charCodeAt(at));
}

function found(
  local: number,
  precision: LsDate['precision'],
  end: number,
  line: string,
): UnixDate | undefined {
  if (Number.isNaN(local) || !endsAt(line, end)) return undefined;
  return { local, precision, end, nameAt: end + 1 };
}
