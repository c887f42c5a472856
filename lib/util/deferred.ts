/** A promise to be settled from outside, once, whether anybody asks for it or not; it is made no sooner. */
export class Deferred<T> {
  #promise: Promise<T> | undefined;
  #waiting: { resolve(value: T): void; reject(reason: unknown): void } | undefined;

  get promise(): Promise<T> {
    this.#promise ??= unheard(
      new Promise<T>((resolve, reject) => {
        this.#waiting = { resolve, reject };
      }),
    );
    return this.#promise;
  }

  resolve(value: T): void {
    if (this.#waiting) this.#waiting.resolve(value);
    else this.#promise ??= Promise.resolve(value);
  }

  reject(reason: unknown): void {
    if (this.#waiting) this.#waiting.reject(reason);
    else this.#promise ??= unheard(Promise.reject(reason));
  }
}

function unheard<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
