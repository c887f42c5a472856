import type { Readable, Writable } from 'node:stream';

/** Destroys the stream when the signal is aborted, with the signal's own reason. */
export function abortOn(signal: AbortSignal | undefined, stream: Readable | Writable): void {
  if (!signal) return;
  // destroy() takes a reason that is not truthy for none.
  const abort = () => stream.destroy(signal.reason || new DOMException('Aborted', 'AbortError'));
  if (signal.aborted) abort();
  else {
    signal.addEventListener('abort', abort, { once: true });
    stream.once('close', () => signal.removeEventListener('abort', abort));
  }
}
