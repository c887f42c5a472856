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

/** How a command of a procedure is sent, and which replies it expects. */
export interface ExchangeDetails extends StepOptions {
  /** The replies that end the exchange successfully; default `'completion'` (a 2yz). */
  readonly expects?: Exchange['expects'];
  /** The phase named in errors; default `'command'`. */
  readonly phase?: Phase;
  /**
   * Milliseconds for all replies together, if preliminary replies must not extend the time.
   * Default: a multiple of `timeout`.
   */
  readonly limit?: number;
  /** Called with the reply, in the same tick in which it arrives. */
  readonly accepted?: (reply: Reply) => void;
}

/**
 * The transfer that holds the turn, for calls that do not wait in the queue (`abort()`, `close()`).
 */
export interface OngoingTransfer {
  /** The data connection, below TLS. */
  readonly raw: Duplex | undefined;
  /** Resolves when the transfer no longer uses its data connection. */
  readonly dataClosed: Deferred<void>;
  /** Destroys the stream of the transfer. */
  destroy(reason: Error): void;
  /**
   * Aborts the transfer at the server.
   * @returns the replies, or `undefined` if the server owes the transfer no reply
   */
  abort(abor: Command, options: StepOptions): Promise<Reply[] | undefined>;
}

/** One control connection, from its greeting to its end: its state and the queue of calls. */
export class Session {
  /** The options of the client, checked and with defaults. */
  readonly settings: Settings;
  /** The control connection. */
  readonly control: ControlConnection;
  /** The queue of procedures. */
  readonly turns = new TurnQueue();
  /** The server as the user named it. A proxy gets this name. */
  readonly host: string;
  /** The TLS sessions that data connections resume. */
  readonly tlsSessions: TlsSessions;
  /** The memory into which data connections are read. */
  readonly slab = new Slab();
  /** Sends NOOP while a transfer runs. */
  readonly noops: KeepAlive;
  /**
   * Whether the server is known to accept the bytes of an upload, and the next EPSV, before it has
   * replied to the transfer command.
   */
  readonly acceptsEarlyData: boolean;
  /** Whether the server is known to read more than one command from a TCP segment. */
  readonly combinesCommands: boolean;
  #state: SessionState = INITIAL_STATE;
  #transfer: OngoingTransfer | undefined;
  #isUnref = false;
  #earlyEpsv: Promise<Reply> | undefined;
  readonly #answered = new Set<string>(); // address commands that the server has answered
  #epsvCommand: Command | undefined;
  #raw: RawExchange | undefined; // the last sendCmd(); its final reply may still be owed

  /** @param greeting - the text of the greeting; it identifies servers with known abilities */
  constructor(control: ControlConnection, settings: Settings, host: string, greeting: string) {
    this.control = control;
    this.settings = settings;
    this.host = host;
    this.tlsSessions = new TlsSessions(settings.tls?.tlsSession ?? 'control');
    this.acceptsEarlyData = supportsPipelining(greeting);
    this.combinesCommands = supportsCombining(greeting);
    this.noops = new KeepAlive(this, supportsKeepAlive(greeting));
  }

  /** The state that earlier commands have left at the server. */
  get state(): SessionState {
    return this.#state;
  }

  /** Merges new knowledge about the server into the state. */
  note(changes: Partial<SessionState>): void {
    this.#state = { ...this.#state, ...changes };
  }

