import { argumentError, ConnectionError, FTPError } from '../errors';
import { checkCall } from '../options/call-checks';
import type { CallOptions, ConnectCallOptions, FTPOptions } from '../options/client-options';
import { checkAddress, checkHost } from '../options/host';
import { CONNECT_CALL } from '../options/option-names';
import { checkOneOf, checkPort } from '../options/validate';
import type { Command } from '../protocol/command';
import { type Reply, replyText } from '../reply';
import { openSession } from '../session/open-session';
import { PendingSession } from '../session/pending-session';
import type { Session } from '../session/session';
import type { Dependencies } from '../streams/call-signal';
import { markUserInitiated } from '../streams/user-initiated';
import type { ControlConnection } from '../transport/control/control-connection';
import type { ControlTlsInfo } from '../transport/tls/tls-client';
import { offAbort, onAbort } from '../util/abort-listeners';
import { callListener } from '../util/listeners';
import { ClientSettings } from './client-settings';
import { type DebugLevel, DebugLog } from './debug';

/** A client's connection: how it is opened and closed, and what it tells. */
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
   * Makes a client; it does not connect.
   * @throws TypeError or RangeError for an option that cannot be meant
   */
  constructor(options: FTPOptions = {}) {
    super(options);
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
    Object.assign(settings, target); // now that nothing more can be refused
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
   * The TLS of the control connection, and whose certificate the server has shown; `undefined` while the
   * connection is in clear, as before AUTH and after CCC, and while there is none.
   */
  get tls(): ControlTlsInfo | undefined {
    return this.#session?.control.tlsInfo();
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

  /**
   * Says good-bye and closes, even if the server refuses it or does not answer (`ftplib.quit`).
   * @returns the reply, or `''` where there is no connection (any more) to say it on
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
          if (this.connected) this.close(); // before the next has its turn, perhaps another quit()
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
   * Closes at once (`ftplib.close`): open streams and waiting calls fail with a
   * `ConnectionError`, which a stream emits only if somebody listens.
   */
  close(): void {
    const reason = markUserInitiated(new ConnectionError('The client was closed'));
    this.#pending?.cancel(reason);
    const session = this.#session;
    if (!session) return;
    if (!session.control.closed) session.turns.fail(reason);
    session.transfer?.destroy(reason); // a download may have outlived the control connection
    session.control.destroy();
  }

  /** Destroys open transfers, and quits. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.connected) return this.close();
    const reason = markUserInitiated(new ConnectionError('The client was disposed of'));
    this.#session?.turns.evict(reason);
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

  /** What a call with these options depends on, as it is when it is asked for. @internal */
  protected dependencies({ signal }: CallOptions): Dependencies {
    const session = () => this.#session;
    return {
      signal,
      get connection() {
        return session()?.turns.end;
      },
    };
  }

  /** Runs exchanges that belong together, when their turn has come. @internal */
  protected procedure(
    commands: readonly Command[],
    options: CallOptions,
    run: (session: Session) => Promise<Reply>,
  ): Promise<string> {
    return this.answer(commands, options, run).then(replyText);
  }

  /** The same, with the reply to be read. @internal */
  protected answer(
    commands: readonly Command[],
    options: CallOptions,
    run: (session: Session) => Promise<Reply>,
  ): Promise<Reply> {
    const call = (session: Session) => session.procedure(commands, options, () => run(session));
    return this.whenOpen(call, options);
  }

  /**
   * Uses the session: at once, or when the one that is being opened is open. All who wait for that
   * are served in their order.
   *
   * @throws ConnectionError if there is none @internal
   */
  protected whenOpen<T>(call: (session: Session) => Promise<T>, options: CallOptions): Promise<T> {
    if (!this.#pending) return call(this.session());
    checkCall(options);
    return this.#pending.use(call, options.signal);
  }

  /** The session that is being opened, if one is. @internal */
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
        // A download may go on to its end, which the signal still aborts.
        const over = session?.transfer?.dataClosed.promise ?? Promise.resolve();
        if (this.#signal) over.then(() => offAbort(this.#signal as AbortSignal, close));
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
