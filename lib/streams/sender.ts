import type { Duplex } from 'node:stream';

const PIECE = 256 * 1024; // bytes of one write: what must move within `timeouts.dataIdle`

/** What a sender asks, and tells. */
export interface SenderWatcher {
  maySend(): boolean;
  /** A piece is on its way. */
  moves(): void;
  /** So many bytes have left. */
  moved(bytes: number): void;
  failed(error: Error): void;
}

/** Sends the bytes of an upload piece by piece, so that a large chunk shows that it moves. */
export class Sender {
  readonly #watcher: SenderWatcher;
  #hasSent = false;
  #isMoving = false;
  #rest: (() => void) | undefined; // what waits until it may be sent

  constructor(watcher: SenderWatcher) {
    this.#watcher = watcher;
  }

  /** Whether a byte has been sent, or tried to. */
  get hasSent(): boolean {
    return this.#hasSent;
  }

  /** Sends bytes, then calls back; what may not be sent waits for `resume()`. */
  send(data: Duplex, bytes: Uint8Array, sent: () => void): void {
    if (!this.#watcher.maySend()) {
      this.#rest = () => this.send(data, bytes, sent);
      return;
    }
    if (bytes.length === 0) return sent();
    const piece = bytes.length > PIECE ? bytes.subarray(0, PIECE) : bytes;
    this.#hasSent = true;
    this.#isMoving = true;
    this.#watcher.moves();
    data.write(piece, (error) => {
      this.#isMoving = false;
      if (error) return this.#watcher.failed(error);
      this.#watcher.moved(piece.length);
      this.send(data, bytes.subarray(piece.length), sent);
    });
  }

  /** Goes on with what waits; a piece that is on its way has its time afresh. */
  resume(): void {
    if (this.#isMoving) this.#watcher.moves();
    const rest = this.#rest;
    this.#rest = undefined;
    rest?.();
  }
}

/** The error of a write that is under way when the stream is destroyed. */
export function destroyedError(): Error {
  const error = new Error('Cannot write to an upload that was destroyed');
  return Object.assign(error, { code: 'ERR_STREAM_DESTROYED' });
}
