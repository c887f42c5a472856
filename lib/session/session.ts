import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { argumentError, PermanentReplyError, type Phase, ReplyError } from '../errors';
import { checkCall } from '../options/call-checks';
import type { CallOptions, StepOptions } from '../options/client-options';
import type { Settings } from '../options/settings';
import { overrideTimeouts, type Timeouts } from '../options/timeouts';
import { type Command, command, type Path } from '../protocol/command';
import { traitsOf } from '../protocol/commands';
import type { Exchange } from '../protocol/exchange';
import { supportsKeepAlive } from '../protocol/keep-alive';
import { supportsCombining, supportsPipelining } from '../protocol/pipelining';
import { INITIAL_STATE, type SessionState } from '../protocol/session-state';
import { afterRefusal, afterReply, beforeReply, needsUTF8 } from '../protocol/state-changes';
import { type Reply, replyClass } from '../reply';
import type { ControlConnection } from '../transport/control/control-connection';
import { Slab } from '../transport/socket/read-buffers';
import { TlsSessions } from '../transport/tls/tls-sessions';
import type { Deferred } from '../util/deferred';
import { beginsWithEPSV, firewallAdvice, isAddressCommand, peerAddress } from './address-commands';
import { KeepAlive } from './keep-alive';
import { RawExchange } from './raw-exchange';
import { TurnQueue } from './turn-queue';

/** How a command of a procedure is sent. */
export interface ExchangeDetails extends StepOptions {
  readonly expects?: Exchange['expects'];
  readonly phase?: Phase;
  /** Milliseconds for all of its replies together, if preliminary ones are to give it no more time. */
  readonly limit?: number;
  /** Called with the reply in the very tick in which it comes. */
  readonly accepted?: (reply: Reply) => void;
}

/** The transfer that has the turn, as calls see it that do not wait for theirs. */
export interface OngoingTransfer {
  /** The data connection itself. */
  readonly raw: Duplex | undefined;
  /** Settles when the data connection is of no use to it any more. */
  readonly dataClosed: Deferred<void>;
  /** Destroys its stream. */
  destroy(reason: Error): void;
  /** Aborts it at the server; gives what the server said, or `undefined` if it owes the transfer no reply. */
  abort(abor: Command, options: StepOptions): Promise<Reply[] | undefined>;
}

/** One control connection, from its greeting to its end: its state, and the queue of calls. */
export class Session {
  readonly settings: Settings;
  readonly control: ControlConnection;
  readonly turns = new TurnQueue();
  /** The server as the user named it: what a proxy is told. */
  readonly host: string;
  /** The TLS sessions that its data connections resume. */
  readonly tlsSessions: TlsSessions;
  /** The memory that its data connections are read into. */
  readonly slab = new Slab();
  /** Sends NOOP while a transfer runs. */
  readonly noops: KeepAlive;
  /** Whether the server is known to accept the bytes of an upload, and the next EPSV, before its reply. */
  readonly acceptsEarlyData: boolean;
  /** Whether the server is known to read more than one command from a segment. */
  readonly combinesCommands: boolean;
  #state: SessionState = INITIAL_STATE;
  #transfer: OngoingTransfer | undefined;
  #isUnref = false;
  #epsvAhead: Promise<Reply> | undefined;
  readonly #answered = new Set<string>(); // commands for data connections that the server has answered
  #epsv: Command | undefined;
  #raw: RawExchange | undefined; // the last command of sendCmd(); its completion may still be owed

  /** @param greeting - what the server said first; it tells some servers' abilities */
  constructor(control: ControlConnection, settings: Settings, host: string, greeting: string) {
    this.control = control;
    this.settings = settings;
    this.host = host;
    this.tlsSessions = new TlsSessions(settings.tls?.tlsSession ?? 'control');
    this.acceptsEarlyData = supportsPipelining(greeting);
    this.combinesCommands = supportsCombining(greeting);
    this.noops = new KeepAlive(this, supportsKeepAlive(greeting));
  }

  /** What earlier commands have left behind at the server. */
  get state(): SessionState {
    return this.#state;
  }

  /** Notes what has become known about the server. */
  note(changes: Partial<SessionState>): void {
    this.#state = { ...this.#state, ...changes };
  }

