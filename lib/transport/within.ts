import { unlessAborted } from '../unless-aborted';

/**
 * The result of work that has so many milliseconds (0 is no limit), and a signal.
 * The work itself goes on: whoever started it must undo it.
 *
 * @throws what `expired` gives, or the signal's reason
 */
export function within<T>(
  work: Promise<T>,
  timeout: number,
  signal: AbortSignal | undefined,
  expired: () => Error,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limited = new Promise<T>((resolve, reject) => {
    if (timeout > 0) timer = setTimeout(() => reject(expired()), timeout);
    work.then(resolve, reject);
  });
  const end = () => clearTimeout(timer);
  limited.then(end, end);
  return unlessAborted(limited, signal, end);
}
