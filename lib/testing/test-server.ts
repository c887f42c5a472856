import { once } from 'node:events';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import { standardAnswers } from './commands';
import { DiskStorage } from './disk-storage';
import { FaultList } from './fault-list';
import type { Fault } from './faults';
import { MemoryStorage } from './memory-storage';
import { type Settings, settingsFrom, type TestServerOptions } from './options';
import type { ServerEvent, TransferRecord } from './server-state';
import type { CommandAnswer, ServerState } from './session';
import { TestSession } from './session';
import type { Storage } from './storage';
import { TestStorage } from './test-storage';
import { quiet, Waiters } from './waiters';

/**
 * An FTP server in the process of the test. Its files are on disk or in memory. It records
 * commands, replies and transfers, and can simulate faults and any order of events.
 *
 * @example
 * ```ts
 * const server = await TestServer.start({ files: { '/pub/a.txt': 'hello' } });
 * // ... connect a client to server.host and server.port, user "user", password "password"
 * await server.received('RETR');
 * await server.idle();
 * await server.close();
 * ```
 */
export class TestServer {
  /** The address on which it listens. */
  readonly host: string;
  /** The port on which it listens. */
  readonly port: number;
  /** The server's files. */
  readonly storage: TestStorage;
  readonly #listener: Server;
  readonly #state: ServerState;
  readonly #custom = new Map<string, CommandAnswer>();
  readonly #sessions = new Set<TestSession>();
  readonly #waiters = new Waiters();
  readonly #events = new Map<ServerEvent, number>();
  #sessionCount = 0;
  #closed: Promise<void> | undefined;

  private constructor(listener: Server, { settings, storage, faults }: Parts) {
    const { address, port } = listener.address() as AddressInfo;
    this.host = address;
    this.port = port;
    this.storage = new TestStorage(storage);
    this.#listener = listener;
    this.#state = {
      settings,
      storage,
      faults,
      custom: this.#custom,
      standard: standardAnswers(),
      commands: [],
      replies: [],
      transfers: [],
      errors: [],
      changed: (event) => this.#changed(event),
    };
    listener.on('connection', (socket) => this.#accept(socket));
    listener.on('error', () => {});
  }

  /**
   * Starts a server. It accepts connections when the promise resolves. If it rejects, nothing is
   * left open.
   *
   * @throws TypeError if an option is invalid
   * @throws Error of Node if the server cannot listen
   */
  static async start(options: TestServerOptions = {}): Promise<TestServer> {
    const parts = partsFrom(options); // before it listens: this may throw
    // Half open: a client that has ended its side still receives its replies.
    const listener = net.createServer({ allowHalfOpen: true, noDelay: true });
    const { host = '127.0.0.1', port = 0 } = options;
    listener.listen(port, host);
    await once(listener, 'listening');
    return new TestServer(listener, parts);
  }

  /**
   * The URL with the first user that has a password: `ftp://user:password@127.0.0.1:2121/`. The
   * scheme is `ftps:` for implicit TLS.
   */
  get url(): string {
    const host = this.host.includes(':') ? `[${this.host}]` : this.host;
    const { tls, users } = this.#state.settings;
    const scheme = tls?.mode === 'implicit' ? 'ftps' : 'ftp';
    for (const [name, user] of users) {
      const password = typeof user === 'string' ? user : user.password;
      if (!password) continue;
      const login = [name, password].map(encodeURIComponent).join(':');
      return `${scheme}://${login}@${host}:${this.port}/`;
    }
    return `${scheme}://${host}:${this.port}/`;
  }

  /** The server's certificate in PEM, to use as a client's `ca`. `undefined` without TLS. */
  get certificate(): string | undefined {
    return this.#state.settings.tls?.identity.cert;
  }

  /** All command lines received, of all sessions, in order. */
  get commands(): readonly string[] {
    return this.#state.commands;
  }

  /** All replies sent, of all sessions, without the last CRLF. */
  get replies(): readonly string[] {
    return this.#state.replies;
  }

  /** All transfers that have ended. */
  get transfers(): readonly TransferRecord[] {
    return this.#state.transfers;
  }

