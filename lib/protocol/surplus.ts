import { ProtocolError } from '../errors';
import { type Reply, replyText } from '../reply';
import { canAnswer } from './answers';
import type { Exchange } from './exchange';

/**
 * Replies that may be dropped in a row. Each answered command earns two more up to this number, so
 * that a server which says everything twice never gets there, and one that floods us soon does.
 */
const MAX_SURPLUS = 100;
const ALLOWANCE_PER_ANSWER = 2;

/** What an error tells of the dropped replies: so many of the last, and so much of each. */
const SHOWN = 3;
const SHOWN_LENGTH = 80;

/** Commands whose reply proves that all before it have been read. The second has a code of its own. */
export type Probe = 'NOOP' | 'PWD';

/**
 * Keeps account of the replies that were dropped because no command can have asked for them, and
 * whether another one may follow that could be taken for the answer to the next command.
 */
export class Surplus {
  #allowed = MAX_SURPLUS;
  #dropped: string[] = []; // since the last answer
  #doubt: 'none' | 'repeated' | 'open' = 'none';
  #probeCode: number | undefined; // the code of a probe's answer, if nothing has come since
  #probes = 0; // probes since the last command

  /** Whether the next command must wait for proof that client and server are in step. */
  get isInDoubt(): boolean {
    return this.#doubt !== 'none';
  }

  /** What an error may tell of replies that were dropped while it waited: words to append. */
  get note(): string {
    if (this.#dropped.length === 0) return '';
    const shown = this.#dropped.slice(-SHOWN).join('; ');
    const more =
      this.#dropped.length > SHOWN ? `the last ${SHOWN} of ${this.#dropped.length}: ` : '';
    return ` (dropped as surplus: ${more}${shown})`;
  }

  /**
   * Takes account of a reply that is dropped.
   * @param exchange - the one that it cannot answer, if one is owed a reply
   * @returns the warning
   * @throws ProtocolError at a flood
   */
  drop(reply: Reply, exchange: Exchange | undefined): string {
    const text = replyText(reply);
    if (--this.#allowed < 0) {
      const message = `${text} (too many replies that no command asked for)`;
      throw new ProtocolError(message, { reply });
    }
    this.#dropped.push(text.slice(0, SHOWN_LENGTH));
    // A server that says everything twice says the answer to a probe twice, too.
    const isRepeated = this.#doubt !== 'open' && reply.code === this.#probeCode;
    this.#doubt = isRepeated ? 'repeated' : 'open';
    return `A surplus reply was dropped, since ${whyDropped(exchange)}: ${text}`;
  }

  /** A command has had its answer. */
  commandAnswered(): void {
    this.#restoreAllowance();
    this.#probeCode = undefined;
    this.#probes = 0;
  }

  /** A probe has had its answer: nothing before it is owed any more. */
  probeAnswered({ code }: Reply): void {
    this.#restoreAllowance();
    this.#doubt = 'none';
    this.#probeCode = code;
  }

  /** The probe to send before a command, if there must be one. */
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
