import { ProtocolError, replyError } from '../errors';
import { type Reply, replyClass } from '../reply';
import { canAnswer, isDoubtful, isFromSameCommand, isRepetition } from './answers';
import type { Command } from './command';
import { type Exchange, type TRANSITIONS, transitionFor } from './exchange';
import { answersKeepAlive, refusedDuringTransfer } from './keep-alive';

interface QueueEntry {
  exchange: Exchange;
  expects: keyof typeof TRANSITIONS;
  preliminaries: number;
  /** A doubtful reply: the answer, or a surplus reply of the previous command. The next decides. */
  held?: Reply | undefined;
}

/** Is called for each dropped reply, with the pending exchange that it cannot answer, if any. */
export type SurplusListener = (reply: Reply, exchange: Exchange | undefined) => void;

// RFC 959 §4.2 allows one, servers send a few. A flood would keep the client waiting forever.
const MAX_PRELIMINARIES = 100;

const NONE: readonly Exchange[] = [];

/** The reply to EPSV (RFC 2428 §3), and to nothing else. */
const PORT_REPLY = 229;

/**
 * The queue of outstanding replies. It assigns replies to commands by their order, because FTP
 * numbers neither (RFC 959 §5.4).
 *
 *     | written, awaiting a reply | waiting to be written |
 *     0                        #written             #entries.length
 */
export class ExchangeQueue {
  readonly #depth: number;
  readonly #entries: QueueEntry[] = []; // oldest first
  readonly #surplus: SurplusListener;
  /** Doubtful replies that turned out to be usual for this server: verb and code. */
  readonly #acceptedAnswers = new Set<string>();
  #written = 0;
  #last: Reply | undefined;

  /**
   * @param depth - how many commands may await a reply at once; default: 1, without pipelining
   * @param surplus - is called for each dropped reply
   */
  constructor(depth = 1, surplus: SurplusListener = () => {}) {
    this.#depth = depth;
    this.#surplus = surplus;
  }

  /** The exchange that the next reply belongs to. */
  get current(): Exchange | undefined {
    return this.#written === 0 ? undefined : this.#entries[0]?.exchange;
  }

  /** The exchange that will be written next. */
  get nextToWrite(): Exchange | undefined {
    return this.#entries[this.#written]?.exchange;
  }

  /** Whether a doubtful reply is held, and no other command awaits a reply that would decide. */
  get isInDoubt(): boolean {
    return this.#written === 1 && this.#entries[0]?.held !== undefined;
  }

  /** Adds an exchange that waits to be written. */
  add(exchange: Exchange): void {
    this.#entries.push(newEntry(exchange));
  }

  /**
   * Adds an exchange that already awaits a reply, after the others that do: the greeting, or ABOR,
   * which is written at once.
   */
  addWritten(exchange: Exchange): void {
    this.#entries.splice(this.#written++, 0, newEntry(exchange));
  }

  /** Returns what may be written now. The caller must write all of it, in this order. */
  takeWritable(): readonly Exchange[] {
    if (this.#written >= Math.min(this.#depth, this.#entries.length)) return NONE;
    const writable = this.#entries.slice(this.#written, Math.max(this.#written, this.#depth));
    this.#written += writable.length;
    return writable.map(({ exchange }) => exchange);
  }

  /**
   * Delivers a reply to the exchange that it belongs to.
   *
   * @returns `false` if the reply is dropped: no command is pending, or it cannot answer the
   *   command that awaits the next reply
   * @throws ProtocolError for a flood of preliminary replies, or if the reply to EPSV precedes the
   *   final reply of an earlier command; also whatever the surplus listener throws
   */
  deliver(reply: Reply): boolean {
    const last = this.#last;
    this.#last = reply;
    const head = this.#written === 0 ? undefined : this.#entries[0];
    if (!head) return this.#drop(reply, undefined);
    if (head.held) return this.#decideHeld(head, head.held, reply);
    const { exchange } = head;
    const early = this.#indexAnsweredEarly(head, reply);
    if (early !== -1) {
      this.#last = last;
      const { exchange: other } = this.#entries[early] as QueueEntry;
      this.#remove(early);
      finish(other, 'completion', reply);
      return true;
    }
    if (reply.code === PORT_REPLY && exchange.expects === 'transfer' && this.#written > 1) {
      // This answers the EPSV that was sent after it. An earlier 2yz may have been the final reply.
      if (head.expects !== 'early') {
        const { label } = exchange.command as Command;
        throw new ProtocolError(`The reply to EPSV came before the last one to ${label}`);
      }
      this.#remove(0);
      this.#last = last;
      return this.deliver(reply);
    }
    if (!canAnswer(reply, exchange) || isRepetition(reply, last, exchange)) {
      return this.#drop(reply, exchange);
    }
    if (
      isDoubtful(reply, last, exchange) &&
      !this.#acceptedAnswers.has(answerKey(exchange, reply))
    ) {
      head.held = reply;
      return true;
    }
    return this.#apply(head, reply);
  }

  #apply(head: QueueEntry, reply: Reply): boolean {
    const { exchange } = head;
    const transition = transitionFor(head.expects, reply);
    switch (transition) {
      case 'begin':
      case 'wait':
        if (transition === 'begin') head.expects = 'completion';
        if (++head.preliminaries > MAX_PRELIMINARIES) {
          throw new ProtocolError(`More than ${MAX_PRELIMINARIES} preliminary replies`);
        }
        exchange.preliminary?.(reply);
        break;
      case 'early':
        if (exchange.early?.(reply) === false) return this.#drop(reply, exchange);
        head.expects = 'early';
        break;
      default:
        this.#remove(0); // before the callback, in which the exchange may add the next command
        finish(exchange, head.expects, reply);
    }
    return true;
  }

