import { Cancellation, type StopSignal } from './abort-signal';

/**
 * The listeners of one `AbortSignal` of the user's, behind the one that the signal itself has. Hundreds of
 * calls may share a signal, and Node warns of a leak above a few listeners.
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

/** @throws the signal's reason */
export function throwIfAborted(signal: StopSignal | undefined): void {
  if (signal?.aborted) throw signal.reason;
}

const known = new WeakMap<StopSignal, AbortListeners>();

/** Calls `listener` when the signal is aborted. It must not throw, and must be removed again. */
export function onAbort(signal: StopSignal, listener: () => void): void {
  if (signal instanceof Cancellation) return signal.addEventListener('abort', listener);
  let listeners = known.get(signal);
  if (!listeners) {
    listeners = new AbortListeners(signal);
    known.set(signal, listeners);
  }
  listeners.add(listener);
}

/** Undoes `onAbort()`. */
export function offAbort(signal: StopSignal, listener: () => void): void {
  if (signal instanceof Cancellation) signal.removeEventListener('abort', listener);
  else known.get(signal)?.delete(listener);
}
