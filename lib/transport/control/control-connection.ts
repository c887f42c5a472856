import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { EventEmitter } from 'eventemitter3';
import { ConnectionError, FTPError, type Phase, ProtocolError } from '../../errors';
import type { Command } from '../../protocol/command';
import { isAllowedInClear, type PlaintextPolicy } from '../../protocol/commands';
import type { Exchange } from '../../protocol/exchange';
import type { ExchangeQueue } from '../../protocol/exchange-queue';
import { ReplyParser, type ReplyParserOptions } from '../../protocol/reply-parser';
import { Secrets } from '../../protocol/secrets';
import type { Probe } from '../../protocol/surplus';
import { type Reply, replyText } from '../../reply';
import type { SocketReader } from '../socket/socket-reader';
import type { ControlTlsInfo, TlsClient } from '../tls/tls-client';
import { awaitedExchange, type ExchangeOptions } from './awaited-exchange';
import {
  closedByServer,
  closedWith421,
  connectionLostError,
  noReplyError,
  type ServerName,
  socketError,
} from './connection-errors';
import { ControlStream, type ControlTls, plaintextError, type TlsLimits } from './control-stream';
import { ReplyTimer } from './reply-timer';
import { Resynchronization, type ResyncOptions } from './resynchronization';
import { SurplusFilter } from './surplus-filter';

/** Drives the protocol core with a socket: carries bytes and time, decides nothing. */
export class ControlConnection extends EventEmitter<ControlConnectionEvents> {
  readonly #stream: ControlStream;
  readonly #parser: ReplyParser;
  readonly #surplusFilter: SurplusFilter;
  readonly #queue: ExchangeQueue;
  readonly #timer = new ReplyTimer((head, limit) => this.#onTimeout(head, limit));
  readonly #startNow = (exchange: Exchange) => this.#addWritten(exchange);
  #resyncing: Resynchronization | undefined;
  #isClosed = false;
  #reason: FTPError | undefined; // why it is
  readonly #name: string;
  readonly #secrets = new Secrets();
  #lastReply: Reply | undefined;
  /** What may be sent while the connection is in clear. */
  plaintextPolicy: PlaintextPolicy = 'all';

