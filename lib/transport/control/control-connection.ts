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

/**
 * Connects the protocol core to a socket. It carries bytes and runs timers; `protocol/` decides
 * what a reply means.
 */
export class ControlConnection extends EventEmitter<ControlConnectionEvents> {
  readonly #stream: ControlStream;
  readonly #parser: ReplyParser;
  readonly #surplusFilter: SurplusFilter;
  readonly #queue: ExchangeQueue;
  readonly #timer = new ReplyTimer((head, limit) => this.#onTimeout(head, limit));
  readonly #startNow = (exchange: Exchange) => this.#addWritten(exchange);
  #resyncing: Resynchronization | undefined;
  #isClosed = false;
  #reason: FTPError | undefined; // of the close
  readonly #name: string;
  readonly #secrets = new Secrets();
  #lastReply: Reply | undefined;
  /** Which commands may be sent without TLS. Default: `'all'`. */
  plaintextPolicy: PlaintextPolicy = 'all';

  /** @param reader - reads the socket; without one it is read as a stream */
  constructor(socket: Duplex, options: ControlOptions, reader?: SocketReader) {
    super();
    this.#name = options.name ?? 'the server';
    const mask = (text: string) => this.#secrets.mask(text);
    this.#parser = new ReplyParser({ ...options, mask });
    const listener = {
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
    this.#stream = new ControlStream(socket, listener, options.telnet, reader);
  }

  /** Whether the connection is closed. */
  get closed(): boolean {
    return this.#isClosed || this.#stream.destroyed;
  }

  /** See `ControlStream.tcpSocket`. */
  get tcpSocket(): Socket | undefined {
    return this.#stream.tcpSocket;
  }

  /** Whether commands are sent with TLS. */
  get isSecure(): boolean {
    return this.#stream.isSecure;
  }

  /** See `ControlTls`; `undefined` before the first handshake. */
  get tls(): ControlTls | undefined {
    return this.#stream.tls;
  }

  /** See `ControlStream.tlsInfo`. */
  readonly tlsInfo = (): ControlTlsInfo | undefined => this.#stream.tlsInfo;

  /**
   * Begins TLS synchronously. Any failure closes the connection.
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

  /** Waits for the greeting. A 120 is a preliminary reply before the 220 (RFC 959 §5.4). */
  greeting(options: ExchangeOptions): Promise<Reply> {
    return awaitedExchange(undefined, options, this.#startNow, this.abandon);
  }

  /** Sends a command and resolves with its final reply. @throws FTPError if it fails */
  exchange(command: Command, options: ExchangeOptions): Promise<Reply> {
    return awaitedExchange(command, options, this.start, this.abandon);
  }

  /** See `ControlStream.batchWrites`. */
  batchWrites<T>(work: () => T): T {
    return this.#stream.batchWrites(work);
  }

  /** Whether no exchange waits for a reply, and no unexpected reply can be in transit. */
  get isIdle(): boolean {
    return this.#queue.current === undefined && !this.#resyncing && !this.#surplusFilter.isInDoubt;
  }

  /** Sends a command without waiting for earlier replies: ABOR, or a pipelined command. */
  immediateExchange(command: Command, options: ExchangeOptions): Promise<Reply> {
    // During a resynchronization, every reply counts as one to the abandoned transfer.
    const mustWait = this.#resyncing || (this.#surplusFilter.isInDoubt && !this.#queue.current);
    const start = mustWait ? this.start : this.#startNow;
    return awaitedExchange(command, options, start, this.abandon);
  }

  /** Starts an exchange. Its callbacks are called synchronously as each reply arrives. */
  readonly start = (exchange: Exchange): void => {
    const refusal = this.#startRefusal(exchange);
    if (refusal) return exchange.failed(refusal);
    this.#queue.add(exchange);
    this.#flush();
  };

  /** Restarts the reply timer; call it after a change of an exchange's `timeout`. */
  restartTimer(): void {
    this.#updateTimer(true);
  }

  /** Abandons an exchange. If its command is sent, its replies are still awaited, and discarded. */
  readonly abandon = (exchange: Exchange): void => {
    this.#queue.abandon(exchange);
    this.#updateTimer(false);
  };

  /** Ends an exchange whose early reply was its final one. */
  settle(exchange: Exchange): void {
    this.#surplusFilter.settle(exchange);
    this.#flush();
  }

  /**
   * Resynchronizes after an abandoned transfer. Until that is done, no other command is sent.
   *
   * @returns the replies before the one to NOOP
   * @throws FTPError if it fails or takes too long; then the connection is destroyed
   */
  async resync(exchange: Exchange, options: ResyncOptions): Promise<Reply[]> {
    if (this.closed) throw this.#lostErrorOf(exchange);
    if (this.#queue.withdraw(exchange)) return []; // its command was never sent
    const others = this.#queue.takeWritten().filter((each) => each !== exchange);
    this.#timer.restart();
    this.#resyncing = new Resynchronization(exchange, others, options, {
      name: this.#name,
      write: (command) => this.#write(command),
      destroy: (reason) => this.destroy(reason),
    });
    return this.#resyncing.replies;
  }

  /** Closes at once and fails all pending exchanges. Every close of the connection ends here. */
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

  /** The error of commands that are issued after the connection was closed. */
  lostError(context: { command?: string; phase?: Phase } = {}): ConnectionError {
    return connectionLostError(this.#reason, this.#name, context);
  }

  /** Sends an exchange's command at once, before those that are queued. */
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
        if (this.closed) return; // by a listener of the previous reply
        if (this.#stream.isSecuring) throw plaintextError(this.#secrets.mask(replyText(reply)));
        this.#onReply(reply);
      }
      if (this.#stream.isSecuring && !this.#parser.idle) throw plaintextError();
      this.#stream.checkNothingFollows(chunk);
      if (this.#parser.failure) throw this.#parser.failure;
    } catch (error) {
      if (!(error instanceof FTPError)) throw error; // a bug, or thrown by a listener
      const { message, phase = this.#queue.current?.phase, reply } = error;
      this.#fail(new ProtocolError(message, { phase, reply }, (error as ProtocolError).code));
    }
    if (!this.closed) this.#flush();
  }

  #onReply(received: Reply): void {
    const reply = this.#secrets.maskReply(received);
    if (this.#resyncing) {
      this.emit('reply', reply); // before the NOOP that it may cause
      if (this.#resyncing.receive(reply)) {
        this.#resyncing = undefined;
        this.#surplusFilter.onProof(reply);
      }
      this.#timer.restart();
    } else {
      const isTaken = this.#surplusFilter.deliver(reply);
      this.emit('reply', reply);
      if (isTaken) this.#timer.restart(); // a dropped reply extends no timeout
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

  // The only place that writes a command. Commands that require TLS are refused earlier. If one
  // gets here in spite of that, the state is unreliable, and the connection is destroyed.
  #write(command: Command): void {
    const refusal = this.#plaintextRefusal(command);
    if (refusal) return this.destroy(refusal);
    this.#secrets.add(command);
    this.#stream.write(command.wire);
    this.emit('command', command.label);
  }

  #updateTimer(restart: boolean): void {
    if (!this.#resyncing && !this.#isClosed) this.#timer.watch(this.#queue.current, restart);
  }

  // A late reply would be matched with the next command, so a timeout closes the connection.
  #onTimeout(head: Exchange, limit: number | undefined): void {
    this.#fail(noReplyError(head, this.#server, limit), head.isProbe && this.#queue.nextToWrite);
  }

  get #server(): ServerName {
    const { current: owed } = this.#queue;
    const isUnheard = owed !== undefined && owed.command === undefined && !this.isSecure;
    return {
      name: this.#name,
      isSilent: isUnheard,
      lastReply: this.#lastReply,
      droppedNote: this.#surplusFilter.droppedNote,
    };
  }

  /** Fails the exchange that is owed the next reply, and `other`, and closes the connection. */
  #fail(error: FTPError, other?: Exchange): void {
    for (const each of [this.#queue.current, other]) {
      if (each) this.#queue.remove(each);
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

  /** Closes the connection if the change to or from TLS fails. */
  async #closeOnFailure(change: Promise<void>): Promise<void> {
    try {
      await change;
    } catch (error) {
      const reason = this.#reason ?? error; // if it was closed first, that reason says more
      this.destroy(error instanceof FTPError ? error : undefined);
      throw reason;
    }
  }

  #lostErrorOf({ command, phase }: Exchange): ConnectionError {
    return this.lostError({ ...(command && { command: command.label }), phase });
  }
}

/** The error of a command that must not be sent without TLS, if so (CVE-2021-22946). */
export function plaintextRefusal(
  command: Command,
  policy: PlaintextPolicy,
): ConnectionError | undefined {
  if (isAllowedInClear(command.verb, policy)) return undefined;
  const message = `${command.verb} was not sent: the control connection is not encrypted, and TLS is required`;
  const context = { command: command.label, phase: 'secure' as const, connectionUsable: true };
  return new ConnectionError(message, context);
}

/** The events of a control connection. */
export interface ControlConnectionEvents {
  /** A command was written. Secrets in `label` are masked. */
  command: [label: string];
  /** A reply arrived. Secrets in it are masked. */
  reply: [reply: Reply];
  /** The server did something unexpected, and the connection recovered. */
  warning: [message: string];
  /** The connection was closed. Without a reason, the client closed it. */
  close: [reason: FTPError | undefined];
}

/** Options of a control connection. */
export interface ControlOptions extends ReplyParserOptions {
  /** The server's host and port, for error messages. Default: `'the server'`. */
  readonly name?: string;
  /** Creates a command without an argument. */
  readonly command: (verb: Probe) => Command;
}
