import type { Command } from './command';

/** Commands are answered one by one, in their order, however many arrived together. */
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

  /** Answered as soon as the one that runs has ended. */
  addFirst(command: Command): void {
    this.#waiting.unshift(command);
  }

  /** Leaves out those that wait. */
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
