import { now } from '../now';
import { apart } from '../throw-later';

/** The `'progress'` event of a transfer stream. */
export interface TransferProgress {
  readonly bytesTransferred: number;
  /** Bytes that this transfer is expected to carry, or `null`. */
  readonly size: number | null;
  /** Mean rate since the transfer began. */
  readonly bytesPerSecond: number;
}

const INTERVAL = 200; // milliseconds: a few a second are enough for a progress bar

/** Counts the bytes of a transfer, and says when it is time to tell. */
export class Progress {
  readonly #tell: (progress: TransferProgress) => void;
  #size: number | null = null;
  #began = 0;
  #told = 0;
  #bytes = 0;

  constructor(tell: (progress: TransferProgress) => void) {
    this.#tell = tell;
  }

  get bytes(): number {
    return this.#bytes;
  }

  begin(size: number | null): void {
    this.#size = size;
    this.#began = now();
    this.#told = this.#began;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Tells, if it is time to. */
  check(): void {
    if (now() - this.#told >= INTERVAL) this.tell();
  }

  tell(): void {
    this.#told = now();
    const seconds = Math.max(this.#told - this.#began, 1) / 1000;
    const progress = {
      bytesTransferred: this.#bytes,
      size: this.#size,
      bytesPerSecond: Math.round(this.#bytes / seconds),
    };
    apart(() => this.#tell(progress));
  }
}
