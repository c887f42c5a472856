import { type Duplex, Readable } from 'node:stream';
import { Deadline } from '../deadline';
import type { FTPError } from '../errors';
import { now } from '../now';
import type { Reply } from '../protocol/reply';
import {
  DOWNLOAD,
  type DownloadState,
  isVerdict,
  type TransferEvent,
  type Verdict,
} from '../protocol/transfer-states';
import { throwLater } from '../throw-later';
import { abortOn } from './abort-on';
import { Backlog } from './backlog';
import { type ByteSource, DuplexSource } from './byte-source';
import { type Circumstance, Course } from './course';
import { Opening } from './opening';
import { emittable } from './own-doing';
import { Progress } from './progress';
import type {
  OpenedTransfer,
  Transfer,
  TransferRequest,
  TransferStream,
  TransferTls,
} from './transfer';
import { downloadFailure, excess } from './transfer-failure';
import { whenEnded } from './when-ended';

type Callback = (error?: Error | null) => void;

const NOTHING = Buffer.alloc(0);

export interface DownloadStreamOptions {
  /** Bytes of the largest block that a consumer sees, and the stream's `highWaterMark`. */
  readonly blocksize: number;
  readonly isListing?: boolean; // which may be empty, without any data connection
  /** Each piece is handed on by itself, in the memory that it was read into. */
  readonly inPlace?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Called when somebody waits for the end of the transfer. */
  readonly waitedFor?: () => void;
}

/**
 * The bytes of one RETR, LIST, NLST or MLSD, at most `blocksize` at a time.
 *
 * Ends only when the data connection is at its end *and* the server has confirmed
 * the transfer: a server that dies half-way closes the data connection too.
 *
 * Events beside those of a Readable: `'open'` (`OpenedTransfer`) and `'progress'`
 * (`TransferProgress`, a few a second).
 */
