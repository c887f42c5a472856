import { describe, expect, it } from '@jest/globals';
import type { FTP, FTPOptions } from '../../lib';
import type { TestServerOptions } from '../../lib/testing';
import { loggedIn } from './regressions/harness';

const FILES = { '/a.txt': 'hello', '/sub/': null, '/sub/inner': 'x', '/.env': 'S=1' };
const NO_MLST = ['UTF8', 'SIZE', 'MDTM'];

async function start(serverOptions: TestServerOptions = {}, options: FTPOptions = {}) {
  const { server, ftp } = await loggedIn(options, { files: FILES, ...serverOptions });
  const commands: string[] = [];
  ftp.on('command', (label) => commands.push(label));
  return { server, ftp, commands, sent: () => commands.splice(0) };
}

const names = async (ftp: FTP, path = '') =>
  (await ftp.list(path).toArray()).map(({ name }) => name).sort();
const ALL = ['.env', 'a.txt', 'sub'];

describe('when the server refuses FEAT', () => {
  it.each([
    '500 what?',
    '501 no',
    '502 no',
    '503 no',
    '504 no',
    '530 log in',
    '550 no',
    '350 go on',
  ])('the client takes %j to mean no features, and does not ask again', async (reply) => {
    const { server, ftp, sent } = await start();
    server.fault({ on: 'FEAT', reply });
    expect(await names(ftp)).toEqual(ALL);
    expect(sent()).toEqual(['FEAT', 'TYPE A', 'EPSV', 'LIST']);
    expect((await ftp.features()).size).toBe(0);
    expect(await ftp.stat('a.txt')).toMatchObject({ size: 5 });
    expect(sent()).toEqual(['TYPE I', 'SIZE a.txt', 'MDTM a.txt']);
  });

  it.each(['450 busy', '452 no', '451 no'])(
    'the client asks again after %j, which is temporary',
    async (reply) => {
      const { server, ftp, sent } = await start();
      server.fault({ on: 'FEAT', reply, nth: 1 });
      expect(await names(ftp)).toEqual(ALL);
      expect(sent()).toEqual(['FEAT', 'TYPE A', 'EPSV', 'LIST']);
      expect(await names(ftp)).toEqual(ALL);
      expect(sent().at(-1)).toBe('MLSD');
    },
  );

  it('the client asks again after the next login', async () => {
    const { server, ftp } = await start();
    server.fault({ on: 'FEAT', reply: '530 log in', nth: 1 });
    expect((await ftp.features()).size).toBe(0);
    await ftp.login('user', 'password');
    expect((await ftp.features()).has('MLST')).toBe(true);
  });

  it('list() rejects and the connection is closed after a 421', async () => {
    const { server, ftp } = await start();
    server.fault({ on: 'FEAT', reply: '421 bye' });
    await expect(ftp.list().toArray()).rejects.toMatchObject({ reply: { code: 421 } });
    expect(ftp.connected).toBe(false);
  });
});

