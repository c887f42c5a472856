import { afterEach, beforeEach } from '@jest/globals';
import { TestServer, type TestServerOptions, type TestTlsOptions } from 'ftpipe/testing';
import { SecureClient } from './secure-client';

export const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;

/** Servers that speak TLS and their clients for each test of the file, all closed after it. */
export function secureHarness(defaults: TestServerOptions = {}) {
  let closing: (() => unknown)[] = [];
  const own = {
    async start(tls: TestTlsOptions = {}, options: TestServerOptions = {}): Promise<TestServer> {
      const server = await TestServer.start({ ...defaults, ...options, tls });
      closing.push(() => server.close());
      return server;
    },
    /** Connects by TCP alone. */
    async connect(...args: Parameters<typeof SecureClient.to>): Promise<SecureClient> {
      const client = await SecureClient.to(...args);
      closing.unshift(() => client.close());
      return client;
    },
    /** Reads the greeting, and is under TLS, explicit or implicit. */
    async secure(...args: Parameters<typeof SecureClient.to>): Promise<SecureClient> {
      const client = await own.connect(...args);
      if (args[0].url.startsWith('ftps:')) {
        await client.startTls();
        await client.reply();
      } else {
        await client.reply();
        await client.command('AUTH TLS');
        await client.startTls();
      }
      return client;
    },
    /** The same, logged in and with PROT P. */
    async login(...args: Parameters<typeof SecureClient.to>): Promise<SecureClient> {
      return (await own.secure(...args)).login();
    },
  };
  beforeEach(() => {
    closing = [];
  });
  afterEach(async () => {
    for (const close of closing) await close();
  });
  return own;
}
