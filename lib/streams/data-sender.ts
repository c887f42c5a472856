import type { Duplex } from 'node:stream';
import { now } from '../util/clock';
import { totalLength } from './detached-memory';

const PIECE = 256 * 1024; // bytes of one write, which must be sent within `timeouts.dataIdle`
const LARGE_PIECE = 1024 * 1024; // on a fast connection
const FAST_PIECE_TIME = 100; // milliseconds
// Bytes that the kernel accepts at once show the speed only if they exceed its largest buffer.
const SAMPLE = 32 * 1024 * 1024;
const FAST_SAMPLE_TIME = 1000;

/** Callbacks of a `DataSender`. */
export interface SenderListener {
  /** Whether bytes may be sent now. */
  canSend(): boolean;
  /** A piece was written and has not left yet. */
  onStarted(): void;
  /** `bytes` more bytes have left. */
  onSent(bytes: number): void;
  /** A write failed. */
  onError(error: Error): void;
  /** The memory of bytes to be sent was detached. */
  onDetached(): void;
}

/**
 * Sends the bytes of an upload in pieces, so that progress can be measured. Large chunks are split,
 * and small ones are combined.
 *
 * It has two fast paths, both in `#sendAll`: a piece that the kernel accepts at once does not wait
 * for its callback, and pieces are 1 MiB on a fast connection. Otherwise a piece has 256 KiB, and
 * the next one waits for the callback.
 */
export class DataSender {
  readonly #listener: SenderListener;
  #data: Duplex | undefined;
  #chunks: Uint8Array[] = [];
  #remaining = 0; // bytes of `#chunks`
  #onAllSent: (() => void) | undefined;
  #inFlight = 0; // bytes of the piece that was written and has not left
  #startedAt = 0;
  #pieceSize = PIECE;
  #sampleBytes = 0; // bytes of the current speed sample
  #sampleStartedAt = now();
  #isPaused = false;
  #ignoredCallbacks = 0; // of pieces that the kernel accepted at once
  #hasSent = false;

  constructor(listener: SenderListener) {
    this.#listener = listener;
  }

  /** Whether a byte was written, even if the write failed. */
  get hasSent(): boolean {
    return this.#hasSent;
  }

  /**
   * Sends chunks, then calls back. While `canSend` is false, they wait for `resume()`.
   * @param chunks - the array is emptied
   */
  send(data: Duplex, chunks: Uint8Array[], callback: () => void): void {
    this.#data = data;
    this.#chunks = chunks;
    this.#remaining = totalLength(chunks);
    this.#onAllSent = callback;
    this.#sendAll();
  }

  /** Sends what waits. Restarts the timeout of a piece that was written and has not left. */
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
      // The kernel has accepted it all. An error is reported later, by the callback.
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

  /** Writes the next piece. Returns its number of bytes, 0 if there is none. */
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

  /** Removes and returns the chunks of the next piece. */
  #nextPiece(): Uint8Array[] {
    const piece: Uint8Array[] = [];
    let space = this.#pieceSize;
    for (let next = this.#chunks[0]; next && space > 0; next = this.#chunks[0]) {
      const part = next.length > space ? next.subarray(0, space) : next;
      if (part === next) this.#chunks.shift();
      else this.#chunks[0] = next.subarray(space);
      if (part.length > 0) piece.push(part);
      space -= part.length;
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

/** The error of a write that is pending when the stream is destroyed. */
export function destroyedError(): Error {
  const error = new Error('Cannot write to an upload that was destroyed');
  return Object.assign(error, { code: 'ERR_STREAM_DESTROYED' });
}
