/**
 * A promise that is settled from outside, once. It is created only when needed. An
 * unhandled rejection is ignored.
 */
export class Deferred<T> {
  #promise: Promise<T> | undefined;
  #settle: { resolve(value: T): void; reject(reason: unknown): void } | undefined;

  /** The promise. */
  get promise(): Promise<T> {
    this.#promise ??= ignoreRejection(
      new Promise<T>((resolve, reject) => {
        this.#settle = { resolve, reject };
      }),
    );
    return this.#promise;
  }

  /** Fulfills the promise, unless it is settled. */
  resolve(value: T): void {
    if (this.#settle) this.#settle.resolve(value);
    else this.#promise ??= Promise.resolve(value);
  }

  /** Rejects the promise, unless it is settled. */
  reject(reason: unknown): void {
    if (this.#settle) this.#settle.reject(reason);
    else this.#promise ??= ignoreRejection(Promise.reject(reason));
  }
}

function ignoreRejection<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
