import { BusyError, ConnectionError } from '../errors';
import { throwIfAborted } from '../util/abort-listeners';
import { Cancellation, type StopSignal } from '../util/abort-signal';
import { unlessAborted } from '../util/abortable';
import { now } from '../util/clock';

/** The transfer that holds a turn. */
export interface TurnHolder {
  /** The transfer command, with secrets masked. */
  readonly command: string;
  /** The time (`now()`) since which the transfer waits for its user, or `undefined`. */
  idleSince(): number | undefined;
  /** Called when another call queues behind the transfer. */
  onQueued(): void;
}

/** A place in the queue for the control connection, taken when the method is called. */
export interface Turn {
  /** Whether the turn has come, so that `ready()` need not be awaited. */
  readonly isReady: boolean;
  /**
   * Resolves when the turn has come.
   *
   * If it rejects, the turn leaves the queue.
   *
   * @param idleLimit - maximum milliseconds to wait behind a transfer that waits for its user; 0
   *   means no limit
   * @throws BusyError after `idleLimit`; else the signal's reason, or the reason of `fail()`
   */
  ready(idleLimit: number, signal?: StopSignal): Promise<void>;
  /** Sets the transfer that keeps this turn until its end. */
  hold(holder: TurnHolder): void;
  /** Passes the control connection to the next turn. Further calls have no effect. */
  release(): void;
}

/** A turn whose `release()` takes effect only after `allowRelease()`. */
export interface DeferredTurn extends Turn {
  /** Releases the turn if `release()` was called already; otherwise the next call releases it. */
  allowRelease(): void;
}

/** Wraps a turn for a transfer that another one may follow on the same turn. */
export function deferRelease(turn: Turn): DeferredTurn {
  let isReleased = false;
  let isReleaseAllowed = false;
  return {
    get isReady() {
      return turn.isReady;
    },
    ready: (idleLimit, signal) => turn.ready(idleLimit, signal),
    hold: (holder) => turn.hold(holder),
    release() {
      isReleased = true;
      if (isReleaseAllowed) turn.release();
    },
    allowRelease() {
      isReleaseAllowed = true;
      if (isReleased) turn.release();
    },
  };
}

/**
 * Creates a turn for a transfer inside a procedure. The procedure keeps the real turn; `released`
 * resolves when the transfer releases its own.
 */
export function nestedTurn(): { readonly turn: Turn; readonly released: Promise<void> } {
  let release!: () => void;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { turn: { isReady: true, ready: async () => {}, hold() {}, release }, released };
}

const RESOLVED = Promise.resolve();

/**
 * A turn in the queue. It creates a promise only if it has to wait: most turns are ready at once.
 */
class QueuedTurn implements Turn {
  readonly #queue: TurnQueue;
  holder: TurnHolder | undefined;
  #failure: Error | undefined;
  #isGranted = false;
  #onSettled: (() => void) | undefined;

  constructor(queue: TurnQueue) {
    this.#queue = queue;
  }

  grant(): void {
    this.#isGranted = true;
    this.#onSettled?.();
  }

  fail(reason: Error): void {
    this.#failure ??= reason;
    this.#onSettled?.();
  }

  get isReady(): boolean {
    return this.#isGranted && this.#failure === undefined;
  }

  ready(idleLimit: number, signal?: StopSignal): Promise<void> {
    const isWaiting = !this.isReady || signal?.aborted === true;
    return isWaiting ? this.#queue.waitFor(this, idleLimit, signal) : RESOLVED;
  }

  hold(holder: TurnHolder): void {
    this.holder = holder;
    if (this.#queue.hasWaiting) holder.onQueued();
  }

  release(): void {
    this.#queue.remove(this);
  }

  whenGranted(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onSettled = () => (this.#failure ? reject(this.#failure) : resolve());
      if (this.#isGranted || this.#failure) this.#onSettled();
    });
  }
}

/** Runs one procedure at a time on a control connection, in the order of the calls. */
export class TurnQueue {
  #turns: QueuedTurn[] = []; // the first one is granted
  #failure: Error | undefined;
  /** Aborted, with the reason, when the control connection closes. */
  readonly closeSignal = new Cancellation();

  /** Adds a turn to the end of the queue. After `fail()`, its `ready()` rejects. */
  take(): Turn {
    const turn = new QueuedTurn(this);
    this.#turns.push(turn);
    if (this.#failure) turn.fail(this.#failure);
    else if (this.#turns.length === 1) turn.grant();
    else this.#turns[0]?.holder?.onQueued();
    return turn;
  }

  /** Rejects all turns, present and future: the control connection is closed. */
  fail(reason: Error): void {
    this.#failure = reason;
    this.closeSignal.abort(reason);
    for (const turn of this.#turns.splice(0)) turn.fail(reason);
  }

  /** Rejects the turns that wait now. The granted turn is kept. */
  rejectWaiting(reason: Error): void {
    for (const turn of this.#turns.splice(1)) turn.fail(reason);
  }

  /** Whether turns wait behind the granted one. @internal */
  get hasWaiting(): boolean {
    return this.#turns.length > 1;
  }

  /** Implements `Turn.ready`. @internal */
  async waitFor(
    turn: QueuedTurn,
    idleLimit: number,
    signal: StopSignal | undefined,
  ): Promise<void> {
    const start = now();
    let timer: NodeJS.Timeout | undefined;
    const idleExpired = new Promise<never>((_, reject) => {
      const check = () => {
        const holder = this.#turns[0]?.holder;
        const since = holder?.idleSince();
        const idle = since === undefined ? 0 : now() - Math.max(since, start);
        if (holder && idle >= idleLimit) reject(busyError(holder, idleLimit));
        else timer = setTimeout(check, Math.max(idleLimit - idle, 1));
      };
      if (idleLimit > 0) timer = setTimeout(check, idleLimit);
    });
    try {
      await unlessAborted(Promise.race([turn.whenGranted(), idleExpired]), signal);
      throwIfAborted(signal);
    } catch (error) {
      this.remove(turn);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Takes a turn out of the queue, and grants the next one. @internal */
  remove(turn: QueuedTurn): void {
    if (this.#turns[0] === turn) {
      this.#turns.shift();
      this.#turns[0]?.grant();
      return;
    }
    const index = this.#turns.indexOf(turn);
    if (index === -1) return;
    this.#turns.splice(index, 1);
    turn.fail(
      new ConnectionError('The turn was released before it was granted', {
        connectionUsable: true,
      }),
    );
  }
}

function busyError(holder: TurnHolder, idleLimit: number): BusyError {
  const message = `The connection is busy: ${holder.command} has waited for its user for ${idleLimit} ms`;
  return new BusyError(message, { command: holder.command, connectionUsable: true });
}
