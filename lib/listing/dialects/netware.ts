import type { ListingContext } from '../context';
import { type Entry, note } from '../entry';
import { isBlank, skipBlanks, wordEnd } from '../scan';
import { columnsWithDate, columnsWithUnrecognizedDate, createEntry } from './unix';

const MAX_RIGHTS_LENGTH = 12;

/**
 * Parses a line of Novell's or HellSoft's servers, which list NetWare rights.
 *
 *     d [R----F--] supervisor            512       Jan 16 18:53    login
 *     -[RWCEMFA] rhesus             214059       Oct 20 15:27    cx.exe
 */
export function parseNetware(line: string, context: ListingContext): Entry | undefined {
  const kind = line.charAt(0);
  if (kind !== 'd' && kind !== '-') return undefined;
  const at = skipBlanks(line, 1);
  if (line.charAt(at) !== '[') return undefined;
  const end = line.indexOf(']', at);
  if (end === -1 || end > at + MAX_RIGHTS_LENGTH || !isBlank(line.charCodeAt(end + 1)))
    return undefined;
  const columns =
    columnsWithDate(line, end + 1, context) ??
    columnsWithUnrecognizedDate(line, end + 1, context, [1, 0, 2]);
  if (!columns) return undefined;
  const nameAt = skipBlanks(line, columns.nameAt);
  if (nameAt >= line.length) return undefined;
  const type = kind === 'd' ? 'directory' : 'file';
  const entry = createEntry(line, { ...columns, nameAt }, type, context);
  note(entry, 'rights', line.slice(at + 1, end));
  const ownerAt = skipBlanks(line, end + 1);
  if (ownerAt < columns.sizeAt)
    entry.owner = context.text(line.slice(ownerAt, wordEnd(line, ownerAt)));
  return entry;
}
