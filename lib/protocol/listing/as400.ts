import { readClock } from './clock';
import type { ListingContext } from './context';
import { readDosDate } from './dos';
import { draft, type Entry, type EntryType, note } from './entry';
import { numericDate, setModified } from './ls-date';
import { digitsEnd, isBlank, isDigits, numberIn, skipBlanks, wordEnd } from './scan';

const LONGEST_TYPE = 12;
const DIRECTORIES: ReadonlySet<string> = new Set(['*DIR', '*DDIR', '*LIB', '*FLR']);

/**
 * Reads a line of OS/400. The order of its dates is the server's job's own business: one that can be read in
 * several ways is left to the option `dateOrder`.
 *
 *     QSYS            77824 02/23/00 15:09:55 *DIR       QOpenSys/
 *     CFT                                     *MEM       ANTHONY1.FILE/ANTHONY1.MBR
 */
export function parseAs400(line: string, context: ListingContext): Entry | undefined {
  const ownerEnd = wordEnd(line, 0);
  if (ownerEnd === 0) return undefined;
  let at = skipBlanks(line, ownerEnd);
  const sizeAt = at;
  const sizeEnd = wordEnd(line, at);
  const hasColumns = isDigits(line, sizeAt, sizeEnd);
  let dateAt = 0;
  let clockEnd = 0;
  let date: number | undefined;
  if (hasColumns) {
    dateAt = skipBlanks(line, sizeEnd);
    const read = readDate(line, dateAt, context);
    if (!read) return undefined;
    date = read.local;
    clockEnd = read.end;
    at = skipBlanks(line, clockEnd);
  }
  const typeEnd = wordEnd(line, at);
  const nameAt = skipBlanks(line, typeEnd);
  if (line.charAt(at) !== '*' || typeEnd - at > LONGEST_TYPE || nameAt >= line.length)
    return undefined;
  const object = line.slice(at, typeEnd);
  if (!/^\*[A-Z]{2,10}$/.test(object)) return undefined;
  const entry = named(line, nameAt, object, context);
  entry.owner = context.text(line.slice(0, ownerEnd));
  note(entry, 'type', object);
  if (!hasColumns) return entry;
  const size = numberIn(line, sizeAt, sizeEnd);
  if (Number.isNaN(size)) note(entry, 'size', line.slice(sizeAt, sizeEnd));
  else entry.size = size;
  const modified = { local: date as number, precision: 'second' as const };
  setModified(entry, modified, context, line.slice(dateAt, clockEnd));
  return entry;
}

function named(line: string, nameAt: number, object: string, context: ListingContext) {
  const isMarked = line.endsWith('/') && line.length > nameAt + 1;
  const type: EntryType = isMarked || DIRECTORIES.has(object) ? 'directory' : 'file';
  return draft(context, line, isMarked ? line.slice(nameAt, -1) : line.slice(nameAt), type);
}

function readDate(
  line: string,
  at: number,
  context: ListingContext,
): { local: number; end: number } | undefined {
  const date = readOrdered(line, at, context);
  if (!date) return undefined;
  const clock = readClock(line, skipBlanks(line, date.end));
  if (!clock || !isBlank(line.charCodeAt(clock.end))) return undefined;
  const { hour, minute, second } = clock;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return { local: date.local + ((hour * 60 + minute) * 60 + second) * 1000, end: clock.end };
}

/** As elsewhere, but where several orders are possible none is the usual one. */
function readOrdered(line: string, at: number, { dateOrder }: ListingContext) {
  const found = readDosDate(line, at, dateOrder);
  if (!found || dateOrder) return found;
  const [a = '', b = '', c = ''] = line.slice(at, found.end).split(/[-./]/);
  const field = (text: string) => ({ value: Number(text), digits: digitsEnd(text, 0) });
  const isPointed = line.charAt(at + a.length) === '.'; // where points are written, the day comes first
  const local = numericDate([field(a), field(b), field(c)], isPointed ? 'dmy' : undefined);
  return local === undefined ? undefined : { local, end: found.end };
}
