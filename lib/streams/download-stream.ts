import type { Duplex, Readable } from 'node:stream';
import type { FTPError } from '../errors';
import {
  DOWNLOAD,
  type DownloadState,
  isVerdict,
  type TransferEvent,
  type Verdict,
} from '../protocol/transfer-states';
import type { TransferTls } from '../protocol/transfer-tls';
import type { Reply } from '../reply';
import { now } from '../util/clock';
import { Deadline } from '../util/deadline';
import { rethrowAsync } from '../util/listeners';
import { Slices } from '../util/slices';
import { Backlog } from './backlog';
import { type ByteSource, DuplexSource } from './byte-source';
import { destroyOnAbort } from './destroy-on-abort';
import { endAndDetectReset } from './detect-reset';
import { dataTimeout, replyTimeout, waitsForData } from './download-timeouts';
import { Progress } from './progress';
import type { OpenedTransfer, Transfer, TransferRequest, TransferStream } from './transfer';
import { downloadFailure, excessError, isCompleteDespiteReset } from './transfer-errors';
import { type EventDetail, TransferMachine } from './transfer-machine';
import { TransferOpening } from './transfer-opening';
import { type TransferEvents, TypedReadable } from './typed-streams';
import { errorToEmit } from './user-initiated';
import { whenEnded } from './when-ended';

type Callback = (error?: Error | null) => void;

/** Options of a `DownloadStream`. */
export interface DownloadStreamOptions {
  /** Bytes of the largest block that a consumer gets, and the stream's `highWaterMark`. */
  readonly blocksize: number;
  /** Whether it is a listing, which may be empty and have no data connection. Default: false. */
  readonly isListing?: boolean;
  /**
   * Whether chunks are passed on at once, in the memory that they were read into. Default: false.
   */
  readonly inPlace?: boolean;
  /**
   * Whether a stream of this library is the consumer. It reads all bytes, even after a failure.
   * Default: false.
   */
  readonly isInner?: boolean;
  /** Destroys the stream when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Called when another call waits for the end of the transfer. */
  readonly onQueued?: () => void;
}

/** The events of a download besides those of a Readable. */
export interface DownloadEvents extends TransferEvents {
  /** A block of at most `blocksize` bytes. */
  data: [block: Buffer];
}

const SMALL = 4096; // bytes
const BYTES_PER_UNIT = 8192; // of work, for `Slices`

/**
 * The bytes of one RETR, LIST, NLST or MLSD, at most `blocksize` at a time.
 *
 * It ends only when the data connection has ended *and* the server has confirmed the transfer,
 * because a server that crashes during a transfer closes the data connection too. If the transfer
 * fails, the stream is destroyed with an `FTPError`.
 *
 * Events besides those of a Readable: `'open'` (`OpenedTransfer`) and `'progress'`
 * (`TransferProgress`, a few times a second).
 */
