import { Deadline } from '../deadline';
import type { Exchange } from '../protocol/exchange';

/**
 * The time that a reply may take, which whoever is owed the next one has. Only a whole reply moves it,
 * not its bytes: they may drip.
 */
export class ReplyTimer {
  readonly #deadline = new Deadline();
  #watched: Exchange | undefined;

  /** Runs for this exchange, afresh if it did so before and `afresh` is true. */
  watch(head: Exchange | undefined, afresh: boolean, expired: (head: Exchange) => void): void {
    if (head === this.#watched && !afresh) return;
    this.#watched = head;
    this.#deadline.arm(head?.timeout ?? 0, () => expired(head as Exchange));
  }

  /** A reply has come: the time of the next one begins when it is watched. */
  restart(): void {
    this.#watched = undefined;
    this.#deadline.disarm();
  }
}
