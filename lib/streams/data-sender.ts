import type { Duplex } from 'node:stream';
import { now } from '../util/clock';
import { totalLength } from './detached-memory';

const PIECE = 256 * 1024; // bytes of one write: what must move within `timeouts.dataIdle`
const LARGE_PIECE = 1024 * 1024; // where a piece takes no time
const FAST_PIECE_TIME = 100; // milliseconds
// What the kernel takes at once shows how fast it goes only when it is more than any room it has.
const SAMPLE = 32 * 1024 * 1024;
const FAST_SAMPLE_TIME = 1000;

/** What a sender asks, and tells. */
export interface SenderListener {
  canSend(): boolean;
  /** A piece is on its way. */
  onStarted(): void;
  /** So many bytes have left. */
  onSent(bytes: number): void;
  onError(error: Error): void;
  /** Bytes that were to be sent are not there any more. */
  onDetached(): void;
}

/**
 * Sends the bytes of an upload piece by piece, so that it shows that they move: the parts of a large chunk,
 * or small ones together.
 */
export class DataSender {
  readonly #listener: SenderListener;
  #data: Duplex | undefined;
  #chunks: Uint8Array[] = [];
  #remaining = 0; // bytes of them
  #onAllSent: (() => void) | undefined;
  #inFlight = 0; // bytes of the piece that is on its way
  #startedAt = 0;
  #pieceSize = PIECE;
  #sampleBytes = 0; // bytes of the stretch of pieces that is under way
  #sampleStartedAt = now();
  #isPaused = false;
  #ignoredCallbacks = 0; // pieces whose callbacks tell nothing new
  #hasSent = false;

  constructor(watcher: SenderListener) {
    this.#listener = watcher;
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
    this.#remaining = totalLength(chunks);
    this.#onAllSent = sent;
    this.#sendAll();
  }

  /** Goes on with what waits; a piece that is on its way has its time afresh. */
  resume(): void {
    if (this.#inFlight > 0) this.#listener.onStarted();
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#sendAll();
  }

  #sendAll(): void {
    const data = this.#data as Duplex;
    for (;;) {
      this.#isPaused = !this.#listener.canSend();
      if (this.#isPaused) return;
      const bytes = this.#write(data);
      this.#remaining -= bytes;
      if (bytes === 0) break;
      this.#measure(bytes);
      // By the kernel, with room to spare; an error is told later, by the callback.
      const isTaken = data.writableLength === 0 && !data.errored && !data.destroyed;
      if (!isTaken) {
        this.#inFlight = bytes;
        this.#startedAt = now();
        return this.#listener.onStarted();
      }
      this.#ignoredCallbacks++;
      this.#listener.onSent(bytes);
    }
    if (this.#remaining > 0) return this.#listener.onDetached();
    const sent = this.#onAllSent;
    this.#onAllSent = undefined;
    sent?.();
  }

  #measure(bytes: number): void {
    this.#sampleBytes += bytes;
    if (this.#sampleBytes < SAMPLE) return;
    const ended = now();
    this.#pieceSize = ended - this.#sampleStartedAt < FAST_SAMPLE_TIME ? LARGE_PIECE : PIECE;
    this.#sampleBytes = 0;
    this.#sampleStartedAt = ended;
  }

  /** Writes the next piece; returns its bytes. */
  #write(data: Duplex): number {
    const piece = this.#nextPiece();
    const last = piece.pop();
    if (!last) return 0;
    this.#hasSent = true;
    if (piece.length === 0) {
      data.write(last, this.#onWritten);
      return last.length;
    }
    data.cork();
    for (const each of piece) data.write(each);
    data.write(last, this.#onWritten);
    data.uncork();
    return piece.reduce((sum, { length }) => sum + length, last.length);
  }

  /** The chunks of the next piece, or the part of one. */
  #nextPiece(): Uint8Array[] {
    const piece: Uint8Array[] = [];
    let room = this.#pieceSize;
    for (let next = this.#chunks[0]; next && room > 0; next = this.#chunks[0]) {
      const part = next.length > room ? next.subarray(0, room) : next;
      if (part === next) this.#chunks.shift();
      else this.#chunks[0] = next.subarray(room);
      if (part.length > 0) piece.push(part);
      room -= part.length;
    }
    return piece;
  }

  readonly #onWritten = (error?: Error | null): void => {
    if (error) return this.#listener.onError(error);
    if (this.#ignoredCallbacks > 0) {
      this.#ignoredCallbacks--;
      return;
    }
    const bytes = this.#inFlight;
    this.#inFlight = 0;
    this.#pieceSize = now() - this.#startedAt < FAST_PIECE_TIME ? LARGE_PIECE : PIECE;
    this.#listener.onSent(bytes);
    this.#sendAll();
  };
}

/** The error of a write that is under way when the stream is destroyed. */
export function destroyedError(): Error {
  const error = new Error('Cannot write to an upload that was destroyed');
  return Object.assign(error, { code: 'ERR_STREAM_DESTROYED' });
}
