import { type FTPError, ReplyError } from '../errors';
import type { Timeouts } from '../options/timeouts';
import type { Command } from '../protocol/command';
import type { Exchange } from '../protocol/exchange';
import type { AbandonedState } from '../protocol/resync';
import { announcedSize } from '../protocol/size';
import { type Reply, replyClass } from '../reply';
import type { Session } from '../session/session';
import type { TransferListener } from '../streams/transfer';
import { transferAbandonedError } from '../transport/control/connection-errors';
import type { ResyncOptions } from '../transport/control/resynchronization';
import { throwIfAborted } from '../util/abort-listeners';
import type { StopSignal } from '../util/abort-signal';
import { unlessAborted } from '../util/abortable';
import { Deferred } from '../util/deferred';

/** The callbacks of a `TransferExchange`. */
export interface TransferExchangeListener {
  /** Called when the command has been written. */
  onSent(): void;
  /** Called when the server has accepted the transfer, so that data may flow. */
  onAgreed(): void;
  /** Called with each event for the stream of the transfer. */
  readonly onEvent: TransferListener['onEvent'];
  /** Adds an explanation to a refusal, if there is one; returns other errors unchanged. */
  explainRefusal(reason: unknown): unknown;
}

/**
 * The exchange of a transfer command. Up to two replies matter, a 1yz and a final reply. Each of
 * them settles its own promise.
 */
export class TransferExchange {
  /** The transfer command. */
  readonly command: Command;
  /** The timeouts of the transfer, in milliseconds. */
  readonly timeouts: Timeouts;
  /** Resolves when the command has been written. */
  readonly written = new Deferred<void>();
  /** Resolves with the first 2yz, or rejects with the error that came instead. */
  readonly outcome = new Deferred<Reply>();
  /** Resolves when the server owes no more replies. */
  readonly repliesOver = new Deferred<void>();
  readonly #session: Session;
  readonly #listener: TransferExchangeListener;
  readonly #exchange: Exchange;
  readonly #first = new Deferred<Reply>(); // the reply that accepts or refuses the transfer
  #stage: 'unsent' | AbandonedState | 'over' = 'unsent';
  #hasBegun = false;
  #announced: number | null = null;
  #syncError: FTPError | undefined;
  #isDetached = false;

  constructor(
    session: Session,
    command: Command,
    timeouts: Timeouts,
    listener: TransferExchangeListener,
  ) {
    this.#session = session;
    this.command = command;
    this.timeouts = timeouts;
    this.#listener = listener;
    this.#exchange = {
      command,
      expects: 'transfer',
      phase: 'command',
      timeout: timeouts.reply,
      written: () => {
        listener.onSent();
        this.written.resolve();
      },
      preliminary: (reply) => this.#onPreliminary(reply),
      early: (reply) => this.#onEarly(reply),
      succeeded: (reply) => this.#onSuccess(reply),
      failed: (reason) => this.#onFailure(reason),
    };
  }

  /** Whether a 1yz has arrived. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** The size in the 1yz, in bytes, or `null`. */
  get announced(): number | null {
    return this.#announced;
  }

  /**
   * The reason why the control connection is unusable: a 3yz, which no transfer command expects.
   */
  get syncError(): FTPError | undefined {
    return this.#syncError;
  }

  /** Whether the command has not been sent yet. */
  get isUnsent(): boolean {
    return this.#stage === 'unsent';
  }

  /** Whether the server still owes a reply, and may still send it. */
  get isOwed(): boolean {
    return this.#stage !== 'unsent' && this.#stage !== 'over' && !this.#session.control.closed;
  }

  /**
   * Sends the command and waits for the reply that accepts the transfer.
   *
   * @param hasNext - whether another transfer follows at once
   * @throws ReplyError if the server refuses the transfer
   */
  async start(signal: StopSignal, hasNext = false): Promise<Reply> {
    throwIfAborted(signal);
    const first = unlessAborted(this.#first.promise, signal);
    this.#stage = 'pending';
    this.#session.startTransfer(this.#exchange, hasNext, {});
    return first;
  }

  /** Makes `start()` reject with an error. */
  fail(error: Error): void {
    this.#first.reject(error);
  }

  /**
   * Notes that no more reply is owed. After an early 2yz, the next reply answers another command.
   */
  settle(): void {
    if (this.#stage === 'completed') this.#session.control.settle(this.#exchange);
    this.#stage = 'over';
  }

  /** Starts the timeout of the final reply (`timeouts.completion`). */
  limitFinalReply(): void {
    this.#exchange.timeout = this.timeouts.completion;
    this.#session.noops.stop(); // the replies to NOOP would extend the time
    this.#session.control.restartTimer();
  }

  /** Stops reporting events. Promises that are still pending reject: the transfer is abandoned. */
  detach(): void {
    this.#isDetached = true;
    this.#session.noops.stop();
    if (this.#stage === 'over' || this.#stage === 'completed') return; // the promises are settled
    const error = transferAbandonedError();
    this.written.reject(error);
    this.#first.reject(error);
    this.outcome.reject(error);
  }

  /** Reads the replies that the server still owes, so that the next command can follow. */
  resync(options: Omit<ResyncOptions, 'abandoned'>): Promise<Reply[]> {
    const abandoned = this.#stage as AbandonedState;
    return this.#session.control.resync(this.#exchange, { ...options, abandoned });
  }

  #onPreliminary(reply: Reply): void {
    this.#onAgreed('started', reply);
    this.#hasBegun = true;
    if (!this.#isDetached) this.#session.noops.start();
    this.#announced ??= announcedSize(reply);
    this.#report('preliminary', reply);
  }

  #onEarly(reply: Reply): boolean {
    // Only a 226 or 250 can be final before the 150. Like ftplib, drop any other 2yz.
    if (reply.code !== 226 && reply.code !== 250) return false;
    this.#onAgreed('completed', reply);
    this.outcome.resolve(reply);
    this.#report('completion', reply);
    return true;
  }

  #onAgreed(stage: AbandonedState, reply: Reply): void {
    this.#stage = stage;
    this.#listener.onAgreed();
    this.#exchange.timeout = 0; // the stream has its own timeouts from now on
    if (this.#session.state.restart !== undefined) this.#session.note({ restart: undefined });
    this.#first.resolve(reply);
  }

  #onSuccess(reply: Reply): void {
    this.#stage = 'over';
    this.repliesOver.resolve();
    this.#first.resolve(reply);
    this.outcome.resolve(reply);
    this.#report('completion', reply);
  }

  #onFailure(reason: unknown): void {
    this.#stage = 'over';
    this.written.reject(reason);
    this.repliesOver.resolve();
    this.#first.reject(this.#listener.explainRefusal(reason));
    this.outcome.reject(reason);
    if (reason instanceof ReplyError) {
      const isRefusal = replyClass(reason.reply) > 3;
      if (!isRefusal) this.#syncError = reason;
      this.#report(isRefusal ? 'refusal' : 'intermediate', reason.reply);
    } else {
      this.#report('controlLost', reason as FTPError);
    }
  }

  readonly #report: TransferListener['onEvent'] = (...event) => {
    if (!this.#isDetached) this.#listener.onEvent(...event);
  };
}
