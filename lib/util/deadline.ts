import { now } from './clock';

/**
 * The one timer of something that waits: armed, moved, disarmed, and stopped at the end. After its time it
 * looks once more whether what it waits for has come: where the process itself was busy for so long, it is
 * there, unread.
 *
 * A timer that runs is left alone, and looks at the clock when it is due: what is waited for mostly comes long
 * before, and to set and clear a timer each time would take as long as all else.
 */
export class Deadline {
  #expired: (() => void) | undefined;
  #due = 0; // by now()
  #timer: NodeJS.Timeout | undefined;
  #firesAt = 0; // when the timer does
  #finalCheck: NodeJS.Immediate | undefined;

  get isArmed(): boolean {
    return this.#expired !== undefined;
  }

  /** Calls `expired` after so many milliseconds, instead of whatever was to come; 0 is never. */
  arm(milliseconds: number, expired: () => void): void {
    this.disarm();
    if (milliseconds <= 0) return;
    const began = now();
    this.#expired = expired;
    this.#due = began + milliseconds;
    if (this.#timer && this.#firesAt <= this.#due) this.#timer.ref();
    else this.#set(milliseconds, began);
  }

  disarm(): void {
    if (!this.#expired) return;
    this.#expired = undefined;
    this.#timer?.unref(); // nothing to wait for is no reason to keep the process
    if (!this.#finalCheck) return;
    clearImmediate(this.#finalCheck);
    this.#finalCheck = undefined;
  }

  /** Disarms for good, and leaves no timer behind. */
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
    else this.#finalCheck = setImmediate(expired); // sockets are read before
  }
}