  /** @param reader - what reads the socket, if it is not read as a stream */
  constructor(socket: Duplex, options: ControlOptions, reader?: SocketReader) {
    super();
    this.#name = options.name ?? 'the server';
    const mask = (text: string) => this.#secrets.mask(text);
    this.#parser = new ReplyParser({ ...options, mask });
    const watcher = {
      mask,
      data: (chunk: Buffer) => this.#onData(chunk),
      end: () => this.destroy(closedByServer(this.#server)),
      failed: (error: Error) =>
        this.destroy(socketError(error, this.#server, this.#stream.lastWords)),
      closed: () => this.destroy(),
    };
    this.#surplusFilter = new SurplusFilter({
      isBeforeTls: () => this.plaintextPolicy === 'require-tls' && !this.isSecure,
      command: options.command,
      write: (command) => this.#write(command),
      warn: (message) => this.emit('warning', message),
    });
    this.#queue = this.#surplusFilter.queue;
    this.#stream = new ControlStream(socket, watcher, options.telnet, reader);
  }

  get closed(): boolean {
    return this.#isClosed || this.#stream.destroyed;
  }

  get tcpSocket(): Socket | undefined {
    return this.#stream.tcpSocket;
  }

  get isSecure(): boolean {
    return this.#stream.isSecure;
  }

  get tls(): ControlTls | undefined {
    return this.#stream.tls;
  }

  /** See `ControlStream.tlsInfo`. */
  readonly tlsInfo = (): ControlTlsInfo | undefined => this.#stream.tlsInfo;

  /**
   * Begins TLS in this very tick. Nothing leads back: whatever fails ends the connection.
   * @throws see `ControlStream.secure`
   */
  secure(client: TlsClient, host: string, limits: TlsLimits): Promise<void> {
    return this.#closeOnFailure(this.#stream.secure(client, host, limits));
  }

  /** Ends TLS after the server has agreed to CCC. */
  clear(limits: TlsLimits): Promise<void> {
    this.plaintextPolicy = 'no credentials';
    return this.#closeOnFailure(this.#stream.clear(limits));
  }

  /** Waits for the greeting; a 120 announces a later 220 (RFC 959 §5.4). */
  greeting(options: ExchangeOptions): Promise<Reply> {
    return awaitedExchange(undefined, options, this.#startNow, this.abandon);
  }

  /** Sends a command; settles with the reply that ends the exchange. */
  exchange(command: Command, options: ExchangeOptions): Promise<Reply> {
    return awaitedExchange(command, options, this.start, this.abandon);
  }

  batchWrites<T>(work: () => T): T {
    return this.#stream.batchWrites(work);
  }

  /** Whether no reply is owed to anybody, and none can be on its way. */
  get isIdle(): boolean {
    return this.#queue.owed === undefined && !this.#resyncing && !this.#surplusFilter.isInDoubt;
  }

  /** Sends a command without waiting for the replies of those before it: ABOR; what is pipelined. */
  immediateExchange(command: Command, options: ExchangeOptions): Promise<Reply> {
    // Until an abandoned transfer is settled, every reply is taken for one of its own.
    const mustWait = this.#resyncing || (this.#surplusFilter.isInDoubt && !this.#queue.owed);
    const start = mustWait ? this.start : this.#startNow;
    return awaitedExchange(command, options, start, this.abandon);
  }

  /** Starts an exchange whose owner is told of every reply in the very tick it comes. */
  readonly start = (exchange: Exchange): void => {
    const refusal = this.#startRefusal(exchange);
    if (refusal) return exchange.failed(refusal);
    this.#queue.add(exchange);
    this.#flush();
  };

  /** To be called when the `timeout` of an exchange was changed. */
  restartTimer(): void {
    this.#updateTimer(true);
  }

  /** Forgets an exchange: on the wire it stays owed its replies, which nobody is told of. */
  readonly abandon = (exchange: Exchange): void => {
    this.#queue.abandon(exchange);
    this.#updateTimer(false);
  };

  /** Ends an exchange whose early reply was its last. */
  settle(exchange: Exchange): void {
    this.#surplusFilter.settle(exchange);
    this.#flush();
  }

  /**
   * Settles an abandoned transfer; until then nothing else is written.
   *
   * @returns the replies that came before the NOOP's
   * @throws FTPError when there was no way back in time; the connection is destroyed then
   */
  async resync(exchange: Exchange, options: ResyncOptions): Promise<Reply[]> {
    if (this.closed) throw this.#lostErrorOf(exchange);
    if (this.#queue.withdraw(exchange)) return []; // the server has never heard of it
    const others = this.#queue.takeWritten().filter((each) => each !== exchange);
    this.#timer.restart();
    this.#resyncing = new Resynchronization(exchange, others, options, {
      name: this.#name,
      write: (command) => this.#write(command),
      destroy: (reason) => this.destroy(reason),
    });
    return this.#resyncing.replies;
  }

  /** Closes at once, whatever is under way. Every end of the connection goes this way. */
  destroy(reason?: FTPError): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#reason = reason;
    this.#stream.destroy();
    this.#timer.stop();
    this.#resyncing?.fail(reason ?? this.lostError());
    this.#resyncing = undefined;
    this.#queue.failAll((exchange) => this.#lostErrorOf(exchange));
    this.emit('close', reason);
  }

  /** The error of one who comes after the end of the connection. */
  lostError(context: { command?: string; phase?: Phase } = {}): ConnectionError {
    return connectionLostError(this.#reason, this.#name, context);
  }

  /** Puts an exchange behind those on the wire, but before those that wait to be written. */
  #addWritten(exchange: Exchange): void {
    const refusal = this.#startRefusal(exchange);
    if (refusal) return exchange.failed(refusal);
    this.#queue.addWritten(exchange);
    if (exchange.command) this.#write(exchange.command);
    this.#updateTimer(false);
  }

  #onData(chunk: Buffer): void {
    try {
      for (const reply of this.#parser.push(chunk)) {
        if (this.closed) return; // by whoever was told of the reply before
        if (this.#stream.isSecuring) throw plaintextError(this.#secrets.mask(replyText(reply)));
        this.#onReply(reply);
      }
      if (this.#stream.isSecuring && !this.#parser.idle) throw plaintextError();
      this.#stream.checkNothingFollows(chunk);
      if (this.#parser.failure) throw this.#parser.failure;
    } catch (error) {
      if (!(error instanceof FTPError)) throw error; // ours, not the server's
      const { message, phase = this.#queue.owed?.phase, reply } = error;
      this.#fail(new ProtocolError(message, { phase, reply }, (error as ProtocolError).code));
    }
    if (!this.closed) this.#flush();
  }

  #onReply(received: Reply): void {
    const reply = this.#secrets.maskReply(received);
    if (this.#resyncing) {
      this.emit('reply', reply); // before the NOOP that it may bring about
      if (this.#resyncing.receive(reply)) {
        this.#resyncing = undefined;
        this.#surplusFilter.onProof(reply);
      }
      this.#timer.restart();
    } else {
      const isTaken = this.#surplusFilter.deliver(reply);
      this.emit('reply', reply);
      if (isTaken) this.#timer.restart(); // what is dropped gives nobody more time
    }
    this.#lastReply = reply;
    // RFC 959 §5.4: after a 421 the server closes the control connection.
    if (reply.code === 421) this.destroy(closedWith421(reply, this.#name));
  }

  #flush(): void {
    if (!this.#resyncing) {
      this.#surplusFilter.sendProbeIfNeeded();
      for (const { command, written } of this.#queue.takeWritable()) {
        if (command) this.#write(command);
        written?.();
      }
    }
    this.#updateTimer(false);
  }

  // The one place that writes a command. What must not go out in clear is refused earlier:
  // if it comes as far as this, nothing can be relied on any more.
  #write(command: Command): void {
    const refusal = this.#plaintextRefusal(command);
    if (refusal) return this.destroy(refusal);
    this.#secrets.add(command);
    this.#stream.write(command.wire);
    this.emit('command', command.label);
  }

  #updateTimer(afresh: boolean): void {
    if (!this.#resyncing && !this.#isClosed) this.#timer.watch(this.#queue.owed, afresh);
  }

  // A late reply would be taken for the next command's, so that without one in time
  // there is no way back.
  #onTimeout(head: Exchange, limit: number | undefined): void {
    this.#fail(noReplyError(head, this.#server, limit), head.isProof && this.#queue.waiting);
  }

  get #server(): ServerName {
    const { owed } = this.#queue;
    const isUnheard = owed !== undefined && owed.command === undefined && !this.isSecure;
    return {
      name: this.#name,
      isSilent: isUnheard,
      lastReply: this.#lastReply,
      droppedNote: this.#surplusFilter.droppedNote,
    };
  }

  // For a reason that belongs to whoever is owed the next reply.
  #fail(error: FTPError, other?: Exchange): void {
    for (const each of [this.#queue.owed, other]) {
      if (each) this.#queue.settle(each);
      each?.failed(error);
    }
    this.destroy(error);
  }

  #startRefusal(exchange: Exchange): ConnectionError | undefined {
    return this.closed ? this.#lostErrorOf(exchange) : this.#plaintextRefusal(exchange.command);
  }

