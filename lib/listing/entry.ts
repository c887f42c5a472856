import type { Facts } from '../protocol/facts';
import type { ListingContext } from './context';
import type { LsDate } from './dates/ls-date';

export type EntryType = 'file' | 'directory' | 'symlink' | 'other';

/** What a server says of one of its files. What it does not say is `undefined`. */
export interface Entry {
  /**
   * Exactly as the server sent it, spaces at both ends included. Only the listed path is taken off
   * where the server puts it before the name; `raw` has it all.
   */
  readonly name: string;
  readonly type: EntryType;
  /** Bytes. One that is not told exactly (`33.5k`, blocks), or is beyond the safe integers, is in `facts` only. */
  readonly size: number | undefined;
  /** A date that cannot be read, or in several ways, is in `facts.modified` only, as the server sent it. */
  readonly modified: Date | undefined;
  /** How exactly the server tells `modified`. */
  readonly modifiedPrecision: 'day' | 'minute' | 'second' | 'millisecond' | undefined;
  /**
   * `'utc'`: the zone is known, from the server or by the option `serverTimeZone`;
   * `'assumed'`: neither says, and UTC was taken for it.
   */
  readonly modifiedZone: 'utc' | 'assumed' | undefined;
  /** The bits of `chmod`, 0o7777 at most. */
  readonly permissions: number | undefined;
  readonly owner: string | undefined;
  readonly group: string | undefined;
  /** Number of hard links. */
  readonly links: number | undefined;
  /**
   * What a symbolic link points to. Some servers tell it by MLSD's fact `unique` only: the link has
   * that of its target. The client does not look for the target; the fact is in `facts`.
   */
  readonly target: string | undefined;
  /** Whatever else the server says, by name in lower case: the facts of MLSx, the columns of other systems. */
  readonly facts: Facts | undefined;
  /** The line, or the lines joined by `\n`. */
  readonly raw: string;
  /** The bytes of a name that is not valid in the connection's encoding: the path to address it by. */
  readonly rawName: Uint8Array | undefined;
  /** The name must not be joined to a local path: `.`, `..`, slashes, control characters, or nothing at all. */
  readonly unsafe: true | undefined;
}

/** An entry in the making. */
export type Draft = { -readonly [K in keyof Entry]: Entry[K] };

/** An entry of which only the name is known. Always the same shape, which keeps what reads it fast. */
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

/** Notes what has no field of its own. */
export function note(entry: Draft, name: string, value: string | undefined): void {
  if (value === undefined) return;
  entry.facts ??= Object.create(null) as Facts;
  entry.facts[name] = value;
}

// Beside control characters (C1 too) what reorders or breaks a line: as in a message.
const HOSTILE = /[\p{Cc}/\\\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

const SUSPECT = /[^ -.0-[\]-~]/; // all but printable ASCII without slashes

/** Whether a name could lead out of a directory, or drive a terminal. */
export function isUnsafe(name: string): boolean {
  if (SUSPECT.test(name)) return HOSTILE.test(name);
  return name === '' || name === '.' || name === '..';
}

/** Puts a date into an entry; one that cannot be read, or in several ways, is kept as it stands. */
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

/** Puts a time into an entry that was told in UTC. */
export function setUTC(entry: Draft, time: Date, precision: 'second' | 'millisecond'): void {
  entry.modified = time;
  entry.modifiedPrecision = precision;
  entry.modifiedZone = 'utc';
}
