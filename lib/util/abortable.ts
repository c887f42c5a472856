import { offAbort, onAbort } from './abort-listeners';
import type { StopSignal } from './abort-signal';

/**
 * The result of a promise, unless the signal is aborted first: then `giveUp` is
 * called, and the signal's reason thrown. The work behind the promise goes on.
 */
export function unlessAborted<T>(
  promise: Promise<T>,
  signal: StopSignal | undefined,
  giveUp?: () => void,
): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const aborted = () => {
      done();
      giveUp?.();
      reject(signal.reason);
    };
    const done = () => offAbort(signal, aborted);
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
    else onAbort(signal, aborted);
  });
}