  /** Remembers that the server refuses a command, whatever FEAT says, until the next login. */
  noteRefusal(command: string): void {
    this.note({ refused: new Set(this.#state.refused).add(command) });
  }

  /** The transfer that holds the turn. */
  get transfer(): OngoingTransfer | undefined {
    return this.#transfer;
  }

  beginTransfer(transfer: OngoingTransfer): void {
    this.#transfer = transfer;
  }

  endTransfer(): void {
    this.#transfer = undefined;
  }

  /** Whether its sockets let the process end. */
  get isUnref(): boolean {
    return this.#isUnref;
  }

  /** Lets its sockets keep the process alive, or not. */
  setRef(isRef: boolean): void {
    this.#isUnref = !isRef;
    for (const socket of [this.control.tcpSocket, this.#transfer?.raw]) {
      if (socket instanceof Socket) isRef ? socket.ref() : socket.unref();
    }
  }

  timeouts(options: StepOptions): Timeouts {
    return overrideTimeouts(this.settings.timeouts, options.timeout);
  }

  command(...parts: Path[]): Command {
    return command(this.settings, ...parts);
  }

  /** Goes before every transfer, and is made once. */
  get epsvCommand(): Command {
    this.#epsv ??= this.command('EPSV');
    return this.#epsv;
  }

  /** Runs a procedure when its turn has come. What is refused of its commands is refused before. */
  async procedure<T>(
    commands: readonly Command[],
    options: CallOptions,
    run: () => Promise<T>,
  ): Promise<T> {
    checkCall(options);
    const turn = this.turns.take();
    // Most have the turn at once, and send before the call returns.
    if (!turn.isReady || options.signal?.aborted)
      await turn.ready(this.timeouts(options).reply, options.signal);
    try {
      if (this.mustRequestUTF8(commands)) await this.requestUTF8(commands, options);
      return await run();
    } finally {
      turn.release();
    }
  }

  /** Sends a command and waits for the reply that ends its exchange. */
  exchange(command: Command, details: ExchangeDetails = {}): Promise<Reply> {
    const { expects = 'completion', phase = 'command', signal, limit, accepted } = details;
    this.#dropOwedReply();
    const limits = this.#timeLimits(command, details);
    return this.#trackState(
      command,
      this.control.exchange(command, { expects, phase, signal, limit, accepted, ...limits }),
    );
  }

  /**
   * Sends commands in one piece, which saves round trips; each has a reply of its own, in their order.
   * The caller must look at every one, and must know that the server reads more than one command from
   * a segment: `combines`, or the user has asked for it. The signal does not end the wait for EPSV: its
   * port may serve the next transfer.
   */
  exchangeTogether(commands: readonly Command[], details: ExchangeDetails = {}): Promise<Reply>[] {
    this.#dropOwedReply();
    const signalFor = (each: Command) => (each === this.#epsv ? undefined : details.signal);
    // What is still owed to somebody who has given up goes first.
    if (!this.control.isIdle) {
      return commands.map((each) => this.exchange(each, { ...details, signal: signalFor(each) }));
    }
    const { expects = 'completion', phase = 'command' } = details;
    const replies = this.control.batchWrites(() =>
      commands.map((each) => {
        const limits = this.#timeLimits(each, details);
        const given = { expects, phase, signal: signalFor(each), ...limits };
        return this.#trackState(each, this.control.immediateExchange(each, given));
      }),
    );
    for (const reply of replies) reply.catch(() => {}); // told by whoever looks at it
    return replies;
  }

  /**
   * Writes a transfer command, and in the same piece the EPSV of the transfer that follows, if the
   * server is known to bear it: never an EPSV alone in mid-transfer.
   */
  startTransfer(exchange: Exchange, hasNext: boolean, options: StepOptions): void {
    const { control, settings } = this;
    const pipelines =
      hasNext && settings.pipelining && this.acceptsEarlyData && beginsWithEPSV(this);
    if (!pipelines || this.state.pret || !control.isIdle) return control.start(exchange);
    control.batchWrites(() => {
      control.start(exchange);
      this.keepEpsv(this.pipelineExchange(this.epsvCommand, options));
    });
  }

  /** Keeps the reply to an EPSV that was sent ahead, for the next data connection. */
  keepEpsv(reply: Promise<Reply>): void {
    this.#epsvAhead = reply;
    reply.catch((error) => {
      if (!(error instanceof ReplyError) && this.#epsvAhead === reply) this.dropEpsv();
    });
  }

  /** Whether an EPSV was sent ahead. */
  get hasEpsv(): boolean {
    return this.#epsvAhead !== undefined;
  }

  /** The reply to an EPSV that was sent ahead, once. */
  takeEpsv(): Promise<Reply> | undefined {
    const reply = this.#epsvAhead;
    this.#epsvAhead = undefined;
    return reply;
  }

  /** Forgets an EPSV that was sent ahead: its port is of no use. */
  dropEpsv(): void {
    this.#epsvAhead = undefined;
  }

  /** Sends a command behind what is on the wire already. */
  pipelineExchange(command: Command, { timeout, signal }: StepOptions): Promise<Reply> {
    const details = { timeout: this.timeouts({ timeout }).reply, signal };
    const reply = this.#trackState(command, this.control.immediateExchange(command, details));
    reply.catch(() => {}); // told to whoever uses it
    return reply;
  }

  /** The same for a command that may be known by its X-form only (RFC 1123 §4.1.3.1). */
  async exchangeWithXForm(
    verb: string,
    argument: Path | undefined,
    options: StepOptions,
  ): Promise<Reply> {
    const send = (name: string) =>
      this.exchange(this.command(name, ...(argument === undefined ? [] : [argument])), options);
    const known = this.state.xForms.get(verb);
    const { xForm } = traitsOf(verb);
    try {
      return await send(known ?? verb);
    } catch (error) {
      if (known !== undefined || xForm === undefined || !isUnknownCommand(error)) throw error;
      const reply = await send(xForm).catch((second) => {
        throw isUnknownCommand(second) ? error : second;
      });
      this.note({ xForms: new Map(this.state.xForms).set(verb, xForm) });
      return reply;
    }
  }

  /** Sends a user's own command; resolves even at a 1yz (`ftplib.sendcmd`). */
  sendRaw(command: Command, options: StepOptions): Promise<Reply> {
    this.#dropOwedReply();
    this.#raw = new RawExchange(this.control, command, this.timeouts(options));
    return this.#trackState(command, this.#raw.firstReply(options.signal));
  }

  /** The completion that `sendRaw` left owed (`ftplib.voidresp`). */
  async owedReply(options: StepOptions): Promise<Reply> {
    const raw = this.#raw;
    if (!raw?.isOwed) {
      throw argumentError(TypeError, 'ERR_INVALID_STATE', 'No reply is owed to an earlier command');
    }
    this.#raw = undefined;
    raw.waitForLast(this.timeouts(options).completion);
    const reply = await this.#trackState(raw.command, raw.lastReply(options.signal));
    if (replyClass(reply) !== 2) throw new ReplyError(reply, { command: raw.command.label });
    return reply;
  }

  /**
   * The time that a command has. A first EPSV, PASV, EPRT or PORT gets no more than a data connection
   * would: a firewall may drop it, and the error then tells which option helps.
   */
  #timeLimits(command: Command, details: StepOptions): { timeout: number; advice?: string } {
    const { reply, dataConnect } = this.timeouts(details);
    const { verb } = command;
    if (!isAddressCommand(verb) || this.#answered.has(verb)) return { timeout: reply };
    const isLess = dataConnect > 0 && (reply === 0 || dataConnect < reply); // 0 is for ever
    return {
      timeout: isLess ? dataConnect : reply,
      advice: firewallAdvice(verb, peerAddress(this)),
    };
  }

  /** Keeps the state true to what a command does at the server, whether its reply is read or not. */
  #trackState(command: Command, exchange: Promise<Reply>): Promise<Reply> {
    const { verb } = command;
    const { endsEPSV, effect } = traitsOf(verb);
    if (endsEPSV) this.dropEpsv();
    if (isAddressCommand(verb) && !this.#answered.has(verb)) this.#trackAnswer(verb, exchange);
    return effect ? this.#trackReply(command, exchange) : exchange;
  }

  #trackAnswer(verb: string, exchange: Promise<Reply>): void {
    const note = () => this.#answered.add(verb);
    exchange.then(note, (error) => {
      if (error instanceof ReplyError) note();
    });
  }

  async #trackReply(command: Command, exchange: Promise<Reply>): Promise<Reply> {
    this.#state = beforeReply(this.#state, command);
    try {
      const reply = await exchange;
      this.#state = afterReply(this.#state, command, reply);
      return reply;
    } catch (error) {
      if (error instanceof ReplyError) this.#state = afterRefusal(this.#state, command);
      throw error;
    }
  }

  /** Asks for UTF-8, once, before the first of the commands that want it (RFC 2640). */
  async requestUTF8(commands: readonly Command[], options: StepOptions): Promise<void> {
    if (!this.mustRequestUTF8(commands)) return;
    this.note({ utf8Requested: true });
    // Best effort: Pure-FTPd refuses it, and speaks UTF-8 all the same.
    await this.exchange(this.command('OPTS', 'UTF8 ON'), options).catch((error) => {
      if (!(error instanceof ReplyError)) throw error;
    });
  }

  /** Whether the server is to be asked for UTF-8 before these. */
  mustRequestUTF8(commands: readonly Command[]): boolean {
    return needsUTF8(this.state, commands) && /^utf-?8$/i.test(String(this.settings.encoding));
  }

  // What sendCmd left owed is read and dropped before the next command is written;
  // from now on it has a deadline.
  #dropOwedReply(): void {
    if (this.#raw?.isOwed) this.#raw.waitForLast();
    this.#raw = undefined;
  }
}

/** Whether the server does not know the command (RFC 959 §4.2.1). */
export function isUnknownCommand(error: unknown): boolean {
  return (
    error instanceof PermanentReplyError && (error.reply.code === 500 || error.reply.code === 502)
  );
}
