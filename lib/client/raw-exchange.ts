import type { Command } from '../protocol/command';
import type { Exchange } from '../protocol/exchange';
import type { Reply } from '../protocol/reply';
import type { ControlConnection } from '../transport/control-connection';

/** A command of the user's own: its first reply, and after a 1yz its last. */
export class RawExchange {
  readonly command: Command;
  readonly #control: ControlConnection;
  readonly #exchange: Exchange;
  readonly #first: Promise<Reply>;
  readonly #last: Promise<Reply>;

  constructor(control: ControlConnection, command: Command, timeout: number) {
    this.command = command;
    this.#control = control;
    let preliminary!: (reply: Reply) => void;
    let succeeded!: (reply: Reply) => void;
    let failed!: (reason: unknown) => void;
    const begun = new Promise<Reply>((resolve) => {
      preliminary = (reply) => {
        this.waitForLast(0); // until somebody asks for it
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
    this.#exchange = { command, expects: 'either', phase, timeout, preliminary, succeeded, failed };
    control.start(this.#exchange);
  }

  first(signal: AbortSignal | undefined): Promise<Reply> {
    return this.#unlessAborted(this.#first, signal);
  }

  last(signal: AbortSignal | undefined): Promise<Reply> {
    return this.#unlessAborted(this.#last, signal);
  }

  /** Gives the last reply so many milliseconds from now. */
  waitForLast(timeout: number): void {
    this.#exchange.timeout = timeout;
    this.#control.rearm();
  }

  async #unlessAborted(reply: Promise<Reply>, signal: AbortSignal | undefined): Promise<Reply> {
    if (!signal) return reply;
    let aborted = () => {};
    const givenUp = new Promise<never>((_, reject) => {
      aborted = () => {
        this.#control.abandon(this.#exchange);
        reject(signal.reason);
      };
      if (signal.aborted) aborted();
      signal.addEventListener('abort', aborted);
    });
    return Promise.race([reply, givenUp]).finally(() =>
      signal.removeEventListener('abort', aborted),
    );
  }
}
