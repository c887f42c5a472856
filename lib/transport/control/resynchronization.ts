import { type FTPError, ProtocolError, TimeoutError } from '../../errors';
import type { Command } from '../../protocol/command';
import type { Exchange } from '../../protocol/exchange';
import { type Abandoned, Resync } from '../../protocol/resync';
import type { Reply } from '../../reply';
import { Deadline } from '../../util/deadline';
import { commandAbandonedError } from './connection-errors';

export interface ResyncOptions {
  /** How the transfer stood. */
  readonly abandoned: Abandoned;
  /** Whether no later data connection can be taken for its own. */
  readonly hasOwnData?: boolean;
  /** Milliseconds for the whole of it. */
  readonly timeout: number;
  readonly noop: Command;
  /** ABOR, where it is to be sent first. */
  readonly abor?: Command | undefined;
}

/** What it needs of the control connection. */
interface Wire {
  /** The server's host and port. */
  readonly name: string;
  write(command: Command): void;
  destroy(reason: FTPError): void;
}

/** Drives `Resync` after an abandoned transfer: reads what is owed, and proves by NOOP that it was all. */
export class Resynchronization {
  /** The replies that came before the NOOP's. */
  readonly replies: Promise<Reply[]>;
  readonly #exchange: Exchange;
  readonly #options: ResyncOptions;
  readonly #wire: Wire;
  readonly #machine: Resync;
  readonly #deadline = new Deadline();
  readonly #read: Reply[] = [];
  #resolve!: (replies: Reply[]) => void;
  #reject!: (reason: unknown) => void;

  /** @param others - what else is on the wire: nobody will be told of its replies */
  constructor(exchange: Exchange, others: readonly Exchange[], options: ResyncOptions, wire: Wire) {
    for (const each of others) each.failed(commandAbandonedError(each.command?.label));
    const noops = others.filter(({ isKeepAlive }) => isKeepAlive).length;
    this.#exchange = exchange;
    this.#options = options;
    this.#wire = wire;
    const { abandoned, hasOwnData, abor } = options;
    this.#machine = new Resync(abandoned, hasOwnData, abor !== undefined, noops);
    this.replies = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (abor) wire.write(abor);
    if (this.#machine.asksAtOnce) wire.write(options.noop);
    this.#deadline.arm(options.timeout / 2, () => this.#onSilence());
  }

  /** Takes the next reply; returns whether it was the last one. */
  receive(reply: Reply): boolean {
    const step = this.#machine.take(reply);
    if (step === 'done') {
      this.#deadline.stop();
      this.#resolve(this.#read);
      return true;
    }
    if (step !== 'skip') this.#read.push(reply);
    if (step === 'ask') this.#wire.write(this.#options.noop);
    // A 421 is a reason of its own to close.
    if (step === 'lost' && reply.code !== 421) {
      const what = 'Lost step with the server after an abandoned transfer';
      this.#wire.destroy(
        new ProtocolError(what, { command: this.#exchange.command?.label, reply }),
      );
    }
    return false;
  }

  /** The connection is gone. */
  fail(reason: FTPError): void {
    this.#deadline.stop();
    this.#reject(reason);
  }

  #onSilence(): void {
    if (this.#machine.silence() === 'ask') this.#wire.write(this.#options.noop);
    this.#deadline.arm(this.#options.timeout / 2, () => this.#onTimeout());
  }

  #onTimeout(): void {
    const what = `${this.#wire.name} did not settle an abandoned transfer in time`;
    const context = { command: this.#exchange.command?.label, phase: 'completion' as const };
    this.#wire.destroy(new TimeoutError(what, context));
  }
}