describe('when the server refuses MLSD', () => {
  it.each([402, 500, 502, 503, 504])(
    'list() falls back to LIST for good after a %i',
    async (code) => {
      const { server, ftp, sent } = await start();
      server.fault({ on: 'MLSD', reply: `${code} no` });
      expect(await names(ftp)).toEqual(ALL);
      expect(sent().slice(-3)).toEqual(['MLSD', 'EPSV', 'LIST']);
      expect(await names(ftp, 'sub')).toEqual(['inner']);
      expect(sent()).toEqual(['EPSV', 'LIST sub']);
    },
  );

  it('list() falls back to LIST for one call after a 501', async () => {
    const { server, ftp, sent } = await start();
    server.fault({ on: 'MLSD', reply: '501 not that', nth: 1 });
    expect(await names(ftp)).toEqual(ALL);
    expect(sent().slice(-3)).toEqual(['MLSD', 'EPSV', 'LIST']);
    expect(await names(ftp)).toEqual(ALL);
    expect(sent()).toEqual(['EPSV', 'MLSD']);
  });

  it('list() falls back to LIST for good after a 501 if FEAT does not list MLST', async () => {
    const { server, ftp, sent } = await start({ features: ['MLSD'] });
    server.fault({ on: 'MLSD', reply: '501 not that' });
    expect(await names(ftp)).toEqual(ALL);
    expect(sent().slice(-3)).toEqual(['MLSD', 'EPSV', 'LIST']);
    expect(await names(ftp)).toEqual(ALL);
    expect(sent()).toEqual(['EPSV', 'LIST']);
  });

  it('list() rejects with the 550 of LIST after a 501 for a missing directory', async () => {
    const { server, ftp, sent } = await start();
    server.fault({ on: 'MLSD', reply: '501 No such directory.', nth: 1 });
    const error = await ftp
      .list('/none')
      .toArray()
      .catch((reason) => reason);
    expect(error).toMatchObject({ reply: { code: 550 }, command: 'LIST /none' });
    expect(error.message).toContain('LIST /none');
    expect(await names(ftp)).toEqual(ALL);
    expect(sent().at(-1)).toBe('MLSD');
  });

  it('list() does not fall back to LIST after a 550', async () => {
    const { ftp, sent } = await start();
    await expect(ftp.list('/none').toArray()).rejects.toMatchObject({ reply: { code: 550 } });
    expect(sent().at(-1)).toBe('MLSD /none');
  });
});

describe('when the server refuses TYPE', () => {
  it.each([500, 501, 502, 504])(
    'listings work after a %i, and do not send TYPE again',
    async (code) => {
      const { server, ftp, sent } = await start({ features: NO_MLST });
      server.fault({ on: 'TYPE', reply: `${code} no` });
      expect(await names(ftp)).toEqual(['.env', 'a.txt', 'sub']);
      expect(sent()).toEqual(['FEAT', 'OPTS UTF8 ON', 'TYPE A', 'EPSV', 'LIST']);
      expect(await ftp.nlst()).toContain('a.txt');
      expect(await ftp.dir().toArray()).toHaveLength(3);
      expect(await ftp.retrLines('LIST').toArray()).toHaveLength(3);
      expect(await ftp.mlsd().toArray()).not.toHaveLength(0);
      expect(sent()).toEqual(['EPSV', 'NLST', 'EPSV', 'LIST', 'EPSV', 'LIST', 'EPSV', 'MLSD']);
    },
  );

  it('stat() prefers the size from LIST to the size from SIZE', async () => {
    const { server, ftp, sent } = await start({ features: NO_MLST });
    server.fault({ on: 'TYPE', reply: '502 no' });
    server.fault({ on: 'SIZE', reply: '213 6' }); // the size in ASCII mode
    expect(await ftp.stat('a.txt')).toMatchObject({ type: 'file', size: 5, name: 'a.txt' });
    expect(sent()).toEqual([
      ...['FEAT', 'TYPE I', 'SIZE a.txt', 'MDTM a.txt'],
      ...['OPTS UTF8 ON', 'TYPE A', 'EPSV', 'LIST'],
    ]);
    expect(await ftp.stat('sub')).toMatchObject({ type: 'directory' });
    expect(sent()).toEqual(['SIZE sub', 'MDTM sub', 'EPSV', 'LIST']);
  });

  it('stat() uses the size from SIZE if LIST fails', async () => {
    const { server, ftp } = await start({ features: NO_MLST });
    server.fault({ on: 'TYPE', reply: '502 no' });
    server.fault({ on: 'LIST', reply: '550 no' });
    expect(await ftp.stat('a.txt')).toMatchObject({ type: 'file', size: 5 });
  });

  it.each([450, 530, 550])('list() rejects after a %i', async (code) => {
    const { server, ftp } = await start();
    server.fault({ on: 'TYPE', reply: `${code} no` });
    await expect(ftp.list().toArray()).rejects.toMatchObject({ reply: { code } });
  });

  it('transfers and size() reject, because their bytes depend on the type', async () => {
    const { server, ftp } = await start();
    server.fault({ on: 'TYPE', reply: '504 no' });
    await ftp.list().toArray();
    const refused = { reply: { code: 504 }, connectionUsable: true };
    await expect(ftp.retrBinary('RETR a.txt').toArray()).rejects.toMatchObject(refused);
    await expect(ftp.retrLines('RETR a.txt').toArray()).rejects.toMatchObject(refused);
    await expect(ftp.storBinary('STOR b', Buffer.from('x'))).rejects.toMatchObject(refused);
    await expect(ftp.storLines('STOR b', Buffer.from('x'))).rejects.toMatchObject(refused);
    await expect(ftp.size('a.txt')).rejects.toMatchObject(refused);
  });
});

