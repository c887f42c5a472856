import type { Socket } from 'node:net';
import { type Command, parseCommand } from './command';
import { CommandQueue } from './command-queue';
import { ControlStream } from './control-stream';
import type { DataConnection } from './data-connection';
import { DataPort } from './data-port';
import type { FaultList } from './fault-list';
import { type Drop, findTlsFault, isControlFault, isReplyFault, selects } from './faults';
import { LoginState } from './login-state';
import type { Settings } from './options';
import { Refusal } from './refusal';
import { encodeReply, ReplyWriter, replyCode } from './reply-writer';
import type { ServerEvent, TransferRecord } from './server-state';
import type { Storage } from './storage';
import { type OpenData, SessionSecurity } from './tls/session-security';

/** Transfer commands. While one runs, only STAT, ABOR and QUIT are read (RFC 959 §4.1.3). */
const TRANSFERS = new Set(['RETR', 'STOR', 'STOU', 'APPE', 'LIST', 'NLST', 'MLSD']);

/** One control connection and its state. */
export class TestSession extends LoginState {
  /** The number of the session, from 1 in order of connection. */
  readonly id: number;
  /** @internal */
  readonly server: ServerState;
  /** @internal Set if the server supports TLS. */
  readonly security: SessionSecurity | undefined;
  /** The running transfer and its progress. */
  transfer: TransferRecord | undefined;

  #cancel = new AbortController();
  #ended = false;
  #dropped = false;
  readonly #over = new AbortController();
  readonly #stream: ControlStream;
  readonly #writer: ReplyWriter;
  readonly #queue: CommandQueue;
  readonly #data = new DataPort();
  readonly #onOver: () => void;

