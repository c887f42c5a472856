import { offAbort, onAbort } from '../../util/abort-listeners';
import type { StopSignal } from '../../util/abort-signal';

/**
 * The result of work that has so many milliseconds (0 is no limit), and a signal.
 * The work itself goes on: whoever started it must undo it.
 *
 * @throws what `expired` gives, or the signal's reason
 */
export function within<T>(
  work: Promise<T>,
  timeout: number,
  signal: StopSignal | undefined,
  expired: () => Error,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      if (signal) offAbort(signal, aborted);
    };
    const failed = (reason: unknown) => {
      end();
      reject(reason);
    };
    const aborted = () => failed(signal?.reason);
    const timer = timeout > 0 ? setTimeout(() => failed(expired()), timeout) : undefined;
    work.then((result) => {
      end();
      resolve(result);
    }, failed);
    if (signal?.aborted) aborted();
    else if (signal) onAbort(signal, aborted);
  });
}
