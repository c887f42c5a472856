import { FTPError } from '../errors';
import type { FileTransferOptions } from '../options/file-transfer-options';
import type { Path } from '../protocol/command';
import { callSignal, type Dependencies } from '../streams/call-signal';
import { abandon, type Chunks, nextChunk } from '../streams/source-chunks';
import { unlessAborted } from '../util/abortable';
import type { FileTransfer, FileTransferResult } from './file-transfer';
import type { LocalFile } from './local-file';
import type { ProgressListener } from './progress-listener';

/** How a list is read that may make its items as it goes. */
export interface ListReading {
  /** Looked at for each item: a client may connect again. */
  readonly dependencies: Dependencies;
  /** Whether it helps to know that another item follows. */
  readonly looksAhead: boolean;
}

/**
 * Each item of a list, and whether another one is there already. It waits for an item no longer than the signal
 * and the connection last, and never for the list's own end.
 */
export async function* withNext<T>(
  items: Iterable<T> | AsyncIterable<T>,
  reading: ListReading,
): AsyncGenerator<{ item: T; hasNext: boolean }> {
  const iterator = iteratorOf(items);
  let isOver = false;
  let ahead: Promise<IteratorResult<unknown>> | undefined;
  try {
    for (;;) {
      const { value, done } = await waited(ahead ?? nextChunk(iterator), reading);
      isOver = done === true;
      if (isOver) return;
      ahead = reading.looksAhead ? nextChunk(iterator) : undefined;
      yield { item: value as T, hasNext: ahead !== undefined && (await isThere(ahead)) };
    }
  } catch (error) {
    isOver ||= !isAborted(reading); // the list has failed by itself
    throw error;
  } finally {
    ahead?.catch(() => {}); // nobody waits for it any more
    if (!isOver) abandon(iterator);
  }
}

function iteratorOf<T>(items: Iterable<T> | AsyncIterable<T>): Chunks {
  const iterable = items as Partial<AsyncIterable<T>> & Iterable<T>;
  const made = iterable[Symbol.asyncIterator]?.() ?? iterable[Symbol.iterator]();
  return made as unknown as Chunks;
}

function isAborted({ dependencies: { signal, connection } }: ListReading): boolean {
  return signal?.aborted === true || connection?.aborted === true;
}

async function waited<T>(next: Promise<T>, { dependencies }: ListReading): Promise<T> {
  const { signal, connection } = dependencies;
  const end = callSignal({ signal, connection, grace: 0 });
  try {
    return await unlessAborted(next, end.signal);
  } finally {
    end.release();
  }
}

/** Whether there is another item, if that is known in this turn of the event loop. */
async function isThere(next: Promise<IteratorResult<unknown>>): Promise<boolean> {
  let late: NodeJS.Immediate | undefined;
  const unknown = new Promise<false>((resolve) => {
    late = setImmediate(() => resolve(false));
  });
  const known = next.then(
    ({ done }) => done !== true,
    () => false, // told when its turn comes
  );
  const found = await Promise.race([known, unknown]);
  clearImmediate(late);
  return found;
}

/** One of many, done or failed. @throws what leaves nothing to go on with */
export async function resultOf(
  remotePath: Path,
  local: LocalFile,
  done: Promise<FileTransfer>,
  { signal }: FileTransferOptions,
  listener: ProgressListener | undefined,
): Promise<FileTransferResult> {
  try {
    return await done;
  } catch (error) {
    const isLost = error instanceof FTPError && !error.connectionUsable;
    const isBad = error instanceof TypeError || error instanceof RangeError;
    if (isLost || isBad || signal?.aborted || listener?.hasFailed) throw error;
    return { remotePath, local, error: error as Error };
  }
}
