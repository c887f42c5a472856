import type { Command } from '../protocol/command';
import type { Exchange } from '../protocol/exchange';
import type { Reply } from '../protocol/reply';
import type { ControlConnection } from '../transport/control-connection';
import { unlessAborted } from '../unless-aborted';
import { type Settler, settler } from './settler';
import type { Timeouts } from './timeouts';

/** A command of the user's own: its first reply, and after a 1yz its last. */
export class RawExchange {
  readonly command: Command;
  readonly #control: ControlConnection;
  readonly #exchange: Exchange;
  readonly #first: Promise<Reply>;
  #last: Settler<Reply> | undefined; // from the 1yz on
  readonly #timeouts: Timeouts;

  constructor(control: ControlConnection, command: Command, timeouts: Timeouts) {
    this.command = command;
    this.#control = control;
    this.#timeouts = timeouts;
    let resolve!: (reply: Reply) => void;
    let reject!: (reason: unknown) => void;
    this.#first = new Promise((...settle) => {
      [resolve, reject] = settle;
    });
    this.#first.catch(() => {}); // if nobody asks
    const preliminary = (reply: Reply) => {
      this.#last ??= settler();
      this.#limit(0); // until somebody asks for it
      resolve(reply);
    };
    const succeeded = (reply: Reply) => (this.#last?.resolve ?? resolve)(reply);
    const failed = (reason: unknown) => (this.#last?.reject ?? reject)(reason);
    const phase = 'command';
    const timeout = timeouts.reply;
    this.#exchange = { command, expects: 'either', phase, timeout, preliminary, succeeded, failed };
    control.start(this.#exchange);
  }

  async first(signal: AbortSignal | undefined): Promise<Reply> {
    const reply = await unlessAborted(this.#first, signal, () => this.#abandon());
    if (!signal?.aborted || !this.#last) return reply;
    this.#abandon(); // in the tick of the 1yz
    throw signal.reason;
  }

  last(signal: AbortSignal | undefined): Promise<Reply> {
    return unlessAborted((this.#last as Settler<Reply>).promise, signal, () => this.#abandon());
  }

  /** Gives the last reply its time from now on. */
  waitForLast(timeout = this.#timeouts.completion): void {
    this.#limit(timeout);
  }

  #abandon(): void {
    if (this.#last) this.waitForLast();
    this.#control.abandon(this.#exchange);
  }

  #limit(timeout: number): void {
    this.#exchange.timeout = timeout;
    this.#control.rearm();
  }
}
