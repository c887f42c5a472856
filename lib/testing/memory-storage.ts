import { Readable, Writable } from 'node:stream';
import { type Binary, toBinary } from './bytes';
import { Refusal } from './refusal';
import {
  baseName,
  parentOf,
  resolvePath,
  type Storage,
  type StoredEntry,
  type WriteMode,
} from './storage';

const READ_SIZE = 64 * 1024;

interface MemoryFile {
  readonly type: 'file';
  readonly unique: string;
  /** May be longer than the file: its capacity doubles, so that appending takes linear time. */
  bytes: Buffer;
  size: number;
  modify: Date;
}

interface MemoryFolder {
  readonly type: 'folder';
  readonly unique: string;
  readonly children: Map<Binary, MemoryNode>;
  modify: Date;
}

type MemoryNode = MemoryFile | MemoryFolder;

/** The initial files: path → content. `null`, or a path that ends in `/`, is a folder. */
export type MemoryFiles = Readonly<Record<string, string | Buffer | null>>;

/** Files in memory. As on a disk, a file exists as soon as it is opened for writing. */
export class MemoryStorage implements Storage {
  #count = 0;
  readonly #root: MemoryFolder = this.#newFolder();

  constructor(files: MemoryFiles = {}) {
    for (const [name, content] of Object.entries(files)) {
      const path = resolvePath('/', toBinary(name));
      if (content === null || name.endsWith('/')) {
        this.#makeFolders(path);
        continue;
      }
      this.#makeFolders(parentOf(path));
      this.writeWhole(path, Buffer.from(content as string));
    }
  }

  stat(path: Binary): StoredEntry | undefined {
    const node = this.#find(path);
    return node && describe(baseName(path), node);
  }

  list(path: Binary): StoredEntry[] {
    return Array.from(this.#folder(path).children, ([name, node]) => describe(name, node));
  }

  read(path: Binary, start: number): Readable {
    const file = this.#file(path);
    let position = start;
    return new Readable({
      read(): void {
        const end = Math.min(position + READ_SIZE, file.size);
        this.push(position < end ? file.bytes.subarray(position, end) : null);
        position = end;
      },
    });
  }

  write(path: Binary, mode: WriteMode): Writable {
    const existed = this.#find(path);
    if (existed && mode === 'exclusive') throw new Refusal('553 The file exists.');
    const file = existed ? this.#file(path) : this.#create(path);
    let position = typeof mode === 'object' ? mode.start : mode === 'append' ? file.size : 0;
    if (position === 0) file.size = 0;
    file.modify = new Date();
    return new Writable({
      write(chunk: Buffer, _encoding, done): void {
        store(file, chunk, position);
        position += chunk.length;
        done();
      },
    });
  }

  readWhole(path: Binary): Buffer {
    const file = this.#file(path);
    return Buffer.from(file.bytes.subarray(0, file.size));
  }

  writeWhole(path: Binary, content: Buffer): void {
    const file = this.#find(path) ? this.#file(path) : this.#create(path);
    file.bytes = Buffer.from(content);
    file.size = content.length;
    file.modify = new Date();
  }

  makeFolder(path: Binary): void {
    if (this.#find(path)) throw new Refusal('550 The name exists.');
    this.#folder(parentOf(path)).children.set(baseName(path), this.#newFolder());
  }

  removeFolder(path: Binary): void {
    if (this.#folder(path).children.size > 0) throw new Refusal('550 The directory is not empty.');
    if (path === '/') throw new Refusal('550 The root stays.');
    this.#folder(parentOf(path)).children.delete(baseName(path));
  }

  removeFile(path: Binary): void {
    this.#file(path);
    this.#folder(parentOf(path)).children.delete(baseName(path));
  }

  rename(from: Binary, to: Binary): void {
    const node = this.#node(from);
    if (from === '/' || `${to}/`.startsWith(`${from}/`)) {
      if (from === to) return;
      throw new Refusal('553 A directory cannot move into itself.');
    }
    const target = this.#folder(parentOf(to));
    if (target.children.get(baseName(to))?.type === 'folder') {
      throw new Refusal('553 The name is a directory.');
    }
    this.#folder(parentOf(from)).children.delete(baseName(from));
    target.children.set(baseName(to), node);
  }

  setModified(path: Binary, modify: Date): void {
    this.#node(path).modify = modify;
  }

  #find(path: Binary): MemoryNode | undefined {
    let node: MemoryNode | undefined = this.#root;
    for (const segment of path.split('/')) {
      if (segment === '') continue;
      node = node?.type === 'folder' ? node.children.get(segment) : undefined;
    }
    return node;
  }

  #node(path: Binary): MemoryNode {
    const node = this.#find(path);
    if (!node) throw new Refusal('550 No such file or directory.');
    return node;
  }

  #folder(path: Binary): MemoryFolder {
    const node = this.#node(path);
    if (node.type !== 'folder') throw new Refusal('550 Not a directory.');
    return node;
  }

  #file(path: Binary): MemoryFile {
    const node = this.#node(path);
    if (node.type !== 'file') throw new Refusal('550 Not a plain file.');
    return node;
  }

  #create(path: Binary): MemoryFile {
    const file: MemoryFile = {
      type: 'file',
      unique: this.#nextUnique(),
      bytes: Buffer.alloc(0),
      size: 0,
      modify: new Date(),
    };
    this.#folder(parentOf(path)).children.set(baseName(path), file);
    return file;
  }

  #newFolder(): MemoryFolder {
    return {
      type: 'folder',
      unique: this.#nextUnique(),
      children: new Map(),
      modify: new Date(),
    };
  }

  #makeFolders(path: Binary): void {
    if (path === '/') return;
    this.#makeFolders(parentOf(path));
    if (!this.#find(path)) this.makeFolder(path);
  }

  #nextUnique(): string {
    this.#count += 1;
    return `m${this.#count.toString(16)}`;
  }
}

function describe(name: Binary, node: MemoryNode): StoredEntry {
  const { type, modify, unique } = node;
  const size = node.type === 'file' ? node.size : 0;
  return { name, type, size, modify, unique, mode: type === 'file' ? 0o644 : 0o755 };
}

function store(file: MemoryFile, chunk: Buffer, position: number): void {
  const end = position + chunk.length;
  if (end > file.bytes.length) {
    const grown = Buffer.alloc(Math.max(end, file.bytes.length * 2));
    file.bytes.copy(grown, 0, 0, file.size);
    file.bytes = grown;
  }
  chunk.copy(file.bytes, position);
  file.size = Math.max(file.size, end);
}