describe('stat() without MLST', () => {
  const DIRECTORY = { type: 'directory', name: 'sub' };
  // biome-ignore format: a table
  it.each<[size: string, mdtm: string, list: string, expected: object]>([
    ['213 ?',                    '213 20200102030405', '',        { type: 'file', size: 5, modified: new Date('2020-01-02T03:04:05Z') }],
    ['213 99999999999999999999', '213 20200102030405', '',        { type: 'file', size: 5 }],
    ['250 5 bytes',              '550 no',             '',        { type: 'file', size: 5 }],
    ['200 5',                    '213 20200102030405', '550 no',  { type: 'file', size: undefined, modified: new Date('2020-01-02T03:04:05Z') }],
    ['213 ?',                    '213 20200102030405', '550 no',  { type: 'file', size: undefined }],
    ['213 5',                    '213 yesterday',      '550 no',  { type: 'file', size: 5, modified: undefined }],
    ['213 5',                    '250 20200102030405', '550 no',  { type: 'file', size: 5, modified: undefined }],
    ['550 no',                   '213 20200102030405', '550 no',  { type: 'other', size: undefined, modified: new Date('2020-01-02T03:04:05Z') }],
  ])('combines SIZE %j, MDTM %j and LIST %j', async (size, mdtm, list, expected) => {
    const { server, ftp } = await start({ features: NO_MLST });
    server.fault({ on: 'SIZE', reply: size });
    server.fault({ on: 'MDTM', reply: mdtm });
    if (list) server.fault({ on: 'LIST', reply: list });
    expect(await ftp.stat('a.txt')).toMatchObject({ name: 'a.txt', ...expected });
    expect(await ftp.pwd()).toBe('/');
  });

  it('ignores a failed data connection of LIST if SIZE or MDTM has succeeded', async () => {
    const { server, ftp } = await start({ features: NO_MLST }, { timeout: 300 });
    server.fault({ on: 'SIZE', reply: '213 ?' });
    server.fault({ on: 'LIST', data: { action: 'reset' } });
    expect(await ftp.stat('a.txt')).toMatchObject({ type: 'file', modified: expect.any(Date) });
    server.fault({ on: 'MDTM', reply: '550 no' });
    await expect(ftp.stat('a.txt')).rejects.toMatchObject({ connectionUsable: true });
  });

  it.each(['213 ?', '250 ok', '550 no'])(
    'rejects if SIZE (%j), MDTM and LIST all give no information',
    async (reply) => {
      const { server, ftp } = await start({ features: NO_MLST });
      server.fault({ on: 'SIZE', reply });
      server.fault({ on: 'MDTM', reply: '213 yesterday' });
      server.fault({ on: 'LIST', reply: '550 no' });
      await expect(ftp.stat('a.txt')).rejects.toMatchObject({ connectionUsable: true });
      await expect(ftp.stat('sub')).rejects.toThrow(reply);
      expect(await ftp.pwd()).toBe('/');
    },
  );

  it('recognizes a directory through LIST', async () => {
    const { ftp } = await start({ features: NO_MLST });
    expect(await ftp.stat('sub')).toMatchObject(DIRECTORY);
  });
});

