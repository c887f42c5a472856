import { write } from 'node:fs';
import type { CallerMemory } from '../transfer/transfer-details';

const SIZE = 1024 * 1024;
const COUNT = 5; // one is read into, one is written out, one is for what comes after a stop
const LEAST = 256 * 1024; // room for one read

/** What a FileWriter needs of a FileHandle. */
export interface WritableFile {
  write(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ readonly bytesWritten: number }>;
}

/** A buffer, and how many bytes of it have been read into and not yet written. */
interface Room {
  readonly buffer: Buffer;
  used: number;
  unwritten: number;
}

interface Segment {
  readonly room: Room;
  start: number;
  end: number;
  /** Called when a write that was forgotten comes to its end after all. */
  forgotten?: () => void;
}

/**
 * Writes a download into a file, by way of a few buffers that the socket reads into and that are
 * used again and again. One write at a time, of all that has come in the meantime.
 */
export class FileWriter implements CallerMemory {
  #file: number | WritableFile | undefined;
  #position: number | null = 0; // none in a pipe
  readonly #rooms: Room[] = [];
  #roomOf = new WeakMap<ArrayBufferLike, Room>(); // no two rooms share an ArrayBuffer
  readonly #queue: Segment[] = []; // the first one is being written
  #current: Room | undefined;
  #isWriting = false;
  #failure: Error | undefined;
  #failed: ((error: Error) => void) | undefined;
  #changed: (() => void) | undefined; // called after each write

  /**
   * Begins with a file. Its room can be had before.
   * @param file - a descriptor that the caller opened itself, which is faster, or the user's
   * FileHandle: the user may close it at any time, and then its number may name another file
   * @param position - byte of the file at which the first byte goes; `null` in a pipe
   * @param failed - told at once when a write fails
   */
  start(
    file: number | WritableFile,
    position: number | null,
    failed: (error: Error) => void,
  ): void {
    this.#file = file;
    this.#position = position;
    this.#failed = failed;
  }

  /**
   * Forgets what could not be written, and what has been taken and was not added. A write that is still under
   * way keeps its memory for itself.
   * @returns settles with the end of that write, if there is one
   */
  reset(): Promise<void> | undefined {
    const written = this.#isWriting ? this.#queue[0] : undefined;
    this.#failure = undefined;
    this.#queue.length = 0;
    if (this.#isWriting) {
      this.#rooms.length = 0;
      this.#roomOf = new WeakMap();
      this.#current = undefined;
    }
    this.#isWriting = false;
    this.#changed = undefined;
    for (const room of this.#rooms) room.unwritten = 0;
    if (!written) return undefined;
    return new Promise((resolve) => {
      written.forgotten = resolve;
    });
  }

  /** Room for the next read. There is always some, also when the writer is full. */
  get free(): Buffer {
    const { buffer, used } = this.#roomy();
    return buffer.subarray(used);
  }

  /** Claims bytes that have been read into `free`. They must be passed to `add`. */
  take(length: number): Buffer {
    const room = this.#current as Room;
    const start = room.used;
    room.used += length;
    room.unwritten += length;
    return room.buffer.subarray(start, room.used);
  }

  /** See `CallerMemory`. */
  owns(chunk: Buffer): boolean {
    return this.#roomOf.has(chunk.buffer);
  }

  /** Whether the reader has to wait for the disk: one room is kept for what is on its way already. */
  get isFull(): boolean {
    if (this.#rooms.length < COUNT) return false;
    let spare = 0;
    for (const room of this.#rooms) if (room !== this.#current && room.unwritten === 0) spare++;
    return spare < 2;
  }

  /** Writes a chunk: in place if the writer owns it, else a copy. Does nothing after a failure. */
  add(chunk: Buffer): void {
    if (this.#failure) return;
    if (this.owns(chunk)) this.#addOwn(chunk);
    else this.#addCopy(chunk);
  }

  /** Calls back once, when there is room again, or never will be. */
  whenRoom(call: () => void): void {
    this.#when(() => !this.isFull, call);
  }

  /** Whether a write is under way. */
  get isWriting(): boolean {
    return this.#isWriting;
  }

  /** Waits until all is written. @throws why it could not be */
  async finish(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#when(() => !this.#isWriting, resolve);
    });
    if (this.#failure) throw this.#failure;
  }

  #addOwn(chunk: Buffer): void {
    this.#enqueue(this.#roomOf.get(chunk.buffer) as Room, chunk.byteOffset, chunk.length);
  }

  #addCopy(chunk: Buffer): void {
    for (let rest = chunk; rest.length > 0; ) {
      const copied = this.take(rest.copy(this.free));
      this.#addOwn(copied);
      rest = rest.subarray(copied.length);
    }
  }

  #when(isSo: () => boolean, call: () => void): void {
    const look = () => {
      if (!isSo() && !this.#failure) return;
      this.#changed = undefined;
      call();
    };
    this.#changed = look;
    look();
  }

  #roomy(): Room {
    const current = this.#current;
    if (current && SIZE - current.used >= LEAST) return current;
    const spare = this.#rooms.find((room) => room !== current && room.unwritten === 0);
    if (!spare && this.#rooms.length >= COUNT && current && current.used < SIZE) return current;
    if (current?.unwritten === 0 && !spare) {
      current.used = 0;
      return current;
    }
    const room = spare ?? this.#newRoom();
    room.used = 0;
    this.#current = room;
    return room;
  }

  #newRoom(): Room {
    const room = { buffer: Buffer.allocUnsafeSlow(SIZE), used: 0, unwritten: 0 };
    this.#rooms.push(room);
    this.#roomOf.set(room.buffer.buffer, room);
    return room;
  }

  // Buffers of their own ArrayBuffer: an offset in one is an offset in the other.
  #enqueue(room: Room, start: number, length: number): void {
    const last = this.#queue.at(-1);
    if (last?.room === room && last.end === start) last.end += length;
    else this.#queue.push({ room, start, end: start + length });
    if (!this.#isWriting) this.#write();
  }

  #write(): void {
    const segment = this.#queue[0];
    const file = this.#file;
    if (!segment || file === undefined) return;
    this.#isWriting = true;
    const { room, start, end } = segment;
    const length = end - start;
    const wrote = (error: NodeJS.ErrnoException | null, written = 0) =>
      this.#wrote(segment, written, error);
    if (typeof file === 'number') {
      write(file, room.buffer, start, length, this.#position, wrote);
    } else {
      const done = file.write(room.buffer, start, length, this.#position);
      done.then(({ bytesWritten }) => wrote(null, bytesWritten), wrote);
    }
  }

  #wrote(segment: Segment, written: number, error: NodeJS.ErrnoException | null): void {
    if (segment.forgotten) return segment.forgotten();
    const { room } = segment;
    this.#isWriting = false;
    if (error?.code === 'ESPIPE' && this.#position === 0) this.#position = null;
    else if (error) this.#failure = error;
    if (this.#position !== null) this.#position += written;
    segment.start += written;
    room.unwritten -= written;
    if (segment.start === segment.end) this.#queue.shift();
    this.#dropSurplus(room);
    if (this.#failure) this.#failed?.(this.#failure);
    else this.#write();
    this.#changed?.();
  }

  // More than there should be are made only where a reader does not stop when it should.
  #dropSurplus(room: Room): void {
    if (this.#rooms.length <= COUNT || room.unwritten > 0 || room === this.#current) return;
    this.#rooms.splice(this.#rooms.indexOf(room), 1);
  }
}
