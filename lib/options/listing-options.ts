import { types } from 'node:util';
import type { ContextOptions } from '../listing/context';
import type { DateOrder } from '../listing/dates/ls-date';
import { ServerZone } from '../listing/dates/server-zone';
import type { EntryParser, ListingParserOptions } from '../listing/listing-parser';
import type { CallOptions } from './client-options';
import { checkBoolean, checkFunction, checkOneOf, invalidType, invalidValue } from './validate';

/** Options for parsing a listing. */
export interface ListingOptions {
  /**
   * Whether `.`, `..` and MLSD's `cdir` and `pdir` are included. Default `false`: they are left
   * out, whatever their type. With `true`, `list()` sends LIST -a, as with `hidden`.
   */
  readonly all?: boolean | undefined;
  /**
   * The time zone of times without one, such as all times of LIST: a name like `'Europe/Berlin'`,
   * or the offset from UTC in minutes, positive to the east. Default: UTC.
   */
  readonly serverTimeZone?: string | number | undefined;
  /** The order in ambiguous dates like 04/03/02. Default: such a date is `undefined`. */
  readonly dateOrder?: DateOrder | undefined;
  /** The current time. A date without a year is the last one before it. Default: now. */
  readonly now?: Date | undefined;
  /** A parser for a custom dialect. It is tried before the built-in ones. */
  readonly parser?: EntryParser | undefined;
  /** Called with each line that is neither an entry nor part of a header or footer. */
  readonly unparsed?: ((line: string) => void) | undefined;
}

/** Checked listing options. The caller adds `unparsed`. */
export interface CheckedListing {
  context(): ContextOptions;
  readonly parsing: Omit<ListingParserOptions, 'unparsed'>;
}

/** Checks listing options. @throws TypeError or RangeError if an option is invalid */
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
   * Whether to include hidden files (`.env`) that LIST leaves out. `true`: LIST -a is sent, and
   * LIST if the server refuses it or returns nothing. MLSD always includes hidden files. Default
   * `false`, and `true` with `all`, because only LIST -a returns `.` and `..`.
   */
  readonly hidden?: boolean | undefined;
}

/** Options of `stat()`. */
export interface StatOptions
  extends CallOptions,
    Pick<ListingOptions, 'serverTimeZone' | 'dateOrder' | 'now' | 'parser'> {}
