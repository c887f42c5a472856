import type { Readable, Writable } from 'node:stream';
import type { Binary } from './bytes';
import { Refusal } from './refusal';

/** A file or folder as the server lists it. */
export interface StoredEntry {
  readonly name: Binary;
  readonly type: 'file' | 'folder';
  readonly size: number;
  readonly modify: Date;
  readonly mode: number;
  /** The same for two names of one file (RFC 3659 §7.5.2). */
  readonly unique: string;
}

/** How a file is opened for writing: from an offset, at its end, or as one that must be new. */
export type WriteMode = { readonly start: number } | 'append' | 'exclusive';

/**
 * The files behind a server. All paths are absolute, normal and binary (`/pub/a.txt`). Whatever
 * fails throws a {@link Refusal} with the reply to give.
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

/** Joins and normalises. `..` stops at the root, as it does in a `chroot`. */
export function resolvePath(folder: Binary, path: Binary): Binary {
  const segments: Binary[] = [];
  const whole = path.startsWith('/') ? path : `${folder}/${path}`;
  for (const segment of whole.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return `/${segments.join('/')}`;
}

/** The last segment; of the root, `/`. */
export function baseName(path: Binary): Binary {
  return path.slice(path.lastIndexOf('/') + 1) || '/';
}

/** The folder that holds it; of the root, the root. */
export function parentOf(path: Binary): Binary {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** The entry, or the 550 that every command gives for a path that is not there. */
export function existing(storage: Storage, path: Binary): StoredEntry {
  const entry = storage.stat(path);
  if (!entry) throw new Refusal('550 No such file or directory.');
  return entry;
}
