import type { ListingContext } from '../context';
import { readClock } from '../dates/clock';
import { localTime } from '../dates/ls-date';
import { readVmsDate } from '../dates/vms-date';
import { type Draft, draft, type Entry, note, setModified } from '../entry';
import { digitsEnd, isDigits, skipBlanks, wordEnd } from '../scan';

/** Returns the end of `NAME.EXT;VERSION` at the start of a line; `undefined` if there is none. */
function specificationEnd(line: string): number | undefined {
  // Most lines have no semicolon, which is fast to check.
  const semicolon = line.indexOf(';');
  if (semicolon < 1) return undefined;
  const end = wordEnd(line, 0);
  const version = line.lastIndexOf(';', end);
  return version > 0 && isDigits(line, version + 1, end) ? end : undefined;
}

/** Whether a line has only the name of an entry, which continues on the next line if it is long. */
export function isLoneVmsName(line: string): boolean {
  const end = specificationEnd(line);
  return end !== undefined && skipBlanks(line, end) === line.length;
}

/**
 * Parses an entry of VMS. The order of columns varies, so each is recognized by its form. Sizes are
 * in blocks of 512 bytes. The last block may be partly filled, so the size in bytes is unknown.
 *
 *     CII-MANUAL.TEX;1  213/216  29-JAN-1996 03:33:12  [ANONYMOU,ANONYMOUS]   (RWED,RWED,,)
 *     CORE.DIR;1          1  8-SEP-1996 16:09 [SYSTEM] (RWE,RWE,RE,RE)
 *     x.txt;1   [SUMMARY]    1/3     2-AUG-2006 13:05  (RWE,RWE,RE,)
 */
export function parseVms(line: string, context: ListingContext): Entry | undefined {
  const end = specificationEnd(line);
  if (end === undefined) return undefined;
  const at = skipBlanks(line, end);
  if (at >= line.length) return undefined;
  const entry = createEntry(line, end, context);
  if (line.charAt(at) === '%' || /^(?:no |insufficient )/i.test(line.slice(at, at + 13))) {
    entry.type = entry.type === 'directory' ? 'directory' : 'other';
    return entry; // the server may not read it: %RMS-E-PRV, insufficient privilege
  }
  return readColumns(entry, line, at, context) ? entry : undefined;
}

function createEntry(line: string, end: number, context: ListingContext): Draft {
  // CMU's server prefixes the directory.
  const start = line.charAt(0) === '[' ? line.indexOf(']') + 1 : 0;
  const version = line.lastIndexOf(';', end);
  const isDirectory = line.slice(version - 4, version).toUpperCase() === '.DIR';
  // CWD accepts NAME, but not NAME.DIR;1.
  const entry = draft(
    context,
    line,
    line.slice(start, isDirectory ? version - 4 : end),
    isDirectory ? 'directory' : 'file',
  );
  note(entry, 'version', line.slice(version + 1, end));
  return entry;
}

const MAX_COLUMNS = 8;

/** Returns whether the line has a date, without which it is not an entry. */
function readColumns(entry: Draft, line: string, from: number, context: ListingContext): boolean {
  let isDated = false;
  let at = from;
  for (let column = 0; at < line.length; column++) {
    if (column === MAX_COLUMNS) return false;
    const next = readDate(entry, line, at, context) ?? readColumn(entry, line, at, context);
    if (next === undefined) return false;
    isDated ||= entry.modified !== undefined || 'modified' in (entry.facts ?? {});
    at = skipBlanks(line, next);
  }
  return isDated;
}

function readDate(
  entry: Draft,
  line: string,
  at: number,
  context: ListingContext,
): number | undefined {
  const date = readVmsDate(line, at, context);
  if (!date) return undefined;
  const clock = readClock(line, skipBlanks(line, date.end));
  if (!clock) {
    setModified(entry, { local: date.local, precision: 'day' }, context, line.slice(at, date.end));
    return date.end;
  }
  const { hour, minute, second, millisecond, precision } = clock;
  const half = /^ [AP]M(?= |$)/i.exec(line.slice(clock.end, clock.end + 4));
  const end = half ? clock.end + 3 : clock.end;
  const ofDay = half ? Number.NaN : localTime(1970, 0, 1, hour, minute, second, millisecond);
  setModified(entry, { local: date.local + ofDay, precision }, context, line.slice(at, end));
  return end;
}

function readColumn(
  entry: Draft,
  line: string,
  at: number,
  context: ListingContext,
): number | undefined {
  const first = line.charAt(at);
  if (first === '[') return readOwner(entry, line, at, context);
  if (first === '(') return readProtection(entry, line, at);
  const end = wordEnd(line, at);
  if (digitsEnd(line, at) > at) return readSize(entry, line, at, end) ? end : undefined;
  // An owner without its brackets.
  if (
    entry.owner !== undefined ||
    !/^[A-Z][\w$]{0,30}$/i.test(line.slice(at, at + 40).split(/[ \t]/, 1)[0] ?? '')
  ) {
    return undefined;
  }
  entry.owner = line.slice(at, end);
  return end;
}

/** Reads blocks used, or blocks used and allocated: `9/12`; Pathworks writes `2KB`. */
function readSize(entry: Draft, line: string, at: number, end: number): boolean {
  const text = line.slice(at, Math.min(end, at + 40));
  const match = /^(\d{1,16})(?:\/(\d{1,16}))?$/.exec(text);
  if (match) {
    note(entry, 'blocks', match[1]);
    note(entry, 'allocated', match[2]);
    return true;
  }
  const isUnits = /^\d{1,16}[KMGT]?B$/i.test(text);
  if (isUnits) note(entry, 'size', text);
  return isUnits;
}

/** Reads `[GROUP,OWNER]` or `[OWNER]`. A long one may be truncated. */
function readOwner(
  entry: Draft,
  line: string,
  at: number,
  context: ListingContext,
): number | undefined {
  const close = line.indexOf(']', at);
  const end = close === -1 ? wordEnd(line, at) : close;
  if (entry.owner !== undefined || end - at > 80) return undefined;
  const text = line.slice(at + 1, end);
  if (!/^[\w$*~ ]+(?:,[\w$*~ ]+)?$/.test(text)) return undefined;
  const comma = text.indexOf(',');
  entry.owner = context.text(text.slice(comma + 1));
  if (comma !== -1) entry.group = context.text(text.slice(0, comma));
  return close === -1 ? end : end + 1;
}

/**
 * Reads the rights of system, owner, group and world: `(RWED,RWED,RE,)`. They are not a Unix mode.
 */
function readProtection(entry: Draft, line: string, at: number): number | undefined {
  const end = line.indexOf(')', at);
  if (end === -1 || end - at > 40) return undefined;
  const text = line.slice(at + 1, end);
  if (!/^[RWED]*(?:,[RWED]*){3}$/i.test(text)) return undefined;
  note(entry, 'protection', text);
  return end + 1;
}

/** Whether a line is a header or footer of VMS. */
export function isVmsFrame(line: string): boolean {
  return (
    /^Directory \S/.test(line) ||
    /^(?:Grand )?Total of \d/i.test(line) ||
    /^Total \d+ files?/i.test(line) ||
    /^[\w$]{1,40}:\[[\w$.-]{0,200}\]$/.test(line) || // only the directory
    /^\s{0,80}\([RWED]{0,4}(?:,[RWED]{0,4}){3}\)$/.test(line) // the second line of an entry
  );
}
