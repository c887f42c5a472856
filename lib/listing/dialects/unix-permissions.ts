import { digitsEnd, isBlank, wordEnd } from '../scan';

/** The result of {@link readPermissions}. */
export interface Permissions {
  /** The permission bits; `undefined` for flags of another system. */
  readonly mode: number | undefined;
  /** Index after the permissions; their start if there are none. */
  readonly end: number;
}

const SET_UID = 0o4000;
const STICKY = 0o1000;
const MAX_FLAGS_LENGTH = 13;

/** Reads `drwxr-sr-t` and an optional mark: `+` for an ACL, `.` of SELinux, `@` of macOS. */
export function readPermissions(line: string, at: number): Permissions {
  const mode = readMode(line, at + 1);
  const end = at + 10;
  if (mode === undefined) return { mode, end: cutModeEnd(line, at) ?? flagsEnd(line, at) };
  const mark = line.charAt(end);
  const next = mark === '+' || mark === '.' || mark === '@' ? end + 1 : end;
  // The number of links may follow without a blank.
  const rest = digitsEnd(line, next);
  return { mode, end: isBlank(line.charCodeAt(rest)) ? next : at };
}

/** Returns the mode of nine letters; `undefined` for any other text. */
export function readMode(line: string, at: number): number | undefined {
  let mode = 0;
  for (let i = 0; i < 9; i++) {
    const code = line.charCodeAt(at + i);
    const bit = 0o400 >> i;
    if (code === 0x2d) continue; // -
    if (code === (i % 3 === 0 ? 0x72 : i % 3 === 1 ? 0x77 : 0x78)) {
      mode |= bit;
      continue;
    }
    if (i % 3 !== 2) return undefined;
    const special = i === 8 ? STICKY : SET_UID >> (i === 5 ? 1 : 0);
    if (code === (i === 8 ? 0x74 : 0x73))
      mode |= bit | special; // t, s
    else if (code === (i === 8 ? 0x54 : 0x53))
      mode |= special; // T, S
    else if (i === 5 && (code === 0x6c || code === 0x4c))
      mode |= special; // l: locking
    else return undefined;
  }
  return mode;
}

/** Returns the end of a mode without its last letter, which therefore is unknown: `drw-r--rw`. */
function cutModeEnd(line: string, at: number): number | undefined {
  const match = /^.(?:[r-][w-][xsS-]){2}[r-][w-]?(?=[ \t])/.exec(line.slice(at, at + 10));
  return match ? at + match[0].length : undefined;
}

// Connect:Enterprise: -C--E-----FTP
function flagsEnd(line: string, at: number): number {
  const end = wordEnd(line, at);
  if (end - at < 10 || end - at > MAX_FLAGS_LENGTH) return at;
  for (let i = at; i < end; i++) {
    const code = line.charCodeAt(i);
    if (code !== 0x2d && !(code >= 0x41 && code <= 0x5a)) return at;
  }
  return end;
}
