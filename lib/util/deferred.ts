/** A promise to be settled from outside, once, whether anybody asks for it or not; it is made no sooner. */
export class Deferred<T> {
  #promise: Promise<T> | undefined;
  #settle: { resolve(value: T): void; reject(reason: unknown): void } | undefined;

  get promise(): Promise<T> {
    this.#promise ??= ignoreRejection(
      new Promise<T>((resolve, reject) => {
        this.#settle = { resolve, reject };
      }),
    );
    return this.#promise;
  }

  resolve(value: T): void {
    if (this.#settle) this.#settle.resolve(value);
    else this.#promise ??= Promise.resolve(value);
  }

  reject(reason: unknown): void {
    if (this.#settle) this.#settle.reject(reason);
    else this.#promise ??= ignoreRejection(Promise.reject(reason));
  }
}

function ignoreRejection<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
