import { ProtocolError } from '../errors';
import { type Reply, replyText } from '../reply';
import { canAnswer } from './answers';
import type { Exchange } from './exchange';

/**
 * How many replies may be dropped in a row. Each answered command allows two more, up to this
 * limit. So a server that sends every reply twice never reaches the limit, but a flood soon does.
 */
const MAX_SURPLUS = 100;
const ALLOWANCE_PER_ANSWER = 2;

/** An error shows the last dropped replies: this many, and this many characters of each. */
const SHOWN = 3;
const SHOWN_LENGTH = 80;

/**
 * Commands whose reply proves that no earlier reply is outstanding. The reply to PWD has a code
 * that no other command shares.
 */
export type Probe = 'NOOP' | 'PWD';

/**
 * Counts the replies that were dropped because they cannot answer any command. It also records
 * whether another such reply may follow and be mistaken for the answer to the next command.
 */
export class Surplus {
  #allowed = MAX_SURPLUS;
  #dropped: string[] = []; // since the last answer
  #doubt: 'none' | 'repeated' | 'open' = 'none';
  #probeCode: number | undefined; // of the last reply to a probe, if no reply came since
  #probes = 0; // probes since the last command

  /** Whether the next command must wait for a probe, because another surplus reply may follow. */
  get isInDoubt(): boolean {
    return this.#doubt !== 'none';
  }

  /** Text about the dropped replies, to append to the message of an error; may be empty. */
  get note(): string {
    if (this.#dropped.length === 0) return '';
    const shown = this.#dropped.slice(-SHOWN).join('; ');
    const more =
      this.#dropped.length > SHOWN ? `the last ${SHOWN} of ${this.#dropped.length}: ` : '';
    return ` (dropped as surplus: ${more}${shown})`;
  }

  /**
   * Records a dropped reply.
   *
   * @param exchange - the pending exchange, which the reply cannot answer; `undefined` if none is
   * @returns the text of a warning
   * @throws ProtocolError if too many replies were dropped in a row
   */
  drop(reply: Reply, exchange: Exchange | undefined): string {
    const text = replyText(reply);
    if (--this.#allowed < 0) {
      const message = `${text} (too many replies that no command asked for)`;
      throw new ProtocolError(message, { reply });
    }
    this.#dropped.push(text.slice(0, SHOWN_LENGTH));
    // A server that sends every reply twice also sends the reply to a probe twice.
    const isRepeated = this.#doubt !== 'open' && reply.code === this.#probeCode;
    this.#doubt = isRepeated ? 'repeated' : 'open';
    return `A surplus reply was dropped, since ${whyDropped(exchange)}: ${text}`;
  }

  /** Records that a command was answered. */
  commandAnswered(): void {
    this.#restoreAllowance();
    this.#probeCode = undefined;
    this.#probes = 0;
  }

  /** Records the reply to a probe: no earlier reply is outstanding. */
  probeAnswered({ code }: Reply): void {
    this.#restoreAllowance();
    this.#doubt = 'none';
    this.#probeCode = code;
  }

  /** Returns the probe to send before a command, or `undefined` if none is needed. */
  probeBefore(next: Exchange): Probe | undefined {
    if (this.#doubt === 'none') return undefined;
    const isRepeated = this.#doubt === 'repeated' && this.#probeCode !== undefined;
    const repeated = { code: this.#probeCode as number, lines: [] };
    if (isRepeated && (this.#probes > 1 || !canAnswer(repeated, next))) {
      this.#doubt = 'none';
      return undefined;
    }
    this.#probes++;
    return isRepeated ? 'PWD' : 'NOOP';
  }

  #restoreAllowance(): void {
    this.#allowed = Math.min(this.#allowed + ALLOWANCE_PER_ANSWER, MAX_SURPLUS);
    this.#dropped = [];
  }
}

function whyDropped(exchange: Exchange | undefined): string {
  if (!exchange) return 'no command asked for it';
  return exchange.command ? `it cannot answer ${exchange.command.label}` : 'it is no greeting';
}
