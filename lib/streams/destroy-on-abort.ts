import type { Readable, Writable } from 'node:stream';
import { offAbort, onAbort } from '../util/abort-listeners';
import type { StopSignal } from '../util/abort-signal';

/** Destroys the stream when the signal is aborted, with the signal's own reason. */
export function destroyOnAbort(signal: StopSignal | undefined, stream: Readable | Writable): void {
  if (!signal) return;
  // destroy() takes a reason that is not truthy for none.
  const abort = () =>
    stream.destroy((signal.reason as Error) || new DOMException('Aborted', 'AbortError'));
  if (signal.aborted) abort();
  else {
    onAbort(signal, abort);
    stream.once('close', () => offAbort(signal, abort));
  }
}
