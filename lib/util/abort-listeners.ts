import { Cancellation, type StopSignal } from './abort-signal';

/**
 * The listeners for one `AbortSignal` of the user. The signal itself gets only one listener,
 * because hundreds of calls may share a signal, and Node warns of a leak if it has many listeners.
 */
class AbortListeners {
  readonly #signal: StopSignal;
  readonly #listeners = new Set<() => void>();

  constructor(signal: StopSignal) {
    this.#signal = signal;
  }

  add(listener: () => void): void {
    if (this.#listeners.size === 0) this.#signal.addEventListener('abort', this.#aborted);
    this.#listeners.add(listener);
  }

  delete(listener: () => void): void {
    if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
    this.#signal.removeEventListener('abort', this.#aborted);
  }

  readonly #aborted = (): void => {
    for (const listener of [...this.#listeners]) {
      if (this.#listeners.has(listener)) listener(); // the one before may have removed it
      this.delete(listener);
    }
  };
}

/**
 * Throws if the signal is aborted.
 *
 * @throws the reason of the signal
 */
export function throwIfAborted(signal: StopSignal | undefined): void {
  if (signal?.aborted) throw signal.reason;
}

const known = new WeakMap<StopSignal, AbortListeners>();

/**
 * Calls `listener` when the signal is aborted. The listener must not throw, and must be removed
 * with {@link offAbort}.
 */
export function onAbort(signal: StopSignal, listener: () => void): void {
  if (signal instanceof Cancellation) return signal.addEventListener('abort', listener);
  let listeners = known.get(signal);
  if (!listeners) {
    listeners = new AbortListeners(signal);
    known.set(signal, listeners);
  }
  listeners.add(listener);
}

/** Removes a listener that {@link onAbort} has added. */
export function offAbort(signal: StopSignal, listener: () => void): void {
  if (signal instanceof Cancellation) signal.removeEventListener('abort', listener);
  else known.get(signal)?.delete(listener);
}
