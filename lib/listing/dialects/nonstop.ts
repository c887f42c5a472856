import type { ListingContext } from '../context';
import { readClock } from '../dates/clock';
import { localTime } from '../dates/ls-date';
import { readVmsDate } from '../dates/vms-date';
import { draft, type Entry, note, setModified } from '../entry';
import { isDigits, numberIn, skipBlanks, wordEnd } from '../scan';

/**
 * Parses a line of Guardian on a Tandem NonStop: name, `O` for an open file, code, bytes, date,
 * owner, security.
 *
 *     EMSACSTM      101             146  18-Sep-00 09:03:37 170,175 "nunu"
 *     TACLCSTM   O  101             101  4-Mar-01  23:50:06 255, 0 "oooo"
 */
export function parseNonstop(line: string, context: ListingContext): Entry | undefined {
  if (!line.trimEnd().endsWith('"')) return undefined;
  const nameEnd = wordEnd(line, 0);
  let at = skipBlanks(line, nameEnd);
  const isOpen = line.startsWith('O ', at);
  if (isOpen) at = skipBlanks(line, at + 1);
  const codeEnd = wordEnd(line, at);
  const sizeAt = skipBlanks(line, codeEnd);
  const sizeEnd = wordEnd(line, sizeAt);
  if (nameEnd === 0 || !isDigits(line, at, codeEnd) || !isDigits(line, sizeAt, sizeEnd))
    return undefined;
  const dateAt = skipBlanks(line, sizeEnd);
  const date = readVmsDate(line, dateAt, context);
  const clock = date && readClock(line, skipBlanks(line, date.end));
  if (!date || !clock || clock.precision !== 'second') return undefined;
  const rest = line.slice(clock.end).trim();
  const quote = rest.indexOf('"');
  const comma = rest.indexOf(',');
  if (comma <= 0 || comma > quote) return undefined;
  const entry = draft(context, line, line.slice(0, nameEnd), 'file');
  const size = numberIn(line, sizeAt, sizeEnd);
  if (Number.isNaN(size)) note(entry, 'size', line.slice(sizeAt, sizeEnd));
  else entry.size = size;
  entry.group = context.text(rest.slice(0, comma));
  entry.owner = context.text(rest.slice(comma + 1, quote).trim());
  note(entry, 'code', line.slice(at, codeEnd));
  note(entry, 'security', context.text(rest.slice(quote + 1, -1)));
  if (isOpen) note(entry, 'open', 'O');
  const { hour, minute, second } = clock;
  const local = date.local + localTime(1970, 0, 1, hour, minute, second);
  setModified(entry, { local, precision: 'second' }, context, line.slice(dateAt, clock.end));
  return entry;
}

/** Whether a line is the header of a Guardian listing. */
export function isNonstopHeader(line: string): boolean {
  return line.startsWith('File ') && line.includes('EOF') && line.includes('RWEP');
}
