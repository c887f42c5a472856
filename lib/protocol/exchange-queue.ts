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
  /** A reply that may be its answer, or one too many of the command before: the next one tells. */
  held?: Reply | undefined;
}

/** Told of each reply that is dropped, and of the exchange that it cannot answer. */
export type SurplusListener = (reply: Reply, exchange: Exchange | undefined) => void;

// RFC 959 §4.2 allows one; servers send a few. More is a flood that would hold us for ever.
const MAX_PRELIMINARIES = 100;

const NONE: readonly Exchange[] = [];

/** To EPSV (RFC 2428 §3), and to nothing else. */
const PORT_REPLY = 229;

/**
 * The ledger of owed replies: pairs replies with commands. FTP numbers neither,
 * order is all there is (RFC 959 §5.4).
 *
 *     | on the wire, owed a reply | waiting to be written |
 *     0                        #written              #places.length
 */
export class ExchangeQueue {
  readonly #depth: number;
  readonly #entries: QueueEntry[] = []; // oldest first
  readonly #surplus: SurplusListener;
  /** Answers that were doubtful, and proved to be this server's way: verb and code. */
  readonly #acceptedAnswers = new Set<string>();
  #written = 0;
  #last: Reply | undefined;

  /** @param depth - how many commands may be on the wire at once; 1 means no pipelining */
  constructor(depth = 1, surplus: SurplusListener = () => {}) {
    this.#depth = depth;
    this.#surplus = surplus;
  }

  /** The exchange that the next reply belongs to. */
  get current(): Exchange | undefined {
    return this.#written === 0 ? undefined : this.#entries[0]?.exchange;
  }

  /** The exchange that is the next to be written. */
  get nextToWrite(): Exchange | undefined {
    return this.#entries[this.#written]?.exchange;
  }

  /** Whether only another command's reply will tell what the last one was, and none is on the wire. */
  get isInDoubt(): boolean {
    return this.#written === 1 && this.#entries[0]?.held !== undefined;
  }

  /** Waits to be written. */
  add(exchange: Exchange): void {
    this.#entries.push(newEntry(exchange));
  }

  /** Owed a reply from now on, behind all that is on the wire: the greeting; ABOR, which does not wait. */
  addWritten(exchange: Exchange): void {
    this.#entries.splice(this.#written++, 0, newEntry(exchange));
  }

  /** What may be written now. The caller must write it, all of it, in this order. */
  takeWritable(): readonly Exchange[] {
    if (this.#written >= Math.min(this.#depth, this.#entries.length)) return NONE;
    const writable = this.#entries.slice(this.#written, Math.max(this.#written, this.#depth));
    this.#written += writable.length;
    return writable.map(({ exchange }) => exchange);
  }

  /**
   * Returns false for a reply that is dropped: no command asked for it, or it cannot answer the one
   * that is owed the next reply.
   * @throws ProtocolError at a flood of preliminary replies, or at one that leaves an earlier one out;
   * and what the watcher throws
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
      // This answers the EPSV that was sent behind. A 2yz before it may have been the last one.
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
        this.#remove(0); // first: once told, the exchange may add the next command
        finish(exchange, head.expects, reply);
    }
    return true;
  }

  /** The place behind the head that a reply answers although the head is not over, or -1. */
  #indexAnsweredEarly({ exchange, expects }: QueueEntry, reply: Reply): number {
    if (this.#written === 1) return -1;
    const verb = exchange.command?.verb;
    const refused = refusedDuringTransfer(reply); // NOOP, or the next EPSV
    const isRunning = exchange.expects === 'transfer' && expects === 'completion';
    // A server that answers at once may do so just after the transfer; and no 200 names a port.
    const isEarly = isRunning ? answersKeepAlive(reply) : verb === 'EPSV' && reply.code === 200;
    if (refused === undefined ? !isEarly : refused === verb) return -1;
    const isIt = ({ command, isKeepAlive }: Exchange) =>
      refused === undefined ? isKeepAlive : command?.verb === refused;
    return this.#entries.findIndex((each, i) => i > 0 && i < this.#written && isIt(each.exchange));
  }

  /** Decides by the next reply what a doubtful one was. */
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

  /** Ends an exchange early. On the wire it stays owed a reply, so its place is kept. */
  abandon(exchange: Exchange): void {
    const index = this.#indexOf(exchange);
    if (index === -1) return;
    if (index >= this.#written) return this.#remove(index);
    const { held } = this.#entries[index] as QueueEntry;
    this.#entries[index] = { ...newEntry(abandonedExchange(exchange)), held };
  }

  /** Takes an exchange out that is owed no more, or whose replies others will read. */
  remove(exchange: Exchange): void {
    const index = this.#indexOf(exchange);
    if (index !== -1) this.#remove(index);
  }

  /** Takes an exchange out that waits to be written; returns whether it did. */
  withdraw(exchange: Exchange): boolean {
    const index = this.#indexOf(exchange);
    if (index < this.#written) return false;
    this.#remove(index);
    return true;
  }

  /** Takes all out that is on the wire: others will read those replies. */
  takeWritten(): Exchange[] {
    const taken = this.#entries.splice(0, this.#written);
    this.#written = 0;
    return taken.map(({ exchange }) => exchange);
  }

  /** The connection is gone: ends every exchange, each for its own reason. */
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

/** Tells an exchange of the reply that ends it. */
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
