import type { Readable, Writable } from 'node:stream';
import { now } from '../util/clock';
import { callListener } from '../util/listeners';

/** The `'progress'` event of a transfer stream. */
export interface TransferProgress {
  /** Bytes transferred so far. */
  readonly bytesTransferred: number;
  /** The expected number of bytes, or `null` if it is not known. */
  readonly size: number | null;
  /** The mean rate since the transfer began. */
  readonly bytesPerSecond: number;
}

const INTERVAL = 200; // milliseconds: a few a second are enough for a progress bar

/**
 * Counts the bytes of a transfer, and emits `'progress'` at most every 200 ms and at the end. It
 * emits in a tick of its own, because bytes are counted inside a read or a write, where a listener
 * must not read, write or end the stream.
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

  /** Bytes counted so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Starts the clock. @param size - the expected number of bytes, or `null` */
  begin(size: number | null): void {
    this.#size = size;
    this.#startedAt = now();
    this.#lastEmitted = this.#startedAt;
  }

  /** Counts bytes. */
  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Emits in the next tick if the interval is over. */
  emitIfDue(): void {
    if (now() - this.#lastEmitted >= INTERVAL) this.emitSoon();
  }

  /** Emits in the next tick. */
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
