import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { type FTPError, TransferError } from '../errors';
import type { StepOptions } from '../options/client-options';
import type { Timeouts } from '../options/timeouts';
import type { Command } from '../protocol/command';
import type { Reply } from '../reply';
import type { OngoingTransfer, Session } from '../session/session';
import type { Turn } from '../session/turn-queue';
import type { TransferListener } from '../streams/transfer';
import { markUserInitiated } from '../streams/user-initiated';
import { transferAbandonedError } from '../transport/control/connection-errors';
import { abortData, reset } from '../transport/socket/reset';
import type { SocketReader } from '../transport/socket/socket-reader';
import { isTls } from '../transport/tls/node-tls';
import type { StopSignal } from '../util/abort-signal';
import { unlessAborted } from '../util/abortable';
import { now } from '../util/clock';
import { Deadline } from '../util/deadline';
import { Deferred } from '../util/deferred';
import { DataProtection } from './data-protection';
import { TransferExchange } from './transfer-exchange';

/**
 * A transfer from its turn to its release. It ends both its exchange and its data connection.
 */
export class RunningTransfer implements OngoingTransfer {
  /** The exchange of the transfer command. */
  readonly exchange: TransferExchange;
  /** Resolves when the transfer no longer uses its data connection. */
  readonly dataClosed = new Deferred<void>();
  readonly #session: Session;
  readonly #turn: Turn;
  readonly #direction: 'download' | 'upload';
  readonly #listener: TransferListener;
  #raw: Duplex | undefined;
  #protection: DataProtection | undefined;
  #isActive = false;
  #isDataClosed = false;
  #isReleased = false;

  constructor(
    session: Session,
    turn: Turn,
    command: Command,
    direction: 'download' | 'upload',
    listener: TransferListener,
    timeouts: Timeouts,
  ) {
    this.#session = session;
    this.#turn = turn;
    this.#direction = direction;
    this.#listener = listener;
    this.exchange = new TransferExchange(session, command, timeouts, {
      onSent: () => this.#protection?.onCommandSent(),
      onAgreed: () => this.#protection?.begin(),
      onEvent: (...event) => listener.onEvent(...event),
      explainRefusal: (reason) => this.#protection?.explainRefusal(reason) ?? reason,
    });
  }

