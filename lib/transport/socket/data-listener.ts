import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ConnectionError, TimeoutError } from '../../errors';
import { plainAddress } from '../../protocol/active';
import type { StopSignal } from '../../util/abort-signal';
import { withTimeout } from '../../util/abortable';

export interface ListenOptions {
  /** The control connection's own address: the server knows the way to it. */
  readonly host: string;
  /** The ports to choose from, first and last; any free one without. */
  readonly ports?: readonly [from: number, to: number] | undefined;
  /** The server's address: nobody else is let in (RFC 2577 §4). */
  readonly peer: string;
  /** The server's name, for messages. Default: its address. */
  readonly name?: string;
}

/** Waits for the data connection that the server opens in active mode (RFC 959 §3.2). */
export class DataListener {
  readonly #server: Server;
  readonly #name: string;
  readonly #connection: Promise<Socket>;
  #hasConnection = false;
  #hasRefused = false;

  private constructor(server: Server, peer: string, name: string) {
    this.#server = server;
    this.#name = name;
    server.on('error', () => {}); // no descriptor left to accept with, say: accept() will tell by its time
    this.#connection = new Promise((resolve) => {
      server.on('connection', (socket: Socket) => {
        socket.on('error', () => {}); // told by whoever reads or writes
        // Keep listening: a stranger must not be able to take the server's place.
        const isPeer = plainAddress(socket.remoteAddress ?? '') === plainAddress(peer);
        if (!isPeer) this.#hasRefused = true;
        if (!isPeer || this.#hasConnection) socket.destroy();
        else {
          this.#hasConnection = true;
          resolve(socket);
        }
      });
    });
  }

  /** @throws ConnectionError when no port of the range can be had */
  static async listen({ host, ports, peer, name = peer }: ListenOptions): Promise<DataListener> {
    const [from, to] = ports ?? [0, 0];
    let cause: unknown;
    for (let port = from; port <= to; port++) {
      // Half-open for the same reason as a passive data connection (see dial).
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

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** Whether somebody else than the server was turned away. */
  get hasRejectedPeer(): boolean {
    return this.#hasRefused;
  }

  /** Calls with the server's connection as soon as it is there, whether it is waited for yet or not. */
  onConnection(told: (socket: Socket) => void): void {
    void this.#connection.then(told);
  }

  /** The server's connection. @throws TimeoutError, or the signal's reason */
  accept(timeout: number, signal?: StopSignal): Promise<Socket> {
    const advice =
      'in active mode a firewall or NAT may block its way to us; try passive mode (passive: true)';
    const message = `${this.#name} opened no data connection within ${timeout} ms; ${advice}`;
    const expired = () => new TimeoutError(message, { phase: 'data', connectionUsable: true });
    return withTimeout(this.#connection, timeout, signal, expired);
  }

  /** Stops listening; a connection that is not `used` is reset, also a later one: an end would be that of a file. */
  close(used?: Duplex): void {
    this.#server.close();
    void this.#connection.then((socket) => socket === used || socket.resetAndDestroy());
  }
}
