import type { ListingContext } from '../context';
import { draft, type Entry, note, setUTC } from '../entry';
import { isDigits, numberIn } from '../scan';

const LATEST = 8.64e12; // in seconds, the latest time of a Date

/**
 * Parses a line of EPLF: facts, a tab, and the name.
 *
 *     +i8388621.48594,m825718503,r,s280,up644,\tdjb.html
 */
export function parseEplf(line: string, context: ListingContext): Entry | undefined {
  if (line.charAt(0) !== '+') return undefined;
  const tab = line.indexOf('\t');
  if (tab === -1 || tab + 1 === line.length) return undefined;
  const entry = draft(context, line, line.slice(tab + 1), 'other');
  for (const fact of line.slice(1, tab).split(',')) {
    if (fact === '') continue;
    const value = fact.slice(1);
    note(
      entry,
      fact.startsWith('up') ? 'up' : fact.charAt(0),
      fact.startsWith('up') ? fact.slice(2) : value,
    );
    if (fact === '/') entry.type = 'directory';
    else if (fact === 'r' && entry.type === 'other') entry.type = 'file';
    else if (fact.startsWith('up')) entry.permissions = parseOctal(fact.slice(2));
    else if (fact.startsWith('s')) entry.size = parseInteger(value);
    else if (fact.startsWith('m')) {
      const seconds = parseInteger(value);
      if (seconds !== undefined && seconds <= LATEST)
        setUTC(entry, new Date(seconds * 1000), 'second');
    }
  }
  return entry;
}

function parseInteger(text: string): number | undefined {
  const value = numberIn(text, 0, text.length);
  return Number.isNaN(value) ? undefined : value;
}

/** Parses a mode in octal digits; `undefined` for other text. */
export function parseOctal(text: string): number | undefined {
  if (text.length > 8 || !isDigits(text, 0, text.length) || /[89]/.test(text)) return undefined;
  return Number.parseInt(text, 8) & 0o7777;
}
