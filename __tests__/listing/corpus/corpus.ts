import type { Entry, EntryType } from '../../../lib/listing/entry';

/** An entry without what the line itself tells: `raw`. What is left out must be `undefined`. */
export type Expected = Partial<Omit<Entry, 'facts'>> & {
  readonly facts?: Readonly<Record<string, string>> | undefined;
};

/**
 * What becomes of a line: entries, a report that nobody knows it, or nothing, since it frames a
 * listing.
 */
export type Outcome = Expected | 'unparsed' | 'frame' | readonly (Expected | 'unparsed')[];

export interface CorpusGroup {
  /** Where the lines, or the format, come from. */
  readonly source: string;
  /** Several lines that belong together are joined by `\n`. */
  readonly lines: readonly (readonly [line: string, outcome: Outcome])[];
}

/** When the lines are read. */
export const NOW = Date.UTC(2024, 5, 15, 12);

type Rest = Omit<Expected, 'name' | 'type' | 'size' | 'modified'>;

export const file = expected('file');
export const directory = expected('directory');
export const link = expected('symlink');
export const other = expected('other');

/** @param modified - to the precision of the line; with a Z if the line says that it is UTC */
function expected(type: EntryType) {
  return (name: string, size?: number, modified?: string, rest: Rest = {}): Expected => ({
    name,
    type,
    size,
    ...when(modified),
    ...rest,
  });
}

const PRECISIONS: Readonly<Record<number, Entry['modifiedPrecision']>> = {
  10: 'day',
  16: 'minute',
  19: 'second',
  23: 'millisecond',
};

function when(text: string | undefined): Expected {
  if (text === undefined) return {};
  const local = text.replace(/Z$/, '');
  return {
    modified: new Date(`${local.replace(' ', 'T')}${local.length === 10 ? 'T00:00' : ''}Z`),
    modifiedPrecision: PRECISIONS[local.length],
    modifiedZone: text === local ? 'assumed' : 'utc',
  };
}
