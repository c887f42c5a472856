import { type Duplex, finished, type Writable } from 'node:stream';
import { finished as untilFinished } from 'node:stream/promises';

/**
 * Calls back once when the other side of a connection has ended, or with the error that came
 * instead. It is a fast path for `finished()` of a readable side, which adds seven listeners: 1,000
 * small files take 1.02 of the CPU time with it. `finished()`, the plain implementation, handles
 * streams that are already closed.
 */
export function whenEnded(data: Duplex, callback: (error?: Error | null) => void): void {
  if (data.readableEnded || data.destroyed || data.errored) {
    finished(data, { writable: false }, callback);
    return;
  }
  let isDone = false;
  const done = (error?: Error) => {
    if (isDone) return;
    isDone = true;
    callback(error);
  };
  data.on('end', done);
  data.on('error', done);
  data.on('close', () => {
    if (!isDone) done(data.errored ?? prematureClose('It was closed before its end'));
  });
}

/**
 * The error of a stream that was closed before its end without an error, with Node's code for it.
 */
export function prematureClose(message: string): Error {
  return Object.assign(new Error(message), { code: 'ERR_STREAM_PREMATURE_CLOSE' });
}

/**
 * Resolves when a stream has finished; unlike Node's `finished()`, not when it was destroyed after
 * its last write.
 */
export async function whenFinished(stream: Writable): Promise<void> {
  await untilFinished(stream, { readable: false });
  if (!stream.writableFinished)
    throw prematureClose('The stream was destroyed before it had finished');
}
