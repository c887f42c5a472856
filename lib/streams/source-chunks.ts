import { isBytes } from '../util/bytes';
import { isThenable } from '../util/thenable';
import { FlowingChunks } from './flowing-chunks';
import { type CheckedSource, isNodeReadable } from './upload-source';

/** What every iterator has; both methods are the user's, and may never settle. */
export type Chunks = Pick<AsyncIterator<unknown, unknown>, 'next' | 'return'>;

/** The chunks of a source, one after the other. */
export function chunksOf(source: CheckedSource): Chunks {
  if (isBytes(source)) return [source].values() as unknown as Chunks;
  if (isNodeReadable(source)) return new FlowingChunks(source);
  const iterable = source as Partial<AsyncIterable<unknown>> & Iterable<unknown>;
  const made = iterable[Symbol.asyncIterator]?.() ?? iterable[Symbol.iterator]();
  return made as unknown as Chunks;
}

/** The next chunk; an iterator that is not asynchronous may give promises. */
export async function nextOf(chunks: Chunks): Promise<IteratorResult<unknown>> {
  const result = await chunks.next();
  const { value, done } = result;
  return isThenable(value) && !done ? { value: await value, done: false } : result;
}

/**
 * Tells an iterator that nothing more is asked of it, and does not wait: the call has its outcome, and what
 * `return()` still has to say of it is nobody's any more.
 */
export function giveUp(chunks: Chunks): void {
  const given = async () => chunks.return?.();
  given().catch(() => {});
}
