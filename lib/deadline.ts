/** The one timer of something that waits: armed, moved, disarmed. */
export class Deadline {
  #timer: NodeJS.Timeout | undefined;

  /** Calls `expired` after so many milliseconds, instead of whatever was to come; 0 is never. */
  arm(milliseconds: number, expired: () => void): void {
    this.disarm();
    if (milliseconds > 0) this.#timer = setTimeout(expired, milliseconds);
  }

  disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
