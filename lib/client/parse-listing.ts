import { textContext } from '../listing/context';
import { draft, type Entry } from '../listing/entry';
import { ListingParser } from '../listing/listing-parser';
import { checkOptions } from '../options/check-names';
import { checkListing, type ListingOptions } from '../options/listing-options';
import { LISTING } from '../options/option-names';
import { invalidType } from '../options/validate';

/**
 * Parses a listing that was received before: the text of LIST or MLSD, or its lines. The dialect is
 * detected line by line.
 *
 * No listing makes it throw. A line that no dialect can parse is passed to the option `unparsed`.
 * Without that option, it becomes an entry of type `'other'` with only `raw` set, and an empty
 * name.
 *
 * @param listing - text, or an iterable of lines
 * @throws TypeError or RangeError if an argument is invalid
 *
 * @example
 * ```ts
 * const [entry] = parseListing('-rw-r--r-- 1 a b 5 Jan  1 2024 notes.txt');
 * console.log(entry?.name, entry?.size); // notes.txt 5
 * ```
 */
export function parseListing(
  listing: string | Iterable<string>,
  options: ListingOptions = {},
): Entry[] {
  checkOptions(options, LISTING);
  const { context, parsing } = checkListing(options);
  const read = textContext(context());
  const entries: Entry[] = [];
  const keepRaw = (line: string) => entries.push(draft(read, line, '', 'other'));
  const parser = new ListingParser(read, { ...parsing, unparsed: options.unparsed ?? keepRaw });
  for (const line of linesIn(listing)) {
    const entry = parser.push(line);
    if (entry !== undefined) entries.push(...[entry].flat());
  }
  const last = parser.flush();
  if (last) entries.push(last);
  return entries;
}

function* linesIn(listing: unknown): Generator<string> {
  const isIterable = typeof Object(listing)[Symbol.iterator] === 'function';
  if (!isIterable) throw invalidType('listing', listing, 'a string, or an iterable of strings');
  for (const line of typeof listing === 'string'
    ? listing.split('\n')
    : (listing as Iterable<unknown>)) {
    if (typeof line !== 'string') throw invalidType('listing', line, 'made of strings');
    yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
}
