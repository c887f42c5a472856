import type { FTPError } from '../errors';
import type { ByteEncoder } from '../protocol/line-encoder';
import {
  isVerdict,
  type TransferEvent,
  UPLOAD,
  type UploadState,
  type Verdict,
} from '../protocol/transfer-states';
import type { TransferTls } from '../protocol/transfer-tls';
import type { Reply } from '../reply';
import { now } from '../util/clock';
import { Deadline } from '../util/deadline';
import { DataSender, destroyedError } from './data-sender';
import { destroyOnAbort } from './destroy-on-abort';
import { detachedError, isAttached, totalLength } from './detached-memory';
import { EncodedChunks } from './encoded-chunks';
import { Progress } from './progress';
import type { OpenedTransfer, Transfer, TransferRequest, TransferStream } from './transfer';
import { type FailedTransfer, failedTransfer, sizeFailure, uploadOutcome } from './transfer-errors';
import { type EventDetail, TransferMachine } from './transfer-machine';
import { TransferOpening } from './transfer-opening';
import { type TransferEvents, TypedWritable } from './typed-streams';
import { checkPipedSource } from './upload-source';
import { errorToEmit } from './user-initiated';
import { whenEnded } from './when-ended';

/** Options of an `UploadStream`. */
export interface UploadStreamOptions {
  /** The stream's `highWaterMark` in bytes. */
  readonly blocksize: number;
  /** Encodes the bytes before they are sent (TYPE A). */
  readonly encoder?: ByteEncoder;
  /** Destroys the stream when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

type Callback = (error?: Error | null) => void;

/**
 * Sends the bytes of one STOR, APPE or STOU.
 *
 * It finishes only when the server has confirmed the transfer. So when `pipeline()` resolves, the
 * file is stored, and not only sent. If it is destroyed before, it resets the data connection, so
 * that the server does not take a partial file for a complete one. If the transfer fails, it is
 * destroyed with an `FTPError`.
 *
 * Events besides those of a Writable: `'open'` (`OpenedTransfer`) and `'progress'`
 * (`TransferProgress`, a few times a second).
 */
export class UploadStream extends TypedWritable<TransferEvents> implements TransferStream {
  /** The transfer command, with secrets masked. */
  readonly command: string;
  readonly #request: TransferRequest;
  readonly #encoded: EncodedChunks;
  readonly #opening = new TransferOpening();
  readonly #progress = new Progress(this);
  readonly #deadline = new Deadline();
  readonly #machine = new TransferMachine(UPLOAD, 'commanded');
  readonly #sender = new DataSender({
    canSend: () => this.#isSending() && !this.destroyed,
    onStarted: () => this.#deadline.arm(this.#transfer?.timeouts.dataIdle ?? 0, this.#onTimeout),
    onSent: (bytes) => {
      if (this.#isSending()) this.#deadline.disarm();
      this.#progress.add(bytes);
      this.#progress.emitIfDue();
    },
    onError: (error) => this.#dispatch('dataError', this.#transfer?.explainEnd?.(error) ?? error),
    onDetached: () => this.destroy(detachedError(this.command)),
  });
  #transfer: Transfer | undefined;
  #constructed: Callback | undefined;
  #pending: Callback | undefined; // the callback of the pending _write or _final
  #idleSince: number | undefined;
  #heldEvents: (() => void)[] = []; // of the data connection, before the server's first reply

