import { callSignal, type Dependencies } from '../streams/call-signal';
import type { DownloadStream } from '../streams/download-stream';
import type { TransferProgress } from '../streams/progress';
import type { UploadStream } from '../streams/upload-stream';
import { unlessAborted } from '../util/abortable';
import { isThenable } from '../util/thenable';

/**
 * The `onProgress` of a call. What it throws must neither end the process nor get lost: it fails the call.
 */
export class ProgressListener {
  readonly #listener: (progress: TransferProgress) => unknown;
  readonly #pending = new Set<PromiseLike<unknown>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(listener: (progress: TransferProgress) => unknown) {
    this.#listener = listener;
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Calls it with the progress of a transfer, which fails if it throws. */
  follow(stream: DownloadStream | UploadStream): void {
    const failed = (error: unknown) => {
      this.#failure ??= { error };
      stream.destroy(new Error('onProgress has thrown', { cause: error }));
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

  /** The outcome of a transfer that was followed. @throws what the listener has thrown, before all else */
  async outcome<T>(transfer: Promise<T>, dependencies: Dependencies): Promise<T> {
    const [done] = await Promise.allSettled([transfer]);
    if (this.#pending.size > 0 && done.status === 'fulfilled') await this.#idle(dependencies);
    if (this.#failure) throw this.#failure.error;
    if (done.status === 'rejected') throw done.reason;
    return done.value;
  }

  /** Waits for the promises that the listener has given. */
  async #idle(dependencies: Dependencies): Promise<void> {
    const end = callSignal(dependencies);
    try {
      await unlessAborted(Promise.all(this.#pending), end.signal);
    } finally {
      end.release();
    }
  }
}
