interface Waiter {
  check(): boolean;
  fail(reason: Error): void;
}

/** Promises that wait for a condition, which is checked again after every event. */
export class Waiters {
  readonly #waiting = new Set<Waiter>();

  /** Resolves with the first truthy value of `condition`. */
  wait<T>(condition: () => T): Promise<NonNullable<T>> {
    const promise = new Promise<NonNullable<T>>((resolve, reject) => {
      const waiter: Waiter = {
        check() {
          const value = condition();
          if (value) resolve(value);
          return Boolean(value);
        },
        fail: reject,
      };
      if (!waiter.check()) this.#waiting.add(waiter);
    });
    return quiet(promise);
  }

  /** Checks all conditions again. */
  changed(): void {
    for (const waiter of this.#waiting) {
      try {
        if (waiter.check()) this.#waiting.delete(waiter);
      } catch (error) {
        this.#waiting.delete(waiter);
        waiter.fail(error as Error);
      }
    }
  }

  /** Rejects all promises: there will be no more events. */
  failAll(reason: Error): void {
    for (const waiter of this.#waiting) waiter.fail(reason);
    this.#waiting.clear();
  }
}

/**
 * Prevents an unhandled rejection if a test no longer waits for the promise when the server closes.
 */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
