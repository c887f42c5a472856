import type { Entry, EntryType } from '../../../lib/listing/entry';

/** An entry without `raw`, which is the line itself. Omitted properties must be `undefined`. */
export type Expected = Partial<Omit<Entry, 'facts'>> & {
  readonly facts?: Readonly<Record<string, string>> | undefined;
};

/** The outcome of a line: entries, unparsed, or nothing because it belongs to a listing's frame. */
export type Outcome = Expected | 'unparsed' | 'frame' | readonly (Expected | 'unparsed')[];

export interface CorpusGroup {
  /** Where the lines or their format come from. */
  readonly source: string;
  /** Several lines that belong together are joined by `\n`. */
  readonly lines: readonly (readonly [line: string, outcome: Outcome])[];
}

/** The time at which the lines are read. */
export const NOW = Date.UTC(2024, 5, 15, 12);

type Rest = Omit<Expected, 'name' | 'type' | 'size' | 'modified'>;

export const file = expected('file');
export const directory = expected('directory');
export const link = expected('symlink');
export const other = expected('other');

/** @param modified - in the precision of the line, with a Z if the line is known to be in UTC */
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
