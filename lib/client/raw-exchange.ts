import type { Command } from '../protocol/command';
import type { Exchange } from '../protocol/exchange';
import type { Reply } from '../protocol/reply';
import type { ControlConnection } from '../transport/control-connection';
import { unlessAborted } from '../unless-aborted';
import type { Timeouts } from './timeouts';

/** A command of the user's own: its first reply, and after a 1yz its last. */
export class RawExchange {
  readonly command: Command;
  readonly #control: ControlConnection;
  readonly #exchange: Exchange;
  readonly #first: Promise<Reply>;
  readonly #last: Promise<Reply>;
  readonly #timeouts: Timeouts;
  #hasBegun = false;

  constructor(control: ControlConnection, command: Command, timeouts: Timeouts) {
    this.command = command;
    this.#control = control;
    this.#timeouts = timeouts;
    let preliminary!: (reply: Reply) => void;
    let succeeded!: (reply: Reply) => void;
    let failed!: (reason: unknown) => void;
    const begun = new Promise<Reply>((resolve) => {
      preliminary = (reply) => {
        this.#hasBegun = true;
        this.#limit(0); // until somebody asks for it
        resolve(reply);
      };
    });
    this.#last = new Promise((resolve, reject) => {
      succeeded = resolve;
      failed = reject;
    });
    this.#first = Promise.race([begun, this.#last]);
    for (const promise of [this.#first, this.#last]) promise.catch(() => {}); // if nobody asks
    const phase = 'command';
    const timeout = timeouts.reply;
    this.#exchange = { command, expects: 'either', phase, timeout, preliminary, succeeded, failed };
    control.start(this.#exchange);
  }

  first(signal: AbortSignal | undefined): Promise<Reply> {
    return unlessAborted(this.#first, signal, () => this.#abandon());
  }

  last(signal: AbortSignal | undefined): Promise<Reply> {
    return unlessAborted(this.#last, signal, () => this.#abandon());
  }

  /** Gives the last reply its time from now on. */
  waitForLast(timeout = this.#timeouts.completion): void {
    this.#limit(timeout);
  }

  #abandon(): void {
    if (this.#hasBegun) this.waitForLast();
    this.#control.abandon(this.#exchange);
  }

  #limit(timeout: number): void {
    this.#exchange.timeout = timeout;
    this.#control.rearm();
  }
}
