import { createHash } from 'node:crypto';
import { afterAll, jest } from '@jest/globals';
import { FTP, type FTPOptions, FTPTLS, type FTPTLSOptions, type Reply } from '../../../lib';
import type { RealServer, ServerName, StartOptions } from '../real-servers';

const { FTPIPE_TLS_FULL } = process.env;

/** Whether to run everything over all ways, which takes half an hour (`npm run test:tls`). */
export const ALL_WAYS = FTPIPE_TLS_FULL === '1';

jest.setTimeout(30_000); // for machines that are busy with other things

/** A way to talk to the servers. Each suite runs once for each way that is given to it. */
export interface Way {
  /** For the titles of tests. */
  readonly title: string;
  /** How a server is started for it; undefined where it is not meant for that server. */
  server(name: ServerName): StartOptions | undefined;
  /** The options of its clients over TLS, without the certificate; absent without TLS. */
  readonly secure?: FTPTLSOptions;
  /** Makes a client of a server; it is not connected. */
  client(server: RealServer, options?: FTPOptions): FTP;
}

export const plain: Way = {
  title: 'plain',
  server: () => ({ mode: 'plain' }),
  client: ({ host, port }, options) => new FTP({ host, port, ...options }),
};

export type TlsVersion = '1.2' | '1.3';

const TLS_VERSIONS: readonly TlsVersion[] = ['1.2', '1.3'];
/** Those that can insist on the control connection's TLS session on the data connections. */
const REUSERS: readonly ServerName[] = ['vsftpd', 'proftpd'];

/**
 * PROT P, on servers that insist on the resumption of the session where they can.
 *
 * @param options.isStrict - vsftpd also insists on close_notify, in both directions
 */
export function privateData(version: TlsVersion, { isStrict = false } = {}): Way {
  return {
    title: `PROT P, TLS ${version}${isStrict ? ', strict' : ''}`,
    server: (name) => ({
      mode: REUSERS.includes(name) ? 'tls-reuse' : 'tls',
      tlsVersion: version,
      sslStrict: isStrict,
    }),
    ...over({}),
  };
}

/** PROT C: passwords and commands use TLS, files do not. */
export function clearData(version: TlsVersion): Way {
  return {
    title: `PROT C, TLS ${version}`,
    server: () => ({ mode: 'tls', tlsVersion: version }),
    ...over({ dataProtection: 'clear' }),
  };
}

/** TLS from the first byte, PROT P. Pure-FTPd has no such mode. */
export function implicit(version: TlsVersion): Way {
  return {
    title: `implicit, TLS ${version}`,
    server: () => ({ mode: 'tls-implicit', tlsVersion: version, sslStrict: true }),
    ...over({ implicit: true }),
  };
}

function over(secure: FTPTLSOptions): Pick<Way, 'secure' | 'client'> {
  const client: Way['client'] = ({ host, port, ca }, options) =>
    new FTPTLS({ host, port, ...(ca && { tls: { ca } }), ...secure, ...options });
  return { secure, client };
}

/** A way for one server. */
export function only(server: ServerName, way: Way): Way {
  return { ...way, server: (name) => (name === server ? way.server(name) : undefined) };
}

/** All ways over TLS where all are to be run; else the sample given. */
export function tlsWays(...sample: Way[]): Way[] {
  if (!ALL_WAYS) return sample;
  return TLS_VERSIONS.flatMap((version) => [
    privateData(version, { isStrict: true }),
    only('vsftpd', privateData(version)), // the others know no strictness
    clearData(version),
    implicit(version),
  ]);
}

export interface Clients {
  /** The same client each time, as long as it is connected: Pure-FTPd lets in no more than 49. */
  shared(): Promise<FTP>;
  /** A client that is logged in; it is closed after the last test. */
  connect(options?: FTPOptions): Promise<FTP>;
  /** A client that is connected, and in TLS where its way is, but not logged in. */
  open(options?: FTPOptions): Promise<FTP>;
}

export function clientsOf(way: Way, get: () => RealServer): Clients {
  const made: FTP[] = [];
  // Not after each test: where a session has just ended, ProFTPD takes 0.4 s for the next one.
  afterAll(() => {
    for (const ftp of made) ftp.close();
  });
  const begin = async (options?: FTPOptions) => {
    const ftp = way.client(get(), options);
    made.push(ftp);
    await ftp.connect();
    return ftp;
  };
  const open = async (options?: FTPOptions) => {
    const ftp = await begin(options);
    if (ftp instanceof FTPTLS && get().mode !== 'tls-implicit') await ftp.auth();
    return ftp;
  };
  const connect = async (options?: FTPOptions) => {
    const ftp = await begin(options);
    await ftp.login(get().user, get().password);
    return ftp;
  };
  let common: FTP | undefined;
  const shared = async () => {
    if (!common?.connected) common = await connect();
    return common;
  };
  return { shared, connect, open };
}

/** The commands and replies of a control connection from now on. */
export class Dialogue {
  /** In order: the labels of commands, and the replies. */
  readonly turns: (string | Reply)[] = [];

  constructor(ftp: FTP) {
    ftp.on('command', (label) => this.turns.push(label));
    ftp.on('reply', (reply) => this.turns.push(reply));
  }

  get commands(): string[] {
    return this.turns.filter((turn) => typeof turn === 'string');
  }

  get verbs(): string[] {
    return this.commands.map((command) => command.split(' ')[0] as string);
  }

  /** The codes of the replies after the last command that begins so, before the 200 of the NOOP. */
  codesBeforeNoop(command: string): number[] {
    const start = this.turns.findLastIndex(
      (turn) => typeof turn === 'string' && turn.startsWith(command),
    );
    if (start === -1) throw new Error(`${command} was not sent`);
    const codes = this.turns
      .slice(start)
      .flatMap((turn) => (typeof turn === 'string' ? [] : turn.code));
    return codes.slice(0, codes.indexOf(200));
  }

  clear(): void {
    this.turns.length = 0;
  }
}

/** Bytes that look the same in every run, and differ at every place where a block may be cut. */
export function patternOf(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 0x9e3779b9 ^ length;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function* blocksOf(bytes: Buffer, size: number): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) {
    yield bytes.subarray(start, start + size);
  }
}
