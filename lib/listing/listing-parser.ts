import type { ListingContext } from './context';
import { DIALECTS, type Dialect, dialectOfHeader, fits, isFrame } from './detect';
import { hasFacts, isSelfOrParent, parseMlsx } from './dialects/mlsx';
import { type TextPart, UnixFastPath } from './dialects/unix-fast-path';
import { isLoneVmsName } from './dialects/vms';
import { type Draft, draft, type Entry, isUnsafe } from './entry';
import type { ListedPath } from './listed-path';
import { wordsOf } from './scan';

/** The lines of a text, of which `next()` finds the next one. */
export interface TextLines extends TextPart {
  next(): boolean;
}

/** What a user's own parser makes of a line: of an entry, as much as it knows. */
export type ParsedEntry = Pick<Entry, 'name'> & { readonly [K in keyof Entry]?: Entry[K] };

/**
 * A parser for a dialect of the user's own.
 *
 * @returns an entry; `null` for a line that is none; `undefined` for one of another dialect
 */
export type EntryParser = (line: string, now: Date) => ParsedEntry | null | undefined;

export interface ListingParserOptions {
  /** Whether lines are those of MLSD, as far as they have facts; others are of the dialect that they look like. */
  readonly isMlsd?: boolean;
  /** What was listed: it is taken off names that begin with it. */
  readonly listed?: ListedPath | undefined;
  /** Whether `.`, `..`, `cdir` and `pdir` are entries. */
  readonly all?: boolean | undefined;
  /** Tried before the dialects that are known. */
  readonly parser?: EntryParser | undefined;
  /** Told of lines that are neither entries nor what stands around them. */
  readonly unparsed: (line: string) => void;
}

/** The dialects of systems on which no name holds a backslash. */
const WINDOWS: ReadonlySet<string> = new Set(['dos', 'os2']);

/**
 * Reads a listing line by line. A listing keeps to its dialect, so that the one of the line before is
 * tried first; but any line may be of another one.
 */
export class ListingParser {
  readonly #context: ListingContext;
  readonly #options: ListingParserOptions;
  readonly #fastPath: UnixFastPath | undefined; // if any dialect may come
  #dialect: Dialect | undefined;
  #header: Dialect | undefined; // of which a header came
  #heldName: string | undefined; // the name of an entry of VMS that goes on in the next line

  constructor(context: ListingContext, options: ListingParserOptions) {
    this.#context = context;
    this.#options = options;
    const isOpen = options.isMlsd !== true && options.parser === undefined;
    this.#fastPath = isOpen ? new UnixFastPath(context) : undefined;
  }

  /**
   * Reads usual lines, as far as they come one after the other, without cutting them out.
   *
   * @param entries - takes what they stand for, even where a line is too long for `lines`
   * @param most - how many are enough
   * @returns whether `lines` is at another one now, for `push`
   */
  pushFast(lines: TextLines, entries: Entry[], most: number): boolean {
    const fastPath = this.#heldName === undefined ? this.#fastPath : undefined;
    if (!fastPath) return lines.next();
    while (this.#pushSameColumns(fastPath, lines, entries, most)) {
      const entry = fastPath.read(lines);
      if (!entry) return true;
      this.#pushIfIncluded(entry, entries);
    }
    return false;
  }