  /** Registers it as the transfer of the session, until `release()` or `abort()`. */
  register(): void {
    const { command } = this.exchange;
    this.#session.beginTransfer(this);
    this.#session.control.once('close', this.#onControlClose);
    this.#turn.hold({
      command: command.label,
      idleSince: () => this.#listener.idleSince(),
      onQueued: () => this.#listener.onQueued(),
    });
  }

  #unregister(): void {
    this.#session.control.off('close', this.#onControlClose);
    this.#session.endTransfer();
  }

  /** The timeouts of this transfer, in milliseconds. */
  get timeouts(): Timeouts {
    return this.exchange.timeouts;
  }

  /** The data connection below TLS: the TCP socket, in most cases. */
  get raw(): Duplex | undefined {
    return this.#raw;
  }

  /** The stream of the bytes: TLS if the transfer uses it, otherwise the data connection. */
  get data(): Duplex | undefined {
    return this.#protection?.data?.stream ?? this.#raw;
  }

  /**
   * Uses TLS on the data connection. Call it before the connection opens.
   * @param isExact - whether the exact number of bytes is known
   */
  protect(isExact: boolean): void {
    const isDownload = this.#direction === 'download';
    const isPassive = this.#session.settings.passive;
    const { command, timeouts } = this.exchange;
    const transfer = { command: command.label, timeouts, isPassive, isDownload, isExact };
    const failed = (error: Error) => this.exchange.fail(error);
    this.#protection = new DataProtection(this.#session, transfer, failed);
  }

  /** Whether TLS reads the socket of the data connection itself. */
  get hasDirectTls(): boolean {
    return this.#protection?.isDirect === true;
  }

  /** Notes that the server will open the data connection (active mode). */
  expectConnection(): void {
    this.#isActive = true;
  }

  /**
   * Sets the data connection. `undefined` means that the server opens none, since it has no data.
   * @throws ConnectionError if the transfer has been abandoned in the meantime
   */
  attachData(raw: Duplex | undefined, reader?: SocketReader): void {
    if (this.#isDataClosed) {
      if (raw && !reset(raw, raw)) raw.destroy();
      throw transferAbandonedError();
    }
    this.#raw = raw ?? emptyData();
    if (this.#session.isUnref && raw instanceof Socket) raw.unref();
    if (raw) this.#protection?.connected(raw, reader);
  }

  /** Starts TLS on a connection that the server has opened, perhaps long before its 150. */
  attachEarlyData(raw: Duplex): void {
    if (!this.#protection || this.#isDataClosed) return;
    this.attachData(raw);
    this.#protection.onAccepted();
  }

  /** Waits for TLS. If the handshake fails, the data connection is destroyed. */
  waitForHandshake = (signal: StopSignal) => this.#protection?.waitForHandshake(signal);

  /** Describes the TLS of the data connection and its failures; `undefined` without TLS. */
  tlsDetails = () => this.#protection?.tlsDetails();

  /**
   * Whether an upload may send data before the 1yz. Only some servers accept it, and only without
   * TLS.
   */
  get canSendEarly(): boolean {
    const isClear = !this.#protection && this.#raw instanceof Socket;
    return this.#direction === 'upload' && isClear && this.#session.acceptsEarlyData;
  }

  /** See `Transfer.release`. */
  release(success: boolean, kill?: FTPError): void {
    if (!this.#detach()) return;
    if (kill) this.#session.control.destroy(kill);
    // If this fails, it ends the control connection, whose 'close' event reports the reason.
    if (!success) return void this.#abandon().catch(() => {});
    this.#closeData();
    if (this.data) closeGracefully(this.data, this.timeouts.abort);
    this.exchange.settle();
    this.#turn.release();
  }

  /** Destroys the stream of the transfer. */
  destroy = (reason: Error) => this.#listener.destroy(reason);

  /** See `OngoingTransfer` (RFC 959 §4.1.3). */
  async abort(abor: Command, { signal, timeout }: StepOptions): Promise<Reply[] | undefined> {
    const { label } = this.exchange.command;
    const message = `The transfer was aborted (${label})`;
    const context = { command: label, phase: 'data' as const };
    const error = markUserInitiated(new TransferError(message, context));
    if (!this.exchange.isOwed || !this.#detach()) {
      this.#listener.destroy(error);
      return undefined;
    }
    const replies = this.#abandon(abor, timeout);
    this.#listener.destroy(error);
    return unlessAborted(replies, signal);
  }

  /** Returns false if the transfer has been released before. */
  #detach(): boolean {
    if (this.#isReleased) return false;
    this.#isReleased = true;
    this.#unregister();
    this.exchange.detach();
    return true;
  }

  #closeData(): void {
    this.#isDataClosed = true;
    this.#protection?.release();
    this.dataClosed.resolve();
  }

  /** Breaks off the data connection, reads the replies still owed, and releases the turn. */
  async #abandon(abor?: Command, limit = this.timeouts.abort): Promise<Reply[] | undefined> {
    const { exchange } = this;
    const start = now();
    if (this.#protection && exchange.isOwed) {
      await this.#protection.finishHandshake(exchange.repliesOver.promise, limit / 2);
    }
    this.#closeData();
    const timeout = limit - (now() - start);
    const { data, raw } = this;
    try {
      const isUpload = this.#direction === 'upload';
      const mustSendAbor = abortData(data, raw, {
        isUpload,
        isSecure: this.#protection !== undefined,
      });
      if (!exchange.isOwed) return undefined;
      this.#session.dropEpsv(); // its reply is read with the owed ones
      return await exchange.resync({
        hasOwnData: this.#isActive || (raw instanceof Socket && raw.bytesRead > 0),
        timeout,
        noop: this.#session.command('NOOP'),
        abor: abor ?? (mustSendAbor ? this.#session.command('ABOR') : undefined),
      });
    } finally {
      data?.destroy();
      this.#turn.release();
    }
  }

  readonly #onControlClose = (): void => {
    const context = { command: this.exchange.command.label, phase: 'data' as const };
    const error = this.#session.control.lostError(context);
    this.#listener.onEvent('controlLost', error);
    // The transfer may wait for user code or a local file. Pending replies must fail first.
    if (this.exchange.isUnsent) setImmediate(() => this.#isReleased || this.destroy(error));
  };
}

/**
 * Closes a data connection at the end of a transfer. The end of a TLS connection may still be on
 * its way. Some servers report a failure if the connection breaks off before it.
 */
function closeGracefully(data: Duplex, timeout: number): void {
  const isEnding = isTls(data) && data.writableEnded && !data.writableFinished;
  if (!isEnding) {
    data.destroy();
    return;
  }
  const deadline = new Deadline();
  deadline.arm(timeout, () => data.destroy());
  data.once('finish', () => data.destroy());
  data.once('close', () => deadline.stop());
}

/** Creates an empty stream for a transfer without a data connection. */
function emptyData(): Duplex {
  const data = new Duplex({ read() {}, write: (_chunk, _encoding, callback) => callback() });
  data.push(null);
  return data;
}
