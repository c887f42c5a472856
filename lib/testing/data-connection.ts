import { once } from 'node:events';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import { Refusal } from './refusal';

/** A data connection that PASV, EPSV, PORT or EPRT has prepared, and that is not open yet. */
export interface DataConnection {
  /** Whether the client connects (`'passive'`) or the server (`'active'`). */
  readonly mode: 'passive' | 'active';
  /** The address on which the server listens, or the client in active mode. */
  readonly host: string;
  /** The port of that address. */
  readonly port: number;
  /**
   * Accepts or opens the connection. Call it once. Rejects if that fails, or if `close` is called.
   */
  open(): Promise<Socket>;
  /** Abandons a connection that has not been opened. */
  close(): void;
}

/** Converts an IPv4-mapped address (`::ffff:127.0.0.1`) to its IPv4 form. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '');
}

/** Listens on a separate port for one connection from the peer of the control connection. */
export class PassiveConnection implements DataConnection {
  readonly mode = 'passive';
  readonly host: string;
  readonly port: number;
  readonly #listener: Server;
  readonly #accepted: Promise<Socket>;
  #refuse: (reason: Error) => void = () => {};
  #taken = false;

  private constructor(listener: Server, peer: string) {
    const { address, port } = listener.address() as AddressInfo;
    this.host = address;
    this.port = port;
    this.#listener = listener;
    this.#accepted = new Promise((resolve, reject) => {
      this.#refuse = reject;
      listener.on('connection', (socket) => {
        socket.on('error', () => {});
        // A third party must neither receive the data nor replace the client (RFC 2577 §4).
        if (plainAddress(socket.remoteAddress) !== peer) {
          socket.destroy();
          return;
        }
        listener.close();
        resolve(socket);
      });
    });
    this.#accepted.catch(() => {});
  }

  static async listen(host: string, peer: string): Promise<PassiveConnection> {
    const listener = net.createServer({ allowHalfOpen: true, noDelay: true });
    listener.listen(0, host);
    await once(listener, 'listening');
    listener.on('error', () => {});
    return new PassiveConnection(listener, plainAddress(peer));
  }

  open(): Promise<Socket> {
    this.#taken = true;
    return this.#accepted;
  }

  /** Closes the port but not the pending connection: a client that connects is refused. */
  closePort(): void {
    this.#listener.close();
  }

  close(): void {
    this.#listener.close();
    this.#refuse(new Refusal('425 The data connection was given up.'));
    if (!this.#taken) void this.#accepted.then((socket) => socket.destroy()).catch(() => {});
  }
}

/** Connects to the address that the client announced. */
export class ActiveConnection implements DataConnection {
  readonly mode = 'active';
  readonly host: string;
  readonly port: number;
  readonly #localAddress: string;
  #socket: Socket | undefined;

  constructor(host: string, port: number, localAddress: string) {
    this.host = host;
    this.port = port;
    this.#localAddress = localAddress;
  }

  async open(): Promise<Socket> {
    const socket = net.connect({
      host: this.host,
      port: this.port,
      localAddress: this.#localAddress,
      allowHalfOpen: true,
      noDelay: true,
    });
    this.#socket = socket;
    socket.on('error', () => {});
    try {
      await once(socket, 'connect');
    } catch {
      throw new Refusal('425 Cannot open data connection.');
    }
    return socket;
  }

  close(): void {
    if (this.#socket?.connecting)
      this.#socket.destroy(new Error('The data connection was given up.'));
  }
}
