import { callSignal, type Dependencies } from '../streams/call-signal';
import type { DownloadStream } from '../streams/download-stream';
import type { TransferProgress } from '../streams/progress';
import type { UploadStream } from '../streams/upload-stream';
import { unlessAborted } from '../util/abortable';
import { isThenable } from '../util/thenable';

/**
 * Calls the `onProgress` of a call. An error that it throws neither ends the process nor is lost:
 * it fails the call.
 */
export class ProgressListener {
  readonly #listener: (progress: TransferProgress) => unknown;
  readonly #pending = new Set<PromiseLike<unknown>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(listener: (progress: TransferProgress) => unknown) {
    this.#listener = listener;
  }

  /** Whether the listener has thrown, or a promise of it has rejected. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /**
   * Calls the listener with the progress of a transfer. The transfer fails if the listener throws.
   */
  follow(stream: DownloadStream | UploadStream): void {
    const failed = (error: unknown) => {
      this.#failure ??= { error };
      stream.destroy(new Error('onProgress threw an error', { cause: error }));
    };
    stream.on('progress', (progress: TransferProgress) => {
      try {
        const called = this.#listener(progress);
        if (isThenable(called)) this.#await(called, failed);
      } catch (error) {
        failed(error);
      }
    });
  }

  #await(called: PromiseLike<unknown>, failed: (error: unknown) => void): void {
    const settled: PromiseLike<unknown> = called.then(
      () => this.#pending.delete(settled),
      (error) => {
        this.#pending.delete(settled);
        failed(error);
      },
    );
    this.#pending.add(settled);
  }

  /**
   * Waits for a transfer and for the promises of the listener.
   * @throws the listener's error, if any; otherwise that of the transfer
   */
  async outcome<T>(transfer: Promise<T>, dependencies: Dependencies): Promise<T> {
    const [done] = await Promise.allSettled([transfer]);
    if (this.#pending.size > 0 && done.status === 'fulfilled') await this.#idle(dependencies);
    if (this.#failure) throw this.#failure.error;
    if (done.status === 'rejected') throw done.reason;
    return done.value;
  }

  /** Waits for the promises that the listener has returned. */
  async #idle(dependencies: Dependencies): Promise<void> {
    const end = callSignal(dependencies);
    try {
      await unlessAborted(Promise.all(this.#pending), end.signal);
    } finally {
      end.release();
    }
  }
}
