import { readdirSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Codec, FTP } from '../../lib';
import { describeServers } from './real-servers';
import { clientsOf, plain } from './suites/ways';

/** The letters of windows-1251, where the last one, `я`, is the byte 0xFF. */
const CP1251: Codec = {
  encode: (text) => Buffer.from([...text].map((letter) => byteOf(letter.codePointAt(0) as number))),
  decode: (bytes) => String.fromCodePoint(...[...bytes].map(letterOf)),
};

function byteOf(codePoint: number): number {
  if (codePoint < 0x80) return codePoint;
  if (codePoint < 0x410 || codePoint > 0x44f) throw new RangeError('not in this part of cp1251');
  return codePoint - 0x410 + 0xc0;
}

function letterOf(byte: number): number {
  return byte < 0xc0 ? byte : byte - 0xc0 + 0x410;
}

// biome-ignore format: a table
const CASES: [title: string, encoding: string | Codec, name: string, bytes: string][] = [
  ['one, in latin1',                       'latin1', 'aÿb',       'a\xffb'],
  ['at the end, in latin1',                'latin1', 'aÿ',        'a\xff'],
  ['two, in latin1',                       'latin1', 'aÿÿb',      'a\xff\xffb'],
  ['before a command of Telnet, in latin1', 'latin1', 'aÿûxb',    'a\xff\xfbxb'],
  ['before IP and DM of Telnet, in latin1', 'latin1', 'ÿôÿòb',    '\xff\xf4\xff\xf2b'],
  ['one, in cp1251',                       CP1251,   'я.txt',     '\xff.txt'],
  ['several, in cp1251',                   CP1251,   'яяя я',     '\xff\xff\xff \xff'],
];

describeServers('a byte 0xFF in names', (get, server) => {
  const { connect } = clientsOf(plain, get);
  const onDisk = () =>
    readdirSync(get().root, { encoding: 'buffer' }).map((name) => name.toString('latin1'));
  const names = async (ftp: FTP) => (await ftp.list().toArray()).map(({ name }) => name);

  beforeEach(async () => {
    for (const name of readdirSync(get().root, { encoding: 'buffer' })) {
      await rm(pathOf(name), { recursive: true });
    }
  });
  const pathOf = (name: Buffer) => Buffer.concat([Buffer.from(join(get().root, '/')), name]);

  if (server === 'pyftpdlib') {
    it('is a character of its own, and only this server supports it', async () => {
      const ftp = await connect({ encoding: 'latin1' });
      await ftp.storBinary('STOR aÿb', Buffer.from('x'));
      expect(readdirSync(get().root)).toEqual(['a\ufffdb']);
      await ftp.delete('aÿb');
      expect(onDisk()).toEqual([]);
    });
    return;
  }

  describe.each(CASES)('%s', (_title, encoding, name, bytes) => {
    it('is stored, listed, renamed and deleted as part of a name', async () => {
      const ftp = await connect({ encoding });
      await ftp.storBinary(`STOR ${name}`, Buffer.from('x'));
      expect(onDisk()).toEqual([bytes]);
      expect(await names(ftp)).toEqual([name]);
      expect(await ftp.nlst()).toContain(name);
      expect(await ftp.size(name)).toBe(1);
      expect(await ftp.stat(name)).toMatchObject({ name, size: 1 });
      await ftp.rename(name, `${name}2`);
      expect(onDisk()).toEqual([`${bytes}2`]);
      await ftp.rename(`${name}2`, name);
      expect(onDisk()).toEqual([bytes]);
      await ftp.delete(name);
      expect(onDisk()).toEqual([]);
    });

    it('names the same directory in MKD, CWD, PWD and RMD', async () => {
      const ftp = await connect({ encoding });
      const made = await ftp.mkd(name);
      expect(made.replace(/^\//, '')).toBe(name);
      expect(onDisk()).toEqual([bytes]);
      await ftp.cwd(name);
      expect(await ftp.pwd()).toBe(`/${name}`);
      await ftp.cwd('/');
      await ftp.rmd(name);
      expect(onDisk()).toEqual([]);
    });

    it('can be addressed by rawName, in any encoding', async () => {
      const ftp = await connect();
      await mkdir(pathOf(Buffer.from(bytes, 'latin1')), { mode: 0o777 });
      await get().putFile('other', 'x');
      const entries = await ftp.list().toArray();
      const { rawName } = entries.find((entry) => entry.type === 'directory') ?? {};
      expect(Buffer.from(rawName ?? []).toString('latin1')).toBe(bytes);
      await ftp.cwd(rawName as Uint8Array);
      await ftp.cwd('/');
      expect(await ftp.list(rawName as Uint8Array).toArray()).toEqual([]);
      expect(await ftp.stat(rawName as Uint8Array)).toMatchObject({ type: 'directory' });
    });
  });

  it('is checked by SIZE under the same name', async () => {
    const ftp = await connect({ encoding: 'latin1' });
    const options = { verify: 'size' } as const;
    await ftp.storBinary('STOR ÿ', Buffer.from('xyz'), options);
    const bytes = await ftp.retrBinary('RETR ÿ', options).toArray();
    expect(Buffer.concat(bytes).toString()).toBe('xyz');
  });
});
