import { ConnectionError } from '../errors';
import type { TransferRequest } from '../streams/transfer';
import { offAbort, onAbort, throwIfAborted } from '../util/abort-listeners';
import { unlessAborted } from '../util/abortable';
import type { Session } from './session';

/** A session that is being opened. Calls that are made meanwhile wait for it, in their order. */
export class PendingSession {
  /** Settles with the opening. */
  readonly opened: Promise<Session>;
  readonly #abort = new AbortController();
  readonly #onAbort = () => this.cancel(this.#signals.find(({ aborted }) => aborted)?.reason);
  readonly #signals: readonly AbortSignal[];

  /** @param signals - each of them gives the opening up */
  constructor(
    open: (limits: { readonly signal: AbortSignal }) => Promise<Session>,
    signals: readonly AbortSignal[],
  ) {
    this.#signals = signals;
    this.opened = this.#open(open);
    this.opened.catch(() => {}); // told by connect(), and to whoever waits
  }

  /** Gives the opening up. */
  cancel(reason: unknown): void {
    this.#abort.abort(reason);
  }

  /**
   * Uses the session once it is open, in the tick in which all do so who have asked before.
   * @throws ConnectionError if it cannot be opened, or the signal's reason
   */
  use<T>(call: (session: Session) => T | Promise<T>, signal?: AbortSignal): Promise<T> {
    const result = this.opened.then(
      (session) => {
        throwIfAborted(signal);
        return call(session);
      },
      (cause) => {
        throw cause === this.#abort.signal.reason && cause instanceof ConnectionError
          ? cause // close()
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
  return new ConnectionError(`Not connected, since connect() has failed: ${why}`, { cause });
}

/**
 * The request for a transfer whose place among the commands is taken later.
 * @param command - what to call it until then
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
  opened.catch(() => {}); // told when it is opened
  return {
    get command() {
      return request?.command ?? command;
    },
    async open(watcher, signal) {
      // Even one that was given up has to be opened, or its place among the commands is never left.
      const left = () => void opened.then((each) => each.open(watcher, signal)).catch(() => {});
      return (await unlessAborted(opened, signal, left)).open(watcher, signal);
    },
  };
}
