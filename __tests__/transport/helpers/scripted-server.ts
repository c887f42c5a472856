import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { codecOf } from '../../../lib/protocol/codec';
import { command } from '../../../lib/protocol/command';
import { ControlConnection } from '../../../lib/transport/control/control-connection';
import { afterwards } from '../../helpers/afterwards';

/** One control connection, seen from the server. */
export class Peer {
  readonly socket: Socket;
  /** Every line that came. */
  readonly lines: string[] = [];
  #rest = '';
  readonly #waiting: { count: number; resolve: () => void }[] = [];

  constructor(socket: Socket, onLine: ((line: string, peer: Peer) => void) | undefined) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      const lines = (this.#rest + chunk).split('\r\n');
      this.#rest = lines.pop() as string;
      for (const line of lines) {
        this.lines.push(line);
        this.#wake();
        onLine?.(line, this);
      }
    });
  }

  /** Sends lines, each with its CRLF, in one segment. */
  say(...lines: string[]): void {
    this.socket.write(lines.map((line) => `${line}\r\n`).join(''), 'latin1');
  }

  /** Resolves when so many lines have come. */
  heard(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ count, resolve });
      this.#wake();
    });
  }

  get closed(): Promise<unknown> {
    return this.socket.closed ? Promise.resolve() : once(this.socket, 'close');
  }

  #wake(): void {
    for (const { count, resolve } of this.#waiting) if (this.lines.length >= count) resolve();
  }
}

export interface ListenOptions {
  readonly host?: string;
  /** Called with each line of each connection. */
  readonly onLine?: (line: string, peer: Peer) => void;
  readonly onConnect?: (peer: Peer) => void;
}

/** Listens on a port of its own, until the test is over. */
export async function listen({ host = '127.0.0.1', onLine, onConnect }: ListenOptions = {}) {
  const peers: Peer[] = [];
  const server: Server = createServer({ noDelay: true }, (socket) => {
    const peer = new Peer(socket, onLine);
    peers.push(peer);
    onConnect?.(peer);
  }).listen(0, host);
  await once(server, 'listening');
  afterwards(() => {
    for (const { socket } of peers) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return { server, peers, host, port: (server.address() as AddressInfo).port };
}

export const PARSING = {
  maxLine: 8192,
  maxReply: 64 * 1024,
  strictMultiline: true,
  telnet: { commands: 'double' as const, replies: 'double' as const },
  decode: codecOf('utf8').decode,
  keepsASCII: () => true,
  command: (verb: string) => command({ codec: codecOf('utf8') }, verb),
};

/** Both ends of a control connection over a real socket, and the events that it has emitted. */
export async function connected(options: ListenOptions = {}) {
  const { port, server, host, peers } = await listen(options);
  const accepted = once(server, 'connection');
  const socket = connect(port, host);
  await Promise.all([accepted, once(socket, 'connect')]);
  const control = new ControlConnection(socket, PARSING);
  afterwards(() => socket.destroy());
  const told = {
    commands: [] as string[],
    replies: [] as string[],
    warnings: [] as string[],
    closes: [] as unknown[],
  };
  control.on('command', (label) => told.commands.push(label));
  control.on('reply', ({ lines }) => told.replies.push(lines.join('\n')));
  control.on('warning', (message) => told.warnings.push(message));
  control.on('close', (reason) => told.closes.push(reason));
  const peer = peers[0] as Peer;
  const closed = new Promise<unknown>((resolve) => control.on('close', resolve));
  return { control, peer, socket, told, closed };
}
