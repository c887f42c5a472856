import type { Timeouts } from '../options/timeouts';
import type { Command } from '../protocol/command';
import type { Exchange } from '../protocol/exchange';
import type { Reply } from '../reply';
import type { ControlConnection } from '../transport/control/control-connection';
import type { StopSignal } from '../util/abort-signal';
import { unlessAborted } from '../util/abortable';
import { Deferred } from '../util/deferred';

/** The exchange of a user's own command: its first reply and, after a 1yz, its final reply. */
export class RawExchange implements Exchange {
  /** The command. */
  readonly command: Command;
  /** A 2yz or 3yz ends it successfully. */
  readonly expects = 'either';
  /** The phase named in errors. */
  readonly phase = 'command';
  /** Every reply can answer it. */
  readonly isRaw = true;
  /** Milliseconds until its next reply; 0 means no limit. */
  timeout: number;
  readonly #control: ControlConnection;
  readonly #timeouts: Timeouts;
  readonly #first = new Deferred<Reply>();
  #last: Deferred<Reply> | undefined; // created by the 1yz
  #isOwed = false;

  constructor(control: ControlConnection, command: Command, timeouts: Timeouts) {
    this.command = command;
    this.timeout = timeouts.reply;
    this.#control = control;
    this.#timeouts = timeouts;
    control.start(this);
  }

  /** Called with a 1yz. */
  preliminary(reply: Reply): void {
    if (this.#last) return; // a second one does not extend the time
    this.#last = new Deferred();
    this.#isOwed = true;
    this.#setTimeout(0); // no limit until voidResp() waits for it
    this.#first.resolve(reply);
  }

  /** Called with the final reply if it is a 2yz or 3yz. */
  succeeded(reply: Reply): void {
    (this.#last ?? this.#first).resolve(reply);
  }

  /** Called with the error if the exchange fails. */
  failed(reason: unknown): void {
    (this.#last ?? this.#first).reject(reason);
  }

  /** Whether a 1yz has arrived and the wait for the final reply was not aborted. */
  get isOwed(): boolean {
    return this.#isOwed;
  }

  /**
   * Waits for the first reply. Call it at once: the signal may be aborted in the tick of the reply.
   */
  firstReply(signal: StopSignal | undefined): Promise<Reply> {
    return signal ? this.#firstReplyUnlessAborted(signal) : this.#first.promise;
  }

  async #firstReplyUnlessAborted(signal: StopSignal): Promise<Reply> {
    const reply = await unlessAborted(this.#first.promise, signal, () => this.#abandon());
    if (!signal.aborted || !this.#last) return reply;
    this.#abandon(); // aborted in the tick of the 1yz
    throw signal.reason;
  }

  /** Waits for the final reply, after a 1yz. */
  lastReply(signal: StopSignal | undefined): Promise<Reply> {
    return unlessAborted((this.#last as Deferred<Reply>).promise, signal, () => this.#abandon());
  }

  /** Starts the timeout of the final reply. */
  waitForLast(timeout = this.#timeouts.completion): void {
    this.#setTimeout(timeout);
  }

  #abandon(): void {
    if (this.#last) this.waitForLast();
    this.#isOwed = false;
    this.#control.abandon(this);
  }

  #setTimeout(timeout: number): void {
    this.timeout = timeout;
    this.#control.restartTimer();
  }
}
