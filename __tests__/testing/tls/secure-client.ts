import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import tls, { type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { TestServer } from 'ftpipe/testing';
import { Tap } from '../../../lib/testing/tls/tap';
import { RawClient, readAll } from '../raw-client';

/** A data connection of the client's, under TLS. */
export interface SecureData {
  readonly socket: TLSSocket;
  /** The TCP connection below. */
  readonly raw: Socket;
  /** The records that have come, each as its type and length; the last one may be short. */
  records(): { type: number; length: number; whole: boolean }[];
  /** The code of the error that it met. */
  error(): string | undefined;
}

/** A {@link RawClient} that can speak TLS. */
export class SecureClient extends RawClient {
  readonly #server: TestServer;
  readonly #options: ConnectionOptions;
  #tap: Tap | undefined;

  private constructor(control: Socket, server: TestServer, options: ConnectionOptions) {
    super(control);
    this.#server = server;
    // Node 22.23 knows no IPv6 address in a certificate: tls.checkServerIdentity('::1', ...) fails.
    const identity = net.isIPv6(server.host) ? { servername: 'localhost' } : { host: server.host };
    this.#options = { ...identity, ca: server.certificate, ...options };
  }

  /** Connects by TCP alone. */
  static async to(server: TestServer, options: ConnectionOptions = {}): Promise<SecureClient> {
    const control = net.connect({ host: server.host, port: server.port, noDelay: true });
    const client = new SecureClient(control, server, options);
    await once(control, 'connect');
    return client;
  }

  get tls(): TLSSocket {
    return this.control as TLSSocket;
  }

  /** The TCP connection below the control connection. */
  get tcp(): Socket {
    return this.#tap?.raw ?? this.control;
  }

  /** Puts the control connection under TLS, and waits until it is. Rejects where it fails. */
  async startTls(options: ConnectionOptions = {}): Promise<void> {
    this.beginTls(options);
    await once(this.control, 'secureConnect');
  }

  /** Only sends the hello. */
  beginTls(options: ConnectionOptions = {}): void {
    this.#tap = new Tap(this.control);
    this.#tap.on('error', () => {});
    this.attach(tls.connect({ ...this.#options, ...options, socket: this.#tap }));
  }

  /** Ends TLS and continues in plaintext, as after CCC. */
  async stopTls(): Promise<void> {
    const { control } = this;
    this.#tap?.keepRaw();
    control.end();
    // The server's close_notify may have come at once behind its 200.
    if (!control.readableEnded) await once(control, 'end');
    const raw = this.#tap?.detach() as Socket;
    this.attach(raw);
    control.destroy();
    raw.resume();
  }

  /** USER and PASS, then PBSZ and PROT P. */
  async login(): Promise<this> {
    for (const line of ['USER user', 'PASS password', 'PBSZ 0', 'PROT P']) await this.command(line);
    return this;
  }

  /**
   * Sends the command of a transfer and then the hello on a data connection, as a client should.
   */
  async secureData(line: string, options: ConnectionOptions = {}): Promise<SecureData> {
    const raw = await this.passive();
    this.send(line);
    return this.secure(raw, options);
  }

  /** The same in active mode. */
  async activeData(line: string, options: ConnectionOptions = {}): Promise<SecureData> {
    const { port, connection } = await this.listen();
    const family = net.isIPv6(this.#server.host) ? 2 : 1;
    await this.command(`EPRT |${family}|${this.#server.host}|${port}|`);
    this.send(line);
    return this.secure(await connection, options);
  }

  /** TLS on a data connection, which resumes the session of the control connection. */
  secure(raw: Socket, options: ConnectionOptions = {}): SecureData {
    raw.on('error', () => {});
    const chunks: Buffer[] = [];
    const tap = new Tap(raw);
    tap.on('error', () => {});
    raw.on('data', (chunk: Buffer) => chunks.push(chunk));
    const session = this.tls.getSession?.();
    const socket = tls.connect({
      ...this.#options,
      ...(session && { session }),
      ...options,
      socket: tap,
    });
    let failure: NodeJS.ErrnoException | undefined;
    socket.on('error', (error) => {
      failure = error;
    });
    socket.on('end', () => socket.end());
    return {
      socket,
      raw,
      records: () => records(Buffer.concat(chunks)),
      error: () => failure?.code,
    };
  }

  /** A whole download: what came, and the last reply. */
  async secureDownload(line: string, options: ConnectionOptions = {}) {
    const data = await this.secureData(line, options);
    const text = await readAll(data.socket);
    const opened = await this.reply();
    return { ...data, text, opened, last: await this.reply() };
  }

  /** A whole upload: the last reply. */
  async secureUpload(line: string, content: string): Promise<string> {
    const { socket } = await this.secureData(line);
    socket.resume().end(content, 'latin1');
    await this.reply();
    return this.reply();
  }
}

/** Cuts what came at the bounds of its records (RFC 8446 §5.1). */
function records(wire: Buffer): { type: number; length: number; whole: boolean }[] {
  const found: { type: number; length: number; whole: boolean }[] = [];
  for (let at = 0; at < wire.length; ) {
    const header = at + 5 <= wire.length;
    const length = header ? wire.readUInt16BE(at + 3) : 0;
    const whole = header && at + 5 + length <= wire.length;
    found.push({ type: wire[at] ?? 0, length, whole });
    at += 5 + length;
  }
  return found;
}
