import { Cancellation } from '../util/abort-signal';
import type { OpenedTransfer, Transfer, TransferListener, TransferRequest } from './transfer';
import { prematureClose } from './when-ended';

/** The opening of a transfer stream, which `_construct` waits for and `opened()` reports. */
export class TransferOpening {
  readonly #cancellation = new Cancellation();
  readonly #waiting: {
    resolve: (opened: OpenedTransfer) => void;
    reject: (reason: unknown) => void;
  }[] = [];
  #opened: OpenedTransfer | undefined;
  #failure: { reason: Error | null } | undefined;

  /**
   * Opens the transfer, even if the stream is already destroyed: the request holds a place in the
   * queue of commands, and must be called to release it.
   */
  start(request: TransferRequest, listener: TransferListener): Promise<Transfer> {
    return request.open(listener, this.#cancellation);
  }

  /** Resolves the promises of `result`. Returns false if that was done before. */
  succeed(opened: OpenedTransfer): boolean {
    if (this.#opened) return false;
    this.#opened = opened;
    for (const { resolve } of this.#waiting.splice(0)) resolve(opened);
    return true;
  }

  /** Abandons the opening if it is not done. */
  abort(reason: unknown): void {
    this.#cancellation.abort(reason);
  }

  /**
   * Rejects the promises of `result`, because the stream was destroyed. Returns whether there was
   * one: then the error has been reported.
   */
  fail(error: Error | null): boolean {
    this.#failure = { reason: error };
    const waiting = this.#waiting.splice(0);
    for (const { reject } of waiting) reject(error ?? destroyedBeforeOpenError());
    return waiting.length > 0;
  }

  /** Resolves when the transfer begins; rejects if the stream is destroyed before. */
  result(): Promise<OpenedTransfer> {
    if (this.#opened) return Promise.resolve(this.#opened);
    if (this.#failure) return Promise.reject(this.#failure.reason ?? destroyedBeforeOpenError());
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }
}

function destroyedBeforeOpenError(): Error {
  return prematureClose('The stream was destroyed before its transfer began');
}
