import { ConnectionError } from '../errors';
import type { TransferRequest } from '../streams/transfer';
import { offAbort, onAbort, throwIfAborted } from '../util/abort-listeners';
import { unlessAborted } from '../util/abortable';
import type { Session } from './session';

/** A session that is being opened. Calls made in the meantime wait for it, in their order. */
export class PendingSession {
  /** Resolves with the open session, or rejects if it cannot be opened. */
  readonly opened: Promise<Session>;
  readonly #abort = new AbortController();
  readonly #onAbort = () => this.cancel(this.#signals.find(({ aborted }) => aborted)?.reason);
  readonly #signals: readonly AbortSignal[];

  /**
   * @param open - opens the session
   * @param signals - each of them cancels the opening
   */
  constructor(
    open: (limits: { readonly signal: AbortSignal }) => Promise<Session>,
    signals: readonly AbortSignal[],
  ) {
    this.#signals = signals;
    this.opened = this.#open(open);
    this.opened.catch(() => {}); // connect() and use() report it
  }

  /** Cancels the opening. */
  cancel(reason: unknown): void {
    this.#abort.abort(reason);
  }

  /**
   * Calls a function with the session once it is open. All pending functions are called in the same
   * tick, in order.
   *
   * @throws ConnectionError if the session cannot be opened; or the signal's reason
   */
  use<T>(call: (session: Session) => T | Promise<T>, signal?: AbortSignal): Promise<T> {
    const result = this.opened.then(
      (session) => {
        throwIfAborted(signal);
        return call(session);
      },
      (cause) => {
        throw cause === this.#abort.signal.reason && cause instanceof ConnectionError
          ? cause // from close()
          : notConnectedError(cause);
      },
    );
    return unlessAborted(result, signal);
  }

  async #open(open: (limits: { readonly signal: AbortSignal }) => Promise<Session>) {
    try {
      for (const signal of this.#signals) throwIfAborted(signal);
      for (const signal of this.#signals) onAbort(signal, this.#onAbort);
      return await open(this.#abort);
    } finally {
      for (const signal of this.#signals) offAbort(signal, this.#onAbort);
    }
  }
}

function notConnectedError(cause: unknown): ConnectionError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ConnectionError(`Not connected, because connect() failed: ${why}`, { cause });
}

/**
 * Creates a transfer request from one that takes its turn later.
 * @param command - the label of the command until then
 */
export function pendingRequest(
  command: string,
  pending: Promise<TransferRequest>,
): TransferRequest {
  let request: TransferRequest | undefined;
  const opened = pending.then((each) => {
    request = each;
    return each;
  });
  opened.catch(() => {}); // open() reports it
  return {
    get command() {
      return request?.command ?? command;
    },
    async open(listener, signal) {
      // Opened even if it was aborted: only that gives the turn back.
      const openToRelease = () =>
        void opened.then((each) => each.open(listener, signal)).catch(() => {});
      return (await unlessAborted(opened, signal, openToRelease)).open(listener, signal);
    },
  };
}
