import { type Binary, toBinary, toBytes, toText } from './bytes';
import { Refusal } from './refusal';
import { existing, parentOf, resolvePath, type Storage, type StoredEntry } from './storage';

/** A file or folder of the test server. */
export interface FileEntry {
  /** The name, without its folder. */
  readonly name: string;
  /** The bytes of the name, for a name that is not valid UTF-8. */
  readonly nameBytes: Buffer;
  /** Whether it is a file or a folder. */
  readonly type: 'file' | 'folder';
  /** The size in bytes. */
  readonly size: number;
  /** The time of the last modification. */
  readonly modify: Date;
}

/**
 * The server's files, for a test to prepare and check. Paths are absolute: strings in UTF-8, or
 * bytes. Access is independent of the sessions and of their checks.
 */
export class TestStorage {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Reads a whole file. @throws Refusal if it does not exist */
  readFile(path: string | Buffer): Buffer {
    return this.#storage.readWhole(absolutePath(path));
  }

  /** Creates or overwrites a file. Creates missing parent folders. */
  writeFile(path: string | Buffer, content: string | Buffer): void {
    const target = absolutePath(path);
    this.#makeFolders(parentOf(target));
    this.#storage.writeWhole(target, Buffer.from(content as string));
  }

  /** Whether there is a file or folder with this path. */
  exists(path: string | Buffer): boolean {
    return this.#storage.stat(absolutePath(path)) !== undefined;
  }

  /** Describes a file or folder. @throws Refusal if it does not exist */
  stat(path: string | Buffer): FileEntry {
    return asFileEntry(existing(this.#storage, absolutePath(path)));
  }

  /** Lists a folder. @throws Refusal if it does not exist */
  list(path: string | Buffer): FileEntry[] {
    return this.#storage.list(absolutePath(path)).map(asFileEntry);
  }

  /** Creates a folder, with missing parent folders. */
  makeFolder(path: string | Buffer): void {
    this.#makeFolders(absolutePath(path));
  }

  /** Removes a file or an empty folder. @throws Refusal if it does not exist */
  remove(path: string | Buffer): void {
    const target = absolutePath(path);
    const { type } = existing(this.#storage, target);
    if (type === 'file') this.#storage.removeFile(target);
    else this.#storage.removeFolder(target);
  }

  /** Sets the time of the last modification. */
  setModified(path: string | Buffer, modify: Date): void {
    this.#storage.setModified(absolutePath(path), modify);
  }

  #makeFolders(path: Binary): void {
    const entry = this.#storage.stat(path);
    if (entry?.type === 'file') throw new Refusal('550 Not a directory.');
    if (entry) return;
    this.#makeFolders(parentOf(path));
    this.#storage.makeFolder(path);
  }
}

function absolutePath(path: string | Buffer): Binary {
  return resolvePath('/', toBinary(path));
}

function asFileEntry({ name, type, size, modify }: StoredEntry): FileEntry {
  return { name: toText(name), nameBytes: toBytes(name), type, size, modify };
}
