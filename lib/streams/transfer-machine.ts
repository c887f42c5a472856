import { FTPError } from '../errors';
import {
  isVerdict,
  type TransferEvent,
  type TransferTable,
  type Verdict,
} from '../protocol/transfer-states';
import type { Reply } from '../reply';

/** What an event brought: a reply, or an error of either connection. */
export type EventDetail = Reply | Error | undefined;

/** Where a transfer stands, from its command to its verdict, and what it met on the way. */
export class TransferMachine<State extends string> {
  readonly #table: TransferTable<State>;
  #state: State;
  #verdict: Verdict | undefined;
  #reply: Reply | undefined;
  #dataError: Error | undefined;
  #controlError: FTPError | undefined;

  constructor(table: TransferTable<State>, first: State) {
    this.#table = table;
    this.#state = first;
  }

  get state(): State {
    return this.#state;
  }

  get verdict(): Verdict | undefined {
    return this.#verdict;
  }

  /** Whether the control connection is of no more use after this verdict: nobody knows what comes next. */
  get isOutOfSync(): boolean {
    return this.#verdict === '!outOfStep' || this.#verdict === '!unconfirmed';
  }

  /** The last reply that was not preliminary. */
  get reply(): Reply | undefined {
    return this.#reply;
  }

  get dataError(): Error | undefined {
    return this.#dataError;
  }

  get controlError(): FTPError | undefined {
    return this.#controlError;
  }

  /** Goes one step; returns the new state or the verdict, or `undefined` if nothing changed. */
  dispatch(event: TransferEvent, what?: EventDetail): State | Verdict | undefined {
    if (this.#verdict) return undefined;
    // After the 2yz a late 4yz or 5yz belongs to no command any more: the connection
    // closes because of it, and so it is found in the reason.
    const late = event === 'controlLost' && what instanceof FTPError ? what.reply : undefined;
    if (late && late.code >= 400) return this.#follow('refusal', late) ?? this.#follow(event, what);
    const isClosing = event === 'refusal' && (what as Reply | undefined)?.code === 421;
    return (isClosing && this.#follow('closing', what)) || this.#follow(event, what);
  }

  #follow(event: TransferEvent, what: EventDetail): State | Verdict | undefined {
    const next = this.#table[this.#state][event];
    if (next === undefined) return undefined;
    if (event === 'controlLost') this.#controlError = what as FTPError;
    else if (event === 'dataError' || event === 'dataEnd')
      this.#dataError = what as Error | undefined;
    else if (what && event !== 'preliminary') this.#reply = what as Reply;
    if (isVerdict(next)) this.#verdict = next;
    else this.#state = next;
    return next;
  }
}
