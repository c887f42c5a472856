import { readClock } from './clock';
import type { ListingContext } from './context';
import { draft, type Entry, note } from './entry';
import { localTime, setModified } from './ls-date';
import { englishMonth } from './months';
import { digitsEnd, isBlank, numberIn, skipBlanks } from './scan';

/**
 * Reads a line of VanDyke's VShell as it once was, and of VxWorks in routers and testers.
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
  const month = englishMonth(line, at);
  const isVxWorks = line.charAt(at + 3) === '-';
  if (month === undefined || !(isVxWorks || isBlank(line.charCodeAt(at + 3)))) return undefined;
  const dayAt = isVxWorks ? at + 4 : skipBlanks(line, at + 3);
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
  const local = localTime(year, month, day, clock.hour, clock.minute, clock.second);
  const name = isVxWorks ? vxWorksName(line, clock.end) : vshellName(line, clock.end + 1);
  if (Number.isNaN(local) || name.text === '') return undefined;
  const entry = draft(context, line, name.text, name.isDirectory ? 'directory' : 'file');
  const size = numberIn(line, sizeAt, sizeEnd);
  if (Number.isNaN(size)) note(entry, 'size', line.slice(sizeAt, sizeEnd));
  else entry.size = size;
  setModified(entry, { local, precision: clock.precision }, context, '');
  return entry;
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
