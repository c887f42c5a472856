import { now } from './clock';

/**
 * A reusable timer for one waiting object: it is armed, re-armed and disarmed, and stopped at the
 * end. When it fires, it first lets the event loop read sockets once more: if the process itself
 * was busy for that long, the awaited data may have arrived unread.
 *
 * A running Node timer is kept, and checks the clock when it fires. The awaited event usually comes
 * long before, and setting and clearing a timer each time would take as long as everything else.
 */
export class Deadline {
  #expired: (() => void) | undefined;
  #due = 0; // in terms of now()
  #timer: NodeJS.Timeout | undefined;
  #firesAt = 0; // when #timer fires
  #finalCheck: NodeJS.Immediate | undefined;

  /** Whether a callback is pending. */
  get isArmed(): boolean {
    return this.#expired !== undefined;
  }

  /** Calls `expired` after `milliseconds`, replacing an earlier callback; 0 means never. */
  arm(milliseconds: number, expired: () => void): void {
    this.disarm();
    if (milliseconds <= 0) return;
    const began = now();
    this.#expired = expired;
    this.#due = began + milliseconds;
    if (this.#timer && this.#firesAt <= this.#due) this.#timer.ref();
    else this.#set(milliseconds, began);
  }

  /** Cancels the callback. */
  disarm(): void {
    if (!this.#expired) return;
    this.#expired = undefined;
    this.#timer?.unref(); // an idle timer must not keep the process alive
    if (!this.#finalCheck) return;
    clearImmediate(this.#finalCheck);
    this.#finalCheck = undefined;
  }

  /** Cancels the callback and clears the Node timer. */
  stop(): void {
    this.disarm();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #set(milliseconds: number, began: number): void {
    clearTimeout(this.#timer);
    this.#firesAt = began + milliseconds;
    this.#timer = setTimeout(() => this.#onTimer(), milliseconds);
  }

  #onTimer(): void {
    this.#timer = undefined;
    const expired = this.#expired;
    if (!expired) return;
    const firedAt = now();
    const left = this.#due - firedAt;
    if (left >= 1) this.#set(left, firedAt);
    else this.#finalCheck = setImmediate(expired); // the event loop reads sockets first
  }
}
