import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { type ConnectOptions, type FTP, ftpcp } from 'ftpipe';
import type { Fault, TestServer, TestServerOptions } from 'ftpipe/testing';
import { rejection } from '../helpers/promises';

import { all, filesHarness, KINDS, summary } from './files-harness';

const { path, start, connect } = filesHarness();
const files = { '/a': '0123456789', '/b c': 'abc', '/folder/d': 'x' };
const ABOUT_DATA = /^(PRET|EPSV|PASV|EPRT|PORT|RETR|STOR|APPE|LIST|NLST|MLSD)/;

const serve = (
  kind: 'plain' | 'TLS',
  options: TestServerOptions = {},
  faults: Fault[] = [],
): Promise<TestServer> =>
  start(kind, { files, greeting: '220 DrFTPD', requirePret: true, faults, ...options });
const sent = (server: TestServer) =>
  server.commands
    .filter((line) => ABOUT_DATA.test(line))
    .map((line) => line.replace(/^(EPRT|PORT) .*/, '$1'));
const contents = async (ftp: FTP, name = 'a') =>
  (await ftp.retrBinary(`RETR ${name}`).toArray()).join('');

describe.each(KINDS)('PRET over %s', (kind) => {
  it('is sent before EPSV once FEAT has been requested and lists it', async () => {
    const server = await serve(kind);
    const ftp = await connect(server);
    await ftp.features();
    expect(await contents(ftp, 'b c')).toBe('abc');
    await ftp.storBinary('STOR new', Buffer.from('x'));
    expect(sent(server)).toEqual([
      ...['PRET RETR b c', 'EPSV', 'RETR b c', 'PRET STOR new', 'EPSV', 'STOR new'],
    ]);
  });

  it('is sent before every kind of listing', async () => {
    const server = await serve(kind);
    const ftp = await connect(server);
    expect((await ftp.list('/folder').toArray()).map(({ name }) => name)).toEqual(['d']);
    expect(await ftp.nlst('/folder')).toEqual(['/folder/d']);
    expect(await ftp.nlst()).toContain('a');
    await ftp.dir('/folder').toArray();
    expect(sent(server)).toEqual([
      ...['PRET MLSD /folder', 'EPSV', 'MLSD /folder'],
      ...['PRET NLST /folder', 'EPSV', 'NLST /folder'],
      ...['PRET NLST', 'EPSV', 'NLST'],
      ...['PRET LIST /folder', 'EPSV', 'LIST /folder'],
    ]);
  });

  it('is sent after a refusal that names it, and then before every transfer', async () => {
    const server = await serve(kind);
    const ftp = await connect(server);
    expect(await contents(ftp)).toBe('0123456789');
    expect(await contents(ftp)).toBe('0123456789');
    expect(sent(server)).toEqual([
      ...['EPSV', 'PRET RETR a', 'EPSV', 'RETR a', 'PRET RETR a', 'EPSV', 'RETR a'],
    ]);
    expect(server.commands).not.toContain('FEAT');
  });

  it.each(['500', '530', '503', '450'])(
    'is sent after a refusal with code %s that names it',
    async (code) => {
      const reply = `${code} You need to use a client supporting PRET.`;
      const server = await serve(kind, {}, [{ on: 'EPSV', nth: 1, reply }]);
      expect(await contents(await connect(server))).toBe('0123456789');
    },
  );

  it('is sent before PASV when the server has no EPSV', async () => {
    const server = await serve(kind, {}, [{ on: 'EPSV', reply: '500 EPSV not understood.' }]);
    const ftp = await connect(server);
    expect(await contents(ftp)).toBe('0123456789');
    expect(await contents(ftp)).toBe('0123456789');
    expect(sent(server)).toEqual([
      ...['EPSV', 'PASV', 'PRET RETR a', 'PASV', 'RETR a', 'PRET RETR a', 'PASV', 'RETR a'],
    ]);
  });

  it('fails only its own transfer when it is refused before EPSV is answered', async () => {
    const server = await serve(kind, { greeting: '220 Welcome to Pure-FTPd' }, [
      { on: 'PRET', nth: 1, reply: '550 No such file.' },
      { on: 'EPSV', nth: 1, delay: 50 },
    ]);
    const ftp = await connect(server);
    await ftp.features();
    await expect(contents(ftp, 'missing')).rejects.toThrow('550 No such file. (PRET RETR missing)');
    expect(await contents(ftp)).toBe('0123456789');
    expect(sent(server)).toEqual([
      ...['PRET RETR missing', 'EPSV', 'PRET RETR a', 'EPSV', 'RETR a'],
    ]);
  });

  it('is not sent before FEAT has been requested', async () => {
    const server = await serve(kind, { requirePret: false, features: ['PRET', 'SIZE'] });
    const ftp = await connect(server);
    expect(await contents(ftp)).toBe('0123456789');
    expect(sent(server)).toEqual(['EPSV', 'RETR a']);
    await ftp.features();
    await contents(ftp);
    expect(sent(server).slice(2)).toEqual(['PRET RETR a', 'EPSV', 'RETR a']);
  });

  it('is not sent in active mode', async () => {
    const server = await serve(kind);
    const ftp = await connect(server, { passive: false });
    await ftp.features();
    expect(await contents(ftp)).toBe('0123456789');
    expect(sent(server)).toEqual(['EPRT', 'RETR a']);
  });

  it('is sent in active mode after a refusal that names it', async () => {
    const fault: Fault = { on: 'EPRT', nth: 1, reply: '500 Use PRET first.' };
    const server = await serve(kind, {}, [fault]);
    expect(await contents(await connect(server, { passive: false }))).toBe('0123456789');
    expect(sent(server)).toEqual(['EPRT', 'PRET RETR a', 'EPRT', 'RETR a']);
  });

  it.each<[string, ConnectOptions]>([
    ['DrFTPD', {}],
    ['(vsFTPd 3.0.3)', { pipelining: true }],
    ['(vsFTPd 3.0.3)', { loginInOneWrite: true }],
    ['(vsFTPd 3.0.3)', { passiveCommands: ['PASV'] }],
  ])(
    'allows file transfers and listings with the greeting %p and the options %p',
    async (greeting, options) => {
      const server = await serve(kind, { greeting: `220 ${greeting}` });
      const ftp = await connect(server, options);
      const pairs: [string, string][] = [
        ['a', path('a')],
        ['b c', path('b')],
        ['a', path('c')],
      ];
      expect(summary(await all(ftp.downloadMany(pairs)))).toEqual([10, 3, 10]);
      await ftp.features();
      await writeFile(path('up'), 'up');
      const uploads: [string, string][] = [
        [path('up'), 'u1'],
        [path('up'), 'u2'],
      ];
      expect(summary(await all(ftp.uploadMany(uploads)))).toEqual([2, 2]);
      expect(await ftp.download('a', path('a'))).toMatchObject({ bytesTransferred: 10 });
      expect((await ftp.list('/folder').toArray()).length).toBe(1);
    },
  );

  it.each(['500 What?', '502 No.'])('is not sent again after %p', async (reply) => {
    const options = { requirePret: false, features: ['PRET'] };
    const server = await serve(kind, options, [{ on: 'PRET', reply }]);
    const ftp = await connect(server);
    await ftp.features();
    expect(await contents(ftp)).toBe('0123456789');
    expect(await contents(ftp)).toBe('0123456789');
    expect(sent(server)).toEqual(['PRET RETR a', 'EPSV', 'RETR a', 'EPSV', 'RETR a']);
  });

  it('is sent again for the next transfer after a 504', async () => {
    const options = { requirePret: false, features: ['PRET'] };
    const server = await serve(kind, options, [{ on: /^PRET RETR/, reply: '504 Not that.' }]);
    const ftp = await connect(server);
    await ftp.features();
    expect(await contents(ftp)).toBe('0123456789');
    await ftp.storBinary('STOR x', Buffer.from('x'));
    expect(sent(server)).toEqual([
      ...['PRET RETR a', 'EPSV', 'RETR a', 'PRET STOR x', 'EPSV', 'STOR x'],
    ]);
  });

  it('makes list() fall back to LIST when PRET does not support MLSD', async () => {
    const server = await serve(kind, {}, [{ on: /^PRET MLSD/, reply: '504 Not for MLSD.' }]);
    const ftp = await connect(server);
    expect((await ftp.list('/folder').toArray()).map(({ name }) => name)).toEqual(['d']);
    expect((await ftp.list('/folder').toArray()).map(({ name }) => name)).toEqual(['d']);
    expect(sent(server).filter((line) => line.startsWith('PRET MLSD'))).toHaveLength(1);
  });

  it('rejects the transfer with its own reply when it is refused', async () => {
    const server = await serve(kind);
    const ftp = await connect(server);
    await ftp.features();
    const error = await rejection(contents(ftp, 'missing'));
    expect(error).toMatchObject({ command: 'PRET RETR missing', reply: { code: 550 } });
    expect(sent(server)).toEqual(['PRET RETR missing']);
    expect(await contents(ftp)).toBe('0123456789');
  });

  it('rejects the transfer when the server requires it but does not know it', async () => {
    const server = await serve(kind, {}, [{ on: 'PRET', reply: '500 What?' }]);
    const ftp = await connect(server);
    expect(await rejection(contents(ftp))).toMatchObject({ command: 'PRET RETR a' });
    expect(await ftp.pwd()).toBe('/');
  });

  it('is sent once for EPSV and once for PASV if both are refused again', async () => {
    const reply = '500 You need to use a client supporting PRET.';
    const server = await serve(kind, {}, [
      { on: 'EPSV', reply },
      { on: 'PASV', reply },
    ]);
    const ftp = await connect(server);
    expect((await rejection(contents(ftp))).message).toContain(reply);
    expect(sent(server)).toEqual([
      ...['EPSV', 'PRET RETR a', 'EPSV', 'PASV', 'PRET RETR a', 'PASV'],
    ]);
  });

  it('is not sent when EPSV is refused for another reason', async () => {
    const server = await serve(kind, {}, [{ on: 'EPSV', reply: '530 Log in first.' }]);
    expect(await rejection(contents(await connect(server)))).toMatchObject({
      reply: { code: 530 },
    });
    expect(sent(server)).toEqual(['EPSV']);
  });

  it('accepts a file name that is not valid UTF-8', async () => {
    const server = await serve(kind);
    const ftp = await connect(server);
    await ftp.features();
    const name = Buffer.from([0x61, 0xe9, 0x62]);
    await ftp.storBinary(Buffer.concat([Buffer.from('STOR '), name]), Buffer.from('x'));
    expect(server.errors).toEqual([]);
    expect(server.transfers).toMatchObject([{ outcome: 'complete' }]);
  });
});

it('ftpcp() sends PRET before PASV to a source that requires it', async () => {
  const from = await serve('plain');
  const to = await serve('plain', { requirePret: false, allowForeignPort: true });
  const [source, target] = [await connect(from), await connect(to)];
  await ftpcp(source, 'a', target, 'copy');
  await ftpcp(source, 'a', target, 'copy2');
  expect(String(to.storage.readFile('/copy2'))).toBe('0123456789');
  expect(sent(from)).toEqual([
    ...['PASV', 'PRET RETR a', 'PASV', 'RETR a', 'PRET RETR a', 'PASV', 'RETR a'],
  ]);
});
