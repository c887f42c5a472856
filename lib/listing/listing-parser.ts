import type { ListingContext } from './context';
import { DIALECTS, type Dialect, dialectOfHeader, fits, isFrame } from './detect';
import { hasFacts, isSelfOrParent, parseMlsx } from './dialects/mlsx';
import { type TextPart, UnixFastPath } from './dialects/unix-fast-path';
import { isLoneVmsName } from './dialects/vms';
import { type Draft, draft, type Entry, isUnsafe } from './entry';
import type { ListedPath } from './listed-path';
import { wordsOf } from './scan';

/** The lines of a text. The inherited fields describe the current line. */
export interface TextLines extends TextPart {
  /** Moves to the next line; returns `false` if there is none. */
  next(): boolean;
}

/** The result of a user-defined parser: a name, and any other fields that it knows. */
export type ParsedEntry = Pick<Entry, 'name'> & { readonly [K in keyof Entry]?: Entry[K] };

/**
 * A user-defined parser for lines of a listing.
 *
 * @param line - one line, without its line ending
 * @param now - the current time
 * @returns an entry; `null` if the line is not an entry; `undefined` to try the built-in dialects
 */
export type EntryParser = (line: string, now: Date) => ParsedEntry | null | undefined;

/** Options of a {@link ListingParser}. */
export interface ListingParserOptions {
  /**
   * Whether this is the listing of MLSD: lines with facts are then parsed as MLSx. The dialect of
   * other lines is detected. Default: `false`.
   */
  readonly isMlsd?: boolean;
  /** The listed path, which is removed from names that begin with it. */
  readonly listed?: ListedPath | undefined;
  /** Whether to include `.`, `..`, `cdir` and `pdir`; default: `false`. */
  readonly all?: boolean | undefined;
  /** A user-defined parser, which is tried before the built-in dialects. */
  readonly parser?: EntryParser | undefined;
  /** Is called for each line that is neither an entry nor another known part of a listing. */
  readonly unparsed: (line: string) => void;
}

/** The dialects of systems on which names cannot contain a backslash. */
const WINDOWS: ReadonlySet<string> = new Set(['dos', 'os2']);

/**
 * Parses a listing line by line. The dialect of the previous line is tried first, because most
 * listings have only one. But each line may be in another dialect.
 */
export class ListingParser {
  readonly #context: ListingContext;
  readonly #options: ListingParserOptions;
  readonly #fastPath: UnixFastPath | undefined; // only if the dialect must be detected
  #dialect: Dialect | undefined;
  #header: Dialect | undefined; // the dialect of the last header
  #heldName: string | undefined; // of a VMS entry that continues on the next line

  constructor(context: ListingContext, options: ListingParserOptions) {
    this.#context = context;
    this.#options = options;
    const isOpen = options.isMlsd !== true && options.parser === undefined;
    this.#fastPath = isOpen ? new UnixFastPath(context) : undefined;
  }

  /**
   * Fast path: parses consecutive common lines in place. Any other line is left to `push`.
   *
   * @param entries - receives the entries, also those before a line for which `lines` throws
   * @param most - limit on the number of entries
   * @returns whether the current line of `lines` must be passed to `push`
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

  // The rare branch is kept out of this hot loop, so that it does not deoptimize it.
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
    // Only an unsafe name can begin with a path, or be `.` or `..`.
    if (entry.unsafe !== true || this.#included(entry)) entries.push(entry);
  }

  /**
   * Parses a line and returns the entry that it completes, if any. Two entries are returned if the
   * previous line turns out to have been an entry of its own.
   */
  push(line: string): Entry | readonly Entry[] | undefined {
    if (this.#heldName !== undefined) return this.#continueVms(this.#heldName, line);
    const entry = this.#read(line);
    return entry && this.#included(entry);
  }

  /** Returns the entry that was held for a continuation line. Call it at the end of the listing. */
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
    // Some servers send no facts, but the space before the name.
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
      // A single word is a name, because some servers send only names, or it is facts without a
      // name.
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

  /**
   * Removes the listed path from the name. Returns `undefined` for the directory itself and its
   * parent, unless `all` is set.
   */
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
