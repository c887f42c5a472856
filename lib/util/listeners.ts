/**
 * Rethrows an error of a user's listener in a separate turn of the event loop, so that it does not
 * interrupt the library.
 */
export function rethrowAsync(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}

/** Calls user listeners. Their errors are rethrown asynchronously. */
export function callListener(tell: () => void): void {
  try {
    tell();
  } catch (error) {
    rethrowAsync(error);
  }
}
