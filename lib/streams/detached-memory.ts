import type { Readable } from 'node:stream';
import { argumentError } from '../errors';

// The user may transfer memory to another thread, or shrink it, before it is sent. Its views then
// have length 0, and without these checks an incomplete file would be stored as if it were
// complete.

/**
 * Checks that bytes are still in memory, and not fewer than `length`.
 * @throws TypeError `ERR_INVALID_STATE`
 */
export function checkAttached(bytes: Uint8Array, length: number): void {
  if (bytes.length < length || !isAttached(bytes)) throw detachedError();
}

/** Whether the memory of bytes is not detached. It is true of empty views on attached memory. */
export function isAttached(bytes: Uint8Array): boolean {
  if (bytes.length > 0) return true;
  try {
    Uint8Array.prototype.at.call(bytes, 0); // throws if it is detached, or too short for the view
    return true;
  } catch {
    return false;
  }
}

/** The number of bytes of all chunks. */
export function totalLength(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

/** The error of bytes whose memory was detached. */
export function detachedError(what = 'an upload'): TypeError {
  const message = `The memory of ${what} was transferred, or shrunk, before all of it was sent`;
  return argumentError(TypeError, 'ERR_INVALID_STATE', message);
}

const INTERVAL = 100; // milliseconds

/**
 * Calls back once when a flowing Readable is stuck because the memory of a chunk in its buffer was
 * detached. Node still counts the missing bytes, waits for them, and never ends the stream. There
 * is no event for that, so this checks 10 times a second.
 *
 * @returns a function that ends the checks
 */
export function whenMemoryIsDetached(source: Readable, callback: () => void): () => void {
  if (source.readableObjectMode) return () => {}; // it counts chunks, not bytes
  const timer = setInterval(() => {
    if (!isStuck(source)) return;
    clearInterval(timer);
    callback();
  }, INTERVAL);
  timer.unref();
  return () => clearInterval(timer);
}

// A flowing Readable that has bytes emits what read() returns, so the check loses nothing.
function isStuck(source: Readable): boolean {
  const holds = () => source.readableFlowing === true && source.readableLength > 0;
  if (!holds() || source.destroyed) return false;
  try {
    return source.read() === null && holds();
  } catch {
    return true; // Node's count of the bytes is wrong: the memory was shrunk
  }
}
