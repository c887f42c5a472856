import { FTPTLS, type FTPTLSOptions } from 'ftpipe';
import { TestServer, type TestServerOptions, type TestTlsOptions } from 'ftpipe/testing';
import { afterwards } from '../../helpers/afterwards';

export const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;
export type Version = (typeof VERSIONS)[number];

/** Short enough for a test, and long enough for a busy machine. */
export const TIMEOUTS = {
  connect: 5000,
  greeting: 5000,
  tls: 5000,
  reply: 5000,
  dataConnect: 5000,
  dataIdle: 5000,
  completion: 5000,
  quit: 500,
  abort: 1000,
};

/** The options of TLS that leave only this version. */
export function only(version: Version) {
  return { minVersion: version, maxVersion: version };
}

/** A server that speaks TLS, until the test is over. */
export async function start(
  tls: TestTlsOptions = {},
  options: TestServerOptions = {},
): Promise<TestServer> {
  const server = await TestServer.start({
    files: { '/a': 'hello', '/empty': '', '/big': Buffer.alloc(300_000, 'x'), '/folder': null },
    ...options,
    tls,
  });
  afterwards(() => server.close());
  return server;
}

/** What a client of this server needs. */
export function optionsFor(server: TestServer, options: FTPTLSOptions = {}) {
  const { host, port, certificate } = server;
  return {
    host,
    port,
    implicit: server.url.startsWith('ftps:'),
    timeouts: TIMEOUTS,
    ...options,
    tls: { ca: certificate, ...options.tls },
  };
}

/** A client that is not connected yet. */
export function client(server: TestServer, options: FTPTLSOptions = {}): FTPTLS {
  const ftp = new FTPTLS(optionsFor(server, options));
  afterwards(() => closed(ftp));
  return ftp;
}

/** A client that is logged in. */
export async function login(server: TestServer, options: FTPTLSOptions = {}): Promise<FTPTLS> {
  const ftp = client(server, options);
  await ftp.connect();
  await ftp.login('user', 'password');
  return ftp;
}

async function closed(ftp: FTPTLS): Promise<void> {
  ftp.close();
  await ftp.closed;
}

/** Resolves when no client is connected to the server any more. */
export async function deserted(server: TestServer): Promise<void> {
  await server.waitFor(({ sessions }) => sessions.length === 0);
}

/** The verbs that the server has received. */
export function verbs(server: TestServer): string[] {
  return server.commands.map((line) => line.split(' ', 1)[0] as string);
}

export async function text(stream: AsyncIterable<Buffer>): Promise<string> {
  const blocks: Buffer[] = [];
  for await (const block of stream) blocks.push(block);
  return Buffer.concat(blocks).toString('latin1');
}
