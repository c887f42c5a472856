import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { jest } from '@jest/globals';
import { ControlStream } from '../../../lib/transport/control/control-stream';
import type { RealServer } from '../real-servers';

/** A server to which some of its commands are made unknown. */
export interface Refuser {
  readonly port: number;
  close(): void;
}

/**
 * Forwards the control connection to the server, and misspells these commands. That is impossible
 * inside TLS, so with TLS the clients themselves misspell them before encryption.
 */
export async function refuse(server: RealServer, verbs: readonly string[]): Promise<Refuser> {
  const { host, port, mode } = server;
  const pattern = new RegExp(`^(?:${verbs.join('|')})(?=[ \\r])`, 'gm');
  const misspelt = (bytes: Buffer) =>
    Buffer.from(bytes.toString('latin1').replace(pattern, 'NONE'), 'latin1');
  if (mode !== 'plain') {
    const { write } = ControlStream.prototype;
    const spy = jest.spyOn(ControlStream.prototype, 'write');
    spy.mockImplementation(function (this: ControlStream, bytes) {
      write.call(this, misspelt(bytes));
    });
    return { port, close: () => spy.mockRestore() };
  }
  const sockets = new Set<Socket>();
  const gate = createServer({ noDelay: true }, (client) => {
    const onward = connect({ port, host, noDelay: true });
    const misspell = new Transform({
      transform: (chunk, _encoding, done) => done(null, misspelt(chunk)),
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
