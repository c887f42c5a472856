import type { Exchange } from '../../protocol/exchange';
import { now } from '../../util/clock';
import { Deadline } from '../../util/deadline';

/**
 * How many times its timeout all replies of one exchange may take together. A server can announce
 * the final reply by preliminary ones, but not for ever.
 */
export const TIMEOUTS_PER_EXCHANGE = 5;

/**
 * The time that a reply may take, which whoever is owed the next one has. Only a whole reply moves it,
 * not its bytes: they may drip. Nor do preliminary replies move it beyond the time that all have.
 */
export class ReplyTimer {
  readonly #deadline = new Deadline();
  readonly #expired: () => void;
  #current: Exchange | undefined;
  #budgetOwner: Exchange | undefined; // of the time that all replies have
  #budgetEnd = 0; // of that time, by now()
  #isBudgetLeft = false; // all of it is what is left

  /** @param expired - told of the exchange, and of the milliseconds for all replies if it has had others */
  constructor(expired: (head: Exchange, limit: number | undefined) => void) {
    this.#expired = () => {
      const head = this.#current as Exchange;
      expired(head, this.#isBudgetLeft ? budgetOf(head) : undefined);
    };
  }

  /** Runs for this exchange, afresh if it did so before and `afresh` is true. */
  watch(head: Exchange | undefined, restart: boolean): void {
    if (head === this.#current && !restart) return;
    this.#current = head;
    if (!head || head.timeout <= 0) return this.#deadline.disarm();
    if (head !== this.#budgetOwner || restart) {
      this.#budgetOwner = head;
      this.#budgetEnd = now() + budgetOf(head);
    }
    const left = Math.max(this.#budgetEnd - now(), 1);
    this.#isBudgetLeft = left < head.timeout;
    this.#deadline.arm(Math.min(head.timeout, left), this.#expired);
  }

  /** A reply has come: the time of the next one begins when it is watched. */
  restart(): void {
    this.#current = undefined;
    this.#deadline.disarm();
  }

  /** Nothing will be watched any more. */
  stop(): void {
    this.#current = undefined;
    this.#budgetOwner = undefined;
    this.#deadline.stop();
  }
}

function budgetOf({ limit, timeout }: Exchange): number {
  return limit ?? TIMEOUTS_PER_EXCHANGE * timeout;
}
