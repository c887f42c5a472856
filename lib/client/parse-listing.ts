import { textContext } from '../listing/context';
import { draft, type Entry } from '../listing/entry';
import { ListingParser } from '../listing/listing-parser';
import { checkOptions } from '../options/check-names';
import { checkListing, type ListingOptions } from '../options/listing-options';
import { LISTING } from '../options/option-names';
import { invalidType } from '../options/validate';

/**
 * The entries of a listing that is there already: the text that LIST or MLSD gave, or its lines.
 * Each line is of the dialect that it looks like.
 *
 * Never throws for what a server sent. A line that nobody knows is given to `unparsed`; without that
 * option it is an entry of type `'other'` with only its `raw`, and an empty name.
 *
 * @throws TypeError or RangeError for arguments that cannot be meant
 */
export function parseListing(
  listing: string | Iterable<string>,
  options: ListingOptions = {},
): Entry[] {
  checkOptions(options, LISTING);
  const { context, parsing } = checkListing(options);
  const read = textContext(context());
  const entries: Entry[] = [];
  const keep = (line: string) => entries.push(draft(read, line, '', 'other'));
  const parser = new ListingParser(read, { ...parsing, unparsed: options.unparsed ?? keep });
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