  #plaintextRefusal(command: Command | undefined): ConnectionError | undefined {
    return this.isSecure || !command ? undefined : plaintextRefusal(command, this.plaintextPolicy);
  }

  /** Ends the connection after an error that leaves it between clear and TLS. */
  async #closeOnFailure(change: Promise<void>): Promise<void> {
    try {
      await change;
    } catch (error) {
      const reason = this.#reason ?? error; // its own end may have come first, and tells more
      this.destroy(error instanceof FTPError ? error : undefined);
      throw reason;
    }
  }

  #lostErrorOf({ command, phase }: Exchange): ConnectionError {
    return this.lostError({ ...(command && { command: command.label }), phase });
  }
}

/** Why a command may not be sent in clear, if so (CVE-2021-22946). */
export function plaintextRefusal(
  command: Command,
  policy: PlaintextPolicy,
): ConnectionError | undefined {
  if (isAllowedInClear(command.verb, policy)) return undefined;
  const message = `${command.verb} was not sent: the control connection is in clear, and TLS is required`;
  const context = { command: command.label, phase: 'secure' as const, connectionUsable: true };
  return new ConnectionError(message, context);
}

export interface ControlConnectionEvents {
  /** A command has been written; `label` has secrets masked. */
  command: [label: string];
  reply: [reply: Reply];
  /** Something odd that was got over. */
  warning: [message: string];
  /** The connection is gone; no reason means that we closed it. */
  close: [reason: FTPError | undefined];
}

export interface ControlOptions extends ReplyParserOptions {
  /** The server's host and port, for messages. */
  readonly name?: string;
  /** Makes a command that has no argument. */
  readonly command: (verb: Probe) => Command;
}
