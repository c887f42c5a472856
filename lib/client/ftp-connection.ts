import { EventEmitter } from 'eventemitter3';
import { argumentError, ConnectionError, FTPError } from '../errors';
import { checkCall } from '../options/call-checks';
import type { CallOptions, ConnectCallOptions, FTPOptions } from '../options/client-options';
import { checkAddress, checkHost } from '../options/host';
import { CONNECT_CALL } from '../options/option-names';
import { type Settings, settingsOf } from '../options/settings';
import { overrideTimeouts } from '../options/timeouts';
import { checkInteger, checkOneOf, checkPort } from '../options/validate';
import { type Codec, codecOf } from '../protocol/codec';
import { type Command, command, type Path } from '../protocol/command';
import { type Reply, replyText } from '../reply';
import { openSession } from '../session/open-session';
import { PendingSession } from '../session/pending-session';
import type { Session } from '../session/session';
import type { Dependencies } from '../streams/call-signal';
import type { TransferStream } from '../streams/transfer';
import { markUserInitiated } from '../streams/user-initiated';
import type { ControlConnection } from '../transport/control/control-connection';
import type { ControlTlsInfo } from '../transport/tls/tls-client';
import { offAbort, onAbort } from '../util/abort-listeners';
import { callListener } from '../util/listeners';
import { type DebugLevel, DebugLog } from './debug';

/** The events of a client, each with the arguments of its listeners. */
export interface FTPEvents {
  /** A command was sent. Secrets in it are masked. */
  command: [label: string];
  /** A reply was received. Secrets in it are masked. */
  reply: [reply: Reply];
  /** The server has accepted a transfer. */
  transfer: [stream: TransferStream];
  /** The server did something unexpected that the client could handle. */
  warning: [message: string];
  /** The control connection was closed. The reason is `undefined` if the client closed it. */
  close: [reason: FTPError | undefined];
}

/** The client's options, and the attributes of ftplib that change them. */
export class ClientSettings extends EventEmitter<FTPEvents> {
  readonly #settings: Settings;

  /** @throws TypeError or RangeError if an option is invalid */
  constructor(options: FTPOptions) {
    super();
    this.#settings = settingsOf(options);
  }

  /** The server's host name or address. */
  get host(): string {
    return this.#settings.host;
  }

  /** The server's port. */
  get port(): number {
    return this.#settings.port;
  }

  /** The encoding of paths and replies. A change applies from the next command on. */
  get encoding(): string | Codec {
    return this.#settings.encoding;
  }

  set encoding(encoding: string | Codec) {
    this.#settings.codec = codecOf(encoding);
    this.#settings.encoding = encoding;
  }

  /**
   * The option `timeout` in milliseconds: all timeouts except `quit` and `abort`. `undefined` if it
   * was not given, or if `timeouts` was.
   */
  get timeout(): number | undefined {
    return this.#settings.timeout;
  }

  set timeout(timeout: number | undefined) {
    this.#settings.timeouts = overrideTimeouts(this.#settings.timeouts, timeout);
    this.#settings.timeout = timeout;
  }

  /** The maximum length of a reply line in bytes. A change applies from the next connection on. */
  get maxLine(): number {
    return this.#settings.maxLine;
  }

  set maxLine(bytes: number) {
    this.#settings.maxLine = checkInteger('maxLine', bytes, 1);
  }

  /** Whether data connections are passive, that is, opened by the client. */
  get passiveServer(): boolean {
    return this.#settings.passive;
  }

  set passiveServer(on: boolean) {
    this.#settings.passive = Boolean(on);
  }

  /** Whether the client connects to the address in a 227 reply. */
  get trustServerPasvIPv4Address(): boolean {
    return this.#settings.trustServerPasvIPv4Address;
  }

  set trustServerPasvIPv4Address(on: boolean) {
    this.#settings.trustServerPasvIPv4Address = Boolean(on);
  }

  /** Chooses passive mode (`true`, the default) or active mode (`ftplib.set_pasv`). */
  setPasv(on: boolean): void {
    this.passiveServer = on;
  }

  /** @internal */
  protected get settings(): Settings {
    return this.#settings;
  }

  /** Builds a command. @throws TypeError if a part is invalid, before anything is sent @internal */
  protected command(...parts: Path[]): Command {
    return command(this.#settings, ...parts);
  }
}

/** A client's connection: opening, closing, and events. */
export class FTPConnection extends ClientSettings {
  readonly #debug = new DebugLog();
  readonly #signal: AbortSignal | undefined;
  #session: Session | undefined;
  #pending: PendingSession | undefined;
  #closed: Promise<void> = Promise.resolve();
  #isUnref = false;
  #welcome = '';
  #lastResp = '';

