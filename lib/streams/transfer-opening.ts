import { Cancellation } from '../util/abort-signal';
import type { OpenedTransfer, Transfer, TransferListener, TransferRequest } from './transfer';
import { prematureClose } from './when-ended';

/** The beginning of a transfer stream: what `_construct` waits for, and `opened()` tells. */
export class TransferOpening {
  readonly #cancellation = new Cancellation();
  readonly #waiting: {
    resolve: (opened: OpenedTransfer) => void;
    reject: (reason: unknown) => void;
  }[] = [];
  #opened: OpenedTransfer | undefined;
  #failure: { reason: Error | null } | undefined;

  /**
   * Opens the transfer, even for a stream that is destroyed already: the request has
   * its turn among the commands, and must be told to give it back.
   */
  start(request: TransferRequest, watcher: TransferListener): Promise<Transfer> {
    return request.open(watcher, this.#cancellation);
  }

  /** The server has agreed to begin. Returns whether that is news. */
  succeed(opened: OpenedTransfer): boolean {
    if (this.#opened) return false;
    this.#opened = opened;
    for (const { resolve } of this.#waiting.splice(0)) resolve(opened);
    return true;
  }

  /** Gives up what has not opened yet. */
  abort(reason: unknown): void {
    this.#cancellation.abort(reason);
  }

  /**
   * The stream was destroyed. Returns whether somebody who waits for the opening
   * was told why: then the error has reached its place.
   */
  fail(error: Error | null): boolean {
    this.#failure = { reason: error };
    const waiting = this.#waiting.splice(0);
    for (const { reject } of waiting) reject(error ?? destroyedBeforeOpenError());
    return waiting.length > 0;
  }

  /** Settles with the beginning of the transfer. */
  result(): Promise<OpenedTransfer> {
    if (this.#opened) return Promise.resolve(this.#opened);
    if (this.#failure) return Promise.reject(this.#failure.reason ?? destroyedBeforeOpenError());
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }
}

function destroyedBeforeOpenError(): Error {
  return prematureClose('The stream was destroyed before its transfer began');
}
