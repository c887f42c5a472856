import type { StopSignal } from './cancellation';

/**
 * The result of a promise, unless the signal is aborted first: then `onAbort` is
 * called, and the signal's reason thrown. The work behind the promise goes on.
 */
export function unlessAborted<T>(
  promise: Promise<T>,
  signal: StopSignal | undefined,
  onAbort?: () => void,
): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const aborted = () => {
      done();
      onAbort?.();
      reject(signal.reason);
    };
    const done = () => signal.removeEventListener('abort', aborted);
    promise.then(
      (result) => {
        done();
        resolve(result);
      },
      (reason) => {
        done();
        reject(reason);
      },
    );
    if (signal.aborted) aborted();
    else signal.addEventListener('abort', aborted);
  });
}