  /** Returns the index of a later exchange that a reply answers before the head is done, or -1. */
  #indexAnsweredEarly({ exchange, expects }: QueueEntry, reply: Reply): number {
    if (this.#written === 1) return -1;
    const verb = exchange.command?.verb;
    const refused = refusedDuringTransfer(reply); // NOOP, or the next EPSV
    const isRunning = exchange.expects === 'transfer' && expects === 'completion';
    // Such a server may also answer just after the transfer. A 200 cannot answer EPSV: it has no
    // port.
    const isEarly = isRunning ? answersKeepAlive(reply) : verb === 'EPSV' && reply.code === 200;
    if (refused === undefined ? !isEarly : refused === verb) return -1;
    const isIt = ({ command, isKeepAlive }: Exchange) =>
      refused === undefined ? isKeepAlive : command?.verb === refused;
    return this.#entries.findIndex((each, i) => i > 0 && i < this.#written && isIt(each.exchange));
  }

  /** Decides by the next reply whether a doubtful one was the answer or surplus. */
  #decideHeld(head: QueueEntry, held: Reply, reply: Reply): boolean {
    const { exchange } = head;
    const next = this.#written > 1 ? this.#entries[1]?.exchange : undefined;
    const isPreliminary = replyClass(reply) === 1;
    if (isPreliminary) return this.#apply(head, reply);
    const isPossible = canAnswer(reply, exchange) || (next && canAnswer(reply, next));
    if (!isPossible) return this.#drop(reply, exchange);
    head.held = undefined;
    if (isFromSameCommand(reply, exchange)) {
      this.#drop(held, exchange);
      return this.#apply(head, reply);
    }
    this.#acceptedAnswers.add(answerKey(exchange, held));
    this.#apply(head, held);
    this.#last = held;
    return this.deliver(reply);
  }

  #drop(reply: Reply, exchange: Exchange | undefined): false {
    this.#surplus(reply, exchange);
    return false;
  }

  /** Gives up an exchange. If it was written, its reply will still come, so it keeps its place. */
  abandon(exchange: Exchange): void {
    const index = this.#indexOf(exchange);
    if (index === -1) return;
    if (index >= this.#written) return this.#remove(index);
    const { held } = this.#entries[index] as QueueEntry;
    this.#entries[index] = { ...newEntry(abandonedExchange(exchange)), held };
  }

  /** Removes an exchange that awaits no more replies, or whose replies are handled elsewhere. */
  remove(exchange: Exchange): void {
    const index = this.#indexOf(exchange);
    if (index !== -1) this.#remove(index);
  }

  /** Removes an exchange that is not written yet; returns whether there was one. */
  withdraw(exchange: Exchange): boolean {
    const index = this.#indexOf(exchange);
    if (index < this.#written) return false;
    this.#remove(index);
    return true;
  }

  /** Removes and returns all written exchanges, whose replies are then handled elsewhere. */
  takeWritten(): Exchange[] {
    const taken = this.#entries.splice(0, this.#written);
    this.#written = 0;
    return taken.map(({ exchange }) => exchange);
  }

  /** Fails every exchange, each with its own reason, because the connection is lost. */
  failAll(reason: (exchange: Exchange) => unknown): void {
    this.#written = 0;
    for (const { exchange } of this.#entries.splice(0)) exchange.failed(reason(exchange));
  }

  #indexOf(exchange: Exchange): number {
    return this.#entries.findIndex((entry) => entry.exchange === exchange);
  }

  #remove(index: number): void {
    this.#entries.splice(index, 1);
    if (index < this.#written) this.#written--;
  }
}

function newEntry(exchange: Exchange): QueueEntry {
  return { exchange, expects: exchange.expects, preliminaries: 0 };
}

function abandonedExchange(exchange: Exchange): Exchange {
  const { command, expects, phase, timeout, limit, isRaw } = exchange;
  return {
    command,
    expects,
    phase,
    timeout,
    limit,
    ...(isRaw && { isRaw }),
    succeeded() {},
    failed() {},
  };
}

/** Ends an exchange with its final reply. */
function finish(exchange: Exchange, expects: QueueEntry['expects'], reply: Reply): void {
  if (transitionFor(expects, reply) === 'succeed') exchange.succeeded(reply);
  else exchange.failed(replyError(reply, contextOf(exchange)));
}

function answerKey({ command }: Exchange, { code }: Reply): string {
  return `${command?.verb} ${code}`;
}

function contextOf({ command, phase }: Exchange) {
  return { command: command?.label, phase };
}
