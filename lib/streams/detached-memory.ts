import type { Readable } from 'node:stream';
import { argumentError } from '../errors';

// Memory that was transferred to another thread, or shrunk, before it is sent: its views have no length then, and the rest of
// a file would be taken for the file.

/** @throws TypeError `ERR_INVALID_STATE` */
export function checkAttached(bytes: Uint8Array, length: number): void {
  if (bytes.length < length || !isAttached(bytes)) throw detachedError();
}

/** Whether bytes are there still; those of which there never were any are. */
export function isAttached(bytes: Uint8Array): boolean {
  if (bytes.length > 0) return true;
  try {
    Uint8Array.prototype.at.call(bytes, 0); // throws where the memory is gone, or the view lies behind its end
    return true;
  } catch {
    return false;
  }
}

export function totalLength(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

export function detachedError(what = 'an upload'): TypeError {
  const message = `The memory of ${what} was transferred away, or shrunk, before all of it was sent`;
  return argumentError(TypeError, 'ERR_INVALID_STATE', message);
}

const INTERVAL = 100; // milliseconds

/**
 * Calls back, once, when a flowing Readable stands still because the memory of a chunk in its own buffer was
 * transferred away: Node counts the bytes that are gone, waits for them, and never ends. No event tells of it.
 *
 * @returns ends the watch
 */
export function whenMemoryIsDetached(source: Readable, gone: () => void): () => void {
  if (source.readableObjectMode) return () => {}; // it counts chunks, not bytes
  const timer = setInterval(() => {
    if (!isStuck(source)) return;
    clearInterval(timer);
    gone();
  }, INTERVAL);
  timer.unref();
  return () => clearInterval(timer);
}

// A Readable that flows, and has bytes, gives them to whoever reads, and to its listeners: nothing is lost here.
function isStuck(source: Readable): boolean {
  const holds = () => source.readableFlowing === true && source.readableLength > 0;
  if (!holds() || source.destroyed) return false;
  try {
    return source.read() === null && holds();
  } catch {
    return true; // Node lost its count altogether: the memory was shrunk
  }
}
