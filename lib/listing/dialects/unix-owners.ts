import type { ListingContext } from '../context';
import { type Draft, type EntryType, note } from '../entry';
import { isBlank, isDigits, numberIn, skipBlanks, wordEnd } from '../scan';

type Owners = readonly [
  owner: string | undefined,
  group: string | undefined,
  device: string | undefined,
];

const COMMA = 0x2c;

/** Sets links, owner and group, each of which may be missing or replaced by other columns. */
export function setOwners(
  entry: Draft,
  line: string,
  start: number,
  sizeAt: number,
  sizeEnd: number,
  context: ListingContext,
): void {
  let at = skipBlanks(line, start);
  const end = wordEnd(line, at);
  if (at < sizeAt && isDigits(line, at, end)) {
    const links = numberIn(line, at, end);
    if (isMacintosh(entry, line, at, end, sizeAt)) return;
    entry.links = Number.isNaN(links) ? undefined : links;
    at = skipBlanks(line, end);
  }
  if (at >= sizeAt) return;
  const ownersEnd = trimEnd(line, at, sizeAt);
  const text = line.slice(at, ownersEnd);
  if (text === 'folder' && entry.links === undefined && entry.type === 'directory') {
    note(entry, 'items', String(entry.size)); // NetPresenz and Peter Lewis's server
    entry.size = undefined;
    return;
  }
  const [owner, group, device] = ownersIn(text, entry.type);
  entry.owner = owner && context.text(owner);
  entry.group = group && context.text(group);
  if (entry.type === 'other') setDevice(entry, device, line.slice(sizeAt, sizeEnd));
}

/** A device has two numbers instead of a size: `0, 27` or `109,767`. */
function setDevice(entry: Draft, major: string | undefined, size: string): void {
  const comma = size.indexOf(',');
  if (major === undefined && comma === -1) return;
  note(entry, 'device', major === undefined ? size : `${major},${size}`);
  entry.size = undefined;
}

/** Splits the words into owner, group, and the major number of a device, as far as present. */
function ownersIn(text: string, type: EntryType): Owners {
  let owners = text;
  let device: string | undefined;
  if (type === 'other' && owners.charCodeAt(owners.length - 1) === COMMA) {
    const start = owners.lastIndexOf(' ') + 1;
    device = owners.slice(start, -1);
    owners = owners.slice(0, trimEnd(owners, 0, start));
  }
  const space = owners.indexOf(' ');
  if (space === -1) return [owners === '' ? undefined : owners, undefined, device];
  // If names contain spaces, a wide gap separates the columns. Otherwise, the first space does.
  const gap = owners.indexOf('  ');
  const cut = gap === -1 ? space : gap;
  return [owners.slice(0, cut), owners.slice(skipBlanks(owners, cut)), device];
}

/** Peter Lewis's server for the Macintosh lists resource fork, data fork, and their sum. */
function isMacintosh(entry: Draft, line: string, at: number, end: number, sizeAt: number): boolean {
  const dataAt = skipBlanks(line, end);
  const dataEnd = wordEnd(line, dataAt);
  if (dataAt >= sizeAt || skipBlanks(line, dataEnd) !== sizeAt) return false;
  const [resource, data] = [numberIn(line, at, end), numberIn(line, dataAt, dataEnd)];
  if (!(resource + data === entry.size) || entry.type !== 'file') return false;
  note(entry, 'resource', String(resource));
  note(entry, 'data', String(data));
  return true;
}

function trimEnd(text: string, from: number, end: number): number {
  let at = end;
  while (at > from && isBlank(text.charCodeAt(at - 1))) at--;
  return at;
}
