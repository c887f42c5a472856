import type { Duplex } from 'node:stream';
import { now } from '../util/clock';
import { lengthOf } from './detached-memory';

const PIECE = 256 * 1024; // bytes of one write: what must move within `timeouts.dataIdle`
const LARGE_PIECE = 1024 * 1024; // where a piece takes no time
const NO_TIME = 100; // milliseconds
// What the kernel takes at once shows how fast it goes only when it is more than any room it has.
const STRETCH = 32 * 1024 * 1024;
const STRETCH_TIME = 1000;

/** What a sender asks, and tells. */
export interface SenderListener {
  maySend(): boolean;
  /** A piece is on its way. */
  moves(): void;
  /** So many bytes have left. */
  moved(bytes: number): void;
  failed(error: Error): void;
  /** Bytes that were to be sent are not there any more. */
  notWhole(): void;
}

/**
 * Sends the bytes of an upload piece by piece, so that it shows that they move: the parts of a large chunk,
 * or small ones together.
 */
export class DataSender {
  readonly #watcher: SenderListener;
  #data: Duplex | undefined;
  #chunks: Uint8Array[] = [];
  #left = 0; // bytes of them
  #sent: (() => void) | undefined;
  #moving = 0; // bytes of the piece that is on its way
  #began = 0;
  #most = PIECE;
  #stretch = 0; // bytes of the stretch of pieces that is under way
  #stretchBegan = now();
  #isHeld = false;
  #taken = 0; // pieces whose callbacks tell nothing new
  #hasSent = false;

  constructor(watcher: SenderListener) {
    this.#watcher = watcher;
  }

  /** Whether a byte has been sent, or tried to. */
  get hasSent(): boolean {
    return this.#hasSent;
  }

  /**
   * Sends chunks, then calls back; what may not be sent waits for `resume()`.
   * @param chunks - given away: it is used up
   */
  send(data: Duplex, chunks: Uint8Array[], sent: () => void): void {
    this.#data = data;
    this.#chunks = chunks;
    this.#left = lengthOf(chunks);
    this.#sent = sent;
    this.#go();
  }

  /** Goes on with what waits; a piece that is on its way has its time afresh. */
  resume(): void {
    if (this.#moving > 0) this.#watcher.moves();
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#go();
  }

  #go(): void {
    const data = this.#data as Duplex;
    for (;;) {
      this.#isHeld = !this.#watcher.maySend();
      if (this.#isHeld) return;
      const bytes = this.#write(data);
      this.#left -= bytes;
      if (bytes === 0) break;
      this.#measure(bytes);
      // By the kernel, with room to spare; an error is told later, by the callback.
      const isTaken = data.writableLength === 0 && !data.errored && !data.destroyed;
      if (!isTaken) {
        this.#moving = bytes;
        this.#began = now();
        return this.#watcher.moves();
      }
      this.#taken++;
      this.#watcher.moved(bytes);
    }
    if (this.#left > 0) return this.#watcher.notWhole();
    const sent = this.#sent;
    this.#sent = undefined;
    sent?.();
  }

  #measure(bytes: number): void {
    this.#stretch += bytes;
    if (this.#stretch < STRETCH) return;
    const ended = now();
    this.#most = ended - this.#stretchBegan < STRETCH_TIME ? LARGE_PIECE : PIECE;
    this.#stretch = 0;
    this.#stretchBegan = ended;
  }

  /** Writes the next piece; returns its bytes. */
  #write(data: Duplex): number {
    const piece = this.#take();
    const last = piece.pop();
    if (!last) return 0;
    this.#hasSent = true;
    if (piece.length === 0) {
      data.write(last, this.#out);
      return last.length;
    }
    data.cork();
    for (const each of piece) data.write(each);
    data.write(last, this.#out);
    data.uncork();
    return piece.reduce((sum, { length }) => sum + length, last.length);
  }

  /** The chunks of the next piece, or the part of one. */
  #take(): Uint8Array[] {
    const piece: Uint8Array[] = [];
    let room = this.#most;
    for (let next = this.#chunks[0]; next && room > 0; next = this.#chunks[0]) {
      const part = next.length > room ? next.subarray(0, room) : next;
      if (part === next) this.#chunks.shift();
      else this.#chunks[0] = next.subarray(room);
      if (part.length > 0) piece.push(part);
      room -= part.length;
    }
    return piece;
  }

  readonly #out = (error?: Error | null): void => {
    if (error) return this.#watcher.failed(error);
    if (this.#taken > 0) {
      this.#taken--;
      return;
    }
    const bytes = this.#moving;
    this.#moving = 0;
    this.#most = now() - this.#began < NO_TIME ? LARGE_PIECE : PIECE;
    this.#watcher.moved(bytes);
    this.#go();
  };
}

/** The error of a write that is under way when the stream is destroyed. */
export function destroyedError(): Error {
  const error = new Error('Cannot write to an upload that was destroyed');
  return Object.assign(error, { code: 'ERR_STREAM_DESTROYED' });
}
