import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { type ConnectOptions, FTP, ftpcp } from 'ftpipe';
import type { Fault, TestServer, TestServerOptions } from 'ftpipe/testing';
import { rejection } from '../helpers/promises';
import { patterned } from '../streams/harness';
import { all, filesHarness, KINDS, summary } from './files-harness';
import { TIMEOUTS } from './tls/harness';

const { path, start, connect } = filesHarness();
const BIG = patterned(2_000_000);
const files = { '/big': BIG, '/a': 'small' };
const INTERVAL = 10;
const COUNT = 3;
/** The server must not be done with it too soon. */
const SLOW: Fault = {
  on: /^RETR big/,
  data: { action: 'slow', after: 500_000, rate: 5_000_000 },
};

const serve = (kind: 'plain' | 'TLS', options: TestServerOptions = {}): Promise<TestServer> =>
  start(kind, { files, greeting: '220 (vsFTPd 3.0.3)', faults: [SLOW], ...options });
const client = (server: TestServer, options: ConnectOptions = {}) =>
  connect(server, { noopInterval: INTERVAL, ...options });
const noops = (server: TestServer) => server.commands.filter((line) => line === 'NOOP').length;
/** Resolves when so many NOOPs have come. */
const untilSent = (server: TestServer, count = COUNT) =>
  server.waitFor(() => noops(server) >= count);

async function expectInStep(ftp: FTP): Promise<void> {
  expect(await ftp.pwd()).toBe('/');
  expect(await ftp.size('a')).toBe(5);
  expect((await ftp.retrBinary('RETR a').toArray()).join('')).toBe('small');
  expect(await ftp.pwd()).toBe('/');
}

