import type { ListingContext } from '../context';
import { readClock } from '../dates/clock';
import { localTime } from '../dates/ls-date';
import { draft, type Entry, note, setModified } from '../entry';
import { digitsEnd, isBlank, numberIn, skipBlanks, wordEnd } from '../scan';
import { readDosDate, unrecognizedDosDate } from './dos';

const MAX_FLAGS = 6;

/**
 * Parses a line of IBM's server for OS/2. Early versions count years from 1900.
 *
 *     36611      A    04-23-103  10:57  OS2 test1.file
 *         0           DIR   12-30-97   12:32  jbrekke
 */
export function parseOs2(line: string, context: ListingContext): Entry | undefined {
  const sizeAt = skipBlanks(line, 0);
  const sizeEnd = digitsEnd(line, sizeAt);
  if (sizeEnd === sizeAt || !isBlank(line.charCodeAt(sizeEnd))) return undefined;
  let at = skipBlanks(line, sizeEnd);
  const flags: string[] = [];
  while (flags.length < MAX_FLAGS && isFlags(line, at)) {
    flags.push(line.slice(at, wordEnd(line, at)));
    at = skipBlanks(line, wordEnd(line, at));
  }
  const date = readDosDate(line, at, context.dateOrder) ?? unrecognizedDosDate(line, at);
  if (!date) return undefined;
  const clock = readClock(line, skipBlanks(line, date.end));
  if (clock?.precision !== 'minute') return undefined;
  // Two blanks precede the name; any further blanks belong to it.
  const nameAt = Math.min(skipBlanks(line, clock.end), clock.end + 2);
  if (nameAt === clock.end || nameAt >= line.length) return undefined;
  const type = flags.includes('DIR') ? 'directory' : 'file';
  const entry = draft(context, line, line.slice(nameAt), type);
  const size = numberIn(line, sizeAt, sizeEnd);
  if (Number.isNaN(size)) note(entry, 'size', line.slice(sizeAt, sizeEnd));
  else entry.size = size;
  const attributes = flags.filter((flag) => flag !== 'DIR').join(' ');
  if (attributes !== '') note(entry, 'attributes', attributes);
  const local = date.local + localTime(1970, 0, 1, clock.hour, clock.minute);
  setModified(entry, { local, precision: 'minute' }, context, line.slice(at, clock.end));
  return entry;
}

/** Whether a word is DIR, or has attributes of a file: read-only, hidden, system, archive. */
function isFlags(line: string, at: number): boolean {
  const end = wordEnd(line, at);
  if (end === at || end > at + 4) return false;
  const word = line.slice(at, end);
  return word === 'DIR' || /^[RHSA]+$/.test(word);
}
