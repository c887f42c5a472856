import type { Exchange } from '../../protocol/exchange';
import { now } from '../../util/clock';
import { Deadline } from '../../util/deadline';

/**
 * How many times its timeout all replies of one exchange may take together. A server can announce
 * the final reply by preliminary ones, but not for ever.
 */
export const PATIENCE = 5;

/**
 * The time that a reply may take, which whoever is owed the next one has. Only a whole reply moves it,
 * not its bytes: they may drip. Nor do preliminary replies move it beyond the time that all have.
 */
export class ReplyTimer {
  readonly #deadline = new Deadline();
  readonly #expired: () => void;
  #watched: Exchange | undefined;
  #owner: Exchange | undefined; // of the time that all replies have
  #end = 0; // of that time, by now()
  #isWhole = false; // all of it is what is left

  /** @param expired - told of the exchange, and of the milliseconds for all replies if it has had others */
  constructor(expired: (head: Exchange, limit: number | undefined) => void) {
    this.#expired = () => {
      const head = this.#watched as Exchange;
      expired(head, this.#isWhole ? wholeTime(head) : undefined);
    };
  }

  /** Runs for this exchange, afresh if it did so before and `afresh` is true. */
  watch(head: Exchange | undefined, afresh: boolean): void {
    if (head === this.#watched && !afresh) return;
    this.#watched = head;
    if (!head || head.timeout <= 0) return this.#deadline.disarm();
    if (head !== this.#owner || afresh) {
      this.#owner = head;
      this.#end = now() + wholeTime(head);
    }
    const left = Math.max(this.#end - now(), 1);
    this.#isWhole = left < head.timeout;
    this.#deadline.arm(Math.min(head.timeout, left), this.#expired);
  }

  /** A reply has come: the time of the next one begins when it is watched. */
  restart(): void {
    this.#watched = undefined;
    this.#deadline.disarm();
  }

  /** Nothing will be watched any more. */
  stop(): void {
    this.#watched = undefined;
    this.#owner = undefined;
    this.#deadline.stop();
  }
}

function wholeTime({ limit, timeout }: Exchange): number {
  return limit ?? PATIENCE * timeout;
}
