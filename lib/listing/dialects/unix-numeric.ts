import type { ListingContext } from '../context';
import type { Entry, EntryType } from '../entry';
import { digitsEnd, isBlank, isDigits, numberIn, skipBlanks, wordEnd } from '../scan';
import { columnsWithDate, columnsWithUnrecognizedDate, createEntry } from './unix';
import { setOwners } from './unix-owners';

const LATEST = 8.64e12; // in seconds, the latest time of a Date
const TYPE_AT = 0o10000; // in the mode of Unix's stat(): the file type is above the permission bits
const TYPES: ReadonlyMap<number, EntryType> = new Map([
  [0o10, 'file'],
  [0o04, 'directory'],
  [0o12, 'symlink'],
  [0o01, 'other'], // a pipe
  [0o02, 'other'], // a device
  [0o06, 'other'], // a disk
  [0o14, 'other'], // a socket
]);

/**
 * Parses a line with an octal mode, as in Unix's stat(): mode, owner, group, bytes, seconds since
 * 1970, name; or the columns of `ls -l` after the mode.
 *
 *     0100644   500  101   12345    123456789       20-unix-numerical file
 */
export function parseUnixNumeric(line: string, context: ListingContext): Entry | undefined {
  const at = skipBlanks(line, 0);
  const end = digitsEnd(line, at);
  if (end < at + 5 || end > at + 7 || !isBlank(line.charCodeAt(end))) return undefined;
  const text = line.slice(at, end);
  const mode = /[89]/.test(text) ? Number.NaN : Number.parseInt(text, 8);
  const type = TYPES.get(Math.floor(mode / TYPE_AT));
  if (type === undefined) return undefined;
  const entry = inSeconds(line, end, type, context) ?? dated(line, end, type, context);
  if (entry) entry.permissions = mode % TYPE_AT;
  return entry;
}

function inSeconds(line: string, start: number, type: EntryType, context: ListingContext) {
  const words: [at: number, end: number][] = [];
  let at = skipBlanks(line, start);
  while (words.length < 4 && at < line.length) {
    const end = wordEnd(line, at);
    words.push([at, end]);
    at = skipBlanks(line, end);
  }
  const [owner, group, size, time] = words;
  if (!owner || !group || !size || !time || at >= line.length) return undefined;
  if (!isDigits(line, ...size) || !isDigits(line, ...time)) return undefined;
  const [sizeAt, sizeEnd] = size;
  const seconds = numberIn(line, ...time);
  const local = seconds <= LATEST ? seconds * 1000 : Number.NaN;
  const date = { local, precision: 'second', zone: 0, end: time[1], nameAt: at } as const;
  const entry = createEntry(line, { start, sizeAt, sizeEnd, date, nameAt: at }, type, context);
  entry.owner = context.text(line.slice(...owner));
  entry.group = context.text(line.slice(...group));
  return entry;
}

function dated(line: string, start: number, type: EntryType, context: ListingContext) {
  const columns =
    columnsWithDate(line, start, context) ??
    columnsWithUnrecognizedDate(line, start, context, [3, 2]);
  if (!columns) return undefined;
  const entry = createEntry(line, columns, type, context);
  setOwners(entry, line, columns.start, columns.sizeAt, columns.sizeEnd, context);
  return entry;
}
