import { Socket } from 'node:net';
import { EventEmitter } from 'eventemitter3';
import { argumentError, ConnectionError, FTPError } from '../errors';
import { type Codec, codecOf } from '../protocol/codec';
import { type Command, command, type Path } from '../protocol/command';
import { type Reply, replyText } from '../protocol/reply';
import { markOwnDoing } from '../streams/own-doing';
import { apart } from '../throw-later';
import type { ControlConnection } from '../transport/control-connection';
import { checkCall, checkInteger, checkOneOf, checkPort } from './checks';
import { type DebugLevel, DebugLog } from './debug';
import type { FTPEvents } from './events';
import { checkAddress, checkHost } from './host';
import { openSession } from './open-session';
import { CONNECT_CALL } from './option-names';
import { type CallOptions, type FTPOptions, type Settings, settingsOf } from './options';
import type { Session } from './session';
import { withTimeout } from './timeouts';

/** Options of `ftp.connect()`; its `timeout` holds for all later calls, as in ftplib. */
export interface ConnectCallOptions extends CallOptions {
  /** The address to connect from, from now on. */
  readonly localAddress?: string | undefined;
}

/** A client's connection: its options, how it is opened and closed, and what it tells. */
export class FTPConnection extends EventEmitter<FTPEvents> {
  readonly #settings: Settings;
  readonly #debug = new DebugLog();
  readonly #signal: AbortSignal | undefined;
  #session: Session | undefined;
  #opening: AbortController | undefined;
  #closed: Promise<void> = Promise.resolve();
  #isUnref = false;
  #welcome = '';
  #lastResp = '';

  /**
   * Makes a client; it does not connect.
   * @throws TypeError or RangeError for an option that cannot be meant
   */
  constructor(options: FTPOptions = {}) {
    super();
    this.#settings = settingsOf(options);
    this.#signal = options.signal;
  }

