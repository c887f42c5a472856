import { offAbort, onAbort } from './abort-listeners';
import type { StopSignal } from './abort-signal';

/**
 * Waits for a promise or for the abort of the signal. On an abort, it calls `onAborted` and rejects
 * with the reason of the signal. The work behind the promise continues.
 */
export function unlessAborted<T>(
  promise: Promise<T>,
  signal: StopSignal | undefined,
  onAborted?: () => void,
): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const aborted = () => {
      done();
      onAborted?.();
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

/**
 * Waits for work with a time limit and a signal. The work itself continues after a timeout or an
 * abort, so the caller must undo it.
 *
 * @param timeout - in milliseconds; 0 means no limit
 * @param expired - creates the error for a timeout
 * @throws the error of `expired`, or the reason of the signal
 */
export function withTimeout<T>(
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
