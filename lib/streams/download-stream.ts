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
import { abortOn } from './abort-on';
import { Backlog } from './backlog';
import { type ByteSource, DuplexSource } from './byte-source';
import type { DownloadStreamOptions } from './download-stream-options';
import { dataWait, replyWait, waitsForData } from './download-waits';
import { isBehind } from './is-behind';
import { meetReset } from './meet-reset';
import { Opening } from './opening';
import { Progress } from './progress';
import type { OpenedTransfer, Transfer, TransferRequest, TransferStream } from './transfer';
import { downloadFailure, excess, isWhole } from './transfer-errors';
import { type EventDetail, TransferMachine } from './transfer-machine';
import { type TransferEvents, TypedReadable } from './typed-streams';
import { errorToEmit } from './user-initiated';
import { whenEnded } from './when-ended';

type Callback = (error?: Error | null) => void;

/** What a download emits besides Node's own events. */
export interface DownloadEvents extends TransferEvents {
  data: [block: Buffer];
}

const MEASURE = 8192; // bytes that are as much work as a block

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
  readonly #opening = new Opening();
  readonly #progress = new Progress(this);
  readonly #deadline = new Deadline();
  readonly #machine = new TransferMachine(DOWNLOAD, 'commanded');
  #transfer: Transfer | undefined;
  #source: ByteSource | undefined;
  readonly #backlog = new Backlog(); // what has been read, and not yet cut into blocks
  readonly #slices = new Slices(() => this.#pull());
  #readPending = false; // the consumer waits for bytes
  #isAsked = false; // he wants more than there is before him
  #isIterated = false;
  #isConcluded = false;
  #ended: (() => void) | undefined; // tells of the end of the data connection, after its last byte
  #idleSince: number | undefined;

  /** @internal */
  constructor(request: TransferRequest, options: DownloadStreamOptions) {
    super({ highWaterMark: options.blocksize });
    this.#request = request;
    this.#options = options;
    abortOn(options.signal, this);
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
      onEvent: (event: TransferEvent, what: EventDetail) => this.#step(event, what),
      idleSince: () => this.#idleSince,
      onQueued: () => this.#options.onQueued?.(),
      destroy: (error: Error) => this.destroy(error),
    };
    this.#opening.start(this.#request, watcher).then(
      (transfer) => {
        this.#begin(transfer);
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
      else if (size !== 0) this.#isAsked = true;
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
    const told = this.#opening.failed(error);
    callback(errorToEmit(this, error, told));
  }

  #begin(transfer: Transfer): void {
    const { data, expected, reply } = transfer;
    this.#transfer = transfer;
    if (this.destroyed) return;
    const opened = { size: expected.size, reply: reply as Reply };
    this.#opening.agreed(opened); // now that `size` and `tls` are in their places
    this.#idleSince = now();
    this.#progress.begin(expected.size);
    this.#source = transfer.source ?? new DuplexSource(data);
    this.#source.start(this.#take);
    whenEnded(data, (error) => {
      if (error && !isWhole(transfer, this.#received, error)) return this.#dataOver(error);
      this.#ended = () => meetReset(data, error, this.#source?.isConnected, this.#dataOver);
      this.#pull();
    });
    // In a tick of its own: a listener that throws must not be taken for the transfer.
    process.nextTick(() => this.emit('open', opened));
    this.#enter(this.#machine.verdict ?? this.#machine.state);
  }

  readonly #dataOver = (met: Error | undefined): void => {
    const { whyEnded } = this.#transfer as Transfer;
    const error = whyEnded ? whyEnded(met) : met;
    this.#step(error ? 'dataError' : 'dataEnd', error);
  };

  get #received(): number {
    return this.#progress.bytes + this.#backlog.length;
  }

  /** Takes what has been read; returns whether there is need of more. */
  readonly #take = (chunk: Buffer): boolean => {
    if (this.#waitsForData()) this.#deadline.disarm();
    this.#backlog.add(chunk);
    this.#pull();
    this.#progress.check();
    const isWanted = this.#isShort && !this.destroyed;
    return isWanted && !this.#slices.isOver(1 + chunk.length / MEASURE);
  };

  readonly #pull = (): void => {
    if (!this.#pushBlocks() || !this.#source || this.destroyed) return;
    const { verdict } = this.#machine;
    const ended = this.#backlog.length === 0 ? this.#ended : undefined;
    if (verdict) {
      this.#conclude(verdict);
    } else if (ended) {
      this.#ended = undefined;
      this.#await();
      ended();
    } else if (this.#isShort) {
      this.#source.resume();
      this.#await();
    } else {
      if (this.#waitsForData()) this.#deadline.disarm();
      this.#idleSince ??= now();
    }
  };

  /** Whether the server is to send more: the consumer wants it, or not enough is kept for him. */
  get #isShort(): boolean {
    return this.#readPending && this.#backlog.length < this.readableHighWaterMark;
  }

  /** Whether what has come is kept until there is more of it. */
  get #isBehind(): boolean {
    if (this.#ended || this.#machine.verdict || this.#options.inPlace || this.#isAsked)
      return false;
    return isBehind(this, this.#backlog.length, this.#isIterated || this.#options.isInner ? 1 : 0);
  }

  /** Returns whether this is all for now; else it goes on in the next slice. */
  #pushBlocks(): boolean {
    while (this.#readPending && this.#backlog.length > 0 && !this.#isBehind) {
      if (this.#slices.isOver()) return false;
      this.#pushBlock();
    }
    this.#isAsked = false;
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
      return void this.destroy(excess(this.command, exact));
    this.#readPending = false;
    this.#idleSince = now();
    try {
      if (this.push(block)) this.#readPending = true;
    } catch (error) {
      this.#readPending = true; // a listener threw: that is not the transfer's affair
      rethrowAsync(error);
    }
  }

  #step(event: TransferEvent, what?: EventDetail): void {
    const next = this.#machine.dispatch(event, what);
    if (next !== undefined && this.#transfer && !this.destroyed) this.#enter(next);
  }

  #enter(next: DownloadState | Verdict): void {
    this.#deadline.disarm();
    const isWaiting = this.#waitsForData();
    if (!isWaiting) this.#idleSince = undefined;
    const wait = replyWait(this.#machine, this.#received, this.#transfer as Transfer);
    if (isVerdict(next)) this.#pull();
    else if (!isWaiting) this.#deadline.arm(wait, this.#expired);
    else if (this.#isShort) this.#await();
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
    this.#progress.tell();
    this.push(null);
  }

  #waitsForData(): boolean {
    return waitsForData(this.#machine.state);
  }

  /** Begins to wait for the bytes of the data connection, unless it does already. */
  #await(): void {
    if (this.#deadline.isArmed || !this.#waitsForData()) return;
    const wait = dataWait(this.#machine, this.bytesTransferred, this.#transfer as Transfer);
    this.#deadline.arm(wait, this.#expired);
  }

  readonly #expired = (): void => this.#step('timeout');
}