  /** Remembers that the server refuses a command, whatever FEAT says, until the next login. */
  noteRefusal(command: string): void {
    this.note({ refused: new Set(this.#state.refused).add(command) });
  }

  /** The transfer that holds the turn, if any. */
  get transfer(): OngoingTransfer | undefined {
    return this.#transfer;
  }

  /** Sets the transfer that holds the turn. */
  beginTransfer(transfer: OngoingTransfer): void {
    this.#transfer = transfer;
  }

  /** Clears the transfer that holds the turn. */
  endTransfer(): void {
    this.#transfer = undefined;
  }

  /** Whether the sockets of this session let the process exit. */
  get isUnref(): boolean {
    return this.#isUnref;
  }

  /** Sets whether the sockets of this session keep the process alive. */
  setRef(isRef: boolean): void {
    this.#isUnref = !isRef;
    for (const socket of [this.control.tcpSocket, this.#transfer?.raw]) {
      if (socket instanceof Socket) isRef ? socket.ref() : socket.unref();
    }
  }

  /** The timeouts of the client, overridden by those of a call. */
  timeouts(options: StepOptions): Timeouts {
    return overrideTimeouts(this.settings.timeouts, options.timeout);
  }

  /** @throws TypeError if an argument is not a valid part of a command */
  command(...parts: Path[]): Command {
    return command(this.settings, ...parts);
  }

  /** The EPSV command. It precedes most transfers, so it is created only once. */
  get epsvCommand(): Command {
    this.#epsvCommand ??= this.command('EPSV');
    return this.#epsvCommand;
  }

  /**
   * Runs a procedure when its turn has come.
   *
   * @param commands - the commands of the procedure, already created: an invalid argument then
   *   fails before anything is sent
   */
  async procedure<T>(
    commands: readonly Command[],
    options: CallOptions,
    run: () => Promise<T>,
  ): Promise<T> {
    checkCall(options);
    const turn = this.turns.take();
    // Most procedures get the turn at once, and send their command before the call returns.
    if (!turn.isReady || options.signal?.aborted)
      await turn.ready(this.timeouts(options).reply, options.signal);
    try {
      if (this.mustRequestUTF8(commands)) await this.requestUTF8(commands, options);
      return await run();
    } finally {
      turn.release();
    }
  }

  /**
   * Sends a command and waits for the reply that ends its exchange.
   * @throws ReplyError for a reply that `expects` does not accept; ConnectionError or TimeoutError
   */
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
   * Sends commands in one write, which saves round trips. Returns one reply for each command, in
   * the same order; the caller must check them all. Use it only if the server reads more than one
   * command from a TCP segment (`combinesCommands`), or if the user asked for it. The signal does
   * not end the wait for EPSV: its port may serve the next transfer.
   */
  exchangeTogether(commands: readonly Command[], details: ExchangeDetails = {}): Promise<Reply>[] {
    this.#dropOwedReply();
    const signalFor = (each: Command) => (each === this.#epsvCommand ? undefined : details.signal);
    // Replies still owed to abandoned commands come first.
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
    for (const reply of replies) reply.catch(() => {}); // the caller handles it
    return replies;
  }

  /**
   * Writes a transfer command. If another transfer follows and the server supports it, the same
   * write contains the EPSV of that transfer. An EPSV is never sent alone in the middle of a
   * transfer.
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

  /** Keeps the reply to an EPSV that was sent early, for the next data connection. */
  keepEpsv(reply: Promise<Reply>): void {
    this.#earlyEpsv = reply;
    reply.catch((error) => {
      if (!(error instanceof ReplyError) && this.#earlyEpsv === reply) this.dropEpsv();
    });
  }

  /** Whether the reply to an early EPSV is kept. */
  get hasEpsv(): boolean {
    return this.#earlyEpsv !== undefined;
  }

  /** Returns the reply to an early EPSV and forgets it: it serves one data connection. */
  takeEpsv(): Promise<Reply> | undefined {
    const reply = this.#earlyEpsv;
    this.#earlyEpsv = undefined;
    return reply;
  }

  /** Forgets the reply to an early EPSV, because its port cannot be used. */
  dropEpsv(): void {
    this.#earlyEpsv = undefined;
  }

  /** Sends a command without waiting for the replies to earlier ones. */
  pipelineExchange(command: Command, { timeout, signal }: StepOptions): Promise<Reply> {
    const details = { timeout: this.timeouts({ timeout }).reply, signal };
    const reply = this.#trackState(command, this.control.immediateExchange(command, details));
    reply.catch(() => {}); // the caller handles it
    return reply;
  }

  /**
   * Sends a command, or its X-form if the server knows only that (RFC 1123 §4.1.3.1). The X-form is
   * remembered.
   */
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

  /** Sends a command of the user; a 1yz resolves it, too (`ftplib.sendcmd`). */
  sendRaw(command: Command, options: StepOptions): Promise<Reply> {
    this.#dropOwedReply();
    this.#raw = new RawExchange(this.control, command, this.timeouts(options));
    return this.#trackState(command, this.#raw.firstReply(options.signal));
  }

  /**
   * Waits for the final reply to a `sendRaw` that got a 1yz (`ftplib.voidresp`).
   * @throws TypeError `ERR_INVALID_STATE` if no reply is owed; ReplyError if the reply is not a 2yz
   */
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
   * The timeout of a command. The first EPSV, PASV, EPRT or PORT gets no more than
   * `timeouts.dataConnect`: a firewall may drop it, and the error then says which option helps.
   */
  #timeLimits(command: Command, details: StepOptions): { timeout: number; advice?: string } {
    const { reply, dataConnect } = this.timeouts(details);
    const { verb } = command;
    if (!isAddressCommand(verb) || this.#answered.has(verb)) return { timeout: reply };
    const isLess = dataConnect > 0 && (reply === 0 || dataConnect < reply); // 0 means no limit
    return {
      timeout: isLess ? dataConnect : reply,
      advice: firewallAdvice(verb, peerAddress(this)),
    };
  }

  /**
   * Updates the state with what a command changes at the server, even if nobody reads its reply.
   */
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

  /** Sends OPTS UTF8 ON once, before the first command that needs it (RFC 2640). */
  async requestUTF8(commands: readonly Command[], options: StepOptions): Promise<void> {
    if (!this.mustRequestUTF8(commands)) return;
    this.note({ utf8Requested: true });
    // A refusal is ignored: Pure-FTPd refuses it, but uses UTF-8 anyway.
    await this.exchange(this.command('OPTS', 'UTF8 ON'), options).catch((error) => {
      if (!(error instanceof ReplyError)) throw error;
    });
  }

  /** Whether OPTS UTF8 ON must be sent before these commands. */
  mustRequestUTF8(commands: readonly Command[]): boolean {
    return needsUTF8(this.state, commands) && /^utf-?8$/i.test(String(this.settings.encoding));
  }

  // The final reply that sendCmd() left unread is read and dropped before the next command is
  // written. Its timeout starts now.
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