  // Apart from what is done for a few lines only: V8 compiles what has not happened yet as if it never would, and
  // all of it again when it does.
  #pushSameColumns(
    fastPath: UnixFastPath,
    lines: TextLines,
    entries: Entry[],
    most: number,
  ): boolean {
    while (entries.length < most) {
      if (!lines.next()) return false;
      const entry = fastPath.readSameColumns(lines);
      if (!entry) return true;
      this.#pushIfIncluded(entry, entries);
    }
    return false;
  }

  #pushIfIncluded(entry: Entry, entries: Entry[]): void {
    // Few are unsafe; of the others none has a path before it, nor is `.` or `..`.
    if (entry.unsafe !== true || this.#included(entry)) entries.push(entry);
  }

  /** The entry that a line completes, if it does; two where the one before turns out to have been whole. */
  push(line: string): Entry | readonly Entry[] | undefined {
    if (this.#heldName !== undefined) return this.#continueVms(this.#heldName, line);
    const entry = this.#read(line);
    return entry && this.#included(entry);
  }

  /** The entry that waited for one more line. */
  flush(): Entry | undefined {
    const held = this.#heldName;
    this.#heldName = undefined;
    return held === undefined ? undefined : draft(this.#context, held, held.trim(), 'other');
  }

  #continueVms(held: string, line: string): readonly Entry[] {
    this.#heldName = undefined;
    const joined = this.#parse(`${held} ${line}`);
    if (joined) {
      const entry = this.#included({ ...joined, raw: this.#context.text(`${held}\n${line}`) });
      return entry ? [entry] : [];
    }
    const whole = draft(this.#context, held, held.trim(), 'other');
    const next = this.push(line);
    return next === undefined ? [whole] : [whole].concat(next);
  }

  #read(line: string): Entry | undefined {
    const { isMlsd, parser, unparsed } = this.#options;
    if (parser) {
      const own = parser(this.#context.text(line), new Date(this.#context.now));
      if (own !== undefined) return own === null ? undefined : this.#completeEntry(own, line);
    }
    if (isMlsd && hasFacts(line)) {
      const entry = parseMlsx(line, this.#context);
      if (!entry) unparsed(this.#context.text(line));
      return entry;
    }
    const entry = this.#parse(line);
    if (entry) return entry;
    // A server that knows no fact, but writes the space before the name.
    if (isMlsd && line.startsWith(' ') && !isFrame(line, this.#context)) {
      return parseMlsx(line, this.#context);
    }
    const dialect = dialectOfHeader(line);
    if (dialect) {
      this.#dialect = dialect;
      this.#header = dialect;
    } else if (isLoneVmsName(line)) {
      this.#heldName = line;
    } else if (!isFrame(line, this.#context)) {
      const header = this.#header;
      const row = header && fits(line, header) && header.underHeader?.(line, this.#context);
      if (row) return row;
      const [name = '', ...others] = wordsOf(line, 2);
      // A word alone can only be a name, since some servers know no more; or facts without one.
      if (others.length === 0 && !isFactsAlone(name))
        return draft(this.#context, line, name, 'other');
      unparsed(this.#context.text(line));
    }
    return undefined;
  }

  #parse(line: string): Entry | undefined {
    const last = this.#dialect;
    const entry = last && fits(line, last) ? last.parse(line, this.#context, true) : undefined;
    if (entry) return entry;
    for (const dialect of DIALECTS) {
      if (dialect === last || !fits(line, dialect)) continue;
      const other = dialect.parse(line, this.#context, false);
      if (!other) continue;
      this.#dialect = dialect;
      return other;
    }
    return undefined;
  }

  /** The entry by its own name; `undefined` for the directory itself and the one above, unless all are wanted. */
  #included(entry: Entry): Entry | undefined {
    const { all, listed } = this.#options;
    listed?.removeFrom(entry, this.#context, WINDOWS.has(this.#dialect?.name ?? ''));
    return all || !isSelfOrParent(entry) ? entry : undefined;
  }

  #completeEntry(own: ParsedEntry, line: string): Entry {
    const entry: Draft = draft(this.#context, line, '', own.type ?? 'other');
    for (const [key, value] of Object.entries(own)) {
      if (key in entry) Object.assign(entry, { [key]: value });
    }
    entry.unsafe = isUnsafe(entry.name) ? true : undefined;
    return entry;
  }
}

function isFactsAlone(word: string): boolean {
  const equals = word.indexOf('=');
  if (equals !== -1 && word.indexOf(';', equals) !== -1) return true;
  return word.startsWith('+') && word.endsWith(',');
}
