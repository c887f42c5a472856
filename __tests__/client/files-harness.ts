import { readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from '@jest/globals';
import { type ConnectOptions, FTP, FTPTLS, type LocalFile } from 'ftpipe';
import { TestServer, type TestServerOptions } from 'ftpipe/testing';
import type { Kind } from '../streams/harness';
import { TIMEOUTS } from './tls/harness';

export const KINDS: readonly Kind[] = ['plain', 'TLS'];

/**
 * A folder of this machine, servers and clients for each test; after it, no file of the folder is
 * open.
 */
export function filesHarness() {
  let closing: (() => unknown)[] = [];
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ftpipe-files-'));
  });
  afterEach(async () => {
    const open = openFiles(folder);
    for (const close of closing.splice(0).reverse()) await close();
    closing = [];
    await rm(folder, { recursive: true, force: true });
    expect(open).toEqual([]);
  });
  return {
    path: (name: string) => join(folder, name),
    async start(kind: Kind, options: TestServerOptions = {}): Promise<TestServer> {
      const server = await TestServer.start({
        greeting: '220 (vsFTPd 3.0.3)', // one of those that take bytes before their 150
        ...options,
        ...(kind === 'TLS' && { tls: {} }),
      });
      closing.push(() => server.close());
      return server;
    },
    async connect(server: TestServer, options: ConnectOptions = {}): Promise<FTP> {
      const { host, port, certificate } = server;
      const given = { host, port, user: 'user', password: 'password', timeouts: TIMEOUTS };
      const ftp = certificate
        ? await FTPTLS.connect({ ...given, ...options, secure: true, tls: { ca: certificate } })
        : await FTP.connect({ ...given, ...options });
      closing.push(() => ftp.close());
      return ftp;
    },
  };
}

/** The files of a folder that this process has open (Linux). */
function openFiles(folder: string): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return []; // the one that lists them
    }
  });
}

/** The verbs of what the server received, from the first one that is given. */
export function verbsSince(server: TestServer, first: string): string[] {
  const verbs = server.commands.map((line) => line.split(' ', 1)[0] as string);
  return verbs.slice(verbs.indexOf(first));
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const got: T[] = [];
  for await (const item of items) got.push(item);
  return got;
}

/**
 * The results, as `downloadMany()` and `uploadMany()` give them: a number of bytes, or a message.
 */
export function summary(results: readonly { error?: Error | undefined; local: LocalFile }[]) {
  return results.map((result) => {
    if (result.error) return result.error.message;
    return (result as unknown as { bytesTransferred: number }).bytesTransferred;
  });
}
