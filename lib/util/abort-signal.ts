/** The part of an `AbortSignal` that this library uses. */
export interface StopSignal {
  /** Whether the signal is aborted. */
  readonly aborted: boolean;
  /** The reason of the abort; `undefined` before it. */
  readonly reason: unknown;
  /** Adds a listener for the abort. */
  addEventListener(type: 'abort', listener: () => void): void;
  /** Removes a listener. */
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * An `AbortController` and its signal in one, for use within the library. Each transfer has one,
 * and Node's would take a twentieth of the time of a small file. Its listeners must not throw.
 */
export class Cancellation implements StopSignal {
  readonly #listeners = new Set<() => void>();
  #aborted = false;
  #reason: unknown;

  /** Whether `abort()` was called. */
  get aborted(): boolean {
    return this.#aborted;
  }

  /** The reason of the abort; `undefined` before it. */
  get reason(): unknown {
    return this.#reason;
  }

  /** Adds a listener for the abort. */
  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Removes a listener. */
  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener);
  }

  /**
   * Aborts and calls the listeners. Only the first call counts.
   *
   * @param reason - default: an `AbortError`
   */
  abort(reason: unknown = new DOMException('Aborted', 'AbortError')): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    // The iteration skips listeners that are deleted meanwhile.
    for (const listener of this.#listeners) listener();
  }
}
