import type { Readable, Writable } from 'node:stream';
import type { Binary } from './bytes';
import { Refusal } from './refusal';

/** A file or folder in a storage. */
export interface StoredEntry {
  readonly name: Binary;
  readonly type: 'file' | 'folder';
  readonly size: number;
  readonly modify: Date;
  readonly mode: number;
  /** An identifier that is equal for two names of one file (RFC 3659 §7.5.2). */
  readonly unique: string;
}

/** How to open a file for writing: at an offset, at its end, or only if it does not exist. */
export type WriteMode = { readonly start: number } | 'append' | 'exclusive';

/**
 * The files of a server. All paths are absolute, normalized and binary (`/pub/a.txt`). Failures
 * throw a {@link Refusal} with the reply to send.
 */
export interface Storage {
  stat(path: Binary): StoredEntry | undefined;
  list(path: Binary): StoredEntry[];
  read(path: Binary, start: number): Readable;
  write(path: Binary, mode: WriteMode): Writable;
  readWhole(path: Binary): Buffer;
  writeWhole(path: Binary, content: Buffer): void;
  makeFolder(path: Binary): void;
  removeFolder(path: Binary): void;
  removeFile(path: Binary): void;
  rename(from: Binary, to: Binary): void;
  setModified(path: Binary, modify: Date): void;
}

/** Joins and normalizes paths. `..` stops at the root, as in a `chroot`. */
export function resolvePath(folder: Binary, path: Binary): Binary {
  const segments: Binary[] = [];
  const whole = path.startsWith('/') ? path : `${folder}/${path}`;
  for (const segment of whole.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return `/${segments.join('/')}`;
}

/** The last segment of a path; for the root, `/`. */
export function baseName(path: Binary): Binary {
  return path.slice(path.lastIndexOf('/') + 1) || '/';
}

/** The parent folder of a path; for the root, the root. */
export function parentOf(path: Binary): Binary {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** Returns the entry of a path. @throws Refusal with a 550 if it does not exist */
export function existing(storage: Storage, path: Binary): StoredEntry {
  const entry = storage.stat(path);
  if (!entry) throw new Refusal('550 No such file or directory.');
  return entry;
}
