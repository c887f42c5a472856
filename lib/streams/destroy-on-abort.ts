import type { Readable, Writable } from 'node:stream';
import { offAbort, onAbort } from '../util/abort-listeners';
import type { StopSignal } from '../util/abort-signal';

/** Destroys the stream with the signal's reason when the signal is aborted. */
export function destroyOnAbort(signal: StopSignal | undefined, stream: Readable | Writable): void {
  if (!signal) return;
  // destroy() ignores a reason that is not truthy.
  const abort = () =>
    stream.destroy((signal.reason as Error) || new DOMException('Aborted', 'AbortError'));
  if (signal.aborted) abort();
  else {
    onAbort(signal, abort);
    stream.once('close', () => offAbort(signal, abort));
  }
}
