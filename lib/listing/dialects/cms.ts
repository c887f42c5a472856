import type { ListingContext } from '../context';
import { readClock } from '../dates/clock';
import { localTime } from '../dates/ls-date';
import { isFullDate, isTimeOfDay } from '../dates/unrecognized-date';
import { type Draft, draft, type Entry, type EntryType, note, setModified } from '../entry';
import { isDigits, numberIn, wordsOf } from '../scan';
import { readDosDate } from './dos';

const FORMATS: ReadonlySet<string> = new Set('F V DIR ALIAS EXTRNL ERASED REVOKED'.split(' '));
const COLUMNS = ['lrecl', 'records', 'blocks'] as const;
const MAX_WORDS = 12;

/**
 * Parses a line of CMS on z/VM: of a minidisk, of the Shared File System, or of FILELIST, which
 * includes the file mode. A file is addressed as `NAME.TYPE`. Sizes are in records, not bytes.
 *
 *     README   ANONYMOU V         71         26          1 1997-04-02 12:33:20 TCP291
 *     ART               DIR        -          -          - 11/24/95 17:45:47 -
 *     LASTING  GLOBALV   A1 V      41     21     1       9/16/91   15:10:32
 */
export function parseCms(line: string, context: ListingContext): Entry | undefined {
  const words = wordsOf(line, MAX_WORDS);
  const at = words.findIndex((_, i) => i >= 1 && i <= 3 && isFormatAt(words, i));
  if (at === -1) return undefined;
  const format = words[at] as string;
  const isDirectory = format === 'DIR';
  const mode =
    at > 1 && isFileMode(words[at - 1]) && (at === 3 || isDirectory) ? words[at - 1] : '';
  const names = words.slice(0, mode === '' ? at : at - 1);
  if (names.length > (isDirectory ? 1 : 2)) return undefined;
  const entry = draft(context, line, names.join('.'), isDirectory ? 'directory' : 'file');
  if (mode !== '') note(entry, 'filemode', mode);
  note(entry, 'recfm', isDirectory ? undefined : format);
  for (const [i, column] of COLUMNS.entries()) note(entry, column, columnValue(words[at + 1 + i]));
  setDate(entry, words[at + 4] as string, words[at + 5] as string, context);
  note(entry, 'label', columnValue(words[at + 6]));
  return entry;
}

/** Whether this word is the format of a file, followed by three numbers, a date and a time. */
function isFormatAt(words: readonly string[], at: number): boolean {
  const [format = '', lrecl = '', records = '', blocks = '', date = '', time = ''] =
    words.slice(at);
  if (!FORMATS.has(format) || words.length > at + 7) return false;
  const areNumbers = [lrecl, records, blocks].every((w) => w === '-' || isDigits(w, 0, w.length));
  return areNumbers && isDated(date, time);
}

function isDated(date: string, time: string): boolean {
  return (date === '-' && time === '-') || (isFullDate(date) && isTimeOfDay(time));
}

function isFileMode(word = ''): boolean {
  return /^[A-Z*][0-9]?$/i.test(word);
}

function columnValue(word: string | undefined): string | undefined {
  return word === '-' ? undefined : word;
}

function setDate(entry: Draft, date: string, time: string, context: ListingContext): void {
  if (date === '-') return;
  const day = readDosDate(`${date} `, 0, context.dateOrder)?.local ?? Number.NaN;
  const clock = readClock(time, 0);
  const { hour, minute, second, precision } = clock ?? { hour: Number.NaN, minute: 0, second: 0 };
  const local = day + localTime(1970, 0, 1, hour, minute, second);
  setModified(entry, { local, precision: precision ?? 'second' }, context, `${date} ${time}`);
}

/** Parses a line below the header of FILELIST that shows only the names. */
export function cmsUnderHeader(line: string, context: ListingContext): Entry | undefined {
  const [name = '', type = '', mode, ...others] = wordsOf(line, 4);
  if (others.length > 0 || !isFileMode(mode)) return undefined;
  const entry = draft(context, line, `${name}.${type}`, 'file');
  note(entry, 'filemode', mode);
  return entry;
}

/** Whether a line is `Filename FileType  Fm Format Lrecl  Records Blocks Date      Time`. */
export function isCmsHeader(line: string): boolean {
  return /^(?:cmd )?filename filetype fm(?: |$)/i.test(wordsOf(line, MAX_WORDS).join(' '));
}

/**
 * Parses a line of the Byte File System of z/VM, with quoted names and sizes in bytes.
 *
 *     05/20/2000 13:38:19 F 1 65758 'bfsline.cpy'
 *     08/21/2000 05:28:40 D - - 'ALTERNATE'
 */
export function parseBfs(line: string, context: ListingContext): Entry | undefined {
  const quote = line.indexOf("'");
  if (quote < 1 || quote > MAX_HEAD_LENGTH) return undefined;
  const end = line.trimEnd().length - 1;
  if (end <= quote + 1 || line.charAt(end) !== "'") return undefined;
  const [date = '', time = '', kind = '', links = '', size = '', ...others] = wordsOf(
    line.slice(0, quote),
  );
  if (others.length > 0 || size === '' || !isDated(date, time)) return undefined;
  if (!/^[A-Z]{1,8}$/.test(kind) || !/^(?:\d+|-)$/.test(links) || !/^(?:\d+|-)$/.test(size)) {
    return undefined;
  }
  const type: EntryType = kind === 'F' ? 'file' : kind === 'D' ? 'directory' : 'other';
  const entry = draft(context, line, line.slice(quote + 1, end), type);
  if (type === 'other') note(entry, 'type', kind);
  entry.links = parseInteger(links);
  entry.size = parseInteger(size);
  setDate(entry, date, time, context);
  return entry;
}

const MAX_HEAD_LENGTH = 80;

function parseInteger(text: string): number | undefined {
  const value = numberIn(text, 0, text.length);
  return Number.isNaN(value) ? undefined : value;
}
