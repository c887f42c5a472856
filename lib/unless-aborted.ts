/**
 * The result of a promise, unless the signal is aborted first: then `onAbort` is
 * called, and the signal's reason thrown. The work behind the promise goes on.
 */
export function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  onAbort?: () => void,
): Promise<T> {
  return signal ? untilAborted(promise, signal, onAbort) : promise;
}

async function untilAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal,
  onAbort?: () => void,
): Promise<T> {
  let aborted = () => {};
  const givenUp = new Promise<never>((_, reject) => {
    aborted = () => {
      onAbort?.();
      reject(signal.reason);
    };
    if (signal.aborted) aborted();
    else signal.addEventListener('abort', aborted);
  });
  try {
    return await Promise.race([promise, givenUp]);
  } finally {
    signal.removeEventListener('abort', aborted);
  }
}
