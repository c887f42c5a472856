import type { Binary } from './bytes';
import type { StoredEntry } from './storage';
import { formatListTime, formatTimeVal } from './time';

/** The supported facts, in the order of the listing (RFC 3659 §7.5). */
export const FACTS: Readonly<Record<string, (entry: StoredEntry) => string>> = {
  type: (entry) => (entry.type === 'folder' ? 'dir' : 'file'),
  size: (entry) => String(entry.size),
  modify: (entry) => formatTimeVal(entry.modify),
  perm: (entry) => (entry.type === 'folder' ? 'cdeflmp' : 'adfrw'),
  unique: (entry) => entry.unique,
  'unix.mode': (entry) => `0${entry.mode.toString(8)}`,
};

/** One line of MLSD or MLST, without its line end. */
export function formatFacts(
  entry: StoredEntry,
  name: Binary,
  facts: readonly string[],
  type?: 'cdir' | 'pdir',
): Binary {
  let line = '';
  for (const fact of facts) {
    if (fact === 'size' && entry.type === 'folder') continue;
    const label = fact === 'unix.mode' ? 'UNIX.mode' : fact;
    line += `${label}=${fact === 'type' && type ? type : FACTS[fact]?.(entry)};`;
  }
  return `${line} ${name}`;
}

/** One line of LIST in the format of `ls -l`, without its line end. Times are in UTC. */
export function formatLong(entry: StoredEntry): Binary {
  const kind = entry.type === 'folder' ? 'd' : '-';
  const rights = [6, 3, 0].map((shift) => formatRights((entry.mode >> shift) & 7)).join('');
  const size = String(entry.size).padStart(12);
  return `${kind}${rights}    1 ftp      ftp      ${size} ${formatListTime(entry.modify)} ${entry.name}`;
}

function formatRights(bits: number): string {
  return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${bits & 1 ? 'x' : '-'}`;
}

/**
 * A multi-line reply. Its inner lines start with a space, so that none looks like the last line.
 */
export function formatReply(
  code: number,
  first: Binary,
  lines: readonly Binary[],
  last: Binary,
): Buffer {
  const body = lines.map((line) => ` ${line}\r\n`).join('');
  return Buffer.from(`${code}-${first}\r\n${body}${code} ${last}\r\n`, 'latin1');
}
