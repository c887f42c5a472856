import { Duplex } from 'node:stream';
import type { TransferTls } from '../protocol/transfer-tls';
import type { DownloadStream } from './download-stream';
import { checkPipedSource } from './upload-source';
import type { UploadStream } from './upload-stream';
import { errorToEmit } from './user-initiated';

type Callback = (error?: Error | null) => void;

/**
 * A transfer as one connection, as `ftplib.transfercmd` returns it. One side carries the bytes, and
 * the other one ends with it. It includes the final reply, so it ends only when the server has
 * confirmed the transfer.
 */
export class TransferDuplex extends Duplex {
  readonly #transfer: DownloadStream | UploadStream;
  #readPending = false; // whether Node has called _read since the buffer was full
  #isOver = false; // whether the transfer is confirmed; the rest of the bytes is in memory

  /** @internal */
  constructor(transfer: DownloadStream | UploadStream) {
    const highWaterMark =
      'read' in transfer ? transfer.readableHighWaterMark : transfer.writableHighWaterMark;
    super({ allowHalfOpen: false, highWaterMark });
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

  /** Details of the data connection's TLS; `undefined` without TLS. */
  get tls(): TransferTls | undefined {
    return this.#transfer.tls;
  }

  /** Implements `Duplex._read`. */
  override _read(): void {
    this.#readPending = true;
    // If the consumer is reading, `readableLength` still counts what it takes, until the next tick.
    if (this.readableLength === 0) this.#pull();
    else process.nextTick(() => this.#pull());
  }

  /** Implements `Duplex._write`. */
  override _write(chunk: Buffer, encoding: BufferEncoding, callback: Callback): void {
    if ('read' in this.#transfer) {
      callback(
        Object.assign(new Error('A download cannot be written to'), { code: 'ERR_INVALID_STATE' }),
      );
    } else this.#transfer.write(chunk, encoding, callback);
  }

  /** Implements `Duplex._final`. */
  override _final(callback: Callback): void {
    if ('read' in this.#transfer) callback();
    else this.#transfer.end(callback);
  }

  /** Implements `Duplex._destroy`. */
  override _destroy(error: Error | null, callback: Callback): void {
    this.#transfer.destroy(error ?? undefined);
    callback(errorToEmit(this, error, false));
  }

  #end(): void {
    this.#isOver = true;
    this.push(null);
  }

  /** Pushes blocks while Node asks for them, and only as many bytes as it has room for. */
  #pull(): void {
    const transfer = this.#transfer;
    if (!('read' in transfer)) return;
    while (this.#readPending && !this.destroyed) {
      // At least a byte, because the consumer may have put a block back (`unshift`).
      const space = Math.max(this.readableHighWaterMark - this.readableLength, 1);
      const size = Math.min(space, transfer.readableLength);
      const block: Buffer | null = size > 0 ? transfer.read(size) : transfer.read();
      if (block === null) return;
      this.#readPending = false; // push() may call _read
      if (this.push(block)) this.#readPending = true;
    }
  }
}