  /**
   * Creates a client without connecting it.
   * @throws TypeError or RangeError if an option is invalid
   */
  constructor(options: FTPOptions = {}) {
    super(options);
    this.#signal = options.signal;
  }

  /**
   * Connects without logging in (`ftplib.connect`). A closed client can connect again.
   *
   * @param host - default: the previous host, or the option `host`
   * @param port - default: the previous port, or the option `port`
   * @param options - `timeout` and `localAddress` also apply to all later calls
   * @returns the server's greeting
   * @throws TypeError `ERR_INVALID_STATE` if the client is already connected
   * @throws FTPError if the connection fails
   *
   * @example
   * ```ts
   * const ftp = new FTP();
   * const greeting = await ftp.connect('ftp.example.com');
   * await ftp.login('me', 'secret');
   * ```
   */
  async connect(host?: string, port?: number, options: ConnectCallOptions = {}): Promise<string> {
    if (this.connected || this.#pending) {
      throw argumentError(
        TypeError,
        'ERR_INVALID_STATE',
        'The client is connected; close() it first',
      );
    }
    checkCall(options, CONNECT_CALL);
    const settings = this.settings;
    const target = {
      host: host === undefined || host === '' ? settings.host : checkHost(host),
      port: port === undefined || port === 0 ? settings.port : checkPort('port', port),
      localAddress: checkAddress('localAddress', options.localAddress) ?? settings.localAddress,
    };
    Object.assign(settings, target); // only after all checks have passed
    if (options.timeout !== undefined) this.timeout = options.timeout;
    const signals = [this.#signal, options.signal].filter((signal) => signal !== undefined);
    const pending = new PendingSession((limits) => this.#open(limits), signals);
    this.#pending = pending;
    try {
      await pending.opened;
      return this.#welcome;
    } finally {
      this.#pending = undefined;
    }
  }

  /** Whether the control connection is open. */
  get connected(): boolean {
    return this.#session !== undefined && !this.#session.control.closed;
  }

  /**
   * The TLS details of the control connection, with the server's certificate. `undefined` if the
   * client is not connected, or is connected without TLS, as before AUTH and after CCC.
   */
  get tls(): ControlTlsInfo | undefined {
    return this.#session?.control.tlsInfo();
  }

  /** Resolves when the control connection has closed, or at once if there is none. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  /** The server's greeting (`ftplib.getwelcome`). */
  getWelcome(): string {
    return this.#welcome;
  }

  /** The server's greeting (`ftplib.FTP.welcome`). */
  get welcome(): string {
    return this.#welcome;
  }

  /** The three digits of the last reply's code (`ftplib.FTP.lastresp`). Empty before the first. */
  get lastResp(): string {
    return this.#lastResp;
  }

  /**
   * Prints commands and replies to the standard error (`ftplib.set_debuglevel`), with secrets
   * masked.
   * @throws TypeError if the level is not 0, 1 or 2
   */
  setDebugLevel(level: DebugLevel): void {
    this.#debug.level = checkOneOf('level', level, [0, 1, 2]);
  }

  /** Keeps the process running while this client is connected (the default). */
  ref(): this {
    this.#setRef(true);
    return this;
  }

  /** Lets the process exit while this client is connected but idle. */
  unref(): this {
    this.#setRef(false);
    return this;
  }

  /**
   * Sends QUIT and closes the connection, even if the server refuses or does not reply
   * (`ftplib.quit`). The reply has `timeouts.quit` to arrive: by default 2 s.
   *
   * @returns the reply, or `''` if the client is not connected
   * @throws FTPError if the server refuses or does not reply
   */
  async quit(options: CallOptions = {}): Promise<string> {
    checkCall(options);
    const quit = this.command('QUIT');
    const timeout = options.timeout ?? (this.settings.timeouts.quit || Number.POSITIVE_INFINITY);
    const last = { ...options, timeout, limit: timeout };
    let isSent = false;
    try {
      return await this.procedure([], options, async (session) => {
        isSent = true;
        try {
          return await session.exchange(quit, last);
        } finally {
          if (this.connected) this.close(); // before the next call's turn: it may be another quit()
        }
      });
    } catch (error) {
      const isAborted = options.signal?.aborted && error === options.signal.reason;
      if (!isSent && !isAborted && !this.connected) return '';
      if (isAborted) this.#pending?.cancel(error);
      throw error;
    } finally {
      if (this.connected) this.close(); // and not a connection that is opened meanwhile
    }
  }

  /**
   * Closes the connection at once (`ftplib.close`). Open streams and pending calls fail with a
   * `ConnectionError`. A stream emits it only if the stream has an 'error' listener.
   */
  close(): void {
    const reason = markUserInitiated(new ConnectionError('The client was closed'));
    this.#pending?.cancel(reason);
    const session = this.#session;
    if (!session) return;
    if (!session.control.closed) session.turns.fail(reason);
    session.transfer?.destroy(reason); // a download can outlive the control connection
    session.control.destroy();
  }

  /** Destroys open transfers and sends QUIT. Does not throw if the server fails to answer. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.connected) return this.close();
    const reason = markUserInitiated(new ConnectionError('The client was disposed'));
    this.#session?.turns.rejectWaiting(reason);
    this.#session?.transfer?.destroy(reason);
    await this.quit().catch((error) => {
      if (!(error instanceof FTPError)) throw error; // the server may be gone already
    });
  }

  /** The open session. @throws ConnectionError if the client is not connected @internal */
  session(): Session {
    if (!this.#session) throw new ConnectionError('Not connected; call connect() first');
    if (this.#session.control.closed) throw this.#session.control.lostError();
    return this.#session;
  }

  /** What ends a call with these options. The session is looked up when it is needed. @internal */
  protected dependencies({ signal }: CallOptions): Dependencies {
    const session = () => this.#session;
    return {
      signal,
      get connection() {
        return session()?.turns.closeSignal;
      },
    };
  }

  /** Runs a procedure in its turn, and resolves with the text of its reply. @internal */
  protected procedure(
    commands: readonly Command[],
    options: CallOptions,
    run: (session: Session) => Promise<Reply>,
  ): Promise<string> {
    return this.procedureReply(commands, options, run).then(replyText);
  }

  /** Runs a procedure in its turn, and resolves with its reply. @internal */
  protected procedureReply(
    commands: readonly Command[],
    options: CallOptions,
    run: (session: Session) => Promise<Reply>,
  ): Promise<Reply> {
    const call = (session: Session) => session.procedure(commands, options, () => run(session));
    return this.whenOpen(call, options);
  }

  /**
   * Calls back with the session: at once, or as soon as a pending connect() succeeds. Pending calls
   * run in the order in which they were made.
   *
   * @throws ConnectionError if the client is not connected @internal
   */
  protected whenOpen<T>(call: (session: Session) => Promise<T>, options: CallOptions): Promise<T> {
    if (!this.#pending) return call(this.session());
    checkCall(options);
    return this.#pending.use(call, options.signal);
  }

  /** The session that connect() is opening now, if any. @internal */
  protected get pending(): PendingSession | undefined {
    return this.#pending;
  }

  async #open(limits: { readonly signal: AbortSignal }): Promise<Session> {
    const watch = (control: ControlConnection) => this.#watch(control);
    const { session, greeting } = await openSession(this.settings, limits, watch);
    this.#session = session;
    if (this.#isUnref) this.#setRef(false);
    this.#welcome = replyText(greeting);
    return session;
  }

  #watch(control: ControlConnection): void {
    const close = () => this.close();
    if (this.#signal) onAbort(this.#signal, close);
    this.#closed = new Promise((resolve) => {
      control.once('close', (reason) => {
        const session = this.#session?.control === control ? this.#session : undefined;
        // A download may continue after the control connection; the signal must still abort it.
        const transferEnd = session?.transfer?.dataClosed.promise ?? Promise.resolve();
        if (this.#signal) transferEnd.then(() => offAbort(this.#signal as AbortSignal, close));
        session?.turns.fail(control.lostError());
        resolve();
        callListener(() => this.emit('close', reason));
      });
    });
    control.on('command', (label) => {
      this.#debug.command(label);
      callListener(() => this.emit('command', label));
    });
    control.on('reply', (reply) => {
      this.#lastResp = (reply.lines[0] as string).slice(0, 3);
      this.#debug.reply(reply);
      callListener(() => this.emit('reply', reply));
    });
    control.on('warning', (message) => callListener(() => this.emit('warning', message)));
  }

  #setRef(isRef: boolean): void {
    this.#isUnref = !isRef;
    this.#session?.setRef(isRef);
  }
}
