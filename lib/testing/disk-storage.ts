import fs from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { type Binary, toBinary, toBytes } from './bytes';
import { Refusal } from './refusal';
import { baseName, parentOf, type Storage, type StoredEntry, type WriteMode } from './storage';

/** Files in a folder on disk. Symbolic links out of the folder are refused. */
export class DiskStorage implements Storage {
  readonly #root: Binary;

  /** @throws Error of Node if the folder does not exist; TypeError if it is not a folder */
  constructor(root: string) {
    if (!fs.statSync(root).isDirectory()) {
      throw new TypeError(`The option root must be a folder: ${root}`);
    }
    this.#root = toBinary(realPath(root));
  }

  stat(path: Binary): StoredEntry | undefined {
    try {
      return describe(baseName(path), fs.statSync(this.#inside(path), { bigint: true }));
    } catch {
      return undefined;
    }
  }

  list(path: Binary): StoredEntry[] {
    const names = attempt(() => fs.readdirSync(this.#inside(path), 'buffer')).map(toBinary);
    return names.sort().flatMap((name) => {
      // A broken link, or a link out of the root, is hidden from the client.
      return this.stat(path === '/' ? `/${name}` : `${path}/${name}`) ?? [];
    });
  }

  read(path: Binary, start: number): Readable {
    // Opened here, not by the stream, so that it fails before the 150.
    const fd = attempt(() => fs.openSync(this.#inside(path), 'r'));
    if (!fs.fstatSync(fd).isFile()) {
      fs.closeSync(fd);
      throw new Refusal('550 Not a plain file.');
    }
    return fs.createReadStream('', { fd, start });
  }

  write(path: Binary, mode: WriteMode): Writable {
    const fd = attempt(() => fs.openSync(this.#inside(path), writeFlags(mode)));
    const start = typeof mode === 'object' ? mode.start : undefined;
    return fs.createWriteStream('', start === undefined ? { fd } : { fd, start });
  }

  readWhole(path: Binary): Buffer {
    return attempt(() => fs.readFileSync(this.#inside(path)));
  }

  writeWhole(path: Binary, content: Buffer): void {
    attempt(() => fs.writeFileSync(this.#inside(path), content));
  }

  makeFolder(path: Binary): void {
    attempt(() => fs.mkdirSync(this.#inside(path)));
  }

  removeFolder(path: Binary): void {
    if (path === '/') throw new Refusal('550 The root stays.');
    attempt(() => fs.rmdirSync(this.#link(path)));
  }

  removeFile(path: Binary): void {
    attempt(() => fs.unlinkSync(this.#link(path)));
  }

  rename(from: Binary, to: Binary): void {
    attempt(() => fs.renameSync(this.#link(from), this.#link(to)));
  }

  setModified(path: Binary, modify: Date): void {
    attempt(() => fs.utimesSync(this.#inside(path), modify, modify));
  }

  /** The path on disk, with links resolved. The last segment need not exist. */
  #inside(path: Binary): Buffer {
    const place = this.#link(path);
    try {
      return this.#confined(realPath(place));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      // Writing through a broken link would create a file at its target.
      if (fs.lstatSync(place, { throwIfNoEntry: false })) throw new Refusal('550 A broken link.');
      return place;
    }
  }

  /**
   * Like `#real`, but a link in the last segment is not resolved, in order to remove or rename it.
   */
  #link(path: Binary): Buffer {
    if (path.includes('\0')) throw new Refusal('550 No such file or directory.');
    if (path === '/') return toBytes(this.#root);
    const folder = attempt(() => realPath(toBytes(this.#root + parentOf(path))));
    return toBytes(`${toBinary(this.#confined(folder))}/${baseName(path)}`);
  }

  #confined(place: Buffer): Buffer {
    if (this.#root === '/' || `${toBinary(place)}/`.startsWith(`${this.#root}/`)) return place;
    throw new Refusal('550 No such file or directory.');
  }
}

/** Resolves links. Only the native variant supports names that are not valid UTF-8. */
function realPath(path: string | Buffer): Buffer {
  return fs.realpathSync.native(path, 'buffer');
}

function writeFlags(mode: WriteMode): string | number {
  if (mode === 'append') return 'a';
  if (mode === 'exclusive') return 'wx';
  // 'r+' fails if the file does not exist, and 'w' would truncate a resumed file.
  return mode.start === 0 ? 'w' : fs.constants.O_WRONLY | fs.constants.O_CREAT;
}

function describe(name: Binary, stats: fs.BigIntStats): StoredEntry {
  return {
    name,
    type: stats.isDirectory() ? 'folder' : 'file',
    size: Number(stats.size),
    modify: stats.mtime,
    mode: Number(stats.mode) & 0o7777,
    unique: `${stats.dev.toString(16)}g${stats.ino.toString(16)}`,
  };
}

/** Converts an error of the file system to a reply (RFC 959 §5.4). */
function attempt<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw refusalFor(error as NodeJS.ErrnoException);
  }
}

function refusalFor({ code }: NodeJS.ErrnoException): Refusal {
  switch (code) {
    case 'ENOENT':
      return new Refusal('550 No such file or directory.');
    case 'EEXIST':
      return new Refusal('550 The name exists.');
    case 'ENOTEMPTY':
      return new Refusal('550 The directory is not empty.');
    case 'ENOSPC':
    case 'EDQUOT':
      return new Refusal('452 No space left.');
    default:
      return new Refusal(`550 Failed: ${code}.`);
  }
}
