import { ProtocolError, printable, ReplyError } from '../../errors';
import type { Command } from '../../protocol/command';
import type { Exchange } from '../../protocol/exchange';
import { ExchangeQueue } from '../../protocol/exchange-queue';
import { type Probe, Surplus } from '../../protocol/surplus';
import { type Reply, replyText } from '../../reply';

/** What it needs of the control connection. */
interface Wire {
  /** Whether TLS is required, and has not begun yet. */
  readonly isBeforeTls: () => boolean;
  /** Makes a command that has no argument. */
  readonly command: (verb: Probe) => Command;
  readonly write: (command: Command) => void;
  readonly warn: (message: string) => void;
}

/** Keeps client and server in step: drops the replies that no command can have asked for, and asks for proof after it. */
export class SurplusFilter {
  readonly queue = new ExchangeQueue(1, (reply, exchange) => this.#drop(reply, exchange));
  readonly #surplus = new Surplus();
  readonly #wire: Wire;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** Whether a reply may be on its way that no command has asked for. */
  get isInDoubt(): boolean {
    return this.#surplus.isInDoubt;
  }

  /** What an error may tell of the replies that were dropped last. */
  get droppedNote(): string {
    return this.#surplus.note;
  }

  /**
   * Gives a reply to the exchange that it belongs to; returns whether there is one.
   * @throws ProtocolError at a flood, and at what comes in clear before TLS
   */
  deliver(reply: Reply): boolean {
    const head = this.queue.owed;
    const isTaken = this.queue.deliver(reply);
    if (isTaken && !head?.isProof && this.queue.owed !== head) this.#surplus.answered();
    return isTaken;
  }

  /** Ends an exchange whose early reply was its last. */
  settle(exchange: Exchange): void {
    this.queue.settle(exchange);
    this.#surplus.answered();
  }

  /** A reply to NOOP has come: nothing before it is owed any more. */
  onProof(reply: Reply): void {
    this.#surplus.proved(reply);
  }

  /** To be called before the next commands are written: asks for proof where there must be one. */
  sendProbeIfNeeded(): void {
    const { owed, waiting, isInDoubt } = this.queue;
    if (owed && isInDoubt) return this.#probe('NOOP', owed);
    const probe = owed || !waiting ? undefined : this.#surplus.probeBefore(waiting);
    if (waiting && probe) this.#probe(probe, waiting);
  }

  #probe(verb: Probe, { phase, timeout }: Exchange): void {
    const command = this.#wire.command(verb);
    const exchange = { command, phase, timeout, expects: 'completion', isProof: true } as const;
    const succeeded = (reply: Reply) => this.#surplus.proved(reply);
    const failed = (reason: unknown) => {
      if (reason instanceof ReplyError) this.#surplus.proved(reason.reply);
    };
    this.queue.addWritten({ ...exchange, succeeded, failed });
    this.#wire.write(command);
  }

  #drop(reply: Reply, exchange: Exchange | undefined): void {
    if (reply.code === 421) return; // the connection ends, for this reason
    if (this.#wire.isBeforeTls()) throw beforeTlsError(reply);
    this.#wire.warn(printable(this.#surplus.drop(reply, exchange)));
  }
}

/** In clear it may come from anybody on the way, and be meant for after the handshake (CVE-2021-22947). */
function beforeTlsError(reply: Reply): ProtocolError {
  const message = `${replyText(reply)} (a surplus reply in clear, before the TLS handshake)`;
  const context = { phase: 'secure' as const, reply };
  return new ProtocolError(message, context, 'ERR_FTP_PLAINTEXT_AFTER_AUTH');
}
