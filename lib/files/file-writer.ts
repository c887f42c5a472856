import { write } from 'node:fs';
import type { CallerMemory } from '../transfer/transfer-details';

const BUFFER_SIZE = 1024 * 1024;
const BUFFER_COUNT = 5; // one is being filled, one is being written, one takes data after a pause
const MIN_FREE = 256 * 1024; // bytes for one read

/** The part of a FileHandle that a FileWriter uses. */
export interface WritableFile {
  write(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ readonly bytesWritten: number }>;
}

/** A buffer that is reused. */
interface WriteBuffer {
  readonly bytes: Buffer;
  /** Number of bytes that have been filled. */
  used: number;
  /** Number of bytes that have been filled and not yet written to the file. */
  unwritten: number;
}

/** Part of a buffer that is to be written. */
interface Segment {
  readonly buffer: WriteBuffer;
  start: number;
  end: number;
  /** Set if `reset()` abandoned the write. Called when the write ends. */
  onAbandonedEnd?: () => void;
}

/**
 * Writes a download to a file. The socket reads directly into a few buffers, which are reused. One
 * write runs at a time. Data that arrives meanwhile is combined in the next write.
 */
export class FileWriter implements CallerMemory {
  #file: number | WritableFile | undefined;
  #position: number | null = 0; // null for a pipe
  readonly #buffers: WriteBuffer[] = [];
  #bufferOf = new WeakMap<ArrayBufferLike, WriteBuffer>(); // no two buffers share an ArrayBuffer
  readonly #queue: Segment[] = []; // the first segment is being written
  #current: WriteBuffer | undefined;
  #isWriting = false;
  #failure: Error | undefined;
  #onFailure: ((error: Error) => void) | undefined;
  #afterWrite: (() => void) | undefined; // called after each write

  /**
   * Starts to write to a file. Buffers can be filled before.
   * @param file - a descriptor that the caller opened itself, which is faster, or the user's
   * FileHandle. The descriptor of a FileHandle is not used: the user may close the handle at any
   * time, and the system may then reuse the descriptor for another file
   * @param position - byte offset in the file for the first byte; `null` for a pipe
   * @param onFailure - called at once when a write fails
   */
  start(
    file: number | WritableFile,
    position: number | null,
    onFailure: (error: Error) => void,
  ): void {
    this.#file = file;
    this.#position = position;
    this.#onFailure = onFailure;
  }

