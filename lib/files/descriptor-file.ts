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

/** The part of a FileHandle that a transfer uses. */
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

const openFile = promisify(open);
const closeFile = promisify(close);
const statFile = promisify(fstat) as (descriptor: number) => Promise<Stats>;
const truncateFile = promisify(ftruncate) as (descriptor: number, length: number) => Promise<void>;

/** Opens a file. @returns its descriptor */
export function openDescriptor(path: PathLike, flags: OpenMode): Promise<number> {
  return openFile(path, flags);
}

/** A file that the client openFile itself, so that only the client closes it. */
export class DescriptorFile implements OpenFile {
  readonly fd: number;
  #pendingRead: Promise<unknown> | undefined;

  constructor(descriptor: number) {
    this.fd = descriptor;
  }

  stat(): Promise<Stats> {
    return statFile(this.fd);
  }

  truncate(length: number): Promise<void> {
    return truncateFile(this.fd, length);
  }

  read(buffer: Buffer, offset: number, length: number, position: number | null) {
    const reading = new Promise<{ bytesRead: number }>((resolve, reject) => {
      read(this.fd, buffer, offset, length, position, (error, bytesRead) => {
        if (error) reject(error);
        else resolve({ bytesRead });
      });
    });
    this.#pendingRead = reading;
    return reading;
  }

  /**
   * Closes the file after a running read. Earlier, the system could reuse the descriptor for
   * another file, and the read would use that file.
   */
  async close(): Promise<void> {
    await this.#pendingRead?.catch(() => {}); // handled by the reader
    await closeFile(this.fd);
  }
}
