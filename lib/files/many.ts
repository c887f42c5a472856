import { FTPError } from '../errors';
import type { FileTransferOptions } from '../options/file-transfer-options';
import type { Path } from '../protocol/command';
import { callSignal, type Dependencies } from '../streams/call-signal';
import { abandon, type Chunks, nextChunk } from '../streams/source-chunks';
import { unlessAborted } from '../util/abortable';
import type { FileTransfer, FileTransferResult } from './file-transfer';
import type { LocalFile } from './local-file';
import type { ProgressListener } from './progress-listener';

/** How to read a list whose items may be produced on demand. */
export interface ListReading {
  /** What ends the wait for an item. Read anew for each item: a client may reconnect. */
  readonly dependencies: Dependencies;
  /** Whether to request the next item before the current one is processed. */
  readonly lookAhead: boolean;
}

/**
 * Yields each item of a list, and whether another one is available already. Waiting for an item
 * ends with the signal and with the connection. Does not wait for the list to clean up.
 */
export async function* withLookAhead<T>(
  items: Iterable<T> | AsyncIterable<T>,
  reading: ListReading,
): AsyncGenerator<{ item: T; hasNext: boolean }> {
  const iterator = iteratorOf(items);
  let isOver = false;
  let ahead: Promise<IteratorResult<unknown>> | undefined;
  try {
    for (;;) {
      const { value, done } = await nextUnlessEnded(ahead ?? nextChunk(iterator), reading);
      isOver = done === true;
      if (isOver) return;
      ahead = reading.lookAhead ? nextChunk(iterator) : undefined;
      yield { item: value as T, hasNext: ahead !== undefined && (await isAvailable(ahead)) };
    }
  } catch (error) {
    isOver ||= !isAborted(reading); // then the list itself has failed
    throw error;
  } finally {
    ahead?.catch(() => {}); // its result is no longer needed
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

async function nextUnlessEnded<T>(next: Promise<T>, { dependencies }: ListReading): Promise<T> {
  const { signal, connection } = dependencies;
  const end = callSignal({ signal, connection, grace: 0 });
  try {
    return await unlessAborted(next, end.signal);
  } finally {
    end.release();
  }
}

/** Whether there is another item. `false` if that is not known in this turn of the event loop. */
async function isAvailable(next: Promise<IteratorResult<unknown>>): Promise<boolean> {
  let late: NodeJS.Immediate | undefined;
  const unknown = new Promise<false>((resolve) => {
    late = setImmediate(() => resolve(false));
  });
  const known = next.then(
    ({ done }) => done !== true,
    () => false, // the error is thrown when this item is read
  );
  const found = await Promise.race([known, unknown]);
  clearImmediate(late);
  return found;
}

/**
 * Converts the outcome of one file to a result.
 * @throws errors after which no other file can be transferred
 */
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
