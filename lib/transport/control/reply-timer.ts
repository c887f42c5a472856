import type { Exchange } from '../../protocol/exchange';
import { now } from '../../util/clock';
import { Deadline } from '../../util/deadline';

/**
 * All replies of one exchange may take this many times its timeout. A server may delay the final
 * reply with preliminary ones, but not for ever.
 */
export const TIMEOUTS_PER_EXCHANGE = 5;

/**
 * The timeout of the exchange that is owed the next reply. Only a complete reply extends it; single
 * bytes do not, because a server could send them slowly for ever. Preliminary replies extend it
 * only within the exchange's budget, which is the time for all its replies.
 */
export class ReplyTimer {
  readonly #deadline = new Deadline();
  readonly #expired: () => void;
  #current: Exchange | undefined;
  #budgetOwner: Exchange | undefined; // the exchange that the budget belongs to
  #budgetEnd = 0; // by now()
  #isLimitedByBudget = false;

  /** @param expired - called with the exchange, and with its budget in ms if that is used up */
  constructor(expired: (head: Exchange, limit: number | undefined) => void) {
    this.#expired = () => {
      const head = this.#current as Exchange;
      expired(head, this.#isLimitedByBudget ? budgetOf(head) : undefined);
    };
  }

  /** Runs the timer for `head`. If it runs for it already, `restart` starts it again. */
  watch(head: Exchange | undefined, restart: boolean): void {
    if (head === this.#current && !restart) return;
    this.#current = head;
    if (!head || head.timeout <= 0) return this.#deadline.disarm();
    if (head !== this.#budgetOwner || restart) {
      this.#budgetOwner = head;
      this.#budgetEnd = now() + budgetOf(head);
    }
    const left = Math.max(this.#budgetEnd - now(), 1);
    this.#isLimitedByBudget = left < head.timeout;
    this.#deadline.arm(Math.min(head.timeout, left), this.#expired);
  }

  /** Stops the timer after a reply. The next call of `watch` starts it again. */
  restart(): void {
    this.#current = undefined;
    this.#deadline.disarm();
  }

  /** Stops the timer for good. */
  stop(): void {
    this.#current = undefined;
    this.#budgetOwner = undefined;
    this.#deadline.stop();
  }
}

function budgetOf({ limit, timeout }: Exchange): number {
  return limit ?? TIMEOUTS_PER_EXCHANGE * timeout;
}
