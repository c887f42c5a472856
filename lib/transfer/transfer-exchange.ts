import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { type FTPError, ReplyError, TransferError } from '../errors';
import type { StepOptions } from '../options/client-options';
import type { Timeouts } from '../options/timeouts';
import type { Command } from '../protocol/command';
import type { Exchange } from '../protocol/exchange';
import type { Abandoned } from '../protocol/resync';
import { announcedSize } from '../protocol/size';
import { type Reply, replyClass } from '../reply';
import type { OngoingTransfer, Session } from '../session/session';
import type { Turn } from '../session/turn-queue';
import type { TransferListener } from '../streams/transfer';
import { markUserInitiated } from '../streams/user-initiated';
import { transferAbandonedError } from '../transport/control/connection-errors';
import { breakOff, reset } from '../transport/socket/reset';
import type { SocketReader } from '../transport/socket/socket-reader';
import { isTls } from '../transport/tls/node-tls';
import { throwIfAborted } from '../util/abort-listeners';
import type { StopSignal } from '../util/abort-signal';
import { unlessAborted } from '../util/abortable';
import { now } from '../util/clock';
import { Deadline } from '../util/deadline';
import { Deferred } from '../util/deferred';
import { DataProtection } from './data-protection';

/** A transfer between its turn and its release: the exchange of its command, and its data connection. */
export class TransferExchange implements OngoingTransfer {
  readonly command: Command;
  readonly timeouts: Timeouts;
  readonly #watcher: TransferListener;
  /** The data connection itself: the TCP socket, in most cases. */
  raw: Duplex | undefined;
  /** Why the control connection is of no more use: a 3yz is nobody's answer to a transfer. */
  outOfSync: FTPError | undefined;
  announced: number | null = null; // the size in the 1yz
  hasBegun = false; // there was a 1yz
  isActive = false; // the server makes the data connection
  /** Settles when a data connection is of no use to it any more, whoever opens it. */
  readonly dataClosed = new Deferred<void>();
  /** Resolves when the command is out. */
  readonly written = new Deferred<void>();
  /** Settles with the first 2yz, or with the error that came instead. */
  readonly outcome = new Deferred<Reply>();
  readonly #session: Session;
  readonly #ticket: Turn;
  readonly #direction: 'download' | 'upload';
  readonly #exchange: Exchange;
  #stage: 'unsent' | Abandoned | 'over' = 'unsent';
  #isReleased = false;
  #protection: DataProtection | undefined;
  readonly #first = new Deferred<Reply>();
  readonly #over = new Deferred<void>();
  #isDataClosed = false;

  constructor(
    session: Session,
    ticket: Turn,
    command: Command,
    direction: 'download' | 'upload',
    watcher: TransferListener,
    timeouts: Timeouts,
  ) {
    this.#session = session;
    this.#ticket = ticket;
    this.command = command;
    this.#direction = direction;
    this.#watcher = watcher;
    this.timeouts = timeouts;
    this.#exchange = {
      command,
      expects: 'transfer',
      phase: 'command',
      timeout: timeouts.reply,
      written: () => {
        this.#protection?.commanded();
        this.written.resolve();
      },
      preliminary: (reply) => this.#preliminary(reply),
      early: (reply) => this.#early(reply),
      succeeded: (reply) => this.#succeeded(reply),
      failed: (reason) => this.#failed(reason),
    };
    session.beginTransfer(this);
    session.control.once('close', this.#controlClosed);
    ticket.hold({
      command: command.label,
      idleSince: () => watcher.idleSince(),
      onQueued: () => watcher.onQueued(),
    });
  }

  /** What carries the bytes: the data connection, or TLS on it. */
  get data(): Duplex | undefined {
    return this.#protection?.data?.stream ?? this.raw;
  }

  /** Puts TLS on the data connection. @param isExact - whether the number of bytes is known for certain */
  protect(isExact: boolean): void {
    const isDownload = this.#direction === 'download';
    const isPassive = this.#session.settings.passive;
    const { command, timeouts } = this;
    const transfer = { command: command.label, timeouts, isPassive, isDownload, isExact };
    const lost = (error: Error) => this.#first.reject(error);
    this.#protection = new DataProtection(this.#session, transfer, lost);
  }

