import { argumentError } from '../errors';

// Memory that was transferred to another thread, or shrunk, before it is sent: its views have no length then, and the rest of
// a file would be taken for the file.

/** @throws TypeError `ERR_INVALID_STATE` */
export function checkWhole(bytes: Uint8Array, length: number): void {
  if (bytes.length < length || !isThere(bytes)) throw notWhole();
}

/** Whether bytes are there still; those of which there never were any are. */
export function isThere(bytes: Uint8Array): boolean {
  if (bytes.length > 0) return true;
  try {
    Uint8Array.prototype.at.call(bytes, 0); // throws where the memory is gone, or the view lies behind its end
    return true;
  } catch {
    return false;
  }
}

export function lengthOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

export function notWhole(what = 'an upload'): TypeError {
  const message = `The memory of ${what} was transferred away, or shrunk, before all of it was sent`;
  return argumentError(TypeError, 'ERR_INVALID_STATE', message);
}
