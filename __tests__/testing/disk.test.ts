import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { harness } from './harness';

const { start, login } = harness();

describe('a root on disk', () => {
  let folder: string;
  let root: string;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ftpipe-'));
    root = path.join(folder, 'root');
    fs.mkdirSync(root);
    fs.writeFileSync(path.join(folder, 'secret'), 'secret');
    fs.writeFileSync(path.join(root, 'a'), '0123456789');
  });

  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it('serves and stores files', async () => {
    const server = await start({ root });
    const client = await login(server);
    await client.command('REST 6');
    expect((await client.download('RETR a')).text).toBe('6789');
    await client.command('REST 2');
    expect(await client.upload('STOR a', 'xy')).toMatch(/^226/);
    expect(await client.upload('APPE a', '!')).toMatch(/^226/);
    expect(fs.readFileSync(path.join(root, 'a'), 'utf8')).toBe('01xy456789!');
    await client.command('REST 3');
    expect(await client.upload('STOR new', 'z')).toMatch(/^226/);
    expect(server.storage.readFile('/new')).toEqual(Buffer.from('\0\0\0z'));
    expect(await client.upload('STOR a', '')).toMatch(/^226/);
    expect(server.storage.stat('/a').size).toBe(0);
    expect(await client.upload('STOU', 'u')).toMatch(/^226/);
    expect(server.storage.readFile('/file.1').toString()).toBe('u');
  });

  it('creates, renames, dates and removes files', async () => {
    const server = await start({ root });
    const client = await login(server);
    expect(await client.command('MKD d')).toMatch(/^257/);
    expect(await client.command('MKD d')).toMatch(/^550/);
    await client.command('RNFR a');
    expect(await client.command('RNTO d/b')).toMatch(/^250/);
    expect(await client.command('RMD d')).toMatch(/^550 The directory is not empty/);
    expect(await client.command('MFMT 20010203040506 d/b')).toMatch(/^213/);
    expect(await client.command('MDTM d/b')).toBe('213 20010203040506');
    expect(await client.command('DELE d/b')).toMatch(/^250/);
    expect(await client.command('DELE d')).toMatch(/^550/);
    expect(await client.command('RMD d')).toMatch(/^250/);
    expect(await client.command('RMD /')).toMatch(/^550/);
    expect((await client.download('RETR /')).last).toMatch(/^550/);
    expect(server.storage.list('/')).toEqual([]);
  });

  it('allows no access outside the root, by .. or by a link', async () => {
    fs.symlinkSync('..', path.join(root, 'up'));
    fs.symlinkSync('../secret', path.join(root, 'link'));
    fs.symlinkSync('../fresh', path.join(root, 'broken'));
    fs.symlinkSync('a', path.join(root, 'inside'));
    const client = await login(await start({ root }));
    for (const name of ['../secret', 'up/secret', 'link', 'a\0']) {
      expect((await client.download(`RETR ${name}`)).last).toMatch(/^550/);
      expect(await client.command(`SIZE ${name}`)).toMatch(/^550/);
    }
    for (const name of ['up/fresh', 'link', 'broken']) {
      expect(await client.upload(`STOR ${name}`, 'x')).toMatch(/^550/);
    }
    expect(await client.command('MKD up/d')).toMatch(/^550/);
    expect(await client.command('DELE up/secret')).toMatch(/^550/);
    await client.command('RNFR a');
    expect(await client.command('RNTO up/a')).toMatch(/^550/);
    expect((await client.download('NLST')).text).toBe('a\r\ninside\r\n');
    expect((await client.download('RETR inside')).text).toBe('0123456789');
    expect(await client.command('DELE link')).toMatch(/^250/);
    expect(fs.readdirSync(folder).sort()).toEqual(['root', 'secret']);
  });

  it('keeps the bytes of a failed upload', async () => {
    const server = await start({ root });
    const client = await login(server);
    for (const how of ['reset', 'ABOR']) {
      const data = await client.passive();
      await client.command(`STOR ${how}`);
      data.write(Buffer.alloc(1_000_000));
      await server.waitFor(() => server.sessions[0]?.transfer?.bytes === 1_000_000);
      if (how === 'reset') data.resetAndDestroy();
      else client.send('ABOR');
      expect(await client.reply()).toMatch(/^426/);
      if (how === 'ABOR') expect(await client.reply()).toMatch(/^226/);
      expect(fs.statSync(path.join(root, how)).size).toBe(1_000_000);
    }
  });

  it('preserves names that are not UTF-8', async () => {
    const client = await login(await start({ root }));
    expect(await client.upload('STOR \xe9', 'x')).toMatch(/^226/);
    const names = fs.readdirSync(Buffer.from(root), 'buffer');
    expect(names).toContainEqual(Buffer.from([0xe9]));
    expect((await client.download('NLST')).text).toBe('a\r\n\xe9\r\n');
  });
});
