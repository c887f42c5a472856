import { once } from 'node:events';
import {
  type AddressInfo,
  connect,
  createServer,
  type Server,
  Socket,
  type TcpNetConnectOpts,
} from 'node:net';
import type { CreateConnection } from 'ftpipe';

/** One connection that went through a recorder, and all that was said on it. */
export interface Recording {
  readonly purpose: 'control' | 'data';
  /** The bytes, as they went over the wire. */
  readonly fromClient: Buffer[];
  readonly fromServer: Buffer[];
  /** How each side has ended it. The client is the side that opened it. */
  clientEnd: 'end' | 'reset' | undefined;
  serverEnd: 'end' | 'reset' | undefined;
}

/**
 * A relay between a client and a server. It forwards every byte, end and reset, and keeps what an
 * eavesdropper would see.
 *
 * @example
 * ```ts
 * const recorder = await startRecorder({ host: server.host, port: server.port });
 * const ftp = await FTPTLS.connect({ host: server.host, port: recorder.port, createConnection:
 * recorder.createConnection }); // ... await recorder.stop();
 * expect(recorder.bytes.includes('secret')).toBe(false); ```
 */
export interface Recorder {
  /** Where to connect to instead of the server's own port. */
  readonly port: number;
  /**
   * Option of the client: an EPSV under TLS cannot be rewritten, and so its data connections go
   * this way.
   */
  readonly createConnection: CreateConnection;
  readonly connections: readonly Recording[];
  /**
   * Leads every TCP connection that is made in this process through the recorder from now on: those
   * of a client without `createConnection`, and in active mode those of a server that is here, too.
   */
  overhearAll(): void;
  /** All bytes of all connections, in both directions. */
  readonly bytes: Buffer;
  /** Ends all connections, and resolves when they are closed. */
  stop(): Promise<void>;
}

export async function startRecorder(server: { host: string; port: number }): Promise<Recorder> {
  const connections: Recording[] = [];
  const relays = new Set<Relay>();
  const relay = async (host: string, port: number, purpose: 'control' | 'data') => {
    const made = await Relay.to(host, port, (): Recording => {
      const recording = {
        purpose,
        fromClient: [],
        fromServer: [],
        clientEnd: undefined,
        serverEnd: undefined,
      };
      connections.push(recording);
      return recording;
    });
    relays.add(made);
    return made;
  };
  const control = await relay(server.host, server.port, 'control');
  const { connect: straight } = Socket.prototype;
  function lead(this: Socket, ...args: unknown[]): Socket {
    const [[options]] = args as [[TcpNetConnectOpts]]; // as net.connect() calls it
    const connect = () => straight.apply(this, args as Parameters<typeof straight>);
    if (isOwn || options.port === control.port) return connect();
    relay(options.host ?? server.host, options.port, 'data').then(({ port }) => {
      options.port = port;
      connect();
    }, this.destroy.bind(this));
    return this;
  }
  return {
    port: control.port,
    connections,
    async createConnection({ host, port, purpose }) {
      const isControl = purpose === 'control';
      const to = isControl ? control.port : (await relay(server.host, port, 'data')).port;
      const socket = connect({ host: isControl ? host : server.host, port: to, noDelay: true });
      socket.allowHalfOpen = !isControl; // as the client does it
      await once(socket, 'connect');
      return socket;
    },
    get bytes() {
      return Buffer.concat(
        connections.flatMap(({ fromClient, fromServer }) => [...fromClient, ...fromServer]),
      );
    },
    overhearAll() {
      Socket.prototype.connect = lead;
    },
    async stop() {
      Socket.prototype.connect = straight;
      await Promise.all([...relays].map((each) => each.stop()));
    },
  };
}

/** Whether the socket that is being made leads on from a relay. */
let isOwn = false;

/** A port that leads to another one. */
class Relay {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, host: string, port: number, begin: () => Recording) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (client) => {
      const recording = begin();
      isOwn = true;
      const target = connect({ host, port, allowHalfOpen: true, noDelay: true });
      isOwn = false;
      this.#pass(client, target, recording.fromClient, (how) => {
        recording.clientEnd ??= how;
      });
      this.#pass(target, client, recording.fromServer, (how) => {
        recording.serverEnd ??= how;
      });
    });
  }

  static async to(host: string, port: number, begin: () => Recording): Promise<Relay> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }).listen(0, host);
    await once(server, 'listening');
    return new Relay(server, host, port, begin);
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #pass(from: Socket, to: Socket, recorded: Buffer[], ended: (how: 'end' | 'reset') => void): void {
    const end = () => {
      ended('end');
      to.end();
    };
    const reset = () => {
      ended('reset');
      to.resetAndDestroy();
    };
    this.#sockets.add(from);
    from.on('data', (chunk: Buffer) => {
      recorded.push(chunk);
      if (!to.write(chunk)) from.pause();
    });
    to.on('drain', () => from.resume());
    // Node reports a reset that arrives with data as an end. An empty write detects it.
    from.on('end', () => {
      // Unless it was ended before: then there is nothing to write to.
      if (from.writableEnded) end();
      else from.write('', (error) => (error ? reset() : end()));
    });
    from.on('error', reset);
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroySoon();
    });
  }
}