describe('stat() with MLST', () => {
  it.each([402, 500, 501, 502, 503, 504])(
    'falls back to SIZE when MLST is refused with a %i',
    async (code) => {
      const { server, ftp, sent } = await start();
      server.fault({ on: 'MLST', reply: `${code} no` });
      expect(await ftp.stat('a.txt')).toMatchObject({ type: 'file', size: 5 });
      expect(sent()).toEqual(['FEAT', 'MLST a.txt', 'TYPE I', 'SIZE a.txt', 'MDTM a.txt']);
      await ftp.stat('a.txt');
      expect(sent().includes('MLST a.txt')).toBe(code === 501);
    },
  );

  it('falls back to SIZE when the reply to MLST has no facts', async () => {
    const { server, ftp } = await start();
    server.fault({ on: 'MLST', reply: '250 Fine.' });
    expect(await ftp.stat('a.txt')).toMatchObject({ type: 'file', size: 5 });
  });
});

describe('a FEAT reply that lists MLSD without MLST', () => {
  it('enables MLSD but not MLST', async () => {
    const { ftp, sent } = await start({ features: ['SIZE', 'MLSD'] });
    expect(await names(ftp)).toEqual(ALL);
    expect(sent()).toEqual(['FEAT', 'TYPE A', 'EPSV', 'MLSD']);
    expect(await ftp.stat('a.txt')).toMatchObject({ size: 5 });
    expect(sent()).toEqual(['TYPE I', 'SIZE a.txt', 'MDTM a.txt']);
  });
});

describe('OPTS UTF8 ON', () => {
  const opts = (sent: string[]) => sent.filter((command) => command.startsWith('OPTS'));

  it.each<[string, (ftp: FTP) => Promise<unknown>]>([
    ['list()', (ftp) => ftp.list().toArray()],
    ['nlst()', (ftp) => ftp.nlst()],
    ['dir()', (ftp) => ftp.dir().toArray()],
    ['mlsd()', (ftp) => ftp.mlsd().toArray()],
    ['retrLines()', (ftp) => ftp.retrLines('NLST').toArray()],
  ])('is sent once, before the first listing with %s, if FEAT has listed UTF8', async (_, list) => {
    const { ftp, commands, sent } = await start();
    await ftp.features();
    await list(ftp);
    expect(opts(commands)).toEqual(['OPTS UTF8 ON']);
    expect(commands.indexOf('OPTS UTF8 ON')).toBeLessThan(commands.indexOf('EPSV'));
    sent();
    await list(ftp);
    await ftp.mkd('ü');
    expect(opts(sent())).toEqual([]);
  });

  it('is sent after the FEAT that list() itself sends, and may be refused', async () => {
    const { server, ftp, sent } = await start();
    server.fault({ on: 'OPTS', reply: '501 no' });
    expect(await names(ftp)).toEqual(ALL);
    expect(sent()).toEqual(['FEAT', 'OPTS UTF8 ON', 'TYPE A', 'EPSV', 'MLSD']);
    expect(await names(ftp)).toEqual(ALL);
    expect(sent()).toEqual(['EPSV', 'MLSD']);
  });

  it.each<[string, TestServerOptions, FTPOptions]>([
    ['FEAT does not list UTF8', { features: ['MLST type*;'] }, {}],
    ['the encoding is not UTF-8', {}, { encoding: 'latin1' }],
  ])('is not sent if %s', async (_, serverOptions, options) => {
    const { ftp, sent } = await start(serverOptions, options);
    await ftp.list().toArray();
    expect(opts(sent())).toEqual([]);
  });

  it('is not sent if FEAT has not been requested', async () => {
    const { ftp, sent } = await start();
    await ftp.nlst();
    expect(sent()).toEqual(['TYPE A', 'EPSV', 'NLST']);
  });

  it('is not sent before the transfer of a file with an ASCII name', async () => {
    const { ftp, sent } = await start();
    await ftp.features();
    await ftp.retrBinary('RETR a.txt').toArray();
    expect(opts(sent())).toEqual([]);
  });
});