  /** @internal */
  constructor(id: number, control: Socket, server: ServerState, onOver: () => void) {
    super();
    this.id = id;
    this.server = server;
    this.security = server.settings.tls && new SessionSecurity(server.settings.tls);
    this.#onOver = onOver;
    this.#writer = new ReplyWriter(
      this.#over.signal,
      (text) => {
        server.replies.push(text);
        server.changed('reply');
      },
      (error) => server.errors.push(error),
    );
    this.#queue = new CommandQueue(
      (command) => this.#answerInTurn(command),
      () => this.#onIdle(),
    );
    this.#stream = new ControlStream(control, this.security, {
      oneCommandPerSegment: server.settings.oneCommandPerSegment,
      line: (line) => this.#receive(this.#command(parseCommand(line))),
      end: () => this.#onEnd(),
      close: () => this.#onClose(),
    });
    if (!this.security?.implicit) this.#stream.read();
  }

  /** The control connection; a `TLSSocket` during TLS. Faults do not affect bytes written to it. */
  get control(): Socket {
    return this.#stream.socket;
  }

  /** Whether the control connection uses TLS. */
  get secure(): boolean {
    return this.security?.control !== undefined;
  }

  /** The data connection that PASV, EPSV, PORT or EPRT has prepared, until it is opened. */
  get data(): DataConnection | undefined {
    return this.#data.pending;
  }

  /** Aborted by ABOR and when the client disconnects. A handler that waits should observe it. */
  get signal(): AbortSignal {
    return this.#cancel.signal;
  }

  /** Whether no command is running or pending. */
  get idle(): boolean {
    return this.#queue.idle;
  }

  /** Whether the control connection is open. */
  get connected(): boolean {
    return !this.control.destroyed && !this.#ended;
  }

  /** @internal Sends the greeting. Faults treat it as a command. */
  greet(): void {
    this.#queue.add(this.#command({ verb: 'connect', argument: '', binary: '', line: '' }));
  }

  /**
   * Sends one reply. CRLF is added to text, not to a buffer. Resolves when the reply has been
   * passed to the socket, or the client has disconnected. Faults apply to it as to a reply to
   * `command`, which defaults to the running command.
   */
  async reply(reply: string | Buffer, command = this.#queue.running): Promise<void> {
    const bytes = encodeReply(reply);
    const faults = command?.faults ?? [];
    const drops = faults
      .filter(isControlFault)
      .filter(({ code }) => selects(code, replyCode(bytes)));
    const before = drops.find(({ at }) => at === 'before-reply');
    if (before) this.drop(before.control);
    if (!this.control.writable) return;
    await this.#writer.write(this.control, bytes, faults.filter(isReplyFault));
    const after = drops.find(({ at }) => at === 'after-reply');
    if (after) this.drop(after.control);
  }

  /** Sets the prepared data connection, in place of the previous one. */
  expectData(data: DataConnection | undefined): void {
    this.#data.expect(data);
  }

  /**
   * Opens the data connection: accepts it in passive mode, connects in active mode. It stays open
   * until the handler or the client closes it; it is half open after the client has ended its side.
   * After PROT P it is a `TLSSocket` whose handshake is complete.
   *
   * @throws Refusal with a 425 if there is no data connection
   */
  async openData(): Promise<Socket> {
    return (await this.openProtected()).socket;
  }

  /** @internal */
  async openProtected(command = this.#queue.running): Promise<OpenData> {
    const { dataTimeout } = this.server.settings;
    const socket = await this.#data.open(dataTimeout, this.signal);
    if (!this.security) return { socket };
    return this.security.protect(socket, command?.faults ?? [], dataTimeout, this.signal);
  }

  /** @internal Starts TLS on the control connection, after a reply that announces it. */
  async secureControl(command: Command, announce?: () => Promise<void>): Promise<void> {
    this.#stream.pause();
    this.#queue.clear();
    await announce?.();
    if (!this.control.writable) return;
    try {
      await this.#stream.protect(command.faults);
    } catch {
      return this.drop('destroy');
    }
    // The session starts again, as if the client had just connected (RFC 4217 §4.2).
    if (this.security?.control) this.reset();
    else if (announce) await this.#stream.answerHello(command.faults);
    this.#stream.read();
  }

  /** @internal Ends TLS on the control connection. */
  clearControl(): Promise<void> {
    return this.#stream.clear();
  }

  /** Runs the standard handler, for a handler that only adds to it. */
  async perform(verb: string, argument = '', command = this.#queue.running): Promise<void> {
    const answer = this.server.standard.get(verb.toUpperCase());
    const parsed = parseCommand(Buffer.from(`${verb} ${argument}`).toString('latin1'));
    await answer?.(this, argument, { ...parsed, faults: command?.faults ?? [] });
  }

  /** Drops the control connection. A running transfer continues. */
  drop(how: Drop): void {
    this.#dropped = true;
    this.#queue.clear();
    this.#stream.drop(how);
  }

  /** Stops everything at once. */
  destroy(): void {
    this.#over.abort();
    this.#cancel.abort();
    this.#queue.clear();
    this.#data.destroy();
    this.control.destroy();
  }

  override reset(): void {
    super.reset();
    this.expectData(undefined);
  }

  #onEnd(): void {
    this.#ended = true;
    if (!this.#dropped) this.#cancel.abort();
    this.#endWhenIdle();
  }

  #onClose(): void {
    this.#queue.clear();
    if (!this.#dropped) this.#cancel.abort();
    this.server.changed('disconnect');
    this.#finish();
  }

  #command(parsed: Omit<Command, 'faults'>): Command {
    return { ...parsed, faults: this.server.faults.strike(parsed.verb, parsed.line) };
  }

  #receive(command: Command): void {
    this.server.commands.push(command.line);
    this.server.changed('command');
    if (this.#dropped) return;
    const { running } = this.#queue;
    if (running && TRANSFERS.has(running.verb)) this.#receiveDuringTransfer(command);
    else this.#queue.add(command);
  }

  #receiveDuringTransfer(command: Command): void {
    const { noopDuringTransfer: noop } = this.server.settings;
    switch (command.verb) {
      case 'STAT':
        return void this.#answer(command);
      case 'ABOR':
        if (this.server.custom.has('ABOR')) void this.#answer(command);
        else this.#queue.addFirst(command);
        this.#cancel.abort();
        return;
      case 'QUIT':
        // The running transfer is completed first (RFC 959 §4.1.1), but no pending command.
        this.#queue.clear();
        this.#queue.add(command);
        return;
      default:
        if (command.verb === 'NOOP' && noop) void this.reply(noop, command);
        else this.#queue.add(command);
    }
  }

  async #answerInTurn(command: Command): Promise<void> {
    // ABOR ends only one transfer, so the next one needs a new signal, unless the client is gone.
    if (this.signal.aborted && !this.#ended && !this.control.destroyed) {
      this.#cancel = new AbortController();
    }
    await this.#answer(command);
  }

  /** Never rejects. */
  async #answer(command: Command): Promise<void> {
    try {
      await this.#answerOrThrow(command);
    } catch (error) {
      if (error instanceof Refusal) await this.reply(error.reply, command);
      else {
        this.server.errors.push(error);
        await this.reply('451 The server failed.', command);
      }
    }
  }

  async #answerOrThrow(command: Command): Promise<void> {
    const { faults, verb, argument } = command;
    const drop = faults.filter(isControlFault).find(({ at = 'command' }) => at === 'command');
    if (drop) return this.drop(drop.control);
    if (verb === 'connect' && this.security?.implicit) {
      await this.secureControl(command);
      if (!this.connected) return;
    }
    const inClear = findTlsFault(faults, 'plaintext-control');
    if (inClear) {
      this.#dropped = true;
      return this.#stream.sayLastWords(inClear.reply);
    }
    const instead = faults.filter(isReplyFault).find(({ reply, code }) => reply && !code)?.reply;
    if (instead !== undefined) {
      for (const reply of [instead].flat()) await this.reply(reply, command);
      return;
    }
    const custom = this.server.custom.get(verb);
    const answer = custom ?? this.server.standard.get(verb);
    if (!answer) throw new Refusal(`500 ${verb.slice(0, 20)} is not understood.`);
    await answer(this, argument, command);
  }

  #onIdle(): void {
    this.server.changed('idle');
    this.#endWhenIdle();
    this.#finish();
  }

  #endWhenIdle(): void {
    if (this.#ended && this.idle) this.control.end();
  }

  #finish(): void {
    if (!this.control.destroyed || this.#queue.running) return;
    this.destroy();
    this.#onOver();
  }
}

/**
 * Handles a command. A `Refusal` that it throws becomes the reply; any other error becomes a 451.
 */
export type CommandAnswer = (
  session: TestSession,
  argument: string,
  command: Command,
) => void | Promise<void>;

/** The state that all sessions of a server share. */
export interface ServerState {
  readonly settings: Settings;
  readonly storage: Storage;
  readonly faults: FaultList;
  /** Handlers by verb in upper case: those of tests, and the standard ones. */
  readonly custom: ReadonlyMap<string, CommandAnswer>;
  readonly standard: ReadonlyMap<string, CommandAnswer>;
  readonly commands: string[];
  readonly replies: string[];
  readonly transfers: TransferRecord[];
  readonly errors: unknown[];
  changed(event: ServerEvent): void;
}
