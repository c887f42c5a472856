import { type EventEmitter, once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { jest } from '@jest/globals';
import { FTP, type FTPOptions } from '../../../lib';
import { TestServer, type TestServerOptions } from '../../../lib/testing';
import { afterwards } from '../../helpers/afterwards';

jest.setTimeout(15_000); // most of these tests guard against a hang

/** Short, but far longer than any successful operation takes. */
export const TIMEOUTS = {
  connect: 2000,
  greeting: 2000,
  reply: 2000,
  dataConnect: 2000,
  dataIdle: 2000,
  completion: 2000,
  quit: 500,
  abort: 500,
};

export const BIG = Buffer.alloc(300_000, 'ab\n');
export const FILES = { '/big.bin': BIG, '/a.txt': 'l1\nl2\nl3\n' };

export async function serve(options: TestServerOptions = {}): Promise<TestServer> {
  const server = await TestServer.start({ files: FILES, ...options });
  afterwards(() => server.close());
  return server;
}

/** A client that is not connected yet. */
export function clientOf(server: { host: string; port: number }, options: FTPOptions = {}): FTP {
  const { host, port } = server;
  const ftp = new FTP({ host, port, timeouts: TIMEOUTS, ...options });
  afterwards(() => ftp.close());
  return ftp;
}

/** A server, and a client that is logged in to it. */
export async function loggedIn(options: FTPOptions = {}, serverOptions: TestServerOptions = {}) {
  const server = await serve(serverOptions);
  const ftp = clientOf(server, options);
  await ftp.connect();
  await ftp.login('user', 'password');
  return { server, ftp };
}

/** Handles a line in a scripted server, which sends the returned string as its reply. */
export type Answer = (line: string, control: Socket) => string | undefined;

/** A client that is connected to a scripted server, which passes each line to `answer`. */
export async function connectScripted(answer: Answer, options: FTPOptions = {}): Promise<FTP> {
  const sockets = new Set<Socket>();
  const listener = net.createServer((control) => {
    sockets.add(control);
    control.on('error', () => {});
    control.write('220 Ready.\r\n');
    let rest = '';
    control.on('data', (chunk) => {
      const lines = (rest + chunk.toString('latin1')).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const reply = answer(line, control);
        if (reply !== undefined) control.write(reply);
      }
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  afterwards(() => {
    listener.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = listener.address() as AddressInfo;
  const ftp = clientOf({ host: '127.0.0.1', port }, options);
  await ftp.connect();
  return ftp;
}

/** The port that an EPRT names. */
export function eprtPort(line: string): number {
  return Number(line.split('|')[3]);
}

/** Unlike `once()`, it does not reject when an `'error'` comes first. */
export function closeOf(stream: EventEmitter): Promise<void> {
  return new Promise((resolve) => stream.once('close', () => resolve()));
}

/** Ignores the errors of a stream that are expected and checked elsewhere. */
export function tolerant<S extends Writable | Readable>(stream: S): S {
  (stream as EventEmitter).on('error', () => {});
  return stream;
}

/** Collects uncaught errors until the test ends. */
export function uncaughtErrors(): unknown[] {
  const errors: unknown[] = [];
  process.setUncaughtExceptionCaptureCallback((error) => errors.push(error));
  afterwards(() => process.setUncaughtExceptionCaptureCallback(null));
  return errors;
}
