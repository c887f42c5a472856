/** A promise, and what settles it. */
export interface Settler<T> {
  readonly promise: Promise<T>;
  readonly isPending: boolean;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

/** A promise to be settled from outside, whether anybody waits for it or not. */
export function settler<T>(): Settler<T> {
  let isPending = true;
  let settle!: { resolve: (value: T) => void; reject: (reason: unknown) => void };
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  promise.catch(() => {});
  return {
    promise,
    get isPending() {
      return isPending;
    },
    resolve(value) {
      isPending = false;
      settle.resolve(value);
    },
    reject(reason) {
      isPending = false;
      settle.reject(reason);
    },
  };
}
