import { types } from 'node:util';
import type { ContextOptions } from '../protocol/listing/context';
import type { EntryParser, ListingParserOptions } from '../protocol/listing/listing-parser';
import type { DateOrder } from '../protocol/listing/ls-date';
import { ServerZone } from '../protocol/listing/server-zone';
import { checkBoolean, checkFunction, checkOneOf, invalidType, invalidValue } from './checks';

/** How a listing is read. */
export interface ListingOptions {
  /**
   * Whether `.`, `..` and MLSD's `cdir` and `pdir` are entries too. Default `false`: then they are
   * left out, whatever type they claim to be. `list()` sends LIST -a then, as with `hidden`.
   */
  readonly all?: boolean | undefined;
  /**
   * The zone of the times that do not say theirs, which are all of LIST: a name like
   * `'Europe/Berlin'`, or the minutes that the server is ahead of UTC. Default: UTC is assumed.
   */
  readonly serverTimeZone?: string | number | undefined;
  /** How to read 04/03/02 where the format does not say. Default: such a date is `undefined`. */
  readonly dateOrder?: DateOrder | undefined;
  /** The present: a date without a year is the last one before it. Default: now. */
  readonly now?: Date | undefined;
  /** A parser for a dialect of one's own, tried before those that are known. */
  readonly parser?: EntryParser | undefined;
  /** Told of each line that is no entry, nor what stands around them. */
  readonly unparsed?: ((line: string) => void) | undefined;
}

/** The options, checked; `unparsed` is the caller's to fill in. */
export interface CheckedListing {
  context(): ContextOptions;
  readonly parsing: Omit<ListingParserOptions, 'unparsed'>;
}

/** @throws TypeError or RangeError for an option that cannot be meant */
export function checkListing(options: ListingOptions): CheckedListing {
  const { all = false, serverTimeZone, dateOrder, now, parser, unparsed } = options;
  checkBoolean('all', all);
  if (dateOrder !== undefined) checkOneOf('dateOrder', dateOrder, ['ymd', 'mdy', 'dmy']);
  if (now !== undefined) checkDate('now', now);
  if (parser !== undefined) checkFunction('parser', parser);
  if (unparsed !== undefined) checkFunction('unparsed', unparsed);
  const zone = serverTimeZone === undefined ? undefined : zoneOf(serverTimeZone);
  return {
    context: () => ({ now: now?.getTime() ?? Date.now(), zone, dateOrder }),
    parsing: { all, parser },
  };
}

function zoneOf(zone: unknown): ServerZone {
  if (typeof zone === 'string' || typeof zone === 'number') return new ServerZone(zone);
  throw invalidType('serverTimeZone', zone, 'a string or a number');
}

function checkDate(name: string, value: unknown): void {
  if (!types.isDate(value)) throw invalidType(name, value, 'a Date');
  if (Number.isNaN(value.getTime())) throw invalidValue(name, value, 'a valid Date');
}