  /**
   * Connects, without logging in (`ftplib.connect`); after `close()` it starts afresh.
   *
   * @param host - default: the one of before, else the option's
   * @returns the welcome
   * @throws TypeError `ERR_INVALID_STATE` on an open client
   */
  async connect(host?: string, port?: number, options: ConnectCallOptions = {}): Promise<string> {
    if (this.connected || this.#opening) {
      throw argumentError(
        TypeError,
        'ERR_INVALID_STATE',
        'The client is connected; close() it first',
      );
    }
    checkCall(options, CONNECT_CALL);
    const settings = this.#settings;
    const target = {
      host: host === undefined || host === '' ? settings.host : checkHost(host),
      port: port === undefined || port === 0 ? settings.port : checkPort('port', port),
      localAddress: checkAddress('localAddress', options.localAddress) ?? settings.localAddress,
    };
    Object.assign(settings, target); // now that nothing more can be refused
    if (options.timeout !== undefined) this.timeout = options.timeout;
    const opening = new AbortController();
    const signals = [this.#signal, options.signal].filter((signal) => signal !== undefined);
    const abort = () => opening.abort(signals.find((signal) => signal.aborted)?.reason);
    this.#opening = opening;
    try {
      for (const signal of signals) {
        signal.throwIfAborted();
        signal.addEventListener('abort', abort);
      }
      const watch = (control: ControlConnection) => this.#watch(control);
      const { session, greeting } = await openSession(settings, opening, watch);
      this.#session = session;
      if (this.#isUnref) this.#setRef(false);
      this.#welcome = replyText(greeting);
      return this.#welcome;
    } finally {
      for (const signal of signals) signal.removeEventListener('abort', abort);
      this.#opening = undefined;
    }
  }

  /** Whether the control connection is open. */
  get connected(): boolean {
    return this.#session !== undefined && !this.#session.control.closed;
  }

  /** Resolves when the control connection is gone; at once if there is none. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  /** The server's greeting (`ftplib.getwelcome`). */
  getWelcome(): string {
    return this.#welcome;
  }

  get welcome(): string {
    return this.#welcome;
  }

  /** The code of the last reply: three digits (`ftplib.FTP.lastresp`). */
  get lastResp(): string {
    return this.#lastResp;
  }

  get host(): string {
    return this.#settings.host;
  }

  get port(): number {
    return this.#settings.port;
  }

  /** Of paths and replies; a change holds from the next command on. */
  get encoding(): string | Codec {
    return this.#settings.encoding;
  }

  set encoding(encoding: string | Codec) {
    this.#settings.codec = codecOf(encoding);
    this.#settings.encoding = encoding;
  }

  /** Milliseconds for every wait but that of QUIT and of an abort; `undefined` if they differ. */
  get timeout(): number | undefined {
    return this.#settings.timeout;
  }

  set timeout(timeout: number | undefined) {
    this.#settings.timeouts = withTimeout(this.#settings.timeouts, timeout);
    this.#settings.timeout = timeout;
  }

  /** Bytes of one line of a reply, from the next connection on. */
  get maxLine(): number {
    return this.#settings.maxLine;
  }

  set maxLine(bytes: number) {
    this.#settings.maxLine = checkInteger('maxLine', bytes, 1);
  }

  /** Whether the client opens the data connections. */
  get passiveServer(): boolean {
    return this.#settings.passive;
  }

  set passiveServer(on: boolean) {
    this.#settings.passive = Boolean(on);
  }

  /** Whether the address in a 227 is believed. */
  get trustServerPasvIPv4Address(): boolean {
    return this.#settings.trustServerPasvIPv4Address;
  }

  set trustServerPasvIPv4Address(on: boolean) {
    this.#settings.trustServerPasvIPv4Address = Boolean(on);
  }

  /** Chooses passive (the default) or active mode (`ftplib.set_pasv`). */
  setPasv(on: boolean): void {
    this.passiveServer = on;
  }

  /** Shows commands and replies on the standard error (`ftplib.set_debuglevel`); secrets are masked. */
  setDebugLevel(level: DebugLevel): void {
    this.#debug.level = checkOneOf('level', level, [0, 1, 2]);
  }

  /** Lets the process wait for this client, as it does at first. */
  ref(): this {
    this.#setRef(true);
    return this;
  }

  /** Lets the process end while this client is open, and nothing of it is under way. */
  unref(): this {
    this.#setRef(false);
    return this;
  }

  /** Says good-bye and closes, even if the server refuses it or does not answer (`ftplib.quit`). */
  async quit(options: CallOptions = {}): Promise<string> {
    checkCall(options);
    const quit = this.command('QUIT');
    const timeout = options.timeout ?? (this.#settings.timeouts.quit || Number.POSITIVE_INFINITY);
    try {
      const last = { ...options, timeout };
      return await this.procedure([], options, (session) => session.exchange(quit, last));
    } finally {
      this.close();
    }
  }

  /**
   * Closes at once (`ftplib.close`): open streams and waiting calls fail with a
   * `ConnectionError`, which a stream emits only if somebody listens.
   */
  close(): void {
    const reason = markOwnDoing(new ConnectionError('The client was closed'));
    this.#opening?.abort(reason);
    const session = this.#session;
    if (!session || session.control.closed) return;
    session.turn.fail(reason);
    session.transfer?.destroy(reason);
    session.control.destroy();
  }

  /** Destroys open transfers, and quits. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.connected) return this.close();
    const reason = markOwnDoing(new ConnectionError('The client was disposed of'));
    this.#session?.turn.evict(reason);
    this.#session?.transfer?.destroy(reason);
    await this.quit().catch((error) => {
      if (!(error instanceof FTPError)) throw error; // a server that is gone needs no good-bye
    });
  }

  /** The open session. @throws ConnectionError if there is none @internal */
  session(): Session {
    if (!this.#session) throw new ConnectionError('Not connected; connect() comes first');
    if (this.#session.control.closed) throw this.#session.control.lostError();
    return this.#session;
  }

  /** @internal */
  protected get settings(): Settings {
    return this.#settings;
  }

  /** Makes a command; what it refuses is refused before anything is sent. @internal */
  protected command(...parts: Path[]): Command {
    return command(this.#settings, ...parts);
  }

  /** Runs exchanges that belong together, when their turn has come. @internal */
  protected procedure(
    commands: readonly Command[],
    options: CallOptions,
    run: (session: Session) => Promise<Reply>,
  ): Promise<string> {
    const session = this.session();
    return session.procedure(commands, options, () => run(session)).then(replyText);
  }

  #watch(control: ControlConnection): void {
    const close = () => this.close();
    this.#signal?.addEventListener('abort', close);
    this.#closed = new Promise((resolve) => {
      control.once('close', (reason) => {
        this.#signal?.removeEventListener('abort', close);
        if (this.#session?.control === control) this.#session.turn.fail(control.lostError());
        resolve();
        apart(() => this.emit('close', reason));
      });
    });
    control.on('command', (label) => {
      this.#debug.command(label);
      apart(() => this.emit('command', label));
    });
    control.on('reply', (reply) => {
      this.#lastResp = (reply.lines[0] as string).slice(0, 3);
      this.#debug.reply(reply);
      apart(() => this.emit('reply', reply));
    });
    control.on('warning', (message) => apart(() => this.emit('warning', message)));
  }

  #setRef(isRef: boolean): void {
    this.#isUnref = !isRef;
    if (!this.#session) return;
    this.#session.isUnref = !isRef;
    for (const socket of [this.#session.control.tcpSocket, this.#session.transfer?.raw]) {
      if (socket instanceof Socket) isRef ? socket.ref() : socket.unref();
    }
  }
}
