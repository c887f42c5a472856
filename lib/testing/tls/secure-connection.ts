import type { Socket } from 'node:net';
import { clearTimeout, setTimeout } from 'node:timers';
import tls, { type TLSSocket, type TlsOptions } from 'node:tls';
import { Tap } from './tap';

/** The result of a TLS handshake. */
export interface TlsInfo {
  /** The protocol: `'TLSv1.2'` or `'TLSv1.3'`. */
  readonly protocol: string;
  /** Whether the client resumed a session. */
  readonly reused: boolean;
}

/** The server side of TLS on a TCP connection. */
export class SecureConnection {
  readonly socket: TLSSocket;
  readonly info: TlsInfo;
  readonly #tap: Tap;
  #closeNotify: boolean | undefined;

  private constructor(socket: TLSSocket, tap: Tap) {
    this.socket = socket;
    this.#tap = tap;
    // Stored, because Node returns false after the end.
    this.info = { protocol: socket.getProtocol() ?? '', reused: socket.isSessionReused() };
    socket.on('error', () => {});
    this.#watchEnd();
    behaveLike(tap.raw, socket);
  }

  /** Performs the handshake. Rejects if it fails. */
  static accept(raw: Socket, options: TlsOptions): Promise<SecureConnection> {
    const tap = new Tap(raw);
    tap.on('error', () => {});
    // This server never listens. It is the documented way to run TLS as a server on a Duplex.
    const server = tls.createServer(options);
    return new Promise((resolve, reject) => {
      // The connection may be half open, so TLS would wait forever.
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

  /** Whether the client ended with a close_notify. `undefined` until it has ended. */
  get closeNotify(): boolean | undefined {
    return this.#closeNotify;
  }

  /** The TCP connection below. Data written to it is not encrypted. */
  get raw(): Socket {
    return this.#tap.raw;
  }

  /** Ends the TCP connection without a close_notify, optionally within a record. */
  async breakOff(where: 'between-records' | 'mid-record'): Promise<void> {
    const written = (bytes: Buffer) =>
      new Promise<unknown>((resolve) => this.socket.write(bytes, resolve));
    if (this.socket.writableLength > 0) await written(Buffer.alloc(0));
    if (where === 'between-records') this.raw.end();
    else {
      this.#tap.cutNextRecord();
      await written(Buffer.alloc(64)); // the truncated record cannot be decrypted
    }
  }

  /** Waits for the end of the client, up to a limit. */
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

  /** Exchanges close_notify, and returns the paused TCP connection (CCC). */
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
   * Node reports both kinds of end in the same way. If TLS ends before the TCP connection does, the
   * client sent a close_notify.
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

/** Adds addresses and `resetAndDestroy` to a TLS socket on a Duplex, which lacks them. */
function behaveLike(raw: Socket, socket: TLSSocket): void {
  for (const key of ['localAddress', 'localPort', 'remoteAddress', 'remotePort'] as const) {
    Object.defineProperty(socket, key, { value: raw[key] });
  }
  socket.resetAndDestroy = () => {
    raw.resetAndDestroy();
    return socket.destroy();
  };
}
