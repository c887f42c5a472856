import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ConnectionError, TimeoutError } from '../../errors';
import { plainAddress } from '../../protocol/active';
import type { StopSignal } from '../../util/abort-signal';
import { withTimeout } from '../../util/abortable';

/** Where to listen, and for whom. */
export interface ListenOptions {
  /** The control connection's local address: the server can reach it. */
  readonly host: string;
  /** The range of ports, inclusive. Default: any free port. */
  readonly ports?: readonly [from: number, to: number] | undefined;
  /** The server's address: connections from others are rejected (RFC 2577 §4). */
  readonly peer: string;
  /** The server's name, for error messages. Default: `peer`. */
  readonly name?: string;
}

/** Waits for the data connection that the server opens in active mode (RFC 959 §3.2). */
export class DataListener {
  readonly #server: Server;
  readonly #name: string;
  readonly #connection: Promise<Socket>;
  #hasConnection = false;
  #hasRejectedHost = false;

  private constructor(server: Server, peer: string, name: string) {
    this.#server = server;
    this.#name = name;
    server.on('error', () => {}); // no file descriptor left, say: accept() then times out
    this.#connection = new Promise((resolve) => {
      server.on('connection', (socket: Socket) => {
        socket.on('error', () => {}); // reported to the stream that uses the socket
        // Keep listening: another host must not be able to take the server's place.
        const isPeer = plainAddress(socket.remoteAddress ?? '') === plainAddress(peer);
        if (!isPeer) this.#hasRejectedHost = true;
        if (!isPeer || this.#hasConnection) socket.destroy();
        else {
          this.#hasConnection = true;
          resolve(socket);
        }
      });
    });
  }

  /** Starts to listen. @throws ConnectionError if no port of the range is free */
  static async listen({ host, ports, peer, name = peer }: ListenOptions): Promise<DataListener> {
    const [from, to] = ports ?? [0, 0];
    let cause: unknown;
    for (let port = from; port <= to; port++) {
      // Half-open, as a passive data connection is (see dialTcp).
      const server = createServer({ noDelay: true, allowHalfOpen: true }).listen(port, host);
      try {
        await once(server, 'listening');
        return new DataListener(server, peer, name);
      } catch (error) {
        cause = error;
      }
    }
    const range = ports ? ` on a port from ${from} to ${to}` : '';
    const message = `Cannot listen for the data connection at ${host}${range}`;
    throw new ConnectionError(message, { phase: 'data', cause, connectionUsable: true });
  }

  /** The port that the server is to connect to. */
  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** Whether a connection from another host was rejected. */
  get hasRejectedHost(): boolean {
    return this.#hasRejectedHost;
  }

  /** Calls `callback` as soon as the server has connected, even before `accept` is called. */
  onConnection(callback: (socket: Socket) => void): void {
    void this.#connection.then(callback);
  }

  /**
   * Waits for the server's connection, `timeout` milliseconds.
   * @throws TimeoutError, or the signal's reason
   */
  accept(timeout: number, signal?: StopSignal): Promise<Socket> {
    const advice =
      'in active mode a firewall or NAT may block connections to this host; try passive mode (passive: true)';
    const message = `${this.#name} opened no data connection within ${timeout} ms; ${advice}`;
    const expired = () => new TimeoutError(message, { phase: 'data', connectionUsable: true });
    return withTimeout(this.#connection, timeout, signal, expired);
  }

  /**
   * Stops listening. Resets a connection that is not `used`: a normal close would look like the end
   * of a file.
   */
  close(used?: Duplex): void {
    this.#server.close();
    void this.#connection.then((socket) => socket === used || socket.resetAndDestroy());
  }
}
