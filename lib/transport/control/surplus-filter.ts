import { ProtocolError, printable, ReplyError } from '../../errors';
import type { Command } from '../../protocol/command';
import type { Exchange } from '../../protocol/exchange';
import { ExchangeQueue } from '../../protocol/exchange-queue';
import { type Probe, Surplus } from '../../protocol/surplus';
import { type Reply, replyText } from '../../reply';

/** The part of the control connection that it uses. */
interface Wire {
  /** Whether TLS is required and has not begun. */
  readonly isBeforeTls: () => boolean;
  /** Creates a command without an argument. */
  readonly command: (verb: Probe) => Command;
  /** Writes a command. */
  readonly write: (command: Command) => void;
  /** Emits a `'warning'`. */
  readonly warn: (message: string) => void;
}

/**
 * Keeps client and server synchronized. It drops surplus replies, which no command can have caused,
 * and then sends a probe command to prove that no more are in transit.
 */
export class SurplusFilter {
  /** The exchanges that wait for replies, or to be sent. */
  readonly queue = new ExchangeQueue(1, (reply, exchange) => this.#drop(reply, exchange));
  readonly #surplus = new Surplus();
  readonly #wire: Wire;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** Whether a surplus reply may be in transit. */
  get isInDoubt(): boolean {
    return this.#surplus.isInDoubt;
  }

  /** A note for error messages about the replies that were dropped recently; may be empty. */
  get droppedNote(): string {
    return this.#surplus.note;
  }

  /**
   * Delivers a reply to its exchange. Returns whether there is one; else the reply is dropped.
   * @throws ProtocolError for too many surplus replies, and for one before a required TLS handshake
   */
  deliver(reply: Reply): boolean {
    const head = this.queue.current;
    const isTaken = this.queue.deliver(reply);
    if (isTaken && !head?.isProbe && this.queue.current !== head) this.#surplus.commandAnswered();
    return isTaken;
  }

  /** Ends an exchange whose early reply was its final one. */
  settle(exchange: Exchange): void {
    this.queue.remove(exchange);
    this.#surplus.commandAnswered();
  }

  /** Records that a reply to NOOP arrived, so no earlier reply is outstanding. */
  onProof(reply: Reply): void {
    this.#surplus.probeAnswered(reply);
  }

  /** Sends a probe command if one is needed. Call it before the next commands are written. */
  sendProbeIfNeeded(): void {
    const { current, nextToWrite, isInDoubt } = this.queue;
    if (current && isInDoubt) return this.#probe('NOOP', current);
    const probe = current || !nextToWrite ? undefined : this.#surplus.probeBefore(nextToWrite);
    if (nextToWrite && probe) this.#probe(probe, nextToWrite);
  }

  #probe(verb: Probe, { phase, timeout }: Exchange): void {
    const command = this.#wire.command(verb);
    const exchange = { command, phase, timeout, expects: 'completion', isProbe: true } as const;
    const succeeded = (reply: Reply) => this.#surplus.probeAnswered(reply);
    const failed = (reason: unknown) => {
      if (reason instanceof ReplyError) this.#surplus.probeAnswered(reason.reply);
    };
    this.queue.addWritten({ ...exchange, succeeded, failed });
    this.#wire.write(command);
  }

  #drop(reply: Reply, exchange: Exchange | undefined): void {
    if (reply.code === 421) return; // it closes the connection
    if (this.#wire.isBeforeTls()) throw beforeTlsError(reply);
    this.#wire.warn(printable(this.#surplus.drop(reply, exchange)));
  }
}

/**
 * Without TLS, an attacker may have injected it to be used after the handshake (CVE-2021-22947).
 */
function beforeTlsError(reply: Reply): ProtocolError {
  const message = `${replyText(reply)} (a surplus reply before the TLS handshake)`;
  const context = { phase: 'secure' as const, reply };
  return new ProtocolError(message, context, 'ERR_FTP_PLAINTEXT_AFTER_AUTH');
}
