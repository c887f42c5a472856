import { afterEach, beforeEach } from '@jest/globals';
import { TestServer, type TestServerOptions } from 'ftpipe/testing';
import { RawClient } from './raw-client';

/** A server and its clients for each test of the file, all closed after it. */
export function harness(defaults: TestServerOptions = {}) {
  let closing: (() => unknown)[] = [];
  const own = {
    async start(options: TestServerOptions = {}): Promise<TestServer> {
      const server = await TestServer.start({ ...defaults, ...options });
      closing.push(() => server.close());
      return server;
    },
    async connect(server: TestServer): Promise<RawClient> {
      const client = await RawClient.connect(server);
      closing.unshift(() => client.close());
      return client;
    },
    async login(server: TestServer): Promise<RawClient> {
      const client = await RawClient.login(server);
      closing.unshift(() => client.close());
      return client;
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
