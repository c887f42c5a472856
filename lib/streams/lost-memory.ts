import type { Readable } from 'node:stream';

const INTERVAL = 100; // milliseconds

/**
 * Calls back, once, when a flowing Readable stands still because the memory of a chunk in its own buffer was
 * transferred away: Node counts the bytes that are gone, waits for them, and never ends. No event tells of it.
 *
 * @returns ends the watch
 */
export function whenMemoryIsGone(source: Readable, gone: () => void): () => void {
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
