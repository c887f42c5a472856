import type { Command } from './command';

/** Runs commands one after the other, in order, even if several arrive together. */
export class CommandQueue {
  #waiting: Command[] = [];
  #running: Command | undefined;
  readonly #answer: (command: Command) => Promise<void>;
  readonly #onIdle: () => void;

  /** `answer` must not reject. */
  constructor(answer: (command: Command) => Promise<void>, onIdle: () => void) {
    this.#answer = answer;
    this.#onIdle = onIdle;
  }

  get running(): Command | undefined {
    return this.#running;
  }

  get idle(): boolean {
    return this.#running === undefined && this.#waiting.length === 0;
  }

  add(command: Command): void {
    this.#waiting.push(command);
    if (!this.#running) void this.#run();
  }

  /** Runs a command as soon as the running one has ended, before pending ones. */
  addFirst(command: Command): void {
    this.#waiting.unshift(command);
  }

  /** Drops the pending commands. */
  clear(): void {
    this.#waiting = [];
  }

  async #run(): Promise<void> {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      this.#running = next;
      await this.#answer(next);
    }
    this.#running = undefined;
    this.#onIdle();
  }
}
