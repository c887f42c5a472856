import { Deadline } from '../deadline';
import type { Exchange } from '../protocol/exchange';

/**
 * The time that a reply may take, which whoever is owed the next one has. Only a whole reply moves it,
 * not its bytes: they may drip.
 */
export class ReplyTimer {
  readonly #deadline = new Deadline();
  readonly #expired: () => void;
  #watched: Exchange | undefined;

  constructor(expired: (head: Exchange) => void) {
    this.#expired = () => expired(this.#watched as Exchange);
  }

  /** Runs for this exchange, afresh if it did so before and `afresh` is true. */
  watch(head: Exchange | undefined, afresh: boolean): void {
    if (head === this.#watched && !afresh) return;
    this.#watched = head;
    this.#deadline.arm(head?.timeout ?? 0, this.#expired);
  }

  /** A reply has come: the time of the next one begins when it is watched. */
  restart(): void {
    this.#watched = undefined;
    this.#deadline.disarm();
  }

  /** Nothing will be watched any more. */
  stop(): void {
    this.#watched = undefined;
    this.#deadline.stop();
  }
}
