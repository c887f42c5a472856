import type { EventEmitter } from 'node:events';

const userInitiated = new WeakSet<Error>();

/** Marks the error of a stream that its user ended himself, by closing the client. */
export function markUserInitiated<E extends Error>(error: E): E {
  userInitiated.add(error);
  return error;
}

/**
 * The error that a stream is to emit. One that somebody was told already, or brought
 * about himself, is not emitted where nobody listens: it would end the process.
 */
export function errorToEmit(
  stream: EventEmitter,
  error: Error | null,
  isReported: boolean,
): Error | null {
  if (stream.listenerCount('error') > 0 || error === null) return error;
  return isReported || userInitiated.has(error) ? null : error;
}
