import { type Facts, readFacts } from '../../protocol/facts';
import { parseTimeVal } from '../../protocol/time-val';
import type { ListingContext } from '../context';
import { type Draft, draft, type Entry, type EntryType, setUTC } from '../entry';
import { isBlank, numberIn } from '../scan';
import { parseOctal } from './eplf';

/**
 * Parses a line of MLSD or MLST: facts, one space, and the name, which may contain anything
 * (RFC 3659 §7.2).
 *
 *     type=file;size=1024990;modify=19980130010322;perm=r; cap60.pl198.tar.gz
 *     Type=OS.unix=slink:/foobar;Perm=;Unique=keVO1+4G4; foobar
 */
export function parseMlsx(line: string, context: ListingContext): Entry | undefined {
  const nameAt = nameIn(line);
  if (nameAt === undefined || nameAt >= line.length) return undefined;
  const facts = readFacts(context.text(line.slice(0, nameAt).trimEnd()));
  const entry = draft(context, line, line.slice(nameAt), typeOf(facts));
  if (nameAt === 1) return entry; // the server sends no facts
  entry.facts = facts;
  setFields(entry, facts);
  return entry;
}

/** Parses a line that may be in another dialect: one without facts is not an entry. */
export function parseMlsxFacts(line: string, context: ListingContext): Entry | undefined {
  const equals = line.indexOf('=');
  if (equals < 1 || !/^[\w.-]{1,40}$/.test(line.slice(0, Math.min(equals, 41)))) return undefined;
  return parseMlsx(line, context);
}

/**
 * Returns the index of the name. Some servers omit the space: then the text after the last
 * semicolon is not a fact. In an early draft, there was no semicolon before the space.
 */
function nameIn(line: string): number | undefined {
  const space = line.indexOf(' ');
  const factsEnd = space === -1 ? line.length : space;
  const semicolon = line.lastIndexOf(';', factsEnd - 1);
  const rest = line.slice(semicolon + 1, factsEnd);
  if (rest !== '' && semicolon !== -1 && !rest.includes('=')) {
    return isBlank(line.charCodeAt(semicolon + 1)) ? semicolon + 2 : semicolon + 1;
  }
  return space === -1 ? undefined : space + 1;
}

function typeOf({ type: typeFact }: Facts): EntryType {
  const type = typeFact?.toLowerCase();
  switch (type) {
    case 'file':
      return 'file';
    case 'dir':
    case 'cdir': // the listed directory itself
    case 'pdir': // a parent directory
      return 'directory';
    default:
      return /^os\.unix=(?:slink|symlink)(?::|$)/.test(type ?? '') ? 'symlink' : 'other';
  }
}

function setFields(entry: Draft, facts: Facts): void {
  const { type = '', size, sizd, modify, 'unix.mode': mode } = facts;
  const length = size ?? sizd; // sizd: size of a directory
  if (length !== undefined) {
    const bytes = numberIn(length, 0, length.length);
    if (!Number.isNaN(bytes)) entry.size = bytes;
  }
  const modified = modify === undefined ? undefined : parseTimeVal(modify);
  if (modified) setUTC(entry, modified, /\.\d/.test(modify as string) ? 'millisecond' : 'second');
  if (mode !== undefined) entry.permissions = parseOctal(mode);
  entry.owner = facts['unix.ownername'] ?? facts['unix.owner'] ?? facts['unix.uid'];
  entry.group = facts['unix.groupname'] ?? facts['unix.group'] ?? facts['unix.gid'];
  const colon = entry.type === 'symlink' ? type.indexOf(':') : -1;
  if (colon !== -1 && colon + 1 < type.length) entry.target = type.slice(colon + 1);
}

/** Whether a line has facts as in MLSD: an equals sign before the first blank. */
export function hasFacts(line: string): boolean {
  const equals = line.indexOf('=');
  return equals !== -1 && line.slice(0, equals).search(/[ \t]/) === -1;
}

const SELF_OR_PARENT = /^\.\.?\/*$/;

/** Whether an entry is the listed directory or its parent, in any dialect and of any type. */
export function isSelfOrParent({ name, facts }: Entry): boolean {
  if (name.charCodeAt(0) === 0x2e && SELF_OR_PARENT.test(name)) return true;
  return facts !== undefined && isListedItself(facts);
}

/** Whether the facts mark an entry as the listed directory or its parent. */
export function isListedItself({ type: typeFact }: Facts): boolean {
  const type = typeFact?.toLowerCase();
  return type === 'cdir' || type === 'pdir';
}
