import type { Readable } from 'node:stream';
import { isBytes } from '../util/bytes';
import { isThenable } from '../util/thenable';
import { detachedError, whenMemoryIsDetached } from './detached-memory';
import { type CheckedSource, isNodeReadable } from './upload-source';
import { prematureClose } from './when-ended';

/** An iterator over the chunks of a source. Its methods may be the user's, and may never settle. */
export type Chunks = Pick<AsyncIterator<unknown, unknown>, 'next' | 'return'>;

/** Iterates over the chunks of a source. */
export function chunksOf(source: CheckedSource): Chunks {
  if (isBytes(source)) return [source].values() as unknown as Chunks;
  if (isNodeReadable(source))
    return cannotFlow(source) ? source[Symbol.asyncIterator]() : new FlowingChunks(source);
  const iterable = source as Partial<AsyncIterable<unknown>> & Iterable<unknown>;
  const made = iterable[Symbol.asyncIterator]?.() ?? iterable[Symbol.iterator]();
  return made as unknown as Chunks;
}

/**
 * Whether a Readable emits no 'data' and cannot be piped, because it has a listener for 'readable':
 * an iterator that has read a part of it, for example.
 */
export function cannotFlow(source: Readable): boolean {
  return source.listenerCount('readable') > 0;
}

/** Returns the next chunk. A synchronous iterator may yield promises; they are awaited. */
export async function nextChunk(chunks: Chunks): Promise<IteratorResult<unknown>> {
  const result = await chunks.next();
  const { value, done } = result;
  return isThenable(value) && !done ? { value: await value, done: false } : result;
}

/**
 * Calls `return()` of an iterator without waiting for it. The outcome of the call is already
 * decided, so errors of `return()` are ignored.
 */
export function abandon(chunks: Chunks): void {
  const callReturn = async () => chunks.return?.();
  callReturn().catch(() => {});
}

/** The error of a source that was closed during an upload. */
export function sourceClosedError(): Error {
  return prematureClose('The source of the upload was closed before its end');
}

/** Settles the pending call of `next()`. */
interface Waiting {
  resolve(result: IteratorResult<unknown>): void;
  reject(reason: unknown): void;
}

const DONE = { value: undefined, done: true } as const;

/**
 * Iterates over the chunks of a Readable as they were pushed. Node's own iterator joins the chunks
 * in its buffer, and replaces a chunk whose memory was detached by arbitrary memory.
 */
class FlowingChunks implements AsyncIterator<unknown> {
  readonly #source: Readable;
  readonly #chunks: unknown[] = []; // chunks that arrived while the source was paused
  readonly #unwatch: () => void;
  #waiting: Waiting | undefined;
  #end: { error?: unknown } | undefined;

  constructor(source: Readable) {
    this.#source = source;
    source.pause(); // because the listener would resume it
    source.on('data', this.#onChunk);
    source.on('end', () => this.#onEnd({}));
    source.on('error', (error) => this.#onEnd({ error }));
    source.on('close', () => this.#onEnd({ error: sourceClosedError() }));
    this.#unwatch = whenMemoryIsDetached(source, () => this.#onEnd({ error: detachedError() }));
  }

  next(): Promise<IteratorResult<unknown>> {
    if (this.#chunks.length > 0)
      return Promise.resolve({ value: this.#chunks.shift(), done: false });
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      if (this.#end) this.#settle();
      else this.#source.resume();
    });
  }

  async return(): Promise<IteratorResult<unknown>> {
    this.#unwatch();
    this.#source.destroy();
    return DONE;
  }

  readonly #onChunk = (chunk: unknown): void => {
    this.#source.pause();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) waiting.resolve({ value: chunk, done: false });
    else this.#chunks.push(chunk);
  };

  #onEnd(end: { error?: unknown }): void {
    if (this.#end) return;
    this.#end = end;
    this.#unwatch();
    this.#settle();
  }

  #settle(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (this.#end && 'error' in this.#end) waiting?.reject(this.#end.error);
    else waiting?.resolve(DONE);
  }
}
