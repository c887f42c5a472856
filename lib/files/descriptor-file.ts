import {
  close,
  fstat,
  ftruncate,
  type OpenMode,
  open,
  type PathLike,
  read,
  type Stats,
} from 'node:fs';
import { promisify } from 'node:util';

/** What a transfer needs of an open file; a FileHandle has it. */
export interface OpenFile {
  readonly fd: number;
  stat(): Promise<Stats>;
  truncate(length: number): Promise<void>;
  read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ readonly bytesRead: number }>;
  close(): Promise<void>;
}

const opened = promisify(open);
const closed = promisify(close);
const statsOf = promisify(fstat) as (descriptor: number) => Promise<Stats>;
const truncated = promisify(ftruncate) as (descriptor: number, length: number) => Promise<void>;

export function openDescriptor(path: PathLike, flags: OpenMode): Promise<number> {
  return opened(path, flags);
}

/** A file that the client has opened itself: nobody else closes it. */
export class OwnFile implements OpenFile {
  readonly fd: number;
  #reading: Promise<unknown> | undefined;

  constructor(descriptor: number) {
    this.fd = descriptor;
  }

  stat(): Promise<Stats> {
    return statsOf(this.fd);
  }

  truncate(length: number): Promise<void> {
    return truncated(this.fd, length);
  }

  read(buffer: Buffer, offset: number, length: number, position: number | null) {
    const reading = new Promise<{ bytesRead: number }>((resolve, reject) => {
      read(this.fd, buffer, offset, length, position, (error, bytesRead) => {
        if (error) reject(error);
        else resolve({ bytesRead });
      });
    });
    this.#reading = reading;
    return reading;
  }

  /** Closes it when the read that is under way has ended: until then its number must not become another file's. */
  async close(): Promise<void> {
    await this.#reading?.catch(() => {}); // told to whoever reads
    await closed(this.fd);
  }
}
