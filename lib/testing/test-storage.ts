import { type Binary, toBinary, toBytes, toText } from './bytes';
import { Refusal } from './refusal';
import { existing, parentOf, resolvePath, type Storage, type StoredEntry } from './storage';

/** A file or folder of the server, as a test sees it. */
export interface FileEntry {
  readonly name: string;
  /** The name as bytes, for one that is not UTF-8. */
  readonly nameBytes: Buffer;
  readonly type: 'file' | 'folder';
  readonly size: number;
  readonly modify: Date;
}

/**
 * The server's files, for a test that prepares or checks them. Paths are absolute: a string in
 * UTF-8, or the bytes themselves. Works behind the back of the sessions, without any of their checks.
 */
export class TestStorage {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** The whole content of a file. */
  readFile(path: string | Buffer): Buffer {
    return this.#storage.readWhole(place(path));
  }

  /** Makes or overwrites a file, and the folders on the way to it. */
  writeFile(path: string | Buffer, content: string | Buffer): void {
    const target = place(path);
    this.#makeFolders(parentOf(target));
    this.#storage.writeWhole(target, Buffer.from(content as string));
  }

  exists(path: string | Buffer): boolean {
    return this.#storage.stat(place(path)) !== undefined;
  }

  /** Throws when there is nothing of that name. */
  stat(path: string | Buffer): FileEntry {
    return asFileEntry(existing(this.#storage, place(path)));
  }

  list(path: string | Buffer): FileEntry[] {
    return this.#storage.list(place(path)).map(asFileEntry);
  }

  /** Makes a folder and those on the way to it. */
  makeFolder(path: string | Buffer): void {
    this.#makeFolders(place(path));
  }

  /** Removes a file or an empty folder. */
  remove(path: string | Buffer): void {
    const target = place(path);
    const { type } = existing(this.#storage, target);
    if (type === 'file') this.#storage.removeFile(target);
    else this.#storage.removeFolder(target);
  }

  setModified(path: string | Buffer, modify: Date): void {
    this.#storage.setModified(place(path), modify);
  }

  #makeFolders(path: Binary): void {
    const entry = this.#storage.stat(path);
    if (entry?.type === 'file') throw new Refusal('550 Not a directory.');
    if (entry) return;
    this.#makeFolders(parentOf(path));
    this.#storage.makeFolder(path);
  }
}

function place(path: string | Buffer): Binary {
  return resolvePath('/', toBinary(path));
}

function asFileEntry({ name, type, size, modify }: StoredEntry): FileEntry {
  return { name: toText(name), nameBytes: toBytes(name), type, size, modify };
}
