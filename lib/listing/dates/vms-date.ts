import type { ListingContext } from '../context';
import { skipBlanks, wordEnd } from '../scan';
import { fullYear, localTime } from './ls-date';
import { monthNamed } from './months';
import { isFullDate } from './unrecognized-date';

const MAX_LENGTH = 40; // bytes

/**
 * Reads `2-JUL-2003`, or `18-Sep-00`. `local` is NaN for a day that does not exist, and for a month
 * whose name is unknown or ambiguous among languages.
 */
export function readVmsDate(
  line: string,
  from: number,
  context: ListingContext,
): { local: number; end: number } | undefined {
  const at = skipBlanks(line, from);
  const end = wordEnd(line, at);
  if (end - at > MAX_LENGTH) return undefined;
  const word = line.slice(at, end);
  const match = /^(\d{1,2})-([^-]{3,11})-(\d{2}|\d{4})$/.exec(word);
  const [, day = '', name = '', digits = ''] = match ?? [];
  const month = monthNamed(context.text(name));
  if (month === undefined) {
    const text = context.text(word);
    return text.includes('-') && isFullDate(text) ? { local: Number.NaN, end } : undefined;
  }
  const year = fullYear(Number(digits), digits.length);
  return { local: localTime(year, month, Number(day)), end };
}
