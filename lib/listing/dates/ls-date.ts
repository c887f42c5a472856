/** The order of year, month and day in a date of three numbers. */
export type DateOrder = 'ymd' | 'mdy' | 'dmy';

/** A date that was found in a line. */
export interface LsDate {
  /**
   * The local time of the server in milliseconds, as if it were in UTC; NaN if the date is
   * unreadable or ambiguous.
   */
  readonly local: number;
  /** The smallest unit of the date. */
  readonly precision: 'day' | 'minute' | 'second' | 'millisecond';
  /** The offset from UTC in minutes, if the date contains one. */
  readonly zone?: number | undefined;
  /** Index in the line after the date. */
  readonly end: number;
}

const DAY = 86_400_000;
const LEAP_YEARS_APART = 8; // 1896 to 1904

/**
 * Returns the milliseconds of a date and time, or NaN if it does not exist. 24:00 is the end of the
 * day. Second 60, which `Date` does not support, counts as 59.
 *
 * @param month - 0 to 11
 */
export function localTime(
  year: number,
  month: number,
  day: number,
  hour = 0,
  minute = 0,
  second = 0,
  millisecond = 0,
): number {
  if (!(month >= 0 && month <= 11 && day >= 1 && day <= daysIn(year, month))) return Number.NaN;
  if (!(minute <= 59 && second <= 60)) return Number.NaN;
  if (!(hour <= 23 || (hour === 24 && minute === 0 && second === 0))) return Number.NaN;
  const time = Date.UTC(year, month, day, hour, minute, Math.min(second, 59), millisecond);
  // Date.UTC treats the years 0 to 99 as 1900 to 1999.
  return year >= 100 ? time : new Date(time).setUTCFullYear(year, month, day);
}

/**
 * Returns the milliseconds of a date without a year: the last such date that is not in the future.
 * `ls` omits the year for six months, some servers for a whole year. One day is allowed for
 * differences of clocks and time zones.
 */
export function recentTime(
  now: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second = 0,
): number {
  const latest = now + DAY;
  const thisYear = new Date(latest).getUTCFullYear();
  for (let year = thisYear; year >= thisYear - LEAP_YEARS_APART; year--) {
    const time = localTime(year, month, day, hour, minute, second);
    if (time <= latest) return time;
  }
  return Number.NaN;
}

const WINDOW = 1970;

/**
 * Completes a year of two or three digits: 69 is 2069, 70 is 1970, and 103 is 2003.
 *
 * @param window - the first of the hundred years that two digits can mean; default: 1970
 */
export function fullYear(year: number, digits: number, window = WINDOW): number {
  if (digits >= 4) return year;
  if (digits === 3) return year >= 100 ? 1900 + year : Number.NaN; // years since 1900: Y2K
  return year < window % 100 ? 2000 + year : 1900 + year;
}

/** A number between the separators of a date, and its count of digits. */
interface Field {
  readonly value: number;
  readonly digits: number;
}

/**
 * Returns the date of three numbers in the only order that gives a valid date. If several orders
 * do, `preferred` decides; without it, the result is NaN. If no order does, it is `undefined`.
 */
export function numericDate(
  fields: readonly [Field, Field, Field],
  preferred: DateOrder | undefined,
  window?: number,
): number | undefined {
  const read = (order: DateOrder) => inOrder(fields, order, window);
  const times = new Set(
    (['ymd', 'mdy', 'dmy'] as const).map(read).filter((time) => !Number.isNaN(time)),
  );
  if (times.size === 0) return undefined;
  if (times.size === 1) return [...times][0];
  return preferred ? read(preferred) : Number.NaN;
}

function inOrder(
  [a, b, c]: readonly [Field, Field, Field],
  order: DateOrder,
  window?: number,
): number {
  const [year, month, day] = order === 'ymd' ? [a, b, c] : order === 'mdy' ? [c, a, b] : [c, b, a];
  if (month.digits > 2 || day.digits > 2 || year.digits < 2 || year.digits > 4) return Number.NaN;
  return localTime(fullYear(year.value, year.digits, window), month.value - 1, day.value);
}

function daysIn(year: number, month: number): number {
  if (month === 1) return isLeap(year) ? 29 : 28;
  return month === 3 || month === 5 || month === 8 || month === 10 ? 30 : 31;
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

/** A date in a line of `ls -l`, and the start of the name after it. */
export interface UnixDate extends LsDate {
  /** Index in the line of the first character of the name. */
  readonly nameAt: number;
}
