/** Throws what a listener of the user's has thrown in a turn of its own, where it stops nothing of ours. */
export function rethrowAsync(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}

/** Tells listeners of the user's, whose errors then stop nothing of ours. */
export function callListener(tell: () => void): void {
  try {
    tell();
  } catch (error) {
    rethrowAsync(error);
  }
}
