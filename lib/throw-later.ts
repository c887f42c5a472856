/** Throws what a listener of the user's has thrown in a turn of its own, where it stops nothing of ours. */
export function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}
