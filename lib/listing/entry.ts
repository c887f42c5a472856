import type { Facts } from '../protocol/facts';
import type { ListingContext } from './context';
import type { LsDate } from './dates/ls-date';

/**
 * The type of an entry. `'other'` is a device, pipe, socket or the like, or an entry whose type the
 * server does not provide.
 */
export type EntryType = 'file' | 'directory' | 'symlink' | 'other';

/** One entry of a directory listing. A field is `undefined` if the server does not provide it. */
export interface Entry {
  /**
   * The name exactly as the server sent it, including spaces at either end. If the server puts the
   * listed path before the name, that is removed; `raw` still contains it.
   */
  readonly name: string;
  /** The type; `'other'` if it is unknown. */
  readonly type: EntryType;
  /**
   * Size in bytes. A size that is inexact (`33.5k`, blocks), or beyond the safe integers, is in
   * `facts` only.
   */
  readonly size: number | undefined;
  /**
   * Time of the last modification. A date that is unreadable or ambiguous is only in
   * `facts.modified`, as the server sent it.
   */
  readonly modified: Date | undefined;
  /** The precision with which the server gives `modified`. */
  readonly modifiedPrecision: 'day' | 'minute' | 'second' | 'millisecond' | undefined;
  /**
   * `'utc'` if the time zone of `modified` is known, from the server or the option
   * `serverTimeZone`; `'assumed'` if it is not, so that UTC was assumed.
   */
  readonly modifiedZone: 'utc' | 'assumed' | undefined;
  /** The permission bits, as in `chmod`; at most 0o7777. */
  readonly permissions: number | undefined;
  /** Name or number of the owner. */
  readonly owner: string | undefined;
  /** Name or number of the group. */
  readonly group: string | undefined;
  /** Number of hard links. */
  readonly links: number | undefined;
  /**
   * The target of a symbolic link. Some servers tell it only by the MLSD fact `unique`, which is
   * the same for link and target. The client does not search for the target then; the fact is in
   * `facts`.
   */
  readonly target: string | undefined;
  /**
   * Everything else that the server sends, by name in lower case: the facts of MLSx, or the columns
   * of other systems.
   */
  readonly facts: Facts | undefined;
  /** The line of the listing, or its lines joined by `\n`. */
  readonly raw: string;
  /**
   * The bytes of the name, if it is not valid in the connection's encoding. Pass them as the path
   * to address this entry.
   */
  readonly rawName: Uint8Array | undefined;
  /**
   * `true` if the name must not be joined to a local path: it is empty, `.` or `..`, or contains
   * slashes, backslashes, control characters, or characters that reorder or break a line.
   */
  readonly unsafe: true | undefined;
}

/** An entry that is still being filled in. */
export type Draft = { -readonly [K in keyof Entry]: Entry[K] };

/**
 * Creates an entry with a name only. All entries have the same shape, which keeps property access
 * fast in V8.
 */
export function draft(context: ListingContext, line: string, name: string, type: EntryType): Draft {
  const text = context.text(name);
  return {
    name: text,
    type,
    size: undefined,
    modified: undefined,
    modifiedPrecision: undefined,
    modifiedZone: undefined,
    permissions: undefined,
    owner: undefined,
    group: undefined,
    links: undefined,
    target: undefined,
    facts: undefined,
    raw: context.text(line),
    rawName: context.rawName(name, text),
    unsafe: isUnsafe(text) ? true : undefined,
  };
}

/** Adds a fact that has no field of its own; does nothing if `value` is `undefined`. */
export function note(entry: Draft, name: string, value: string | undefined): void {
  if (value === undefined) return;
  entry.facts ??= Object.create(null) as Facts;
  entry.facts[name] = value;
}

// Slashes, control characters (C0 and C1), and characters that reorder or break a line, as in
// printable().
const HOSTILE = /[\p{Cc}/\\\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

const SUSPECT = /[^ -.0-[\]-~]/; // anything but printable ASCII without slashes

/** Whether a name could lead out of a directory, or control a terminal. */
export function isUnsafe(name: string): boolean {
  if (SUSPECT.test(name)) return HOSTILE.test(name);
  return name === '' || name === '.' || name === '..';
}

/**
 * Sets the modification time. If `local` is NaN (an unreadable or ambiguous date), `text` becomes
 * the fact `modified` instead.
 */
export function setModified(
  entry: Draft,
  { local, precision, zone }: Pick<LsDate, 'local' | 'precision' | 'zone'>,
  context: ListingContext,
  text: string,
): void {
  if (Number.isNaN(local)) {
    note(entry, 'modified', context.text(text));
    return;
  }
  const isKnown = zone !== undefined || context.zone !== undefined;
  entry.modified = new Date(
    zone === undefined ? (context.zone?.toUTC(local) ?? local) : local - zone * 60_000,
  );
  entry.modifiedPrecision = precision;
  entry.modifiedZone = isKnown ? 'utc' : 'assumed';
}

/** Sets the modification time from a time in UTC. */
export function setUTC(entry: Draft, time: Date, precision: 'second' | 'millisecond'): void {
  entry.modified = time;
  entry.modifiedPrecision = precision;
  entry.modifiedZone = 'utc';
}
