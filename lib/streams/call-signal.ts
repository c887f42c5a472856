import type { Readable, Writable } from 'node:stream';
import { offAbort, onAbort } from '../util/abort-listeners';
import { Cancellation, type StopSignal } from '../util/abort-signal';
import { prematureClose } from './when-ended';

/** What ends a call before its own work is done. */
export interface Dependencies {
  /** The transfer's stream, whose failure ends the call. */
  readonly stream?: Readable | Writable | undefined;
  /** The user's signal. */
  readonly signal?: StopSignal | undefined;
  /** Aborted when the control connection is closed. */
  readonly connection?: StopSignal | undefined;
  /** Milliseconds between the close of the connection and the end of the call. Default: 1000. */
  readonly grace?: number;
}

/** Stops the waits of a call for the user's code or for local files. */
export interface CallSignal {
  /** Aborted when the call must end. */
  readonly signal: StopSignal;
  /** Removes all listeners. */
  release(): void;
}

// A server may disconnect while the last bytes are still being passed to the user. They get this
// long.
const GRACE = 1000; // milliseconds

/**
 * Returns a signal that is aborted when the user's signal is aborted, the stream fails, or the
 * connection has been closed for `grace` milliseconds. The normal end of the stream does not abort
 * it, because the user's code may still be processing the data.
 */
export function callSignal({
  stream,
  signal,
  connection,
  grace = GRACE,
}: Dependencies): CallSignal {
  const end = new Cancellation();
  let timer: NodeJS.Timeout | undefined;
  const aborted = () => end.abort(signal?.reason);
  const lost = () => {
    if (grace === 0) end.abort(connection?.reason);
    else timer = setTimeout(() => end.abort(connection?.reason), grace);
  };
  const closed = () => {
    const reason = stream && failureOf(stream);
    if (reason) end.abort(reason);
  };
  if (signal?.aborted) aborted();
  else if (signal) onAbort(signal, aborted);
  if (connection?.aborted) lost();
  else if (connection) onAbort(connection, lost);
  if (stream?.closed) closed();
  else stream?.on('close', closed);
  return {
    signal: end,
    release() {
      clearTimeout(timer);
      if (signal) offAbort(signal, aborted);
      if (connection) offAbort(connection, lost);
      stream?.off('close', closed);
    },
  };
}

/** The error of a stream that was closed before its end; `undefined` if it ended normally. */
function failureOf(stream: Readable | Writable): Error | undefined {
  const isWhole = 'readableEnded' in stream ? stream.readableEnded : stream.writableFinished;
  if (stream.errored) return stream.errored;
  return isWhole ? undefined : prematureClose('The stream was closed before its end');
}
