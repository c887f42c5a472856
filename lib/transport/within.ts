/**
 * The result of work that has so many milliseconds (0 is no limit), and a signal.
 * The work itself goes on: whoever started it must undo it.
 *
 * @throws what `expired` gives, or the signal's reason
 */
export async function within<T>(
  work: Promise<T>,
  timeout: number,
  signal: AbortSignal | undefined,
  expired: () => Error,
): Promise<T> {
  signal?.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  let aborted = () => {};
  const ended = new Promise<never>((_, reject) => {
    aborted = () => reject(signal?.reason);
    signal?.addEventListener('abort', aborted);
    if (timeout > 0) timer = setTimeout(() => reject(expired()), timeout);
  });
  try {
    return await Promise.race([work, ended]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', aborted);
  }
}
