import type { Readable } from 'node:stream';
import { notWhole } from './detached-memory';
import { whenMemoryIsGone } from './lost-memory';
import { prematureClose } from './when-ended';

/** Of a source that is closed in the midst of an upload. */
export function closedEarly(): Error {
  return prematureClose('The source of the upload was closed before its end');
}

/** Settles the one call of `next()` that waits. */
interface Waiting {
  resolve(result: IteratorResult<unknown>): void;
  reject(reason: unknown): void;
}

const DONE = { value: undefined, done: true } as const;

/**
 * The chunks of a Readable, as they were pushed. Node's own iterator joins what is in the buffer, and puts
 * whatever lies in memory into the place of a chunk that was transferred away.
 */
export class FlowingChunks implements AsyncIterator<unknown> {
  readonly #source: Readable;
  readonly #chunks: unknown[] = []; // that came although the source was paused
  readonly #unwatch: () => void;
  #waiting: Waiting | undefined;
  #end: { error?: unknown } | undefined;

  constructor(source: Readable) {
    this.#source = source;
    source.pause(); // or the listener would start it
    source.on('data', this.#take);
    source.on('end', () => this.#over({}));
    source.on('error', (error) => this.#over({ error }));
    source.on('close', () => this.#over({ error: closedEarly() }));
    this.#unwatch = whenMemoryIsGone(source, () => this.#over({ error: notWhole() }));
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

  readonly #take = (chunk: unknown): void => {
    this.#source.pause();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) waiting.resolve({ value: chunk, done: false });
    else this.#chunks.push(chunk);
  };

  #over(end: { error?: unknown }): void {
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
