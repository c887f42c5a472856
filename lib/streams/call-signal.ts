import type { Readable, Writable } from 'node:stream';
import { offAbort, onAbort } from '../util/abort-listeners';
import { Cancellation, type StopSignal } from '../util/abort-signal';
import { prematureClose } from './when-ended';

/** What a call depends on. */
export interface Dependencies {
  readonly stream?: Readable | Writable | undefined;
  readonly signal?: StopSignal | undefined;
  /** Aborted when the connection is gone. */
  readonly connection?: StopSignal | undefined;
  /** Milliseconds after the end of the connection. Default: one second. */
  readonly grace?: number;
}

/** The end of a call, as those see it who wait for the user's code or for a local file. */
export interface CallSignal {
  readonly signal: StopSignal;
  /** Removes every listener. */
  release(): void;
}

// A server may hang up while the last bytes are still on their way to the user: they are worth a moment.
const GRACE = 1000; // milliseconds

/**
 * The end of a call: its signal is aborted, its stream fails, or its connection has been gone for a moment.
 * The good end of the stream is not the end of the call: the user may still be busy with what it carried.
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

/** Why a closed stream has not come to its end, if so. */
function failureOf(stream: Readable | Writable): Error | undefined {
  const isWhole = 'readableEnded' in stream ? stream.readableEnded : stream.writableFinished;
  if (stream.errored) return stream.errored;
  return isWhole ? undefined : prematureClose('The stream was closed before its end');
}
