/**
 * The one timer of something that waits: armed, moved, disarmed. After its time it looks once more
 * whether what it waits for has come: where the process itself was busy for so long, it is there, unread.
 */
export class Deadline {
  #timer: NodeJS.Timeout | undefined;
  #last: NodeJS.Immediate | undefined;

  /** Calls `expired` after so many milliseconds, instead of whatever was to come; 0 is never. */
  arm(milliseconds: number, expired: () => void): void {
    this.disarm();
    if (milliseconds <= 0) return;
    this.#timer = setTimeout(() => {
      this.#last = setImmediate(expired); // sockets are read before
    }, milliseconds);
  }

  disarm(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#last);
    this.#timer = undefined;
    this.#last = undefined;
  }
}
