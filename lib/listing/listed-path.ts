import type { Codec } from '../protocol/codec';
import type { ListingContext } from './context';
import { isListedItself } from './dialects/mlsx';
import { type Draft, type Entry, isUnsafe } from './entry';

const SLASHES = /[/\\]/;
const WILDCARD = /[*?[]/;

/** The parts of a path, without `.` and the empty parts between two slashes. */
interface Parts {
  readonly isAbsolute: boolean;
  readonly parts: readonly string[];
}

/**
 * The path of the directory or file that is listed. Some servers put it before each name:
 * `outbox/a` in the listing of `outbox`, or the whole path in the listing of one file.
 */
export class ListedPath {
  readonly #text: Parts;
  readonly #bytes: Parts;
  readonly #hasBackslash: boolean;

  /**
   * @param path - text, or bytes in the encoding of the server
   * @param codec - the encoding of the connection
   */
  constructor(path: string | Uint8Array, codec: Codec) {
    const bytes = Buffer.from(typeof path === 'string' ? codec.encode(path) : path);
    const text = typeof path === 'string' ? path : codec.decode(bytes);
    // Windows accepts both separators. Elsewhere, a backslash is part of a name.
    this.#hasBackslash = text.includes('\\') && !text.includes('/');
    this.#text = partsOf(text, this.#hasBackslash);
    this.#bytes = partsOf(bytes.toString('latin1'), this.#hasBackslash);
  }

  /**
   * Removes the path from the name of an entry, if the name begins with it.
   *
   * @param isWindows - whether backslashes in the names are certainly separators
   */
  removeFrom(entry: Entry, context: ListingContext, isWindows: boolean): void {
    // Only a name with a slash, which makes it unsafe, can begin with a path.
    if (entry.unsafe !== true || !SLASHES.test(entry.name)) return;
    if (entry.facts && isListedItself(entry.facts)) return; // its own path
    const splitsAtBackslash = isWindows || this.#hasBackslash;
    const draft: Draft = entry;
    if (entry.rawName === undefined) {
      draft.name = nameIn(entry.name, this.#text, splitsAtBackslash);
    } else {
      const raw = Buffer.from(entry.rawName).toString('latin1');
      const name = nameIn(raw, this.#bytes, splitsAtBackslash);
      if (name === raw) return;
      draft.name = context.text(name);
      draft.rawName = context.rawName(name, draft.name);
    }
    draft.unsafe = isUnsafe(draft.name) ? true : undefined;
  }
}

/** Returns a name without the listed path. */
function nameIn(name: string, listed: Parts, takesBackslash: boolean): string {
  const { parts } = listed;
  const isAbsolute = isSeparator(name, 0, takesBackslash);
  if (isAbsolute !== listed.isAbsolute) return name;
  let at = 0;
  let found = 0;
  for (;;) {
    while (isSeparator(name, at, takesBackslash)) at++;
    const end = partEnd(name, at, takesBackslash);
    const part = name.slice(at, end);
    const isLast = end === name.length;
    if (part === '.' && !isLast) {
      at = end;
      continue;
    }
    const listedPart = parts[found];
    // The whole path was found. It has no parts in the listing of `.`: then only `./` is removed.
    if (listedPart === undefined) return at < name.length ? name.slice(at) : name;
    if (found === parts.length - 1 && isLast) {
      // The listing of one file, or of the files that match a pattern.
      return part === listedPart || WILDCARD.test(listedPart) ? part : name;
    }
    if (part !== listedPart) return name;
    found++;
    at = end;
  }
}

function partsOf(path: string, takesBackslash: boolean): Parts {
  const parts: string[] = [];
  let at = 0;
  while (at < path.length) {
    while (isSeparator(path, at, takesBackslash)) at++;
    const end = partEnd(path, at, takesBackslash);
    const part = path.slice(at, end);
    if (part !== '' && part !== '.') parts.push(part);
    at = end;
  }
  return { isAbsolute: isSeparator(path, 0, takesBackslash), parts };
}

function partEnd(path: string, from: number, takesBackslash: boolean): number {
  let end = from;
  while (end < path.length && !isSeparator(path, end, takesBackslash)) end++;
  return end;
}

function isSeparator(path: string, at: number, takesBackslash: boolean): boolean {
  const code = path.charCodeAt(at);
  return code === 0x2f || (takesBackslash && code === 0x5c);
}
