import { FTPError } from '../errors';
import {
  isVerdict,
  type TransferEvent,
  type TransferTable,
  type Verdict,
} from '../protocol/transfer-states';
import type { Reply } from '../reply';

/** The detail of an event: a reply, or an error of either connection. */
export type EventDetail = Reply | Error | undefined;

/**
 * The state machine of a transfer, from its command to its verdict. It also records the reply and
 * the errors on the way. The tables are in `protocol/transfer-states.ts`.
 */
export class TransferMachine<State extends string> {
  readonly #table: TransferTable<State>;
  #state: State;
  #verdict: Verdict | undefined;
  #reply: Reply | undefined;
  #dataError: Error | undefined;
  #controlError: FTPError | undefined;

  /** @param first - the initial state */
  constructor(table: TransferTable<State>, first: State) {
    this.#table = table;
    this.#state = first;
  }

  /** The current state. */
  get state(): State {
    return this.#state;
  }

  /** How the transfer ended; `undefined` while it runs. */
  get verdict(): Verdict | undefined {
    return this.#verdict;
  }

  /**
   * Whether the control connection is unusable after this verdict, because a reply is unaccounted
   * for.
   */
  get isOutOfSync(): boolean {
    return this.#verdict === '!outOfStep' || this.#verdict === '!unconfirmed';
  }

  /** The last reply that was not preliminary. */
  get reply(): Reply | undefined {
    return this.#reply;
  }

  /** The error of the data connection, if there was one. */
  get dataError(): Error | undefined {
    return this.#dataError;
  }

  /** The error of the control connection, if there was one. */
  get controlError(): FTPError | undefined {
    return this.#controlError;
  }

  /** Handles an event. Returns the new state or the verdict, or `undefined` if nothing changed. */
  dispatch(event: TransferEvent, detail?: EventDetail): State | Verdict | undefined {
    if (this.#verdict) return undefined;
    // A 4yz or 5yz after the 2yz belongs to no command. It closes the connection, so it is found in
    // the error of the connection.
    const late = event === 'controlLost' && detail instanceof FTPError ? detail.reply : undefined;
    if (late && late.code >= 400)
      return this.#follow('refusal', late) ?? this.#follow(event, detail);
    const isClosing = event === 'refusal' && (detail as Reply | undefined)?.code === 421;
    return (isClosing && this.#follow('closing', detail)) || this.#follow(event, detail);
  }

  #follow(event: TransferEvent, detail: EventDetail): State | Verdict | undefined {
    const next = this.#table[this.#state][event];
    if (next === undefined) return undefined;
    if (event === 'controlLost') this.#controlError = detail as FTPError;
    else if (event === 'dataError' || event === 'dataEnd')
      this.#dataError = detail as Error | undefined;
    else if (detail && event !== 'preliminary') this.#reply = detail as Reply;
    if (isVerdict(next)) this.#verdict = next;
    else this.#state = next;
    return next;
  }
}
