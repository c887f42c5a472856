import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';

/** Resolves when a stream has finished: also `finished()` does where it was destroyed without an error once all had been written. */
export async function whenFinished(stream: Writable): Promise<void> {
  await finished(stream, { readable: false });
  if (stream.writableFinished) return;
  throw Object.assign(new Error('Premature close'), { code: 'ERR_STREAM_PREMATURE_CLOSE' });
}
