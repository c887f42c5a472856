import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import type { RealServer } from '../real-servers';

/** A server behind a gate that makes some of its commands unknown to it. */
export interface Refuser {
  readonly port: number;
  close(): void;
}

/** Listens at the server's address and passes the control connection on, these commands misspelt. */
export async function refuse(server: RealServer, verbs: readonly string[]): Promise<Refuser> {
  const { host, port } = server;
  const pattern = new RegExp(`^(?:${verbs.join('|')})(?=[ \\r])`, 'gm');
  const sockets = new Set<Socket>();
  const gate = createServer({ noDelay: true }, (client) => {
    const onward = connect({ port, host, noDelay: true });
    const misspell = new Transform({
      transform: (chunk, _encoding, done) =>
        done(null, Buffer.from(chunk.toString('latin1').replace(pattern, 'NONE'), 'latin1')),
    });
    client.pipe(misspell).pipe(onward);
    onward.pipe(client);
    for (const socket of [client, onward]) {
      sockets.add(socket);
      socket.on('error', () => {}); // 'close' follows
      socket.on('close', () => {
        client.destroy();
        onward.destroy();
      });
    }
  }).listen(0, host);
  await once(gate, 'listening');
  return {
    port: (gate.address() as AddressInfo).port,
    close() {
      gate.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
