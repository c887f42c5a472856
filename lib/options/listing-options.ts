import { types } from 'node:util';
import type { ContextOptions } from '../listing/context';
import type { DateOrder } from '../listing/dates/ls-date';
import { ServerZone } from '../listing/dates/server-zone';
import type { EntryParser, ListingParserOptions } from '../listing/listing-parser';
import type { CallOptions } from './client-options';
import { checkBoolean, checkFunction, checkOneOf, invalidType, invalidValue } from './validate';

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

/** Options of `list()`. */
export interface ListOptions extends ListingOptions, CallOptions {
  /**
   * Whether hidden files (`.env`) are listed too, where the server leaves them out: then LIST -a is
   * sent, and plain LIST where the server refuses that or lists nothing. MLSD lists them anyway.
   * Default `false`, and `true` with `all`, since `.` and `..` come only with them.
   */
  readonly hidden?: boolean | undefined;
}

/** Options of `stat()`. */
export interface StatOptions
  extends CallOptions,
    Pick<ListingOptions, 'serverTimeZone' | 'dateOrder' | 'now' | 'parser'> {}