describe.each(KINDS)('noopInterval over %s', (kind) => {
  describe.each<[string, string | undefined]>([
    ['after the transfer', undefined],
    ['by 200 at once', '200 Still here.'],
    ['by 450 at once', '450 NOOP: data transfer in progress'],
  ])('works with a server that answers %s', (_, noopDuringTransfer) => {
    const begin = async (options: ConnectOptions = {}) => {
      const server = await serve(kind, noopDuringTransfer ? { noopDuringTransfer } : {});
      const ftp = await client(server, options);
      return { server, ftp };
    };

    it.each([true, false])('goes on in a download (passive: %p)', async (passive) => {
      const { server, ftp } = await begin({ passive });
      const stream = ftp.retrBinary('RETR big');
      await stream.opened();
      await untilSent(server);
      expect(Buffer.concat(await stream.toArray()).equals(BIG)).toBe(true);
      expect(stream.reply?.code).toBe(226);
      await expectInStep(ftp);
    });

    it('sends NOOP during an upload', async () => {
      const { server, ftp } = await begin();
      const stream = ftp.storBinary('STOR up');
      stream.write('begin ');
      await stream.opened();
      await untilSent(server);
      stream.end('and end');
      await new Promise((resolve, reject) => stream.on('finish', resolve).on('error', reject));
      expect(stream.reply?.code).toBe(226);
      expect(String(server.storage.readFile('/up'))).toBe('begin and end');
      await expectInStep(ftp);
    });

    it('reads every reply before the next command', async () => {
      const { server, ftp } = await begin();
      const stream = ftp.retrBinary('RETR big');
      await stream.opened();
      await untilSent(server);
      await stream.toArray();
      const turns: string[] = [];
      ftp.on('command', (label) => turns.push(label));
      ftp.on('reply', ({ code }) => turns.push(String(code)));
      await ftp.pwd();
      expect(turns.slice(-2)).toEqual(['PWD', '257']);
      const answers = server.replies.filter((text) => /^200 (NOOP|Still)|^450 NOOP/.test(text));
      expect(answers).toHaveLength(noops(server));
    });

    it.each(['destroy()', 'abort()', 'a signal'])('is in step after %s', async (way) => {
      const { server, ftp } = await begin();
      const control = new AbortController();
      const stream = ftp.retrBinary('RETR big', { signal: control.signal });
      const failed = rejection(new Promise((_, reject) => stream.on('error', reject)));
      await stream.opened();
      await untilSent(server);
      if (way === 'destroy()') stream.destroy(new Error('enough'));
      else if (way === 'abort()') expect(await ftp.abort()).toMatch(/^2|^426/);
      else control.abort(new Error('enough'));
      await failed;
      await expectInStep(ftp);
    });

    it('is in step after an abandoned upload', async () => {
      const { server, ftp } = await begin();
      const stream = ftp.storBinary('STOR up');
      stream.on('error', () => {});
      stream.write('begin');
      await stream.opened();
      await untilSent(server);
      stream.destroy(new Error('enough'));
      await expectInStep(ftp);
    });

    it('is in step after a transfer that the server aborted', async () => {
      const { server, ftp } = await begin();
      server.fault({ on: 'RETR', nth: 1, code: 226, reply: '451 Disk error.' });
      const error = await rejection(ftp.retrBinary('RETR big').toArray());
      expect(error).toMatchObject({ reply: { code: 451 } });
      expect(noops(server)).toBeGreaterThan(0);
      await expectInStep(ftp);
    });

    it.each([false, true])('goes on in many files (pipelining: %p)', async (pipelining) => {
      const { ftp } = await begin({ pipelining, noopInterval: 1 });
      const pairs = [0, 1, 2].map((i): [string, string] => ['big', path(`f${i}`)]);
      expect(summary(await all(ftp.downloadMany(pairs)))).toEqual(Array(3).fill(BIG.length));
      await writeFile(path('up'), BIG);
      const ups = [0, 1, 2].map((i): [string, string] => [path('up'), `u${i}`]);
      expect(summary(await all(ftp.uploadMany(ups)))).toEqual(Array(3).fill(BIG.length));
      await expectInStep(ftp);
    });
  });

  it('sends NOOP during a listing', async () => {
    const server = await serve(kind);
    server.fault({ on: 'MLSD', data: { action: 'slow', rate: 1500 } });
    const ftp = await client(server);
    expect((await ftp.list().toArray()).map(({ name }) => name)).toContain('big');
    expect(noops(server)).toBeGreaterThan(0);
    await expectInStep(ftp);
  });

  it('never accepts a 200 as the confirmation of a transfer', async () => {
    const server = await serve(kind, { noopDuringTransfer: '200 Still here.' });
    const timeouts = { ...TIMEOUTS, completion: 300 };
    server.handle('RETR', async (session) => {
      const data = await session.openData();
      await session.reply('150 Here it comes.');
      data.end('small');
      await new Promise((resolve) => session.signal.addEventListener('abort', resolve));
    });
    const ftp = await client(server, { timeouts });
    const error = await rejection(ftp.retrBinary('RETR a').toArray());
    expect(error).toMatchObject({ code: 'ERR_FTP_TIMEOUT', phase: 'completion' });
    expect(noops(server)).toBeGreaterThan(0);
  });

  it.each(['500 What?', '502 Not now.', '503 A transfer runs.'])(
    'is not sent again after a refusal by %p',
    async (noopDuringTransfer) => {
      const server = await serve(kind, { noopDuringTransfer });
      const ftp = await client(server);
      for (let round = 0; round < 2; round += 1) {
        const stream = ftp.retrBinary('RETR big');
        await stream.opened();
        if (round === 0) await server.waitFor(() => server.replies.includes(noopDuringTransfer));
        expect(Buffer.concat(await stream.toArray()).equals(BIG)).toBe(true);
      }
      expect(noops(server)).toBeLessThanOrEqual(2); // another one may have been on its way
      await expectInStep(ftp);
    },
  );

  it.each<[string, ConnectOptions]>([
    [
      '220---------- Welcome to Pure-FTPd [privsep] [TLS] ----------\r\n220 Go on.',
      { noopInterval: INTERVAL },
    ],
    ['220 (vsFTPd 3.0.3)', { noopInterval: 0 }],
    ['220 (vsFTPd 3.0.3)', { noopInterval: undefined }],
  ])('sends none to %p with %p', async (greeting, options) => {
    const server = await serve(kind, { greeting });
    const ftp = await client(server, options);
    const stream = ftp.retrBinary('RETR big');
    await stream.opened();
    await new Promise((resolve) => setTimeout(resolve, 5 * INTERVAL));
    await stream.toArray();
    expect(noops(server)).toBe(0);
  });

  it('sends none before the 150, nor after the transfer', async () => {
    const server = await serve(kind, { faults: [{ on: 'RETR', code: 150, delay: 8 * INTERVAL }] });
    const ftp = await client(server);
    const stream = ftp.retrBinary('RETR a');
    await server.received('RETR');
    await new Promise((resolve) => setTimeout(resolve, 4 * INTERVAL));
    expect(noops(server)).toBe(0);
    await stream.toArray();
    await ftp.pwd(); // whatever was on its way has arrived
    const sent = noops(server);
    await new Promise((resolve) => setTimeout(resolve, 4 * INTERVAL));
    expect(noops(server)).toBe(sent);
    expect(await ftp.pwd()).toBe('/');
  });

  it('sends at most 200 unanswered NOOPs', async () => {
    const stall: Fault = { on: 'RETR', nth: 1, data: { action: 'stall', after: 500_000 } };
    const server = await serve(kind, { faults: [stall] });
    const ftp = await client(server, { noopInterval: 1 });
    const stream = ftp.retrBinary('RETR big');
    await stream.opened();
    await untilSent(server, 200);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(noops(server)).toBe(200);
    stream.destroy();
    await expectInStep(ftp);
  });

  it('fails with the lost connection after all bytes have arrived', async () => {
    const server = await serve(kind);
    const ftp = await client(server);
    const stream = ftp.retrBinary('RETR big');
    await stream.opened();
    await untilSent(server);
    server.sessions[0]?.drop('end');
    const error = await rejection(stream.toArray());
    expect(error).toMatchObject({ code: 'ERR_FTP_CONNECTION', dataComplete: true });
  });

  it('loses the connection if NOOP is never answered', async () => {
    const fault: Fault = { on: 'NOOP', drop: true };
    const server = await serve(kind, { faults: [SLOW, fault] });
    const ftp = await client(server, { timeouts: { ...TIMEOUTS, reply: 200 } });
    const stream = ftp.retrBinary('RETR big');
    await stream.opened();
    await untilSent(server, 1);
    expect(Buffer.concat(await stream.toArray()).equals(BIG)).toBe(true);
    expect(await rejection(ftp.pwd())).toMatchObject({ connectionUsable: false });
  });
});

it('sends NOOP during a copy from server to server', async () => {
  const [from, to] = [await serve('plain'), await serve('plain', { allowForeignPort: true })];
  const [source, target] = [await client(from), await client(to)];
  await ftpcp(source, 'big', target, 'copy');
  expect(noops(from)).toBeGreaterThan(0);
  expect(noops(to)).toBeGreaterThan(0);
  expect(to.storage.readFile('/copy').equals(BIG)).toBe(true);
  await expectInStep(source);
  await expectInStep(target);
});

it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])(
  'rejects %p as an interval',
  (noopInterval) => {
    expect(() => new FTP({ noopInterval })).toThrow(RangeError);
  },
);

it.each(['10', [], true, null])('refuses %p as an interval', (noopInterval) => {
  expect(() => new FTP({ noopInterval: noopInterval as never })).toThrow(TypeError);
});