  /** The data connection is there; without one, the server has nothing to send. @throws if that is too late */
  connected(raw: Duplex | undefined, reader?: SocketReader): void {
    if (this.#isDataClosed) {
      if (raw && !reset(raw, raw)) raw.destroy();
      throw transferAbandonedError();
    }
    this.raw = raw ?? noData();
    if (this.#session.isUnref && raw instanceof Socket) raw.unref();
    if (raw) this.#protection?.connected(raw, reader);
  }

  /** The server has opened the data connection, perhaps long before its 150. */
  arrived(raw: Duplex): void {
    if (!this.#protection || this.#isDataClosed) return;
    this.connected(raw);
    this.#protection.arrived();
  }

  /** Waits for TLS. Where that fails, the data connection is destroyed, and the reply tells more. */
  secured = (signal: StopSignal) => this.#protection?.secured(signal);

  /** What TLS has to tell of it. */
  tlsDetails = () => this.#protection?.tlsDetails();

  /**
   * Sends the command; settles with the reply that lets the transfer begin, or refuses it.
   * @param hasNext - whether another transfer follows at once
   */
  async start(signal: StopSignal, hasNext = false): Promise<Reply> {
    throwIfAborted(signal);
    const first = unlessAborted(this.#first.promise, signal);
    this.#stage = 'unbegun';
    this.#session.startTransfer(this.#exchange, hasNext, {});
    return first;
  }

  /** Whether the bytes of an upload need not wait for the 1yz: TLS has to, and pyftpdlib resets them. */
  get canSendEarly(): boolean {
    const isClear = !this.#protection && this.raw instanceof Socket;
    return this.#direction === 'upload' && isClear && this.#session.acceptsEarlyData;
  }

  /** See `Transfer.release`. */
  release(success: boolean, kill?: FTPError): void {
    if (!this.#leave()) return;
    if (kill) this.#session.control.destroy(kill);
    // What fails here ends the control connection, and its 'close' tells why.
    if (!success) return void this.#abandon().catch(() => {});
    this.#closeData();
    if (this.data) closeGracefully(this.data, this.timeouts.abort);
    this.settle();
    this.#ticket.release();
  }

  /** The early 2yz was the last reply: what comes now answers another command. */
  settle(): void {
    if (this.#stage === 'answered') this.#session.control.settle(this.#exchange);
    this.#stage = 'over';
  }

  destroy = (reason: Error) => this.#watcher.destroy(reason);

  /** See `OngoingTransfer` (RFC 959 §4.1.3). */
  async abort(abor: Command, { signal, timeout }: StepOptions): Promise<Reply[] | undefined> {
    const context = { command: this.command.label, phase: 'data' as const };
    const message = `The transfer was aborted (${this.command.label})`;
    const error = markUserInitiated(new TransferError(message, context));
    if (!this.#isOwed() || !this.#leave()) {
      this.#watcher.destroy(error);
      return undefined;
    }
    const replies = this.#abandon(abor, timeout);
    this.#watcher.destroy(error);
    return unlessAborted(replies, signal);
  }

  /** Limits the time of the final reply from now on. */
  limit(): void {
    this.#exchange.timeout = this.timeouts.completion;
    this.#session.noops.stop(); // whose replies would give it more
    this.#session.control.rearm();
  }

  #isOwed(): boolean {
    return this.#stage !== 'unsent' && this.#stage !== 'over' && !this.#session.control.closed;
  }

  #leave(): boolean {
    if (this.#isReleased) return false;
    this.#isReleased = true;
    this.#session.control.off('close', this.#controlClosed);
    this.#session.endTransfer();
    this.#session.noops.stop();
    if (this.#stage === 'over' || this.#stage === 'answered') return true; // who waited was told
    const released = transferAbandonedError();
    this.written.reject(released);
    this.#first.reject(released);
    this.outcome.reject(released);
    return true;
  }

  #closeData(): void {
    this.#isDataClosed = true;
    this.#protection?.release();
    this.dataClosed.resolve();
  }

  /** Breaks the data connection off, reads what is owed, and lets the next command go. */
  async #abandon(abor?: Command, limit = this.timeouts.abort): Promise<Reply[] | undefined> {
    const { control } = this.#session;
    const began = now();
    if (this.#protection && this.#isOwed())
      await this.#protection.finish(this.#over.promise, limit / 2);
    this.#closeData();
    const timeout = limit - (now() - began);
    const { data, raw } = this;
    try {
      const isUpload = this.#direction === 'upload';
      const mustTell = breakOff(data, raw, { isUpload, isSecure: this.#protection !== undefined });
      if (!this.#isOwed()) return undefined;
      this.#session.dropEpsv(); // its reply is read with the others
      return await control.resync(this.#exchange, {
        abandoned: this.#stage as Abandoned,
        hasOwnData: this.isActive || (raw instanceof Socket && raw.bytesRead > 0),
        timeout,
        noop: this.#session.command('NOOP'),
        abor: abor ?? (mustTell ? this.#session.command('ABOR') : undefined),
      });
    } finally {
      data?.destroy();
      this.#ticket.release();
    }
  }

  #preliminary(reply: Reply): void {
    this.#begin('begun', reply);
    this.hasBegun = true;
    if (!this.#isReleased) this.#session.noops.start();
    this.announced ??= announcedSize(reply);
    this.#tell('preliminary', reply);
  }

  #early(reply: Reply): boolean {
    // Another 2yz than 226 or 250 is noise before the 150: ftplib drops it, too.
    if (reply.code !== 226 && reply.code !== 250) return false;
    this.#begin('answered', reply);
    this.outcome.resolve(reply);
    this.#tell('completion', reply);
    return true;
  }

  #begin(stage: Abandoned, reply: Reply): void {
    this.#stage = stage;
    this.#protection?.begin();
    this.#exchange.timeout = 0; // from now on the stream watches the time
    if (this.#session.state.restart !== undefined) this.#session.note({ restart: undefined });
    this.#first.resolve(reply);
  }

  #succeeded(reply: Reply): void {
    this.#stage = 'over';
    this.#over.resolve();
    this.#first.resolve(reply);
    this.outcome.resolve(reply);
    this.#tell('completion', reply);
  }

  #failed(reason: unknown): void {
    this.#stage = 'over';
    this.written.reject(reason);
    this.#over.resolve();
    this.#first.reject(this.#protection?.explained(reason) ?? reason);
    this.outcome.reject(reason);
    if (reason instanceof ReplyError) {
      const isRefusal = replyClass(reason.reply) > 3;
      if (!isRefusal) this.outOfSync = reason;
      this.#tell(isRefusal ? 'refusal' : 'intermediate', reason.reply);
    } else {
      this.#tell('controlLost', reason as FTPError);
    }
  }

  readonly #tell: TransferListener['onEvent'] = (...event) => {
    if (!this.#isReleased) this.#watcher.onEvent(...event);
  };

  readonly #controlClosed = (): void => {
    const context = { command: this.command.label, phase: 'data' as const };
    const error = this.#session.control.lostError(context);
    this.#watcher.onEvent('controlLost', error);
    // It may wait for the user's code or a local file. Who waits for a reply is told first.
    if (this.#stage === 'unsent') setImmediate(() => this.#isReleased || this.destroy(error));
  };
}

/**
 * Closes a data connection that has done its work. The end of a TLS connection may still be on its
 * way, and some servers take one that breaks off before it for a failure.
 */
export function closeGracefully(data: Duplex, timeout: number): void {
  const isLeaving = isTls(data) && data.writableEnded && !data.writableFinished;
  if (!isLeaving) {
    data.destroy();
    return;
  }
  const deadline = new Deadline();
  deadline.arm(timeout, () => data.destroy());
  data.once('finish', () => data.destroy());
  data.once('close', () => deadline.stop());
}

/** The data connection of a transfer that needs none. */
export function noData(): Duplex {
  const data = new Duplex({ read() {}, write: (_chunk, _encoding, callback) => callback() });
  data.push(null);
  return data;
}
