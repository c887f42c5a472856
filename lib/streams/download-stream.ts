import type { Readable } from 'node:stream';
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

export interface DownloadStreamOptions {
  /** Bytes of the largest block that a consumer sees, and the stream's `highWaterMark`. */
  readonly blocksize: number;
  readonly isListing?: boolean; // which may be empty, without any data connection
  /** Each piece is handed on by itself, in the memory that it was read into. */
  readonly inPlace?: boolean;
  /** It is read by a stream of ours, which takes whatever there is, even after a failure. */
  readonly isInner?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Called when somebody waits for the end of the transfer. */
  readonly onQueued?: () => void;
}

/** What a download emits besides Node's own events. */
export interface DownloadEvents extends TransferEvents {
  data: [block: Buffer];
}

const SMALL = 4096; // bytes
const BYTES_PER_UNIT = 8192; // bytes that are as much work as a block

/**
 * The bytes of one RETR, LIST, NLST or MLSD, at most `blocksize` at a time.
 *
 * Ends only when the data connection is at its end *and* the server has confirmed
 * the transfer: a server that dies half-way closes the data connection too.
 *
 * Events beside those of a Readable: `'open'` (`OpenedTransfer`) and `'progress'`
 * (`TransferProgress`, a few a second).
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
  readonly #backlog = new Backlog(); // what has been read, and not yet cut into blocks
  readonly #slices = new Slices(() => this.#pull());
  #readPending = false; // the consumer waits for bytes
  #wantsMore = false; // he wants more than there is before him
  #isIterated = false;
  #isConcluded = false;
  #reportEnd: (() => void) | undefined; // tells of the end of the data connection, after its last byte
  #idleSince: number | undefined;

  /** @internal */
  constructor(request: TransferRequest, options: DownloadStreamOptions) {
    super({ highWaterMark: options.blocksize });
    this.#request = request;
    this.#options = options;
    destroyOnAbort(options.signal, this);
  }

  get command(): string {
    return this.#request.command;
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

  override _construct(callback: Callback): void {
    const watcher = {
      onEvent: (event: TransferEvent, what: EventDetail) => this.#dispatch(event, what),
      idleSince: () => this.#idleSince,
      onQueued: () => this.#options.onQueued?.(),
      destroy: (error: Error) => this.destroy(error),
    };
    this.#opening.start(this.#request, watcher).then(
      (transfer) => {
        this.#onOpened(transfer);
        callback();
      },
      // Once destroyed, the stream has its error already.
      (error) => callback(this.destroyed ? null : error),
    );
  }

  override [Symbol.asyncIterator](): NodeJS.AsyncIterator<Buffer> {
    this.#isIterated = true;
    return super[Symbol.asyncIterator]();
  }

  override _read(): void {
    this.#idleSince = undefined;
    this.#readPending = true;
    if (this.#backlog.length === 0 || this.readableLength === 0) return this.#pull();
    // In the next tick the consumer has taken what it is reading now, and `readableLength`
    // tells how much of one block is still unread.
    process.nextTick(this.#pull);
  }

  // Node calls `_read` no more while it waits for bytes, and some are kept back for one who is behind.
  override read(size?: number): ReturnType<Readable['read']> {
    try {
      const block = super.read(size);
      if (block !== null) this.#idleSince &&= now();
      else if (size !== 0) this.#wantsMore = true;
      return block;
    } finally {
      if (this.#backlog.length > 0) this.#pull(); // also where a listener has thrown
    }
  }

  override destroy(error?: Error): this {
    if (!this.readableEnded) this.#opening.abort(error); // nothing is left to be given up
    return super.destroy(error);
  }

  override _destroy(error: Error | null, callback: Callback): void {
    this.#deadline.stop();
    this.#slices.stop();
    this.#backlog.clear();
    this.#transfer?.release(false, this.#machine.isOutOfSync ? (error as FTPError) : undefined);
    const told = this.#opening.fail(error);
    callback(errorToEmit(this, error, told));
  }

  #onOpened(transfer: Transfer): void {
    const { data, expected, reply } = transfer;
    this.#transfer = transfer;
    if (this.destroyed) return;
    const opened = { size: expected.size, reply: reply as Reply };
    this.#opening.succeed(opened); // now that `size` and `tls` are in their places
    this.#idleSince = now();
    this.#progress.begin(expected.size);
    this.#source = transfer.source ?? new DuplexSource(data);
    this.#source.start(this.#receive);
    whenEnded(data, (error) => {
      if (error && !isCompleteDespiteReset(transfer, this.#received, error))
        return this.#onDataEnd(error);
      this.#reportEnd = () =>
        endAndDetectReset(data, error, this.#source?.isConnected, this.#onDataEnd);
      this.#pull();
    });
    // In a tick of its own: a listener that throws must not be taken for the transfer.
    process.nextTick(() => this.emit('open', opened));
    this.#onTransition(this.#machine.verdict ?? this.#machine.state);
  }

  readonly #onDataEnd = (met: Error | undefined): void => {
    const { explainEnd: whyEnded } = this.#transfer as Transfer;
    const error = whyEnded ? whyEnded(met) : met;
    this.#dispatch(error ? 'dataError' : 'dataEnd', error);
  };

  get #received(): number {
    return this.#progress.bytes + this.#backlog.length;
  }

  /** Takes what has been read; returns whether there is need of more. */
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
    const ended = this.#backlog.length === 0 ? this.#reportEnd : undefined;
    if (verdict) {
      this.#conclude(verdict);
    } else if (ended) {
      this.#reportEnd = undefined;
      this.#armDataTimeout();
      ended();
    } else if (this.#needsBytes) {
      this.#source.resume();
      this.#armDataTimeout();
    } else {
      if (this.#waitsForData()) this.#deadline.disarm();
      this.#idleSince ??= now();
    }
  };

  /** Whether the server is to send more: the consumer wants it, or not enough is kept for him. */
  get #needsBytes(): boolean {
    return this.#readPending && this.#backlog.length < this.readableHighWaterMark;
  }

  /** Whether what has come is kept until there is more of it. */
  get #keepsBack(): boolean {
    if (this.#reportEnd || this.#machine.verdict || this.#options.inPlace || this.#wantsMore)
      return false;
    return shouldCoalesce(
      this,
      this.#backlog.length,
      this.#isIterated || this.#options.isInner ? 1 : 0,
    );
  }

  /** Returns whether this is all for now; else it goes on in the next slice. */
  #pushBlocks(): boolean {
    while (this.#readPending && this.#backlog.length > 0 && !this.#keepsBack) {
      if (this.#slices.isOver()) return false;
      this.#pushBlock();
    }
    this.#wantsMore = false;
    return !this.#slices.isDue;
  }

  #pushBlock(): void {
    // A consumer's own read(n) raises the high-water mark, but not the size of a block.
    // At least a byte: who asked may have put a block back meanwhile (`unshift`).
    const room = Math.max(this.readableHighWaterMark - this.readableLength, 1);
    this.#push(this.#backlog.take(Math.min(room, this.#options.blocksize)));
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
      this.#readPending = true; // a listener threw: that is not the transfer's affair
      rethrowAsync(error);
    }
  }

  #dispatch(event: TransferEvent, what?: EventDetail): void {
    const next = this.#machine.dispatch(event, what);
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

  /** Begins to wait for the bytes of the data connection, unless it does already. */
  #armDataTimeout(): void {
    if (this.#deadline.isArmed || !this.#waitsForData()) return;
    const wait = dataTimeout(this.#machine, this.bytesTransferred, this.#transfer as Transfer);
    this.#deadline.arm(wait, this.#onTimeout);
  }

  readonly #onTimeout = (): void => this.#dispatch('timeout');
}

/**
 * Whether the consumer of a stream of bytes has some before him, so that what comes now is joined: to whole blocks for a pipe or
 * a listener that has stopped, since each block costs a write; to more than a few bytes for others, since each chunk in a stream's
 * buffer costs a hundred bytes.
 *
 * @param kept - bytes that wait to be pushed
 * @param ours - listeners for 'readable' that take whatever there is; any other may wait for the next byte
 */
function shouldCoalesce(stream: Readable, kept: number, ours: number): boolean {
  const { readableFlowing, readableLength, readableHighWaterMark } = stream;
  if (readableFlowing === true || readableLength === 0) return false;
  if (stream.listenerCount('readable') > ours) return false;
  if (readableFlowing === false && stream.listenerCount('data') > 0) return true;
  return kept < Math.min(readableHighWaterMark - readableLength, SMALL);
}