export class DownloadStream
  extends TypedReadable<Buffer, DownloadEvents>
  implements TransferStream
{
  readonly #request: TransferRequest;
  readonly #options: DownloadStreamOptions;
  readonly #opening = new TransferOpening();
  readonly #progress = new Progress(this);
  readonly #deadline = new Deadline();
  readonly #machine = new TransferMachine(DOWNLOAD, 'commanded');
  #transfer: Transfer | undefined;
  #source: ByteSource | undefined;
  readonly #backlog = new Backlog(); // bytes that were read and not yet pushed
  readonly #slices = new Slices(() => this.#pull());
  #readPending = false; // whether Node has called _read since the last push()
  #wantsMore = false; // whether the last read() returned null
  #isIterated = false;
  #isConcluded = false;
  // The end of the data connection, which is reported after its last byte. It is not a closure,
  // because V8 would then keep each transfer until its next full collection (1,000 small files took
  // 1.09 of the CPU time).
  #dataEnd: { readonly data: Duplex; readonly error: Error | null | undefined } | undefined;
  #idleSince: number | undefined;

  /** @internal */
  constructor(request: TransferRequest, options: DownloadStreamOptions) {
    super({ highWaterMark: options.blocksize });
    this.#request = request;
    this.#options = options;
    destroyOnAbort(options.signal, this);
  }

  /** The transfer command, with secrets masked. */
  get command(): string {
    return this.#request.command;
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

  /** Implements `Readable._construct`. */
  override _construct(callback: Callback): void {
    const listener = {
      onEvent: (event: TransferEvent, detail: EventDetail) => this.#dispatch(event, detail),
      idleSince: () => this.#idleSince,
      onQueued: () => this.#options.onQueued?.(),
      destroy: (error: Error) => this.destroy(error),
    };
    this.#opening.start(this.#request, listener).then(
      (transfer) => {
        this.#onOpened(transfer);
        callback();
      },
      // Once destroyed, the stream has its error already.
      (error) => callback(this.destroyed ? null : error),
    );
  }

  /** Iterates over the blocks. Leaving the loop early destroys the stream. */
  override [Symbol.asyncIterator](): NodeJS.AsyncIterator<Buffer> {
    this.#isIterated = true;
    return super[Symbol.asyncIterator]();
  }

  /** Implements `Readable._read`. */
  override _read(): void {
    this.#idleSince = undefined;
    this.#readPending = true;
    if (this.#backlog.length === 0 || this.readableLength === 0) return this.#pull();
    // In the next tick the consumer has finished its current read, and `readableLength` is the
    // unread rest of one block.
    process.nextTick(this.#pull);
  }

  // Node does not call `_read` again while it waits for bytes, but some may be kept back
  // (`#keepsBack`).
  override read(size?: number): ReturnType<Readable['read']> {
    try {
      const block = super.read(size);
      if (block !== null) this.#idleSince &&= now();
      else if (size !== 0) this.#wantsMore = true;
      return block;
    } finally {
      if (this.#backlog.length > 0) this.#pull(); // even if a listener has thrown
    }
  }

  override destroy(error?: Error): this {
    if (!this.readableEnded) this.#opening.abort(error); // else the transfer is over
    return super.destroy(error);
  }

  /** Implements `Readable._destroy`. */
  override _destroy(error: Error | null, callback: Callback): void {
    this.#deadline.stop();
    this.#slices.stop();
    this.#backlog.clear();
    this.#transfer?.release(false, this.#machine.isOutOfSync ? (error as FTPError) : undefined);
    const isReported = this.#opening.fail(error);
    callback(errorToEmit(this, error, isReported));
  }

  #onOpened(transfer: Transfer): void {
    const { data, expected, reply } = transfer;
    this.#transfer = transfer;
    if (this.destroyed) return;
    const opened = { size: expected.size, reply: reply as Reply };
    this.#opening.succeed(opened); // now `size` and `tls` have their values
    this.#idleSince = now();
    this.#progress.begin(expected.size);
    this.#source = transfer.source ?? new DuplexSource(data);
    this.#source.start(this.#receive);
    whenEnded(data, (error) => {
      if (error && !isCompleteDespiteReset(transfer, this.#received, error))
        return this.#onDataEnd(error);
      this.#dataEnd = { data, error };
      this.#pull();
    });
    // In a tick of its own, so that an exception of a listener does not fail the transfer.
    process.nextTick(() => this.emit('open', opened));
    this.#onTransition(this.#machine.verdict ?? this.#machine.state);
  }

  readonly #onDataEnd = (error: Error | undefined): void => {
    const { explainEnd } = this.#transfer as Transfer;
    const explained = explainEnd ? explainEnd(error) : error;
    this.#dispatch(explained ? 'dataError' : 'dataEnd', explained);
  };

  get #received(): number {
    return this.#progress.bytes + this.#backlog.length;
  }

  /** Handles bytes that were read. Returns whether to read on. */
  readonly #receive = (chunk: Buffer): boolean => {
    if (this.#waitsForData()) this.#deadline.disarm();
    this.#backlog.add(chunk);
    this.#pull();
    this.#progress.emitIfDue();
    const isWanted = this.#needsBytes && !this.destroyed;
    return isWanted && !this.#slices.isOver(1 + chunk.length / BYTES_PER_UNIT);
  };

  readonly #pull = (): void => {
    if (!this.#pushBlocks() || !this.#source || this.destroyed) return;
    const { verdict } = this.#machine;
    const ended = this.#backlog.length === 0 ? this.#dataEnd : undefined;
    if (verdict) {
      this.#conclude(verdict);
    } else if (ended) {
      this.#dataEnd = undefined;
      this.#armDataTimeout();
      endAndDetectReset(ended.data, ended.error, this.#source.isConnected, this.#onDataEnd);
    } else if (this.#needsBytes) {
      this.#source.resume();
      this.#armDataTimeout();
    } else {
      if (this.#waitsForData()) this.#deadline.disarm();
      this.#idleSince ??= now();
    }
  };

  /** Whether to read on: the consumer waits, and the backlog has less than the high-water mark. */
  get #needsBytes(): boolean {
    return this.#readPending && this.#backlog.length < this.readableHighWaterMark;
  }

  /** Whether bytes are kept back until there are more of them. */
  get #keepsBack(): boolean {
    if (this.#dataEnd || this.#machine.verdict || this.#options.inPlace || this.#wantsMore)
      return false;
    return shouldCoalesce(
      this,
      this.#backlog.length,
      this.#isIterated || this.#options.isInner ? 1 : 0,
    );
  }

  /** Pushes blocks. Returns false if it was interrupted and continues in the next slice. */
  #pushBlocks(): boolean {
    while (this.#readPending && this.#backlog.length > 0 && !this.#keepsBack) {
      if (this.#slices.isOver()) return false;
      this.#pushBlock();
    }
    this.#wantsMore = false;
    return !this.#slices.isDue;
  }

  #pushBlock(): void {
    // A consumer's read(n) raises the high-water mark, but not the size of a block. At least one
    // byte is pushed, because the consumer may have put a block back (`unshift`).
    const space = Math.max(this.readableHighWaterMark - this.readableLength, 1);
    this.#push(this.#backlog.take(Math.min(space, this.#options.blocksize)));
  }

  #push(block: Buffer): void {
    this.#progress.add(block.length);
    const { exact } = (this.#transfer as Transfer).expected;
    if (exact !== undefined && this.#progress.bytes > exact)
      return void this.destroy(excessError(this.command, exact));
    this.#readPending = false;
    this.#idleSince = now();
    try {
      if (this.push(block)) this.#readPending = true;
    } catch (error) {
      this.#readPending = true; // a listener threw, which must not fail the transfer
      rethrowAsync(error);
    }
  }

  #dispatch(event: TransferEvent, detail?: EventDetail): void {
    const next = this.#machine.dispatch(event, detail);
    if (next !== undefined && this.#transfer && !this.destroyed) this.#onTransition(next);
  }

  #onTransition(next: DownloadState | Verdict): void {
    this.#deadline.disarm();
    const isWaiting = this.#waitsForData();
    if (!isWaiting) this.#idleSince = undefined;
    const wait = replyTimeout(this.#machine, this.#received, this.#transfer as Transfer);
    if (isVerdict(next)) this.#pull();
    else if (!isWaiting) this.#deadline.arm(wait, this.#onTimeout);
    else if (this.#needsBytes) this.#armDataTimeout();
  }

  #conclude(verdict: Verdict): void {
    if (this.#isConcluded) return;
    this.#isConcluded = true;
    while (this.#options.isInner && this.#backlog.length > 0)
      this.#push(this.#backlog.take(this.#options.blocksize));
    const transfer = this.#transfer as Transfer;
    const error = downloadFailure(verdict, this, transfer, this.#machine, this.#options.isListing);
    if (error) return void this.destroy(error);
    transfer.release(true);
    this.#progress.emitSoon();
    this.push(null);
  }

  #waitsForData(): boolean {
    return waitsForData(this.#machine.state);
  }

  /** Starts the timeout for bytes of the data connection, unless it is running. */
  #armDataTimeout(): void {
    if (this.#deadline.isArmed || !this.#waitsForData()) return;
    const wait = dataTimeout(this.#machine, this.bytesTransferred, this.#transfer as Transfer);
    this.#deadline.arm(wait, this.#onTimeout);
  }

  readonly #onTimeout = (): void => this.#dispatch('timeout');
}

/**
 * Whether to keep bytes back and combine them, because the consumer of the stream still has unread
 * bytes. For a paused pipe or listener they are combined to whole blocks, because each block costs
 * it a write. For others they are combined to 4 KiB, because each chunk in a stream's buffer costs
 * a hundred bytes.
 *
 * It is a fast path: without it every chunk is pushed at once. 512 MiB piped to a file took 1.04 to
 * 1.40 of basic-ftp's time, and now .86; 0.88 to 1.19 of its CPU time, and now .73.
 *
 * @param kept - bytes that wait to be pushed
 * @param ownListeners - listeners for 'readable' that read all bytes; others may wait for the next
 * byte
 */
function shouldCoalesce(stream: Readable, kept: number, ownListeners: number): boolean {
  const { readableFlowing, readableLength, readableHighWaterMark } = stream;
  if (readableFlowing === true || readableLength === 0) return false;
  if (stream.listenerCount('readable') > ownListeners) return false;
  if (readableFlowing === false && stream.listenerCount('data') > 0) return true;
  return kept < Math.min(readableHighWaterMark - readableLength, SMALL);
}
