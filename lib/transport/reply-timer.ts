import type { Exchange } from '../protocol/exchange';

/**
 * The time that a reply may take, which whoever is owed the next one has. Only a whole reply moves it,
 * not its bytes: they may drip.
 *
 * A timer that runs is left alone, and looks at the clock when it is due: most replies come long before,
 * and to set and clear one for each takes as long as all else.
 */
export class ReplyTimer {
  readonly #expired: (head: Exchange) => void;
  #watched: Exchange | undefined;
  #due = 0; // when the reply is, by performance.now()
  #timer: NodeJS.Timeout | undefined;
  #rings = 0; // when the timer is
  #last: NodeJS.Immediate | undefined;

  constructor(expired: (head: Exchange) => void) {
    this.#expired = expired;
  }

  /** Runs for this exchange, afresh if it did so before and `afresh` is true. */
  watch(head: Exchange | undefined, afresh: boolean): void {
    if (head === this.#watched && !afresh) return;
    this.restart();
    if (!head || head.timeout <= 0) return;
    this.#watched = head;
    const now = performance.now();
    this.#due = now + head.timeout;
    if (this.#timer && this.#rings <= this.#due) this.#timer.ref();
    else this.#set(head.timeout, now);
  }

  /** A reply has come: the time of the next one begins when it is watched. */
  restart(): void {
    this.#watched = undefined;
    this.#timer?.unref(); // nothing to wait for is no reason to keep the process
    if (!this.#last) return;
    clearImmediate(this.#last);
    this.#last = undefined;
  }

  /** Nothing will be watched any more. */
  stop(): void {
    this.restart();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #set(milliseconds: number, now: number): void {
    clearTimeout(this.#timer);
    this.#rings = now + milliseconds;
    this.#timer = setTimeout(() => this.#ring(), milliseconds);
  }

  #ring(): void {
    this.#timer = undefined;
    const head = this.#watched;
    if (!head) return;
    const now = performance.now();
    const left = this.#due - now;
    if (left >= 1) return this.#set(left, now);
    // Where the process itself was busy for so long, the reply is there, unread: sockets come first.
    this.#last = setImmediate(() => this.#expired(head));
  }
}
