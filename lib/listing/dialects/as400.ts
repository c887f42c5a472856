import type { ListingContext } from '../context';
import { readClock } from '../dates/clock';
import { localTime, numericDate } from '../dates/ls-date';
import { draft, type Entry, type EntryType, note, setModified } from '../entry';
import { digitsEnd, isBlank, isDigits, numberIn, skipBlanks, wordEnd } from '../scan';
import { readDosDate } from './dos';

const MAX_TYPE_LENGTH = 12;
const DIRECTORIES: ReadonlySet<string> = new Set(['*DIR', '*DDIR', '*LIB', '*FLR']);

const MAX_DATE_WORDS = 3;

/** On OS/400, the first of the hundred years that two digits can mean. */
const WINDOW = 1940;

/**
 * Parses a line of OS/400. The order of its dates depends on the server job, so the option
 * `dateOrder` decides about an ambiguous date. Anonymous users see no owners.
 *
 *     QSYS            77824 02/23/00 15:09:55 *DIR       QOpenSys/
 *     CFT                                     *MEM       ANTHONY1.FILE/ANTHONY1.MBR
 *     8192 31.12.69 16:00:00 *FLR QDLS/
 */
export function parseAs400(line: string, context: ListingContext): Entry | undefined {
  const ownerEnd = ownerIn(line);
  const sizeAt = skipBlanks(line, ownerEnd);
  const isSized = isDigits(line, sizeAt, wordEnd(line, sizeAt));
  const sizeEnd = isSized ? wordEnd(line, sizeAt) : sizeAt;
  const dateAt = skipBlanks(line, sizeEnd);
  const { at, dateEnd } = objectAfter(line, dateAt);
  const typeEnd = wordEnd(line, at);
  const nameAt = skipBlanks(line, typeEnd);
  if (at >= line.length || nameAt >= line.length) return undefined;
  const date = dateEnd > dateAt ? readDate(line, dateAt, context) : undefined;
  const isRead = date?.end === dateEnd;
  // A line with a word that is neither a size nor a date is not from OS/400.
  if (dateEnd > dateAt && !isSized && !isRead) return undefined;
  const object = line.slice(at, typeEnd);
  const entry = createEntry(line, nameAt, object, context);
  if (ownerEnd > 0) entry.owner = context.text(line.slice(0, ownerEnd));
  note(entry, 'type', object);
  if (isSized) {
    const size = numberIn(line, sizeAt, sizeEnd);
    if (Number.isNaN(size)) note(entry, 'size', line.slice(sizeAt, sizeEnd));
    else entry.size = size;
  }
  if (dateEnd > dateAt) {
    const modified = { local: isRead ? date.local : Number.NaN, precision: 'second' as const };
    setModified(entry, modified, context, line.slice(dateAt, dateEnd));
  }
  return entry;
}

/** Returns the index after the owner; 0 if the line begins with blanks, or with a size. */
function ownerIn(line: string): number {
  const end = wordEnd(line, 0);
  const next = skipBlanks(line, end);
  return isDigits(line, 0, end) && !isDigits(line, next, wordEnd(line, next)) ? 0 : end;
}

/** Finds the object type, and the end of the words before it; `at` is the line's end if none. */
function objectAfter(line: string, from: number): { at: number; dateEnd: number } {
  let at = from;
  let dateEnd = from;
  for (let words = 0; words <= MAX_DATE_WORDS && at < line.length; words++) {
    const end = wordEnd(line, at);
    const isShort = end - at <= MAX_TYPE_LENGTH;
    if (isShort && /^\*[A-Z]{2,10}$/.test(line.slice(at, end))) return { at, dateEnd };
    dateEnd = end;
    at = skipBlanks(line, end);
  }
  return { at: line.length, dateEnd };
}

function createEntry(line: string, nameAt: number, object: string, context: ListingContext) {
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
  return { local: date.local + localTime(1970, 0, 1, hour, minute, second), end: clock.end };
}

/** Reads a date like `readDosDate`, but without a default for ambiguous dates. */
function readOrdered(line: string, at: number, { dateOrder }: ListingContext) {
  const found = readDosDate(line, at, dateOrder, WINDOW);
  if (!found || dateOrder) return found;
  const [a = '', b = '', c = ''] = line.slice(at, found.end).split(/[-./]/);
  const field = (text: string) => ({ value: Number(text), digits: digitsEnd(text, 0) });
  const isPointed = line.charAt(at + a.length) === '.'; // with points, the day comes first
  const fields = [field(a), field(b), field(c)] as const;
  const local = numericDate(fields, isPointed ? 'dmy' : undefined, WINDOW);
  return { local: local ?? Number.NaN, end: found.end };
}
