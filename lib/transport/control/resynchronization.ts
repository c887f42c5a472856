import { type FTPError, ProtocolError, TimeoutError } from '../../errors';
import type { Command } from '../../protocol/command';
import type { Exchange } from '../../protocol/exchange';
import { type AbandonedState, Resync } from '../../protocol/resync';
import type { Reply } from '../../reply';
import { Deadline } from '../../util/deadline';
import { commandAbandonedError } from './connection-errors';

/** Options of a resynchronization. */
export interface ResyncOptions {
  /** How far the transfer had come. */
  readonly abandoned: AbandonedState;
  /** Whether the server cannot use a later data connection for this transfer. */
  readonly hasOwnData?: boolean;
  /** Milliseconds for the whole resynchronization. */
  readonly timeout: number;
  /** The NOOP that proves that no earlier reply is outstanding. */
  readonly noop: Command;
  /** ABOR, if it is to be sent first. */
  readonly abor?: Command | undefined;
}

/** The part of the control connection that it uses. */
interface Wire {
  /** The server's host and port. */
  readonly name: string;
  write(command: Command): void;
  destroy(reason: FTPError): void;
}

/**
 * Runs `Resync` after an abandoned transfer: reads the outstanding replies, and proves with NOOP
 * that none is left.
 */
export class Resynchronization {
  /** Resolves with the replies before the one to NOOP. @throws FTPError if the connection closes */
  readonly replies: Promise<Reply[]>;
  readonly #exchange: Exchange;
  readonly #options: ResyncOptions;
  readonly #wire: Wire;
  readonly #machine: Resync;
  readonly #deadline = new Deadline();
  readonly #read: Reply[] = [];
  #resolve!: (replies: Reply[]) => void;
  #reject!: (reason: unknown) => void;

  /** @param others - other exchanges on the wire: they fail, and their replies are discarded */
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
    if (this.#machine.probesFirst) wire.write(options.noop);
    this.#deadline.arm(options.timeout / 2, () => this.#onSilence());
  }

  /** Handles the next reply. Returns whether it was the last one. */
  receive(reply: Reply): boolean {
    const step = this.#machine.handleReply(reply);
    if (step === 'done') {
      this.#deadline.stop();
      this.#resolve(this.#read);
      return true;
    }
    if (step !== 'skip') this.#read.push(reply);
    if (step === 'probe') this.#wire.write(this.#options.noop);
    // A 421 closes the connection anyway.
    if (step === 'lost' && reply.code !== 421) {
      const what = 'Lost synchronization with the server after an abandoned transfer';
      this.#wire.destroy(
        new ProtocolError(what, { command: this.#exchange.command?.label, reply }),
      );
    }
    return false;
  }

  /** Fails because the connection was closed. */
  fail(reason: FTPError): void {
    this.#deadline.stop();
    this.#reject(reason);
  }

  #onSilence(): void {
    if (this.#machine.handleSilence() === 'probe') this.#wire.write(this.#options.noop);
    this.#deadline.arm(this.#options.timeout / 2, () => this.#onTimeout());
  }

  #onTimeout(): void {
    const what = `${this.#wire.name} sent no complete replies to an abandoned transfer in time`;
    const context = { command: this.#exchange.command?.label, phase: 'completion' as const };
    this.#wire.destroy(new TimeoutError(what, context));
  }
}
