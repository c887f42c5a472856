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
 * An FTP server in the process of the test: its files on disk or in memory, everything that it saw
 * kept for the test to read, and every fault and every order of events to be had from it.
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
  /** Where it listens. */
  readonly host: string;
  readonly port: number;
  /** Its files. */
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
   * Starts a server. It is ready for connections when the promise resolves. If it rejects, nothing is
   * left open.
   *
   * @throws TypeError for an option that cannot be meant; Node's error if the server cannot listen
   */
  static async start(options: TestServerOptions = {}): Promise<TestServer> {
    const parts = partsFrom(options); // before it listens: any of them may fail
    // Half open: a client that sends its commands and ends still gets its replies.
    const listener = net.createServer({ allowHalfOpen: true, noDelay: true });
    const { host = '127.0.0.1', port = 0 } = options;
    listener.listen(port, host);
    await once(listener, 'listening');
    return new TestServer(listener, parts);
  }

  /**
   * With the first user that has a password: `ftp://user:password@127.0.0.1:2121/`; `ftps:` where
   * TLS is implicit.
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

  /** The server's certificate in PEM, for a client to take as `ca`; `undefined` without TLS. */
  get certificate(): string | undefined {
    return this.#state.settings.tls?.identity.cert;
  }

  /** Every command line received, of all sessions, in their order. */
  get commands(): readonly string[] {
    return this.#state.commands;
  }

  /** Every reply sent, without its last CRLF. */
  get replies(): readonly string[] {
    return this.#state.replies;
  }

  /** Every transfer that has come to its end. */
  get transfers(): readonly TransferRecord[] {
    return this.#state.transfers;
  }

  /** What the answers of tests have thrown, other than refusals; the client got a 451. */
  get errors(): readonly unknown[] {
    return this.#state.errors;
  }

  /** The sessions whose control connection stands, oldest first. */
  get sessions(): readonly TestSession[] {
    return [...this.#sessions].filter((session) => session.connected);
  }

  /**
   * Puts a fault in force; the function returned takes it out again.
   * @throws TypeError for a field or a value that no fault has
   */
  fault(fault: Fault): () => void {
    return this.#state.faults.add(fault);
  }

  /**
   * Answers a command by the test's own hand, before the login too; the function returned gives it
   * back. `'connect'` stands for the greeting. Commands that follow wait until the promise settles.
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
   * Waits for the next event of a kind, or until a condition holds, which is looked at now and
   * after every event. Rejects when the server closes first.
   */
  waitFor(event: ServerEvent): Promise<void>;
  waitFor<T>(condition: (server: this) => T): Promise<NonNullable<T>>;
  waitFor(what: ServerEvent | ((server: this) => unknown)): Promise<unknown> {
    if (typeof what === 'function') return this.#waiters.wait(() => what(this));
    const count = () => this.#events.get(what) ?? 0;
    const before = count();
    return quiet(this.#waiters.wait(() => count() > before).then(() => undefined));
  }

  /**
   * Waits until a command has arrived that has this verb or matches, and for the nth such where
   * `nth` is given. One that came earlier counts. Resolves with the line.
   */
  received(what: string | RegExp, nth = 1): Promise<string> {
    const matches = (line: string) =>
      typeof what === 'string'
        ? line.split(' ', 1)[0]?.toUpperCase() === what.toUpperCase()
        : line.search(what) >= 0;
    return this.waitFor(() => this.commands.filter(matches)[nth - 1]);
  }

  /** Waits until no session has a command that runs or waits. */
  idle(): Promise<void> {
    const idle = this.#waiters.wait(() => [...this.#sessions].every((session) => session.idle));
    return quiet(idle.then(() => undefined));
  }

  /** Ends everything at once: sessions, data connections, ports, timers. */
  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#listener.close(() => resolve());
      this.#waiters.failAll(new Error('The test server was closed.'));
      for (const session of this.#sessions) session.destroy();
    });
    return this.#closed;
  }

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

/** What a server is made of, but for its port. */
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
