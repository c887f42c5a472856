import { readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { describe, expect, it } from '@jest/globals';
import type { ConnectOptions, LocalFile, Path } from 'ftpipe';
import { FTP } from 'ftpipe';
import type { Fault, TestServerOptions } from 'ftpipe/testing';
import { rejection } from '../helpers/promises';
import { type Kind, patterned } from '../streams/harness';
import { all, filesHarness, KINDS, summary, verbsSince } from './files-harness';

const { path, start, connect } = filesHarness();
const names = ['a', 'b', 'c', 'd'];
const files = Object.fromEntries(names.map((name, i) => [`/${name}`, patterned(5000 + i)]));
const pairs = () => names.map((name): [Path, LocalFile] => [name, path(name)]);
const sizes = [5000, 5001, 5002, 5003];

async function pipelined(
  kind: Kind,
  options: TestServerOptions = {},
  settings: ConnectOptions = {},
) {
  const server = await start(kind, { files, greeting: '220 (vsFTPd 3.0.3)', ...options });
  const ftp = await connect(server, { pipelining: true, ...settings });
  return { server, ftp };
}

const noSize = { verify: false } as const;

describe.each(KINDS)('pipelining over %s', (kind) => {
  it('sends the next EPSV with each transfer command except the last one', async () => {
    const { server, ftp } = await pipelined(kind);
    expect(summary(await all(ftp.downloadMany(pairs(), noSize)))).toEqual(sizes);
    const each = ['RETR', 'EPSV'];
    expect(verbsSince(server, 'EPSV')).toEqual(['EPSV', ...each, ...each, ...each, 'RETR']);
  });

  it('sends the next EPSV also with verification, and for uploads', async () => {
    const { server, ftp } = await pipelined(kind);
    expect(summary(await all(ftp.downloadMany(pairs())))).toEqual(sizes);
    const rest = ['RETR', 'EPSV', 'SIZE'];
    expect(verbsSince(server, 'SIZE')).toEqual(['SIZE', 'EPSV', ...rest, ...rest, ...rest, 'RETR']);
    for (const name of names) await writeFile(path(name), name);
    const before = server.commands.length;
    const ups = names.map((name): [LocalFile, Path] => [path(name), `up-${name}`]);
    expect(summary(await all(ftp.uploadMany(ups)))).toEqual([1, 1, 1, 1]);
    const verbs = server.commands.slice(before).map((line) => line.slice(0, 4));
    const stor = ['STOR', 'EPSV', 'SIZE'];
    expect(verbs).toEqual(['EPSV', ...stor, ...stor, ...stor, 'STOR', 'SIZE']);
  });

  it('fails only the transfer whose TYPE is refused before its EPSV is answered', async () => {
    const faults: Fault[] = [
      { on: 'TYPE', nth: 1, reply: '550 Not now.' },
      { on: 'EPSV', nth: 1, delay: 50 },
    ];
    const { server, ftp } = await pipelined(kind, { faults }, { pipelining: false });
    await expect(ftp.download('a', path('a'))).rejects.toThrow('550 Not now. (TYPE I)');
    expect((await ftp.download('b', path('b'))).bytesTransferred).toBe(5001);
    expect(server.commands).not.toContain('PASV');
  });

  it.each([
    '500 What?',
    '425 Not now.',
    '450 Busy.',
    '522 No.',
    '229 nonsense',
    '227 Entering (1,2,3,4,5,6)',
  ])('continues without an early EPSV that is answered with %s', async (reply) => {
    const fault: Fault = { on: 'EPSV', nth: 2, times: 100, reply };
    const { ftp } = await pipelined(kind, { faults: [fault] });
    expect(summary(await all(ftp.downloadMany(pairs(), noSize)))).toEqual(sizes);
    for (const name of names)
      expect((await readFile(path(name))).equals(files[`/${name}`] as Buffer)).toBe(true);
    expect(await ftp.pwd()).toBe('/');
  });

  it('rejects if an early EPSV is never answered', async () => {
    const timeouts = { reply: 400, abort: 400 };
    const fault: Fault = { on: 'EPSV', nth: 2, drop: true };
    const { ftp } = await pipelined(kind, { faults: [fault] }, { timeouts });
    const error = await rejection(all(ftp.downloadMany(pairs(), noSize)));
    expect(error).toMatchObject({ connectionUsable: false });
    expect(ftp.connected).toBe(false);
  });

  it('keeps an early passive port for the next transfer after a refused one', async () => {
    const { server, ftp } = await pipelined(kind);
    const given: [Path, LocalFile][] = [['none', path('none')], ...pairs()];
    const results = summary(await all(ftp.downloadMany(given, noSize)));
    expect(results).toEqual([expect.stringMatching(/^550/), ...sizes]);
    expect(verbsSince(server, 'EPSV').filter((verb) => verb === 'EPSV')).toHaveLength(5);
  });

  const BREAKS: [string, Fault][] = [
    ['reset', { on: 'RETR', nth: 2, data: { action: 'reset', after: 100 } }],
    ['reset at once', { on: 'RETR', nth: 2, data: { action: 'reset' } }],
    ['cut short', { on: 'RETR', nth: 2, data: { action: 'end', after: 100 } }],
    ['refused at its end', { on: 'RETR', nth: 2, code: '2xx', reply: '451 No.' }],
    ['answered twice', { on: 'RETR', nth: 2, code: '2xx', repeat: 2 }],
    ['confirmed too early', { on: 'RETR', nth: 2, code: '1xx', drop: true }],
  ];
  it.each(BREAKS)('stays in sync after a transfer that was %s', async (title, fault) => {
    const { ftp } = await pipelined(kind, { faults: [fault] });
    const results = summary(await all(ftp.downloadMany(pairs())));
    const isWell = title === 'answered twice' || title === 'confirmed too early';
    const [, second] = results;
    if (!isWell) expect(second).toEqual(expect.any(String));
    expect([results[0], results[2], results[3]]).toEqual([5000, 5002, 5003]);
    expect(await ftp.pwd()).toBe('/');
    expect(await ftp.size('d')).toBe(5003);
  });

  it.each(['signal', 'abort()'])(
    'stays in sync after a transfer is aborted halfway by %s',
    async (way) => {
      const big = { '/big': patterned(3_000_000) };
      const slow: Fault = { on: 'RETR', nth: 1, data: { action: 'slow', rate: 500_000 } };
      const { ftp } = await pipelined(kind, { files: { ...files, ...big }, faults: [slow] });
      const control = new AbortController();
      const { signal } = control;
      const many = ftp.downloadMany(
        [['big', path('big')], ...pairs()],
        way === 'signal' ? { signal } : {},
      );
      const begun = new Promise((resolve) => ftp.once('transfer', resolve));
      const first = many.next();
      first.catch(() => {});
      await begun;
      if (way === 'signal') {
        control.abort(new Error('enough'));
        expect(await rejection(first)).toMatchObject({ message: 'enough' });
      } else {
        await ftp.abort();
        expect((await first).value).toMatchObject({ error: { code: 'ERR_FTP_TRANSFER' } });
        expect(summary(await all(many))).toEqual(sizes);
      }
      expect(await ftp.pwd()).toBe('/');
      expect(summary(await all(ftp.downloadMany(pairs())))).toEqual(sizes);
    },
  );
});

it('pipelining opens the data connection before SIZE is answered', async () => {
  const server = await start('plain', {
    ...{ files, greeting: '220 (vsFTPd 3.0.3)' },
    faults: [{ on: 'SIZE', nth: 2, delay: 100 }],
  });
  const { host, port } = server;
  const seen: string[] = [];
  const ftp = await FTP.connect({
    ...{ host, port, user: 'user', password: 'password', pipelining: true },
    createConnection({ purpose, ...target }) {
      seen.push(purpose);
      return net.connect(target);
    },
  });
  ftp.on('reply', ({ lines: [line] }) => seen.push(line as string));
  expect(summary(await all(ftp.downloadMany(pairs().slice(0, 2))))).toEqual([5000, 5001]);
  expect(seen.lastIndexOf('data')).toBeLessThan(seen.indexOf('213 5001'));
  await ftp.quit();
});

it('pipelining writes the transfer command and the next EPSV in one segment', async () => {
  const server = await start('plain', { files, greeting: '220 (vsFTPd 3.0.3)' });
  const segments: string[] = [];
  const relay = net.createServer((client) => {
    const onward = net.connect(server.port, server.host);
    client.on('data', (chunk) => segments.push(String(chunk)));
    client.pipe(onward).pipe(client);
    for (const each of [client, onward]) each.on('error', () => {});
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const { port } = relay.address() as net.AddressInfo;
  const given = { host: '127.0.0.1', port, user: 'user', password: 'password' };
  const ftp = await FTP.connect({ ...given, pipelining: true });
  expect(summary(await all(ftp.downloadMany(pairs())))).toEqual(sizes);
  expect(segments.slice(-8)).toEqual([
    'TYPE I\r\nSIZE a\r\nEPSV\r\n',
    ...['RETR a\r\nEPSV\r\n', 'SIZE b\r\n', 'RETR b\r\nEPSV\r\n', 'SIZE c\r\n'],
    ...['RETR c\r\nEPSV\r\n', 'SIZE d\r\n', 'RETR d\r\n'],
  ]);
  await ftp.quit();
  await new Promise((resolve) => relay.close(resolve));
});

it.each(['220 pyftpdlib 2.0.1 ready.', '220 Ready.'])(
  'pipelining sends no early EPSV after the greeting %s',
  async (greeting) => {
    const { server, ftp } = await pipelined('plain', { greeting });
    await all(ftp.downloadMany(pairs(), noSize));
    const each = ['EPSV', 'RETR'];
    expect(verbsSince(server, 'EPSV')).toEqual([...each, ...each, ...each, ...each]);
  },
);

it('pipelining sends no early EPSV in active mode, or when only PASV works', async () => {
  const active = await pipelined('plain', {}, { passive: false });
  expect(summary(await all(active.ftp.downloadMany(pairs(), noSize)))).toEqual(sizes);
  expect(active.server.commands).not.toContain('EPSV');
  const pasv = await pipelined('plain', { faults: [{ on: 'EPSV', reply: '500 What?' }] });
  expect(summary(await all(pasv.ftp.downloadMany(pairs(), noSize)))).toEqual(sizes);
  expect(pasv.server.commands.filter((line) => line === 'EPSV')).toHaveLength(1);
});

it('pipelining sends EPSV again when the early passive port is closed', async () => {
  const { server, ftp } = await pipelined('plain');
  server.fault({ on: 'EPSV', nth: 2, data: { action: 'refuse' } });
  expect(summary(await all(ftp.downloadMany(pairs(), noSize)))).toEqual(sizes);
  expect(server.commands).not.toContain('PASV');
});

it('download() is not affected by the abort of the previous download', async () => {
  const server = await start('plain', { files, faults: [{ on: 'SIZE', nth: 1, delay: 100 }] });
  const ftp = await connect(server);
  const control = new AbortController();
  const aborted = rejection(ftp.download('a', path('a'), { signal: control.signal }));
  await server.received('SIZE');
  control.abort(new Error('enough'));
  expect(await aborted).toMatchObject({ message: 'enough' });
  expect(await ftp.download('b', path('b'))).toMatchObject({ bytesTransferred: 5001 });
});
