import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { programs } from './programs';
import {
  type RealServer,
  SERVER_NAMES,
  type ServerName,
  START_TIMEOUT,
  type StartOptions,
  startServer,
  whyMissing,
} from './start-server';

export * from './start-server';

const { FTPIPE_REQUIRE_SERVERS } = process.env;

export interface DescribeOptions extends StartOptions {
  /** Only these; all four by default. */
  readonly servers?: readonly ServerName[];
}

/** How each server is started: all in one way, or each in its own, or not at all. */
export type StartChoice = DescribeOptions | ((name: ServerName) => StartOptions | undefined);

/**
 * `describe` once for each server, started before the first test and stopped after the last.
 * Servers without the mode asked for are left out. One that is not installed is skipped and said so
 * on stderr; with FTPIPE_REQUIRE_SERVERS=1 it fails.
 */
export function describeServers(
  title: string,
  fn: (get: () => RealServer, name: ServerName) => void,
  choice: StartChoice = {},
): void {
  const choose = typeof choice === 'function' ? choice : chooserOf(choice);
  for (const name of SERVER_NAMES) {
    const start = choose(name);
    if (!start || !programs[name].modes.includes(start.mode ?? 'plain')) continue;
    const reason = whyMissing(name, start.host);
    if (reason === undefined) describe(`${title} (${name})`, () => withServer(name, start, fn));
    else describeMissing(`${title} (${name})`, name, reason);
  }
}

function chooserOf({ servers = SERVER_NAMES, ...start }: DescribeOptions) {
  return (name: ServerName) => (servers.includes(name) ? start : undefined);
}

function withServer(
  name: ServerName,
  options: StartOptions,
  fn: (get: () => RealServer, name: ServerName) => void,
): void {
  let server: RealServer | undefined;
  beforeAll(async () => {
    server = await startServer(name, options);
  }, 2 * START_TIMEOUT);
  afterAll(async () => {
    await server?.stop();
  }, START_TIMEOUT);
  fn(() => {
    if (server === undefined) throw new Error(`${name} runs only during the tests`);
    return server;
  }, name);
}

function describeMissing(title: string, name: ServerName, reason: string): void {
  const message = `${name} cannot run here: ${reason}. __tests__/servers/setup.sh, run as root, installs it.`;
  if (FTPIPE_REQUIRE_SERVERS === '1') {
    describe(title, () => {
      it('its server is installed', () => {
        throw new Error(message);
      });
    });
    return;
  }
  process.stderr.write(`SKIPPED: ${title}: ${message}\n`);
  describe.skip(title, () => {
    it('requires its server', () => {});
  });
}
