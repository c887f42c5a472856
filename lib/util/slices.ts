import { now } from './clock';
import { callListener } from './listeners';

const SHARE = 4; // milliseconds per turn of the event loop
const CHECK_INTERVAL = 16; // amount of work between two checks of the clock

let began: number | undefined; // when work in this turn began
let turn: NodeJS.Immediate | undefined; // starts the next turn
let waiting: Slices[] = [];

/**
 * Divides long work, such as processing large amounts of data from a server, into time slices. All
 * slices together take a few milliseconds of each turn of the event loop, so that timers and other
 * connections are not delayed.
 *
 * The owner calls `isOver()` before each piece of work, and stops if the slice is over. Its
 * callback is called when the next slice begins. A pending slice keeps the process alive.
 */
export class Slices {
  readonly #next: () => void;
  #work = 0;
  #isDue = false;
  #isStopped = false;

  /** @param next - continues the work */
  constructor(next: () => void) {
    this.#next = next;
  }

  /** Whether the next slice is pending. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /**
   * Whether the slice is over. If it is, the next slice is scheduled.
   *
   * @param work - the amount of the next piece of work; the clock is checked once per 16
   */
  isOver(work = 1): boolean {
    if (this.#isDue) return true;
    this.#work += work;
    if (this.#work < CHECK_INTERVAL) return false;
    this.#work = 0;
    if (!isShareSpent()) return false;
    this.#isDue = true;
    waiting.push(this);
    scheduleTurn(true);
    return true;
  }

  /** Waits for the next slice, if this one is over. */
  static async pause(): Promise<void> {
    if (!isShareSpent()) return;
    await new Promise<void>((resolve) => {
      waiting.push(new Slices(resolve));
      scheduleTurn(true);
    });
  }

  /** Prevents further calls of `next`. */
  stop(): void {
    this.#isStopped = true;
  }

  /**
   * Begins the next slice.
   *
   * @internal
   */
  begin(): void {
    this.#isDue = false;
    if (!this.#isStopped) callListener(this.#next);
  }
}

function isShareSpent(): boolean {
  if (began !== undefined) return now() - began >= SHARE;
  began = now();
  scheduleTurn(false);
  return false;
}

/** @param mustCome - whether the turn keeps the process alive */
function scheduleTurn(mustCome: boolean): void {
  turn ??= setImmediate(begin).unref();
  if (mustCome) turn.ref();
}

// Slices that could not begin in this turn come first in the next one.
function begin(): void {
  turn = undefined;
  began = undefined;
  const due = waiting;
  if (due.length === 0) return;
  waiting = [];
  let count = 0;
  while (count < due.length && !isShareSpent()) due[count++]?.begin();
  waiting = [...due.slice(count), ...waiting];
  scheduleTurn(true); // restarts the clock even if no work is left
}