  /**
   * Discards all data that has not been written. A running write keeps its buffer, which is not
   * reused.
   * @returns a promise that resolves when the running write ends; `undefined` if there is none
   */
  reset(): Promise<void> | undefined {
    const written = this.#isWriting ? this.#queue[0] : undefined;
    this.#failure = undefined;
    this.#queue.length = 0;
    if (this.#isWriting) {
      this.#buffers.length = 0;
      this.#bufferOf = new WeakMap();
      this.#current = undefined;
    }
    this.#isWriting = false;
    this.#afterWrite = undefined;
    for (const buffer of this.#buffers) buffer.unwritten = 0;
    if (!written) return undefined;
    return new Promise((resolve) => {
      written.onAbandonedEnd = resolve;
    });
  }

  /** Memory for the next read. Never empty, even if the writer is full. */
  get free(): Buffer {
    const { bytes, used } = this.#bufferWithSpace();
    return bytes.subarray(used);
  }

  /** Claims bytes that have been read into `free`. They must be passed to `add`. */
  take(length: number): Buffer {
    const buffer = this.#current as WriteBuffer;
    const start = buffer.used;
    buffer.used += length;
    buffer.unwritten += length;
    return buffer.bytes.subarray(start, buffer.used);
  }

  /** See `CallerMemory`. */
  owns(chunk: Buffer): boolean {
    return this.#bufferOf.has(chunk.buffer);
  }

  /** Whether the reader must pause. One buffer stays free for data that is already on its way. */
  get isFull(): boolean {
    if (this.#buffers.length < BUFFER_COUNT) return false;
    let spare = 0;
    for (const buffer of this.#buffers)
      if (buffer !== this.#current && buffer.unwritten === 0) spare++;
    return spare < 2;
  }

  /** Writes a chunk: in place if the writer owns it, else a copy. Does nothing after a failure. */
  add(chunk: Buffer): void {
    if (this.#failure) return;
    if (this.owns(chunk)) this.#addOwn(chunk);
    else this.#addCopy(chunk);
  }

  /** Calls back once, as soon as the writer is no longer full or has failed. */
  whenNotFull(callback: () => void): void {
    this.#callWhen(() => !this.isFull, callback);
  }

  /** Whether a write is running. */
  get isWriting(): boolean {
    return this.#isWriting;
  }

  /** Waits until everything is written. @throws the error of a failed write */
  async finish(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#callWhen(() => !this.#isWriting, resolve);
    });
    if (this.#failure) throw this.#failure;
  }

  #addOwn(chunk: Buffer): void {
    this.#enqueue(this.#bufferOf.get(chunk.buffer) as WriteBuffer, chunk.byteOffset, chunk.length);
  }

  #addCopy(chunk: Buffer): void {
    for (let rest = chunk; rest.length > 0; ) {
      const copied = this.take(rest.copy(this.free));
      this.#addOwn(copied);
      rest = rest.subarray(copied.length);
    }
  }

  #callWhen(condition: () => boolean, callback: () => void): void {
    const check = () => {
      if (!condition() && !this.#failure) return;
      this.#afterWrite = undefined;
      callback();
    };
    this.#afterWrite = check;
    check();
  }

  #bufferWithSpace(): WriteBuffer {
    const current = this.#current;
    if (current && BUFFER_SIZE - current.used >= MIN_FREE) return current;
    const spare = this.#buffers.find((buffer) => buffer !== current && buffer.unwritten === 0);
    if (!spare && this.#buffers.length >= BUFFER_COUNT && current && current.used < BUFFER_SIZE)
      return current;
    if (current?.unwritten === 0 && !spare) {
      current.used = 0;
      return current;
    }
    const buffer = spare ?? this.#newBuffer();
    buffer.used = 0;
    this.#current = buffer;
    return buffer;
  }

  #newBuffer(): WriteBuffer {
    const buffer = { bytes: Buffer.allocUnsafeSlow(BUFFER_SIZE), used: 0, unwritten: 0 };
    this.#buffers.push(buffer);
    this.#bufferOf.set(buffer.bytes.buffer, buffer);
    return buffer;
  }

  // Each buffer has its own ArrayBuffer, so `byteOffset` of a chunk is its offset in the buffer.
  #enqueue(buffer: WriteBuffer, start: number, length: number): void {
    const last = this.#queue.at(-1);
    if (last?.buffer === buffer && last.end === start) last.end += length;
    else this.#queue.push({ buffer, start, end: start + length });
    if (!this.#isWriting) this.#write();
  }

  #write(): void {
    const segment = this.#queue[0];
    const file = this.#file;
    if (!segment || file === undefined) return;
    this.#isWriting = true;
    const { buffer, start, end } = segment;
    const length = end - start;
    const wrote = (error: NodeJS.ErrnoException | null, written = 0) =>
      this.#wrote(segment, written, error);
    if (typeof file === 'number') {
      write(file, buffer.bytes, start, length, this.#position, wrote);
    } else {
      const done = file.write(buffer.bytes, start, length, this.#position);
      done.then(({ bytesWritten }) => wrote(null, bytesWritten), wrote);
    }
  }

  #wrote(segment: Segment, written: number, error: NodeJS.ErrnoException | null): void {
    if (segment.onAbandonedEnd) return segment.onAbandonedEnd();
    const { buffer } = segment;
    this.#isWriting = false;
    if (error?.code === 'ESPIPE' && this.#position === 0) this.#position = null;
    else if (error) this.#failure = error;
    if (this.#position !== null) this.#position += written;
    segment.start += written;
    buffer.unwritten -= written;
    if (segment.start === segment.end) this.#queue.shift();
    this.#dropSurplus(buffer);
    if (this.#failure) this.#onFailure?.(this.#failure);
    else this.#write();
    this.#afterWrite?.();
  }

  // More than BUFFER_COUNT buffers exist only if a reader does not pause at once.
  #dropSurplus(buffer: WriteBuffer): void {
    if (this.#buffers.length <= BUFFER_COUNT || buffer.unwritten > 0 || buffer === this.#current)
      return;
    this.#buffers.splice(this.#buffers.indexOf(buffer), 1);
  }
}