  /** Errors thrown by handlers of tests, except refusals. The client received a 451. */
  get errors(): readonly unknown[] {
    return this.#state.errors;
  }

  /** The sessions that are connected, oldest first. */
  get sessions(): readonly TestSession[] {
    return [...this.#sessions].filter((session) => session.connected);
  }

  /**
   * Adds a fault.
   *
   * @returns a function that removes it
   * @throws TypeError if a field or a value is unknown
   */
  fault(fault: Fault): () => void {
    return this.#state.faults.add(fault);
  }

  /**
   * Handles a command in the test instead of in the server, also before the login. Later commands
   * of the session wait until the promise of the handler settles.
   *
   * @param verb - the command, or `'connect'` for the greeting
   * @returns a function that restores the standard handler
   *
   * @example A download whose 226 comes before its last byte:
   * ```ts
   * server.handle('RETR', async (session) => {
   *   await session.reply('150 Opening.');
   *   const data = await session.openData();
   *   data.write('hel');
   *   await session.reply('226 Done.');
   *   data.end('lo');
   * });
   * ```
   */
  handle(verb: string, answer: CommandAnswer): () => void {
    const key = verb === 'connect' ? verb : verb.toUpperCase();
    this.#custom.set(key, answer);
    return () => {
      if (this.#custom.get(key) === answer) this.#custom.delete(key);
    };
  }

  /**
   * Waits for the next event of this kind.
   * @throws Error if the server is closed before
   */
  waitFor(event: ServerEvent): Promise<void>;
  /**
   * Waits until a condition returns a truthy value, and resolves with that value. The condition is
   * checked at once and after every event.
   *
   * @throws Error if the server is closed before
   */
  waitFor<T>(condition: (server: this) => T): Promise<NonNullable<T>>;
  waitFor(what: ServerEvent | ((server: this) => unknown)): Promise<unknown> {
    if (typeof what === 'function') return this.#waiters.wait(() => what(this));
    const count = () => this.#events.get(what) ?? 0;
    const before = count();
    return quiet(this.#waiters.wait(() => count() > before).then(() => undefined));
  }

  /**
   * Waits until the server has received a command, and resolves with its line. Commands that
   * arrived before the call count.
   *
   * @param what - a verb, or an expression for the command line
   * @param nth - how many such commands must have arrived. Default 1
   */
  received(what: string | RegExp, nth = 1): Promise<string> {
    const matches = (line: string) =>
      typeof what === 'string'
        ? line.split(' ', 1)[0]?.toUpperCase() === what.toUpperCase()
        : line.search(what) >= 0;
    return this.waitFor(() => this.commands.filter(matches)[nth - 1]);
  }

  /** Waits until no session has a running or pending command. */
  idle(): Promise<void> {
    const idle = this.#waiters.wait(() => [...this.#sessions].every((session) => session.idle));
    return quiet(idle.then(() => undefined));
  }

  /** Closes everything at once: sessions, data connections, ports and timers. */
  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#listener.close(() => resolve());
      this.#waiters.failAll(new Error('The test server was closed.'));
      for (const session of this.#sessions) session.destroy();
    });
    return this.#closed;
  }

  /** Closes the server. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #changed(event: ServerEvent): void {
    this.#events.set(event, (this.#events.get(event) ?? 0) + 1);
    this.#waiters.changed();
  }

  #accept(socket: Socket): void {
    this.#sessionCount += 1;
    const session = new TestSession(this.#sessionCount, socket, this.#state, () =>
      this.#sessions.delete(session),
    );
    this.#sessions.add(session);
    this.#changed('connect');
    session.greet();
  }
}

/** The parts of a server, except its listener. */
interface Parts {
  readonly settings: Settings;
  readonly storage: Storage;
  readonly faults: FaultList;
}

function partsFrom(options: TestServerOptions): Parts {
  const { root, files } = options;
  const storage = root === undefined ? new MemoryStorage(files) : new DiskStorage(root);
  return { settings: settingsFrom(options), storage, faults: new FaultList(options.faults) };
}
