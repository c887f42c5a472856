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

export interface UploadStreamOptions {
  /** The stream's `highWaterMark` in bytes. */
  readonly blocksize: number;
  readonly encoder?: ByteEncoder;
  readonly signal?: AbortSignal | undefined;
}

type Callback = (error?: Error | null) => void;

/**
 * Takes the bytes of one STOR, APPE or STOU.
 *
 * Finishes only when the server has confirmed the transfer, so that the end of
 * `pipeline()` means that the file is there, not that it has left our buffers.
 * Destroyed before, it resets the data connection: what was sent of a file must
 * not be taken for the file.
 *
 * Events beside those of a Writable: `'open'` (`OpenedTransfer`) and `'progress'`
 * (`TransferProgress`, a few a second).
 */
export class UploadStream extends TypedWritable<TransferEvents> implements TransferStream {
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
  #pending: Callback | undefined; // of the _write or _final under way
  #idleSince: number | undefined;
  #heldEvents: (() => void)[] = []; // what the data connection told before the server's first reply

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

  get size(): number | null {
    return this.#transfer?.expected.size ?? null;
  }

  get bytesTransferred(): number {
    return this.#progress.bytes;
  }

  get reply(): Reply | undefined {
    return this.#machine.reply;
  }

  get tls(): TransferTls | undefined {
    return this.#transfer?.tls;
  }

  opened(): Promise<OpenedTransfer> {
    return this.#opening.result();
  }

  // Until this calls back, Node holds every write and the end.
  override _construct(callback: Callback): void {
    const watcher = {
      onEvent: (event: TransferEvent, what: EventDetail) => this.#dispatch(event, what),
      idleSince: () => this.#idleSince,
      onQueued() {},
      destroy: (error: Error) => this.destroy(error),
    };
    this.#opening.start(this.#request, watcher).then(
      (transfer) => {
        this.#constructed = callback;
        this.#onOpened(transfer);
      },
      (error) => callback(this.destroyed ? null : error),
    );
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    this.#sendChunks([chunk], callback);
  }

  // Chunks that have gathered meanwhile.
  override _writev(writes: readonly { chunk: Buffer }[], callback: Callback): void {
    const chunks = writes.map(({ chunk }) => chunk);
    this.#sendChunks(chunks, callback);
  }

  override _final(callback: Callback): void {
    if (this.#machine.verdict) return callback(); // an empty file
    this.#pending = callback;
    this.#send(this.#encoded.finish(), () => this.#endData());
  }

  #sendChunks(chunks: Buffer[], callback: Callback): void {
    // Node has counted them when they were written, and would wait for ever for what is gone.
    if (!chunks.every(isAttached)) return callback(detachedError(this.command));
    this.#pending = callback;
    this.#encoded.send(chunks, this.#wrote);
  }

  override destroy(error?: Error): this {
    if (!this.writableFinished) this.#opening.abort(error); // else nothing is left to be given up
    super.destroy(error);
    this.#endConstruction(); // before that, Node does not destroy
    return this;
  }

  override _destroy(error: Error | null, callback: Callback): void {
    this.#deadline.stop();
    this.#encoded.stop();
    this.#transfer?.release(false, this.#machine.isOutOfSync ? (error as FTPError) : undefined);
    const told = this.#opening.fail(error);
    // A write that is under way has a callback too, and Node does not call it.
    this.#settle(error ?? destroyedError());
    callback(errorToEmit(this, error, told));
  }

  #onOpened(transfer: Transfer): void {
    const { data, expected, reply } = transfer;
    this.#transfer = transfer;
    if (this.destroyed) return this.#endConstruction();
    this.#idleSince = now();
    this.#progress.begin(expected.size);
    data.resume(); // nothing is to come but the end
    whenEnded(data, (error) => {
      if (error) this.#dispatch('dataError', transfer.explainEnd?.(error) ?? error);
      else
        this.#dispatch('dataEnd', new Error('the server closed it before the end of the upload'));
    });
    if (reply) this.#emitOpen(reply);
    else this.#endConstruction(); // bytes need not wait for the 1yz
    this.#onTransition(this.#machine.verdict ?? this.#machine.state);
  }

  #emitOpen(reply: Reply): void {
    const { size } = (this.#transfer as Transfer).expected;
    if (!this.#opening.succeed({ size, reply })) return;
    // In a tick of its own: a listener that throws must not be taken for the transfer.
    process.nextTick(() => this.emit('open', { size, reply }));
  }

  /** Sends what it is given, and calls back when it is out. */
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
    // What is too short must not be committed first, and told of after.
    const error = sizeFailure(this.#failedTransfer());
    if (error) return void this.destroy(error);
    this.#dispatch('finished');
    this.#deadline.arm(timeouts.dataIdle, this.#onTimeout);
    // EOF is how the end of the file is told (RFC 959 §3.4.1). Only once it is out can
    // the server be expected to confirm.
    data.end(() => {
      if (this.destroyed || this.#machine.verdict) return;
      if (this.#machine.state === 'finished')
        this.#deadline.arm(timeouts.completion, this.#onTimeout);
      if (this.#machine.state === 'commandedFinished') this.#deadline.disarm(); // the 1yz has its own
    });
  }

  #dispatch(event: TransferEvent, what?: EventDetail): void {
    const isData = event === 'dataEnd' || event === 'dataError';
    if (isData && this.#machine.state.startsWith('commanded')) {
      this.#heldEvents.push(() => this.#dispatch(event, what)); // the reply comes first, and tells more
      return;
    }
    const next = this.#machine.dispatch(this.#isEmpty(event) ? 'finished' : event, what);
    const isAgreement = event === 'preliminary' || next === 'early' || next === 'earlyFinished';
    if (isAgreement && this.#transfer && !this.destroyed) this.#emitOpen(what as Reply);
    if (next !== undefined && this.#transfer && !this.destroyed) this.#onTransition(next);
    if (!this.#machine.state.startsWith('commanded')) {
      for (const told of this.#heldEvents.splice(0)) told();
    }
  }

  // A 2yz before any 1yz may be right for an empty file: there is nothing to wait for.
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
      this.#deadline.arm(completion, this.#onTimeout); // all is sent: the reply has its usual time
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
    process.nextTick(this.#confirmed); // behind the last 'progress', whose listener may destroy it
  }

  #endConstruction(): void {
    const constructed = this.#constructed;
    this.#constructed = undefined;
    constructed?.();
  }

  /** Ends what Node waits for. */
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
