import type { ListingContext } from './context';
import { fullYear, localTime } from './ls-date';
import { monthNamed } from './months';
import { digitsEnd, isBlank, numberIn, skipBlanks } from './scan';

const LONGEST_MONTH = 12;

/** Reads `2-JUL-2003`, or `18-Sep-00`; `local` is NaN for a month that several languages share. */
export function readVmsDate(
  line: string,
  from: number,
  context: ListingContext,
): { local: number; end: number } | undefined {
  const at = skipBlanks(line, from);
  const dayEnd = digitsEnd(line, at);
  if (dayEnd === at || dayEnd > at + 2 || line.charAt(dayEnd) !== '-') return undefined;
  const monthEnd = line.indexOf('-', dayEnd + 1);
  if (monthEnd < dayEnd + 4 || monthEnd > dayEnd + LONGEST_MONTH) return undefined;
  const yearEnd = digitsEnd(line, monthEnd + 1);
  const digits = yearEnd - monthEnd - 1;
  const isWhole = yearEnd === line.length || isBlank(line.charCodeAt(yearEnd));
  if ((digits !== 2 && digits !== 4) || !isWhole) return undefined;
  const name = line.slice(dayEnd + 1, monthEnd);
  const month = monthNamed(context.text(name));
  if (month === undefined) return name === 'JUI' ? { local: Number.NaN, end: yearEnd } : undefined;
  const year = fullYear(numberIn(line, monthEnd + 1, yearEnd), digits);
  const local = localTime(year, month, numberIn(line, at, dayEnd));
  return Number.isNaN(local) ? undefined : { local, end: yearEnd };
}
