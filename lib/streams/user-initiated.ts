import type { EventEmitter } from 'node:events';

const userInitiated = new WeakSet<Error>();

/** Marks the error of a stream that the user has ended, by closing the client. */
export function markUserInitiated<E extends Error>(error: E): E {
  userInitiated.add(error);
  return error;
}

/**
 * Returns the error that a stream is to emit. Without a listener, `'error'` would end the process.
 * So an error is then not emitted if it was already reported, or caused by the user.
 * @param isReported - whether a promise was rejected with the error
 */
export function errorToEmit(
  stream: EventEmitter,
  error: Error | null,
  isReported: boolean,
): Error | null {
  if (stream.listenerCount('error') > 0 || error === null) return error;
  return isReported || userInitiated.has(error) ? null : error;
}
