import type { Socket } from 'node:net';
import { clearTimeout, setTimeout } from 'node:timers';
import tls, { type TLSSocket, type TlsOptions } from 'node:tls';
import { Tap } from './tap';

/** What was agreed on in a handshake. */
export interface TlsInfo {
  /** `'TLSv1.2'` or `'TLSv1.3'`. */
  readonly protocol: string;
  /** Whether the client resumed a session. */
  readonly reused: boolean;
}

/** A TCP connection under TLS, of which this is the server. */
export class SecureConnection {
  readonly socket: TLSSocket;
  readonly info: TlsInfo;
  readonly #tap: Tap;
  #closeNotify: boolean | undefined;

  private constructor(socket: TLSSocket, tap: Tap) {
    this.socket = socket;
    this.#tap = tap;
    // False after the end, so it is kept.
    this.info = { protocol: socket.getProtocol() ?? '', reused: socket.isSessionReused() };
    socket.on('error', () => {});
    this.#watchEnd();
    behaveLike(tap.raw, socket);
  }

  /** Waits for the client's hello and answers it. Rejects when the handshake fails. */
  static accept(raw: Socket, options: TlsOptions): Promise<SecureConnection> {
    const tap = new Tap(raw);
    tap.on('error', () => {});
    // It never listens: it is only the documented way to be the server on a Duplex.
    const server = tls.createServer(options);
    return new Promise((resolve, reject) => {
      // Half open as it is, TLS would go on waiting.
      const left = () => tap.destroy();
      tap.once('end', left);
      server.once('secureConnection', (socket) => {
        tap.off('end', left);
        resolve(new SecureConnection(socket, tap));
      });
      server.on('tlsClientError', (error, socket) => {
        socket.on('error', () => {});
        reject(error);
      });
      server.emit('connection', tap);
    });
  }

  /** Whether the client's end came with a close_notify; `undefined` while it has not ended. */
  get closeNotify(): boolean | undefined {
    return this.#closeNotify;
  }

  /** The TCP connection below. What is written to it goes past TLS. */
  get raw(): Socket {
    return this.#tap.raw;
  }

  /** Ends the TCP connection without a close_notify, where it says so inside of a record. */
  async breakOff(where: 'between-records' | 'mid-record'): Promise<void> {
    const written = (bytes: Buffer) =>
      new Promise<unknown>((resolve) => this.socket.write(bytes, resolve));
    if (this.socket.writableLength > 0) await written(Buffer.alloc(0));
    if (where === 'between-records') this.raw.end();
    else {
      this.#tap.cutNextRecord();
      await written(Buffer.alloc(64)); // of which nothing can be read
    }
  }

  /** Waits for the client's end, but not for long. */
  async clientEnd(timeout: number): Promise<void> {
    const { socket } = this;
    if (this.#closeNotify !== undefined || socket.destroyed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeout);
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      socket.once('end', done).once('close', done);
    });
  }

  /** Exchanges the close_notify and gives the TCP connection back, paused (CCC). */
  async release(): Promise<Socket> {
    const { socket } = this;
    this.#tap.keepRaw();
    socket.resume();
    await new Promise<void>((resolve) => {
      socket.once('end', resolve).once('close', resolve);
      socket.end();
    });
    const raw = this.#tap.detach();
    socket.destroy();
    return raw;
  }

  /**
   * Node gives both ends the same look. Where TLS ends before the TCP connection has told it of its
   * end, it was a close_notify.
   */
  #watchEnd(): void {
    const { socket } = this;
    const push = socket.push;
    socket.push = (chunk, encoding) => {
      if (chunk === null) this.#closeNotify ??= !this.#tap.tcpEnded;
      return push.call(socket, chunk, encoding);
    };
  }
}

/** A TLS socket on a Duplex has no addresses and cannot be reset; tests may want both of it. */
function behaveLike(raw: Socket, socket: TLSSocket): void {
  for (const key of ['localAddress', 'localPort', 'remoteAddress', 'remotePort'] as const) {
    Object.defineProperty(socket, key, { value: raw[key] });
  }
  socket.resetAndDestroy = () => {
    raw.resetAndDestroy();
    return socket.destroy();
  };
}
