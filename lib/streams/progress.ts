import type { Readable, Writable } from 'node:stream';
import { now } from '../util/clock';
import { callListener } from '../util/listeners';

/** The `'progress'` event of a transfer stream. */
export interface TransferProgress {
  readonly bytesTransferred: number;
  /** Bytes that this transfer is expected to carry, or `null`. */
  readonly size: number | null;
  /** Mean rate since the transfer began. */
  readonly bytesPerSecond: number;
}

const INTERVAL = 200; // milliseconds: a few a second are enough for a progress bar

/**
 * Counts the bytes of a transfer, and emits `'progress'` now and then. It does so in a tick of its own: bytes are
 * counted in the midst of a read or a write, where a listener must not read, write or end the stream.
 */
export class Progress {
  readonly #stream: Readable | Writable;
  #size: number | null = null;
  #startedAt = 0;
  #lastEmitted = 0;
  #bytes = 0;
  #isScheduled = false;

  constructor(stream: Readable | Writable) {
    this.#stream = stream;
  }

  get bytes(): number {
    return this.#bytes;
  }

  begin(size: number | null): void {
    this.#size = size;
    this.#startedAt = now();
    this.#lastEmitted = this.#startedAt;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Tells, if it is time to. */
  emitIfDue(): void {
    if (now() - this.#lastEmitted >= INTERVAL) this.emitSoon();
  }

  /** Tells in the next tick. */
  emitSoon(): void {
    this.#lastEmitted = now();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    process.nextTick(this.#emit);
  }

  readonly #emit = (): void => {
    this.#isScheduled = false;
    if (this.#stream.destroyed) return;
    const seconds = Math.max(now() - this.#startedAt, 1) / 1000;
    const progress = {
      bytesTransferred: this.#bytes,
      size: this.#size,
      bytesPerSecond: Math.round(this.#bytes / seconds),
    };
    callListener(() => this.#stream.emit('progress', progress));
  };
}
