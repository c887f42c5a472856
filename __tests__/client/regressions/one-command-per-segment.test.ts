import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import type { ConnectOptions, FTP } from 'ftpipe';
import type { TestServer, TestServerOptions } from 'ftpipe/testing';
import { rejection } from '../../helpers/promises';

import { all, filesHarness, KINDS, summary } from '../files-harness';

const { path, start, connect } = filesHarness();
const files = {
  '/a': '0123456789',
  '/b': 'abc',
  '/folder/c': 'x',
  '/big': Buffer.alloc(3_000_000),
};

/** Some servers read a segment, execute its first line, and drop the rest. */
const serve = (kind: 'plain' | 'TLS', options: TestServerOptions = {}) =>
  start(kind, { files, greeting: '220 Ready.', oneCommandPerSegment: true, ...options });

const CALLS: [string, (ftp: FTP) => Promise<unknown>, unknown][] = [
  ['download()', async (ftp) => (await ftp.download('a', path('a'))).bytesTransferred, 10],
  [
    'download() twice',
    async (ftp) => {
      await ftp.download('a', path('a'));
      return (await ftp.download('b', path('b'))).bytesTransferred;
    },
    3,
  ],
  [
    'download() with rest',
    async (ftp) => {
      await writeFile(path('a'), '0123');
      return (await ftp.download('a', path('a'), { rest: 4 })).bytesTransferred;
    },
    6,
  ],
  [
    'upload()',
    async (ftp) => {
      await writeFile(path('up'), 'seven..');
      return (await ftp.upload(path('up'), 'up')).bytesTransferred;
    },
    7,
  ],
  [
    "retrBinary() with verify: 'size'",
    async (ftp) => (await ftp.retrBinary('RETR a', { verify: 'size' }).toArray()).join(''),
    '0123456789',
  ],
  [
    "storBinary('APPE ...') with verify: 'size'",
    async (ftp) =>
      (await ftp.storBinary('APPE b', Buffer.from('d'), { verify: 'size' })).slice(0, 3),
    '226',
  ],
  [
    'downloadMany()',
    async (ftp) =>
      summary(
        await all(
          ftp.downloadMany([
            ['a', path('a')],
            ['b', path('b')],
          ]),
        ),
      ),
    [10, 3],
  ],
  ['list()', async (ftp) => (await ftp.list('/folder').toArray()).map(({ name }) => name), ['c']],
  ['stat()', async (ftp) => (await ftp.stat('a')).size, 10],
  ['size()', (ftp) => ftp.size('b'), 3],
  ['a name that is not ASCII', (ftp) => ftp.mkd('/å'), '/å'],
  ['rename()', async (ftp) => (await ftp.rename('a', 'z')).slice(0, 3), '250'],
];

const MODES: [string, ConnectOptions][] = [
  ['in passive mode', {}],
  ['in active mode', { passive: false }],
  ['with pipelining', { pipelining: true }],
];

describe.each(KINDS)('a server that executes one command per segment, over %s', (kind) => {
  describe.each(MODES)('%s', (_mode, options) => {
    it.each(CALLS)('supports %s', async (_, call, expected) => {
      const server = await serve(kind);
      const ftp = await connect(server, options);
      expect(await call(ftp)).toEqual(expected);
      expect(await ftp.pwd()).toBe('/');
    });
  });

  it.each([[[]], [['MDTM', 'SIZE']]])('supports stat() if FEAT lists only %p', async (features) => {
    const server = await serve(kind, { features });
    const ftp = await connect(server);
    expect(await ftp.stat('a')).toMatchObject({ size: 10 });
  });

  it('stays in sync after an aborted download', async () => {
    const server = await serve(kind);
    const ftp = await connect(server);
    const stream = ftp.retrBinary('RETR big');
    await stream.opened();
    expect(await ftp.abort()).toMatch(/^2|^426/);
    await rejection(stream.toArray());
    expect(await ftp.size('a')).toBe(10);
  });

  it('stays in sync after an aborted download whose 226 came before its data', async () => {
    const server = await serve(kind);
    server.handle('RETR', async (session) => {
      const data = await session.openData();
      await session.reply('226 Done.');
      await once(session.signal, 'abort');
      data.destroy();
    });
    const ftp = await connect(server);
    const stream = ftp.retrBinary('RETR a');
    const failed = rejection(stream.toArray());
    await new Promise<void>((resolve) => {
      ftp.on('reply', ({ code }) => {
        if (code === 226) resolve();
      });
    });
    expect(await ftp.abort()).toMatch(/^226/);
    await failed;
    expect(await ftp.pwd()).toBe('/');
  });
});

it('loginInOneWrite sends the login at once even to an unknown server', async () => {
  const server: TestServer = await start('plain', { files, greeting: '220 Ready.' });
  const ftp = await connect(server, { loginInOneWrite: true });
  expect(server.commands).toEqual(['USER user', 'PASS password', 'TYPE I', 'EPSV']);
  await ftp.download('a', path('a'));
});

describe('the first write of a download', () => {
  const written = async (greeting: string): Promise<string[]> => {
    const server = await start('plain', { files, greeting });
    const ftp = await connect(server);
    const sent: string[] = [];
    ftp.on('command', (label) => sent.push(label));
    ftp.on('reply', () => sent.push('-'));
    await ftp.download('a', path('a'));
    return sent;
  };

  it.each([
    '220 (vsFTPd 3.0.3)',
    '220 ProFTPD Server (Debian) [::ffff:127.0.0.1]',
    '220---------- Welcome to Pure-FTPd [privsep] [TLS] ----------\r\n220 Go on.',
    '220 pyftpdlib 2.0.1 ready.',
    '220 host FTP server (GNU inetutils 2.4) ready.',
  ])('contains TYPE, SIZE and EPSV if the server greets with %p', async (greeting) => {
    expect((await written(greeting)).slice(0, 4)).toEqual(['TYPE I', 'SIZE a', 'EPSV', '-']);
  });

  it('contains a single command if the server is unknown', async () => {
    expect(await written('220 Ready.')).toEqual([
      ...['TYPE I', '-', 'SIZE a', '-', 'EPSV', '-', 'RETR a', '-', '-'],
    ]);
  });
});
