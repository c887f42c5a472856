import type { ListingContext } from '../context';
import { readClock } from '../dates/clock';
import { localTime } from '../dates/ls-date';
import { englishMonth } from '../dates/months';
import { draft, type Entry, note, setModified } from '../entry';
import { digitsEnd, isBlank, numberIn, skipBlanks } from '../scan';

/**
 * Parses a line of early versions of VanDyke's VShell, or of VxWorks in routers and test devices.
 *
 *     206876  Apr 04, 2000 21:06 vshell file
 *     0  Dec 12, 2002 02:13 vshell dir/
 *     2048    Feb-28-1998  05:23:30   vxworks dir <DIR>
 */
export function parseVshell(line: string, context: ListingContext): Entry | undefined {
  const sizeAt = skipBlanks(line, 0);
  const sizeEnd = digitsEnd(line, sizeAt);
  if (sizeEnd === sizeAt || !isBlank(line.charCodeAt(sizeEnd))) return undefined;
  const at = skipBlanks(line, sizeEnd);
  const monthEnd = lettersEnd(line, at);
  const isVxWorks = line.charAt(monthEnd) === '-';
  if (monthEnd < at + 3 || !(isVxWorks || isBlank(line.charCodeAt(monthEnd)))) return undefined;
  const month = monthEnd === at + 3 ? englishMonth(line, at) : undefined;
  const dayAt = isVxWorks ? monthEnd + 1 : skipBlanks(line, monthEnd);
  const dayEnd = digitsEnd(line, dayAt);
  if (line.charAt(dayEnd) !== (isVxWorks ? '-' : ',')) return undefined;
  const yearAt = isVxWorks ? dayEnd + 1 : skipBlanks(line, dayEnd + 1);
  const yearEnd = digitsEnd(line, yearAt);
  const clock = readClock(line, skipBlanks(line, yearEnd));
  if (
    yearEnd !== yearAt + 4 ||
    dayEnd > dayAt + 2 ||
    !clock ||
    !isBlank(line.charCodeAt(clock.end))
  ) {
    return undefined;
  }
  const [year, day] = [numberIn(line, yearAt, yearEnd), numberIn(line, dayAt, dayEnd)];
  const local = localTime(year, month ?? Number.NaN, day, clock.hour, clock.minute, clock.second);
  const name = isVxWorks ? vxWorksName(line, clock.end) : vshellName(line, clock.end + 1);
  if (name.text === '') return undefined;
  const entry = draft(context, line, name.text, name.isDirectory ? 'directory' : 'file');
  const size = numberIn(line, sizeAt, sizeEnd);
  if (Number.isNaN(size)) note(entry, 'size', line.slice(sizeAt, sizeEnd));
  else entry.size = size;
  setModified(entry, { local, precision: clock.precision }, context, line.slice(at, clock.end));
  return entry;
}

const MAX_MONTH_LENGTH = 24; // bytes

/** Returns the index after the name of a month, in any language. */
function lettersEnd(line: string, at: number): number {
  let end = at;
  while (end - at < MAX_MONTH_LENGTH && isLetter(line.charCodeAt(end))) end++;
  return end;
}

function isLetter(code: number): boolean {
  return code >= 0x80 || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a);
}

function vshellName(line: string, at: number) {
  const isDirectory = line.endsWith('/') && line.length > at + 1;
  return { isDirectory, text: isDirectory ? line.slice(at, -1) : line.slice(at) };
}

function vxWorksName(line: string, at: number) {
  const text = line.slice(skipBlanks(line, at)).trimEnd();
  const isDirectory = text.endsWith(' <DIR>');
  return { isDirectory, text: isDirectory ? text.slice(0, -6).trimEnd() : text };
}
