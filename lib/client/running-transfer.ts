import type { Duplex } from 'node:stream';
import { ConnectionError, type FTPError, ReplyError, TransferError } from '../errors';
import type { Command } from '../protocol/command';
import type { Exchange } from '../protocol/exchange';
import { type Reply, replyClass } from '../protocol/reply';
import type { Abandoned } from '../protocol/resync';
import { announcedSize } from '../protocol/size';
import { markOwnDoing } from '../streams/own-doing';
import type { TransferWatcher } from '../streams/transfer';
import { reset } from '../transport/reset';
import { unlessAborted } from '../unless-aborted';
import type { CallOptions, Timeouts } from './options';
import type { OngoingTransfer, Session } from './session';
import type { Ticket } from './turn';

/** A transfer between its turn and its release: the exchange of its command, and its data connection. */
export class RunningTransfer implements OngoingTransfer {
  readonly command: Command;
  readonly timeouts: Timeouts;
  readonly #watcher: TransferWatcher;
  /** Settles with the first 2yz, or with the error that came instead. */
  readonly outcome: Promise<Reply>;
  data: Duplex | undefined;
  /** Why the control connection is of no more use: a 3yz is nobody's answer to a transfer. */
  outOfStep: FTPError | undefined;
  /** The size in the 1yz, if any. */
  announced: number | null = null;
  readonly #session: Session;
  readonly #ticket: Ticket;
  readonly #direction: 'download' | 'upload';
  readonly #exchange: Exchange;
  #stage: 'unsent' | Abandoned | 'over' = 'unsent';
  #isReleased = false;
  #hasBegun = false;
  readonly #first = settler<Reply>();
  readonly #last = settler<Reply>();

  constructor(
    session: Session,
    ticket: Ticket,
    command: Command,
    direction: 'download' | 'upload',
    watcher: TransferWatcher,
    timeouts: Timeouts,
  ) {
    this.#session = session;
    this.#ticket = ticket;
    this.command = command;
    this.#direction = direction;
    this.#watcher = watcher;
    this.timeouts = timeouts;
    this.outcome = this.#last.promise;
    this.#exchange = {
      command,
      expects: 'transfer',
      phase: 'command',
      timeout: timeouts.reply,
      preliminary: (reply) => this.#preliminary(reply),
      early: (reply) => this.#early(reply),
      succeeded: (reply) => this.#succeeded(reply),
      failed: (reason) => this.#failed(reason),
    };
    session.transfer = this;
    session.control.once('close', this.#controlClosed);
    ticket.hold({
      command: command.label,
      untouchedSince: () => watcher.untouchedSince(),
      waitedFor: () => watcher.waitedFor(),
    });
  }

  /** Sends the command; settles with the reply that lets the transfer begin, or refuses it. */
  async start(signal: AbortSignal): Promise<Reply> {
    signal.throwIfAborted();
    const first = unlessAborted(this.#first.promise, signal);
    this.#stage = 'unbegun';
    this.#session.control.start(this.#exchange);
    return first;
  }

  /** Whether there was a 1yz. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** See `Transfer.release`. */
  release(success: boolean, kill?: FTPError): void {
    if (!this.#leave()) return;
    const { control } = this.#session;
    if (kill) control.destroy(kill);
    if (success) {
      this.data?.destroy();
      if (this.#stage === 'answered') control.settle(this.#exchange);
      this.#ticket.release();
    } else {
      // What fails here ends the control connection, and its 'close' tells why.
      this.#abandon().catch(() => {});
    }
  }

  destroy(reason: Error): void {
    this.#watcher.destroy(reason);
  }

  /** See `OngoingTransfer` (RFC 959 §4.1.3). */
  async abort(abor: Command, { signal, timeout }: CallOptions): Promise<Reply[] | undefined> {
    const isOwed = this.#isOwed();
    const context = { command: this.command.label, phase: 'data' as const };
    const message = `The transfer was aborted (${this.command.label})`;
    const error = markOwnDoing(new TransferError(message, context));
    if (!isOwed || !this.#leave()) {
      this.#watcher.destroy(error);
      return undefined;
    }
    const replies = this.#abandon(abor, timeout);
    this.#watcher.destroy(error);
    return unlessAborted(replies, signal);
  }

  /** Gives the final reply a limited time from now. */
  limit(): void {
    this.#exchange.timeout = this.timeouts.completion;
    this.#session.control.rearm();
  }

  #isOwed(): boolean {
    return this.#stage !== 'unsent' && this.#stage !== 'over' && !this.#session.control.closed;
  }

  #leave(): boolean {
    if (this.#isReleased) return false;
    this.#isReleased = true;
    this.#session.control.off('close', this.#controlClosed);
    this.#session.transfer = undefined;
    // Nobody is told of a reply any more.
    const released = new ConnectionError('The transfer was given up', { connectionUsable: true });
    this.#first.reject(released);
    this.#last.reject(released);
    return true;
  }

  /** Breaks the data connection off, reads what is owed, and lets the next command go. */
  async #abandon(abor?: Command, timeout = this.timeouts.abort): Promise<Reply[]> {
    const { control } = this.#session;
    const { data } = this;
    const stage = this.#stage;
    try {
      // A partial file must not look like a whole one: where the stream cannot be reset,
      // the server is told, or sees the control connection end, before the data does.
      const mustTell = this.#direction === 'upload' && data !== undefined && !reset(data);
      if (!mustTell) data?.destroy();
      if (!this.#isOwed()) return [];
      return await control.resync(this.#exchange, {
        abandoned: stage as Abandoned,
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
    this.#hasBegun = true;
    this.announced ??= announcedSize(reply);
    this.#watcher.told('preliminary', reply);
  }

  #early(reply: Reply): boolean {
    // Another 2yz than 226 or 250 is noise before the 150: ftplib drops it, too.
    if (reply.code !== 226 && reply.code !== 250) return false;
    this.#begin('answered', reply);
    this.#last.resolve(reply);
    this.#watcher.told('completion', reply);
    return true;
  }

  #begin(stage: Abandoned, reply: Reply): void {
    this.#stage = stage;
    this.#exchange.timeout = 0; // from now on the stream watches the time
    this.#session.state = { ...this.#session.state, restart: undefined };
    this.#first.resolve(reply);
  }

  #succeeded(reply: Reply): void {
    this.#stage = 'over';
    this.#first.resolve(reply);
    this.#last.resolve(reply);
    this.#watcher.told('completion', reply);
  }

  #failed(reason: unknown): void {
    this.#stage = 'over';
    this.#first.reject(reason);
    this.#last.reject(reason);
    if (reason instanceof ReplyError) {
      const isRefusal = replyClass(reason.reply) > 2;
      if (!isRefusal) this.outOfStep = reason;
      this.#watcher.told(isRefusal ? 'refusal' : 'intermediate', reason.reply);
    } else {
      this.#watcher.told('controlLost', reason as FTPError);
    }
  }

  readonly #controlClosed = (): void => {
    const context = { command: this.command.label, phase: 'data' as const };
    this.#watcher.told('controlLost', this.#session.control.lostError(context));
  };
}

interface Settler<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

/** A promise to be settled from outside, whether anybody waits for it or not. */
function settler<T>(): Settler<T> {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((a, b) => {
    resolve = a;
    reject = b;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}