export class DownloadStream extends Readable implements TransferStream {
  readonly #request: TransferRequest;
  readonly #options: DownloadStreamOptions;
  readonly #opening = new Opening();
  readonly #progress = new Progress((progress) => this.emit('progress', progress));
  readonly #deadline = new Deadline();
  readonly #course = new Course(DOWNLOAD, 'commanded');
  #transfer: Transfer | undefined;
  #source: ByteSource | undefined;
  readonly #backlog = new Backlog(); // what has been read, and not yet cut into blocks
  #hungry = false; // the consumer waits for bytes
  #ended: Duplex | undefined; // the data connection that is at its end, until that is told
  #untouchedSince: number | undefined;

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
    return this.#course.reply;
  }

  get tls(): TransferTls | undefined {
    return this.#transfer?.tls;
  }

  opened(): Promise<OpenedTransfer> {
    return this.#opening.result();
  }

  override _construct(callback: Callback): void {
    const watcher = {
      told: (event: TransferEvent, what: Circumstance) => this.#step(event, what),
      untouchedSince: () => this.#untouchedSince,
      waitedFor: () => this.#options.waitedFor?.(),
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
    return super[Symbol.asyncIterator]();
  }

  override _read(): void {
    this.#untouchedSince = undefined;
    this.#hungry = true;
    if (this.#backlog.length === 0 || this.readableLength === 0) return this.#pull();
    // In the next tick the consumer has taken what it is reading now, and `readableLength`
    // tells how much of one block is still unread.
    process.nextTick(this.#pull);
  }

  // Node calls `_read` no more while it waits for bytes, and some are kept back for one who is behind.
  override read(size?: number): ReturnType<Readable['read']> {
    try {
      const block = super.read(size);
      if (block !== null) this.#untouchedSince &&= now();
      else if (size !== 0) this.#pushAll(); // he wants more than there is
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
    this.#backlog.clear();
    this.#transfer?.release(false, this.#course.isOutOfStep ? (error as FTPError) : undefined);
    const told = this.#opening.failed(error);
    callback(emittable(this, error, told));
  }

  #begin(transfer: Transfer): void {
    const { data, expected, reply } = transfer;
    this.#transfer = transfer;
    if (this.destroyed) return;
    const opened = { size: expected.size, reply: reply as Reply };
    this.#opening.agreed(opened); // now that `size` and `tls` are in their places
    this.#untouchedSince = now();
    this.#progress.begin(expected.size);
    this.#source = transfer.source ?? new DuplexSource(data);
    this.#source.start(this.#take);
    whenEnded(data, (error) => {
      if (error) return this.#dataOver(error);
      this.#ended = data;
      this.#pull();
    });
    // In a tick of its own: a listener that throws must not be taken for the transfer.
    process.nextTick(() => this.emit('open', opened));
    this.#enter(this.#course.verdict ?? this.#course.state);
  }

  // Node 20 may report a reset that comes together with data as an end. Where the socket does not show that it stands, a
  // write of nothing tells: it meets the reset all the same, and puts nothing on the wire.
  #dataEnded(data: Duplex): void {
    const tell = (error?: Error | null) => this.#dataOver(error ?? undefined);
    if (!data.writable) return tell(data.errored);
    this.#await();
    if (this.#source?.isStanding) process.nextTick(tell);
    else data.write(NOTHING, tell);
    data.end(); // at once, not after the 226: some servers wait for it
  }

  #dataOver(met: Error | undefined): void {
    const { whyEnded } = this.#transfer as Transfer;
    const error = whyEnded ? whyEnded(met) : met;
    this.#step(error ? 'dataError' : 'dataEnd', error);
  }

  /** Takes what has been read; returns whether there is need of more. */
  readonly #take = (chunk: Buffer): boolean => {
    if (this.#waitsForData()) this.#deadline.disarm();
    this.#backlog.add(chunk);
    this.#pull();
    this.#progress.check();
    return this.#isShort && !this.destroyed;
  };

  readonly #pull = (): void => {
    while (this.#hungry && this.#backlog.length > 0 && !this.#isBehind) this.#pushBlock();
    const ended = this.#backlog.length === 0 ? this.#ended : undefined;
    if (!this.#source || this.destroyed || this.#course.verdict) return;
    if (ended) {
      this.#ended = undefined;
      this.#dataEnded(ended);
    } else if (this.#isShort) {
      this.#source.resume();
      this.#await();
    } else {
      if (this.#waitsForData()) this.#deadline.disarm();
      this.#untouchedSince ??= now();
    }
  };

  /** Whether the server is to send more: the consumer wants it, or not enough is kept for him. */
  get #isShort(): boolean {
    return this.#hungry && this.#backlog.length < this.readableHighWaterMark;
  }

  /** Whether a pipe, or a listener, has stopped with bytes before it. What comes now is joined to whole blocks: each costs a write. */
  get #isBehind(): boolean {
    if (this.#ended || this.#options.inPlace || this.readableFlowing !== false) return false;
    const isPiped = this.listenerCount('data') > 0 && this.listenerCount('readable') === 0;
    return isPiped && this.readableLength > 0;
  }

  #pushAll(): void {
    while (this.#hungry && this.#backlog.length > 0) this.#pushBlock();
  }

  #pushBlock(): void {
    // A consumer's own read(n) raises the high-water mark, but not the size of a block.
    // At least a byte: who asked may have put a block back meanwhile (`unshift`).
    const room = Math.max(this.readableHighWaterMark - this.readableLength, 1);
    const block = this.#backlog.take(Math.min(room, this.#options.blocksize));
    this.#progress.add(block.length);
    const { exact } = (this.#transfer as Transfer).expected;
    if (exact !== undefined && this.#progress.bytes > exact)
      return void this.destroy(excess(this.command, exact));
    this.#hungry = false;
    this.#untouchedSince = now();
    try {
      if (this.push(block)) this.#hungry = true;
    } catch (error) {
      this.#hungry = true; // a listener threw: that is not the transfer's affair
      throwLater(error);
    }
  }

  #step(event: TransferEvent, what?: Circumstance): void {
    const next = this.#course.take(event, what);
    if (next !== undefined && this.#transfer && !this.destroyed) this.#enter(next);
  }

  #enter(next: DownloadState | Verdict): void {
    this.#deadline.disarm();
    if (!this.#waitsForData()) this.#untouchedSince = undefined;
    const { completion, abort } = (this.#transfer as Transfer).timeouts;
    if (isVerdict(next)) this.#conclude(next);
    else if (next === 'atEnd') this.#deadline.arm(completion, this.#expired);
    else if (!this.#waitsForData()) this.#deadline.arm(abort, this.#expired);
    else if (this.#isShort) this.#await();
  }

  #conclude(verdict: Verdict): void {
    this.#pushAll();
    const transfer = this.#transfer as Transfer;
    const error = downloadFailure(verdict, this, transfer, this.#course, this.#options.isListing);
    if (error) {
      this.destroy(error);
    } else {
      transfer.release(true);
      this.#progress.tell();
      this.push(null);
    }
  }

  /** Whether the bytes of the data connection are what the transfer waits for. */
  #waitsForData(): boolean {
    const { state } = this.#course;
    return state === 'transferring' || state === 'confirmed' || state === 'early';
  }

  /** Begins to wait for the bytes of the data connection, unless it does already. */
  #await(): void {
    if (this.#deadline.isArmed || !this.#waitsForData()) return;
    this.#deadline.arm(this.#patience(), this.#expired);
  }

  // A 226 before any 150 may be all that a server says of an empty listing.
  #patience(): number {
    const { dataIdle, abort } = (this.#transfer as Transfer).timeouts;
    return this.#course.state === 'early' && this.bytesTransferred === 0 ? abort : dataIdle;
  }

  readonly #expired = (): void => this.#step('timeout');
}
