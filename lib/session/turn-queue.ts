import { BusyError, ConnectionError } from '../errors';
import { throwIfAborted } from '../util/abort-listeners';
import { Cancellation, type StopSignal } from '../util/abort-signal';
import { unlessAborted } from '../util/abortable';
import { now } from '../util/clock';

/** The transfer that a turn was taken for. */
export interface TurnHolder {
  /** The transfer command, as it may be shown. */
  readonly command: string;
  /** Since when (`now()`) it waits for its user, or `undefined`. */
  idleSince(): number | undefined;
  /** Somebody waits behind it. */
  onQueued(): void;
}

/** A place in the line for the control connection, kept from the moment of the call. */
export interface Turn {
  /** Whether the turn has come, so that there is nothing to wait for. */
  readonly isReady: boolean;
  /**
   * Resolves when the turn has come.
   *
   * @param patience - milliseconds to stand behind a transfer that its user leaves untouched; 0 is for ever
   * @throws BusyError, the signal's reason, or the reason of `fail()`; the place is given up then
   */
  ready(patience: number, signal?: StopSignal): Promise<void>;
  /** Makes the transfer known that goes on with this turn. */
  hold(holder: TurnHolder): void;
  /** Lets the next one go; once is enough. */
  release(): void;
}

/** A ticket whose release is held back until the turn is given away. */
export interface DeferredTurn extends Turn {
  /** Lets the release through: the one that came, or the one to come. */
  allowRelease(): void;
}

/** Lends the turn to a transfer that may be followed by another one on the same turn. */
export function deferRelease(turn: Turn): DeferredTurn {
  let isReleased = false;
  let isGiven = false;
  return {
    get isReady() {
      return turn.isReady;
    },
    ready: (patience, signal) => turn.ready(patience, signal),
    hold: (holder) => turn.hold(holder),
    release() {
      isReleased = true;
      if (isGiven) turn.release();
    },
    allowRelease() {
      isGiven = true;
      if (isReleased) turn.release();
    },
  };
}

/** The ticket of a transfer inside a procedure, which keeps the turn; and when it would have been released. */
export function nestedTurn(): { readonly turn: Turn; readonly released: Promise<void> } {
  let release!: () => void;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { turn: { isReady: true, ready: async () => {}, hold() {}, release }, released };
}

const RESOLVED = Promise.resolve();

/** A place in the line. Only who has to wait makes a promise. */
class QueuedTurn implements Turn {
  readonly #turn: TurnQueue;
  holder: TurnHolder | undefined;
  #failure: Error | undefined;
  #isGranted = false;
  #onSettled: (() => void) | undefined;

  constructor(turn: TurnQueue) {
    this.#turn = turn;
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

  ready(patience: number, signal?: StopSignal): Promise<void> {
    const isWaiting = !this.isReady || signal?.aborted === true;
    return isWaiting ? this.#turn.waitFor(this, patience, signal) : RESOLVED;
  }

  hold(holder: TurnHolder): void {
    this.holder = holder;
    if (this.#turn.hasWaiting) holder.onQueued();
  }

  release(): void {
    this.#turn.remove(this);
  }

  whenGranted(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onSettled = () => (this.#failure ? reject(this.#failure) : resolve());
      if (this.#isGranted || this.#failure) this.#onSettled();
    });
  }
}

/** One procedure at a time on a control connection, in the order of the calls. */
export class TurnQueue {
  #turns: QueuedTurn[] = []; // the first one has the turn
  #failure: Error | undefined;
  /** Aborted when the connection is gone, with the reason. */
  readonly closeSignal = new Cancellation();

  take(): Turn {
    const place = new QueuedTurn(this);
    this.#turns.push(place);
    if (this.#failure) place.fail(this.#failure);
    else if (this.#turns.length === 1) place.grant();
    else this.#turns[0]?.holder?.onQueued();
    return place;
  }

  /** The connection is gone: nobody's turn will come. */
  fail(reason: Error): void {
    this.#failure = reason;
    this.closeSignal.abort(reason);
    for (const place of this.#turns.splice(0)) place.fail(reason);
  }

  /** Sends those away who wait now; the one who has the turn keeps it. */
  rejectWaiting(reason: Error): void {
    for (const place of this.#turns.splice(1)) place.fail(reason);
  }

  /** @internal */
  get hasWaiting(): boolean {
    return this.#turns.length > 1;
  }

  /** What `Ticket.ready` promises. @internal */
  async waitFor(
    place: QueuedTurn,
    patience: number,
    signal: StopSignal | undefined,
  ): Promise<void> {
    const began = now();
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<never>((_, reject) => {
      const look = () => {
        const holder = this.#turns[0]?.holder;
        const since = holder?.idleSince();
        const waited = since === undefined ? 0 : now() - Math.max(since, began);
        if (holder && waited >= patience) reject(busyError(holder, patience));
        else timer = setTimeout(look, Math.max(patience - waited, 1));
      };
      if (patience > 0) timer = setTimeout(look, patience);
    });
    try {
      await unlessAborted(Promise.race([place.whenGranted(), tooLong]), signal);
      throwIfAborted(signal);
    } catch (error) {
      this.remove(place);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** @internal */
  remove(place: QueuedTurn): void {
    if (this.#turns[0] === place) {
      this.#turns.shift();
      this.#turns[0]?.grant();
      return;
    }
    const index = this.#turns.indexOf(place);
    if (index === -1) return;
    this.#turns.splice(index, 1);
    place.fail(new ConnectionError('The turn was given up', { connectionUsable: true }));
  }
}

function busyError(holder: TurnHolder, patience: number): BusyError {
  const message = `The connection is busy: ${holder.command} has been left untouched for ${patience} ms`;
  return new BusyError(message, { command: holder.command, connectionUsable: true });
}
