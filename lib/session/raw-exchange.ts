import type { Timeouts } from '../options/timeouts';
import type { Command } from '../protocol/command';
import type { Exchange } from '../protocol/exchange';
import type { Reply } from '../reply';
import type { ControlConnection } from '../transport/control/control-connection';
import type { StopSignal } from '../util/abort-signal';
import { unlessAborted } from '../util/abortable';
import { Deferred } from '../util/deferred';

/** A command of the user's own: its first reply, and after a 1yz its last. */
export class RawExchange implements Exchange {
  readonly command: Command;
  readonly expects = 'either';
  readonly phase = 'command';
  readonly isRaw = true;
  timeout: number;
  readonly #control: ControlConnection;
  readonly #timeouts: Timeouts;
  readonly #first = new Deferred<Reply>();
  #last: Deferred<Reply> | undefined; // from the 1yz on
  #isOwed = false;

  constructor(control: ControlConnection, command: Command, timeouts: Timeouts) {
    this.command = command;
    this.timeout = timeouts.reply;
    this.#control = control;
    this.#timeouts = timeouts;
    control.start(this);
  }

  preliminary(reply: Reply): void {
    if (this.#last) return; // a second one gives nobody more time
    this.#last = new Deferred();
    this.#isOwed = true;
    this.#setTimeout(0); // until somebody asks for it
    this.#first.resolve(reply);
  }

  succeeded(reply: Reply): void {
    (this.#last ?? this.#first).resolve(reply);
  }

  failed(reason: unknown): void {
    (this.#last ?? this.#first).reject(reason);
  }

  /** Whether a 1yz was all that has come, and somebody may ask for the last reply, or did. */
  get isOwed(): boolean {
    return this.#isOwed;
  }

  /** The first reply. To be called at once, since the signal may be aborted in the tick of it. */
  firstReply(signal: StopSignal | undefined): Promise<Reply> {
    return signal ? this.#firstReplyUnlessAborted(signal) : this.#first.promise;
  }

  async #firstReplyUnlessAborted(signal: StopSignal): Promise<Reply> {
    const reply = await unlessAborted(this.#first.promise, signal, () => this.#abandon());
    if (!signal.aborted || !this.#last) return reply;
    this.#abandon(); // in the tick of the 1yz
    throw signal.reason;
  }

  lastReply(signal: StopSignal | undefined): Promise<Reply> {
    return unlessAborted((this.#last as Deferred<Reply>).promise, signal, () => this.#abandon());
  }

  /** Gives the last reply its time from now on. */
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
