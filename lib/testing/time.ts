const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const HALF_A_YEAR = 183 * 24 * 3600 * 1000;

/** `YYYYMMDDHHMMSS` in UTC (RFC 3659 §2.3). */
export function formatTimeVal(date: Date): string {
  return date.toISOString().slice(0, 19).replace(/[-T:]/g, '');
}

/** Parses a time-val. Returns `undefined` if it is invalid. A fraction is dropped. */
export function parseTimeVal(text: string): Date | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?$/.exec(text);
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map(Number);
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  return formatTimeVal(date) === match.slice(1, 7).join('') ? date : undefined;
}

/** `Jan 02 03:04`; for old or future dates with the year instead of the time, as in `ls -l`. */
export function formatListTime(date: Date, now = Date.now()): string {
  const month = MONTHS[date.getUTCMonth()];
  const day = String(date.getUTCDate()).padStart(2, '0');
  const age = now - date.getTime();
  const recent = age < HALF_A_YEAR && age > -HALF_A_YEAR;
  const time = date.toISOString().slice(11, 16);
  return `${month} ${day} ${recent ? time : ` ${date.getUTCFullYear()}`}`;
}
