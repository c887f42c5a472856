/** In which order a date of three numbers has its year, month and day. */
export type DateOrder = 'ymd' | 'mdy' | 'dmy';

/** A date that was found in a line. */
export interface LsDate {
  /** What a clock at the server showed, as if it ran in UTC; NaN where the date cannot be read, or in several ways. */
  readonly local: number;
  readonly precision: 'day' | 'minute' | 'second' | 'millisecond';
  /** Minutes that the date itself says it is ahead of UTC. */
  readonly zone?: number | undefined;
  /** Where it ends in the line. */
  readonly end: number;
}

const MINUTE = 60_000;
const DAY = 86_400_000;
const LEAP_YEARS_APART = 8; // 1896 to 1904

/**
 * Milliseconds of a date and time of day, or NaN if there is none such. 24:00 is the end of the
 * day, and second 60, which `Date` does not know, the one before it.
 *
 * @param month - from 0
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
  // Date.UTC takes the years 0 to 99 for those of the 20th century.
  return year >= 100 ? time : new Date(time).setUTCFullYear(year, month, day);
}

/**
 * The same for a date without a year: the last one that is not in the future. `ls` leaves the
 * year out for six months, some servers for a whole year; a day is allowed for their clocks and zones.
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

const LAST_MINUTE = 23 * 60 + 59;

/** `recentTime` for the lines of one listing, whose days repeat. */
export class RecentTimes {
  readonly #now: number;
  readonly #days: number[] = []; // when the last minute of each is; the day that `latest` falls on is none of them

  constructor(now: number) {
    this.#now = now;
  }

  /** @param day - from 1 to 31, or NaN */
  at(month: number, day: number, hour: number, minute: number): number {
    const known = this.#days[month * 32 + day];
    if (known !== undefined && hour <= 23 && minute <= 59) {
      return known - (LAST_MINUTE - hour * 60 - minute) * MINUTE;
    }
    const time = recentTime(this.#now, month, day, hour, minute);
    const last = recentTime(this.#now, month, day, 23, 59);
    // In another year than the day's last minute: then it is the day on which the year changes.
    if (!(last - time < DAY && last >= time)) return time;
    this.#days[month * 32 + day] = last;
    return time;
  }
}

const WINDOW = 1970;

/**
 * The year that two or three digits stand for: 69 is 2069, 70 is 1970, and 103 is 2003.
 *
 * @param window - the first of the hundred years that two digits stand for
 */
export function fullYear(year: number, digits: number, window = WINDOW): number {
  if (digits >= 4) return year;
  if (digits === 3) return year >= 100 ? 1900 + year : Number.NaN; // years since 1900: Y2K
  return year < window % 100 ? 2000 + year : 1900 + year;
}

/** Two digits, or a number: as they stand between the separators of a date. */
interface Field {
  readonly value: number;
  readonly digits: number;
}

/**
 * The date of three numbers in the order that their values leave; NaN when they leave several
 * and `preferred` does not choose, `undefined` when they are no date in any order.
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

/** A date in a line of `ls -l`, and where the name begins after it. */
export interface UnixDate extends LsDate {
  readonly nameAt: number;
}
