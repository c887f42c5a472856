import { Duplex } from 'node:stream';
import type { TransferTls } from '../protocol/transfer-tls';
import type { DownloadStream } from './download-stream';
import { checkPipedSource } from './upload-source';
import type { UploadStream } from './upload-stream';
import { errorToEmit } from './user-initiated';

type Callback = (error?: Error | null) => void;

/**
 * A transfer as the one connection that `ftplib.transfercmd` gives: the side that
 * the server reads or writes carries the bytes, the other one ends with it. The
 * completion reply belongs to it, so that it ends only when the transfer is committed.
 */
export class TransferDuplex extends Duplex {
  readonly #transfer: DownloadStream | UploadStream;
  #isOver = false; // what is left is in memory

  /** @internal */
  constructor(transfer: DownloadStream | UploadStream) {
    super({ allowHalfOpen: false, readableHighWaterMark: 64 * 1024 });
    this.#transfer = transfer;
    transfer.on('error', (error) => this.destroy(error));
    transfer.on('close', () => this.#isOver || this.destroy());
    if ('read' in transfer) {
      transfer.on('readable', () => this.#pull());
      transfer.on('end', () => this.#end());
      this.end();
    } else {
      transfer.on('finish', () => this.#end());
      this.on('pipe', checkPipedSource);
    }
  }

  /** The TLS of the data connection; `undefined` in clear. */
  get tls(): TransferTls | undefined {
    return this.#transfer.tls;
  }

  override _read(): void {
    this.#pull();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, callback: Callback): void {
    if ('read' in this.#transfer) {
      callback(
        Object.assign(new Error('A download cannot be written to'), { code: 'ERR_INVALID_STATE' }),
      );
    } else this.#transfer.write(chunk, encoding, callback);
  }

  override _final(callback: Callback): void {
    if ('read' in this.#transfer) callback();
    else this.#transfer.end(callback);
  }

  override _destroy(error: Error | null, callback: Callback): void {
    this.#transfer.destroy(error ?? undefined);
    callback(errorToEmit(this, error, false));
  }

  #end(): void {
    this.#isOver = true;
    this.push(null);
  }

  #pull(): void {
    if (!('read' in this.#transfer)) return;
    for (;;) {
      const block: Buffer | null = this.#transfer.read();
      if (block === null || !this.push(block)) return;
    }
  }
}
