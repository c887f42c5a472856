import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { prematureClose } from './premature-close';

/** Resolves when a stream has finished, and not, as `finished()` may, when it was destroyed after its last write. */
export async function whenFinished(stream: Writable): Promise<void> {
  await finished(stream, { readable: false });
  if (!stream.writableFinished)
    throw prematureClose('The stream was destroyed before it had finished');
}
