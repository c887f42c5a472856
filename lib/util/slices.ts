import { now } from './clock';
import { callListener } from './listeners';

const SHARE = 4; // milliseconds of one turn of the event loop
const CHECK_INTERVAL = 16; // pieces of work between two looks at the clock

let began: number | undefined; // when the work of this turn began
let turn: NodeJS.Immediate | undefined; // begins the next one
let waiting: Slices[] = [];

/**
 * Work that may take long, because a server sent much, done in slices: all of them together take a few milliseconds
 * of each turn of the event loop, so that timers and other connections are not held up.
 *
 * The owner asks `isOver()` before each piece of work, and stops when the slice is over. He is called when the next one
 * begins. The process does not end before.
 */
export class Slices {
  readonly #next: () => void;
  #work = 0;
  #isDue = false;
  #isStopped = false;

  /** @param next - goes on with the work */
  constructor(next: () => void) {
    this.#next = next;
  }

  /** Whether there is another slice to come. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /**
   * Whether the work must wait for the next slice, which is then due.
   *
   * @param work - how much comes now; 16 is enough to look at the clock
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

  /** No more slices are wanted. */
  stop(): void {
    this.#isStopped = true;
  }

  /** @internal */
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

/** @param mustCome - whether the process has to wait for it */
function scheduleTurn(mustCome: boolean): void {
  turn ??= setImmediate(begin).unref();
  if (mustCome) turn.ref();
}

// Who could not begin in this turn comes first in the next one.
function begin(): void {
  turn = undefined;
  began = undefined;
  const due = waiting;
  if (due.length === 0) return;
  waiting = [];
  let count = 0;
  while (count < due.length && !isShareSpent()) due[count++]?.begin();
  waiting = [...due.slice(count), ...waiting];
  scheduleTurn(true); // so that the clock starts afresh even where nothing is left to do
}
