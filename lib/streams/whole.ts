import { argumentError } from '../errors';

// Memory that was transferred to another thread, or shrunk, before it is sent: its views have no length then, and the rest of
// a file would be taken for the file.

/** @throws TypeError `ERR_INVALID_STATE` */
export function checkWhole(bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw notWhole();
}

/** Whether chunks are still what they were when their lengths were added up. */
export function areWhole(chunks: readonly Uint8Array[], length: number): boolean {
  return !chunks.some(isEmpty) || lengthOf(chunks) >= length;
}

export function lengthOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

export function notWhole(what = 'an upload'): TypeError {
  const message = `The memory of ${what} was transferred away, or shrunk, before all of it was sent`;
  return argumentError(TypeError, 'ERR_INVALID_STATE', message);
}

function isEmpty({ length }: Uint8Array): boolean {
  return length === 0;
}