  /** @internal */
  constructor(request: TransferRequest, options: UploadStreamOptions) {
    super({ highWaterMark: options.blocksize });
    this.command = request.command;
    this.#request = request;
    this.#encoded = new EncodedChunks(options.encoder, {
      send: (chunks, sent) => this.#send(chunks, sent),
      onDetached: () => this.destroy(detachedError(this.command)),
    });
    destroyOnAbort(options.signal, this);
    this.on('pipe', checkPipedSource);
  }

  /** The expected number of bytes, or `null` if it is not known. */
  get size(): number | null {
    return this.#transfer?.expected.size ?? null;
  }

  /** Bytes transferred over the data connection so far. */
  get bytesTransferred(): number {
    return this.#progress.bytes;
  }

  /** The final reply; `undefined` until it arrives. */
  get reply(): Reply | undefined {
    return this.#machine.reply;
  }

  /** Details of the data connection's TLS, from the opening on; `undefined` without TLS. */
  get tls(): TransferTls | undefined {
    return this.#transfer?.tls;
  }

  /**
   * Resolves when the server has accepted the command; rejects if the transfer fails before that.
   * An error that is reported here is emitted as `'error'` only if there is a listener for it.
   * @throws FTPError, or the reason with which the stream was destroyed
   */
  opened(): Promise<OpenedTransfer> {
    return this.#opening.result();
  }

  /** Implements `Writable._construct`. Until it calls back, Node delays all writes and the end. */
  override _construct(callback: Callback): void {
    const listener = {
      onEvent: (event: TransferEvent, detail: EventDetail) => this.#dispatch(event, detail),
      idleSince: () => this.#idleSince,
      onQueued() {},
      destroy: (error: Error) => this.destroy(error),
    };
    this.#opening.start(this.#request, listener).then(
      (transfer) => {
        this.#constructed = callback;
        this.#onOpened(transfer);
      },
      (error) => callback(this.destroyed ? null : error),
    );
  }

  /** Implements `Writable._write`. */
  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    this.#sendChunks([chunk], callback);
  }

  /** Implements `Writable._writev`: sends chunks written while another write was pending. */
  override _writev(writes: readonly { chunk: Buffer }[], callback: Callback): void {
    const chunks = writes.map(({ chunk }) => chunk);
    this.#sendChunks(chunks, callback);
  }

  /** Implements `Writable._final`. */
  override _final(callback: Callback): void {
    if (this.#machine.verdict) return callback(); // an empty file
    this.#pending = callback;
    this.#send(this.#encoded.finish(), () => this.#endData());
  }

  #sendChunks(chunks: Buffer[], callback: Callback): void {
    // Node counted the chunks when they were written, and would wait for missing bytes for ever.
    if (!chunks.every(isAttached)) return callback(detachedError(this.command));
    this.#pending = callback;
    this.#encoded.send(chunks, this.#wrote);
  }

  override destroy(error?: Error): this {
    if (!this.writableFinished) this.#opening.abort(error); // else the transfer is over
    super.destroy(error);
    this.#endConstruction(); // Node calls _destroy only after it
    return this;
  }

  /** Implements `Writable._destroy`. */
  override _destroy(error: Error | null, callback: Callback): void {
    this.#deadline.stop();
    this.#encoded.stop();
    this.#transfer?.release(false, this.#machine.isOutOfSync ? (error as FTPError) : undefined);
    const isReported = this.#opening.fail(error);
    // Node does not call the callback of a pending write.
    this.#settle(error ?? destroyedError());
    callback(errorToEmit(this, error, isReported));
  }

  #onOpened(transfer: Transfer): void {
    const { data, expected, reply } = transfer;
    this.#transfer = transfer;
    if (this.destroyed) return this.#endConstruction();
    this.#idleSince = now();
    this.#progress.begin(expected.size);
    data.resume(); // the server sends nothing but the end
    whenEnded(data, (error) => {
      if (error) this.#dispatch('dataError', transfer.explainEnd?.(error) ?? error);
      else
        this.#dispatch('dataEnd', new Error('the server closed it before the end of the upload'));
    });
    if (reply) this.#emitOpen(reply);
    else this.#endConstruction(); // the bytes need not wait for the 1yz
    this.#onTransition(this.#machine.verdict ?? this.#machine.state);
  }

  #emitOpen(reply: Reply): void {
    const { size } = (this.#transfer as Transfer).expected;
    if (!this.#opening.succeed({ size, reply })) return;
    // In a tick of its own, so that an exception of a listener does not fail the transfer.
    process.nextTick(() => this.emit('open', { size, reply }));
  }

  /** Sends chunks, then calls back. */
  #send(chunks: Uint8Array[], sent: () => void): void {
    this.#idleSince = undefined;
    const { data, expected } = this.#transfer as Transfer;
    const total = this.#progress.bytes + totalLength(chunks);
    const isTooMuch = this.#isSending() && total > (expected.exact ?? Number.POSITIVE_INFINITY);
    if (isTooMuch) this.destroy(sizeFailure({ ...this.#failedTransfer(), bytes: total }));
    else this.#sender.send(data, chunks, sent);
  }

  #isSending(): boolean {
    const { state } = this.#machine;
    return state === 'transferring' || state === 'commanded';
  }

  #endData(): void {
    const { data, timeouts } = this.#transfer as Transfer;
    // Check the size before the end is sent, so that the server does not store a short file.
    const error = sizeFailure(this.#failedTransfer());
    if (error) return void this.destroy(error);
    this.#dispatch('finished');
    this.#deadline.arm(timeouts.dataIdle, this.#onTimeout);
    // EOF marks the end of the file (RFC 959 §3.4.1). The server can confirm the transfer only
    // after it is sent.
    data.end(() => {
      if (this.destroyed || this.#machine.verdict) return;
      if (this.#machine.state === 'finished')
        this.#deadline.arm(timeouts.completion, this.#onTimeout);
      // The 1yz has its own timeout.
      if (this.#machine.state === 'commandedFinished') this.#deadline.disarm();
    });
  }

  #dispatch(event: TransferEvent, detail?: EventDetail): void {
    const isData = event === 'dataEnd' || event === 'dataError';
    if (isData && this.#machine.state.startsWith('commanded')) {
      this.#heldEvents.push(() => this.#dispatch(event, detail)); // the reply first: it says more
      return;
    }
    const next = this.#machine.dispatch(this.#isEmpty(event) ? 'finished' : event, detail);
    const isAgreement = event === 'preliminary' || next === 'early' || next === 'earlyFinished';
    if (isAgreement && this.#transfer && !this.destroyed) this.#emitOpen(detail as Reply);
    if (next !== undefined && this.#transfer && !this.destroyed) this.#onTransition(next);
    if (!this.#machine.state.startsWith('commanded')) {
      for (const dispatch of this.#heldEvents.splice(0)) dispatch();
    }
  }

  // Whether a 2yz without a 1yz may confirm an empty file: then there are no bytes to wait for.
  #isEmpty(event: TransferEvent): boolean {
    const isEarly = this.#machine.state.startsWith('early');
    if (!isEarly || !this.#transfer || this.#sender.hasSent) return false;
    const isLast = event === 'timeout' || event === 'completion';
    return isLast && this.writableEnded && this.writableLength === 0;
  }

  #onTransition(next: UploadState | Verdict): void {
    if (isVerdict(next)) return this.#conclude(next);
    const { abort, completion } = (this.#transfer as Transfer).timeouts;
    if (next === 'transferring') {
      this.#deadline.disarm();
      this.#endConstruction();
      this.#sender.resume();
    } else if (next === 'finished') {
      const isOut = this.#transfer?.data.writableFinished;
      if (isOut) this.#deadline.arm(completion, this.#onTimeout);
    } else if (next === 'finishedFailed') {
      // All bytes are sent, so the reply has its usual time.
      this.#deadline.arm(completion, this.#onTimeout);
    } else if (next !== 'commanded' && next !== 'commandedFinished') {
      this.#deadline.arm(abort, this.#onTimeout);
    }
  }

  #conclude(verdict: Verdict): void {
    this.#deadline.disarm();
    const transfer = this.#transfer as Transfer;
    const outcome = uploadOutcome(verdict, this.#failedTransfer(), transfer);
    const destroyed = (reason: Error) => void this.destroy(reason);
    if (outcome instanceof Error) destroyed(outcome);
    else outcome.then(() => this.#succeed(), destroyed);
  }

  #succeed(): void {
    this.#transfer?.release(true);
    this.#progress.emitSoon();
    // After the last 'progress', whose listener may destroy the stream.
    process.nextTick(this.#confirmed);
  }

  #endConstruction(): void {
    const constructed = this.#constructed;
    this.#constructed = undefined;
    constructed?.();
  }

  /** Calls the callback of the pending write. */
  #settle(error?: Error): void {
    const pending = this.#pending;
    this.#pending = undefined;
    this.#idleSince = now();
    pending?.(error);
  }

  readonly #confirmed = (): void => {
    this.#endConstruction();
    this.#settle();
  };
  readonly #wrote = (): void => this.#settle();
  readonly #onTimeout = (): void => this.#dispatch('timeout');

  #failedTransfer(): FailedTransfer {
    const atEnd = /finished/i.test(this.#machine.state);
    return failedTransfer(this, this.#transfer as Transfer, this.#machine, atEnd, atEnd);
  }
}
