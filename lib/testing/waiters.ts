interface Waiter {
  check(): boolean;
  fail(reason: Error): void;
}

/** Promises that wait for a state of affairs, looked at again whenever something has happened. */
export class Waiters {
  readonly #waiting = new Set<Waiter>();

  /** Resolves with the first value of `condition` that is true. */
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

  /** Something has happened. */
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

  /** Nothing will happen any more. */
  failAll(reason: Error): void {
    for (const waiter of this.#waiting) waiter.fail(reason);
    this.#waiting.clear();
  }
}

/** A test that no longer waits for a promise must not die of it when the server closes. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
