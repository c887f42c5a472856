import { open, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import type { Fault } from 'ftpipe/testing';
import type { FTP, LocalFile } from '../../lib';
import { rejection } from '../helpers/promises';

import { all, filesHarness, KINDS, verbsSince } from './files-harness';

const { path, start, connect } = filesHarness();
const BAD = { name: 'TransferError', code: 'ERR_FTP_BAD_OFFSET', connectionUsable: true };
const files = { '/five': 'abcde', '/ten': '0123456789' };
const VERIFY = ['size', false] as const;

async function serve(kind: 'plain' | 'TLS', faults: Fault[] = []) {
  const server = await start(kind, { files, faults });
  return { server, ftp: await connect(server) };
}

describe.each(KINDS)('a transfer with a restart offset, over %s', (kind) => {
  describe.each(['a path', 'a FileHandle'])('with %s as the local file', (local) => {
    /** Passes the local file to the call as a path or as a FileHandle. */
    async function withFile<T>(name: string, run: (local: LocalFile) => Promise<T>): Promise<T> {
      if (local === 'a path') return run(path(name));
      const handle = await open(path(name), 'r+');
      return run(handle).finally(() => handle.close());
    }

    it.each(VERIFY)(
      'rejects beyond the end of the local file before anything is sent (verify: %s)',
      async (verify) => {
        const { server, ftp } = await serve(kind);
        await writeFile(path('three'), 'AAA');
        const before = server.commands.length;
        const calls: [string, (file: LocalFile) => Promise<unknown>][] = [
          ['RETR ten', (file) => ftp.download('ten', file, { rest: 4, verify })],
          ['STOR ten', (file) => ftp.upload(file, 'ten', { rest: 4, verify })],
        ];
        for (const [command, call] of calls) {
          const error = await rejection(withFile('three', call));
          const message = `The local file has only 3 bytes: the transfer cannot begin at byte 4 (${command})`;
          expect(error).toMatchObject({ ...BAD, command, message });
        }
        expect(server.commands.length).toBe(before);
        expect(await readFile(path('three'), 'utf8')).toBe('AAA');
        expect(server.storage.readFile('/ten').toString()).toBe('0123456789');
        expect(await ftp.pwd()).toBe('/');
      },
    );

    it.each(VERIFY)(
      "rejects beyond the end of the server's file, without a data connection (verify: %s)",
      async (verify) => {
        const { server, ftp } = await serve(kind);
        await writeFile(path('twenty'), 'A'.repeat(20));
        const calls: [string, (file: LocalFile) => Promise<unknown>][] = [
          ['RETR five', (file) => ftp.download('five', file, { rest: 6, verify })],
          ['STOR five', (file) => ftp.upload(file, 'five', { rest: 6, verify })],
        ];
        for (const [command, call] of calls) {
          const error = await rejection(withFile('twenty', call));
          const message = `The server's file has only 5 bytes: the transfer cannot begin at byte 6 (${command})`;
          expect(error).toMatchObject({ ...BAD, command, message });
          expect(await ftp.pwd()).toBe('/');
        }
        expect(server.transfers).toEqual([]);
        expect(await readFile(path('twenty'), 'utf8')).toBe('A'.repeat(20));
        expect(server.storage.readFile('/five').toString()).toBe('abcde');
        await ftp.download('five', path('f')); // through the port that was requested before
        expect(await readFile(path('f'), 'utf8')).toBe('abcde');
      },
    );

    it('succeeds exactly at the end of the file', async () => {
      const { server, ftp } = await serve(kind);
      await writeFile(path('five'), 'ABCDE');
      await withFile('five', (file) => ftp.download('five', file, { rest: 5 }));
      expect(await readFile(path('five'), 'utf8')).toBe('ABCDE');
      await withFile('five', (file) => ftp.upload(file, 'five', { rest: 5 }));
      expect(server.storage.readFile('/five').toString()).toBe('abcde');
    });
  });

  it('rejects before anything is sent when the local file does not exist', async () => {
    const { server, ftp } = await serve(kind);
    const before = server.commands.length;
    const error = await rejection(ftp.download('ten', path('none'), { rest: 4 }));
    const message = 'The local file does not exist: the transfer cannot begin at byte 4 (RETR ten)';
    expect(error).toMatchObject({ ...BAD, message });
    expect(server.commands.length).toBe(before);
  });

  it('rejects with the 550 of the server when the remote file does not exist', async () => {
    const { server, ftp } = await serve(kind);
    await writeFile(path('ten'), '9876543210');
    for (const verify of VERIFY) {
      const error = await rejection(ftp.upload(path('ten'), 'none', { rest: 6, verify }));
      expect(error).toMatchObject({ ...BAD, reply: { code: 550 } });
      const refused = await rejection(ftp.download('none', path('ten'), { rest: 6, verify }));
      expect(refused).toMatchObject({ code: 'ERR_FTP_REPLY_PERMANENT', reply: { code: 550 } });
    }
    expect(server.commands.some((each) => each.startsWith('STOR'))).toBe(false);
    await ftp.upload(path('ten'), 'none'); // without an offset it succeeds
  });

  it.each(['500 What?', '502 Not here.', '504 No.', '450 Busy.', '200 Yes?'])(
    'uploads only with verify: false when SIZE is answered with %s',
    async (reply) => {
      const { server, ftp } = await serve(kind, [{ on: 'SIZE', reply }]);
      await writeFile(path('f'), 'ABCDEFGHIJ');
      const error = await rejection(ftp.upload(path('f'), 'five', { rest: 5 }));
      expect(error).toMatchObject({
        ...BAD,
        message: expect.stringContaining('verify: false'),
        reply: { code: Number(reply.slice(0, 3)) },
      });
      expect(server.storage.readFile('/five').toString()).toBe('abcde');
      await ftp.upload(path('f'), 'five', { rest: 5, verify: false });
      expect(server.storage.readFile('/five').toString()).toBe('abcdeFGHIJ');
      await ftp.upload(path('f'), 'whole'); // SIZE does not matter without an offset
      await ftp.download('ten', path('f'), { rest: 5 });
      expect(await readFile(path('f'), 'utf8')).toBe('ABCDE56789');
    },
  );

  it('checks the offset with SIZE in TYPE I, and lets no queued call in between', async () => {
    const { server, ftp } = await serve(kind);
    await writeFile(path('f'), 'ABCDEFGHIJ');
    await ftp.sendCmd('TYPE A');
    const upload = ftp.upload(path('f'), 'five', { rest: 5 });
    const removal = ftp.delete('five');
    await upload;
    await removal;
    const verbs = verbsSince(server, 'SIZE');
    expect(server.commands.indexOf('TYPE I')).toBeLessThan(server.commands.indexOf('SIZE five'));
    expect(verbs).toEqual(['SIZE', 'EPSV', 'REST', 'STOR', 'SIZE', 'DELE']);
  });
});

describe.each([false, true])(
  'downloadMany() and uploadMany() with an offset (pipelining: %s)',
  (pipelining) => {
    it('yield an error for each file that is too short, and go on', async () => {
      const server = await start('plain', { files });
      const ftp = await connect(server, { pipelining });
      await writeFile(path('short'), 'AAA');
      await writeFile(path('long'), 'ABCDEFGHIJ');
      await writeFile(path('other'), 'ABCDEFGHIJ');
      const codes = (results: { error?: Error | undefined }[]) =>
        results.map(({ error }) => (error ? (error as { code?: string }).code : 'done'));
      const bad = 'ERR_FTP_BAD_OFFSET';
      const down = ftp.downloadMany(
        [
          ['ten', path('short')],
          ['five', path('long')],
          ['ten', path('long')],
        ],
        { rest: 6 },
      );
      expect(codes(await all(down))).toEqual([bad, bad, 'done']);
      expect(await readFile(path('long'), 'utf8')).toBe('ABCDEF6789');
      const up = ftp.uploadMany(
        [
          [path('short'), 'ten'],
          [path('other'), 'five'],
          [path('other'), 'ten'],
        ],
        { rest: 6 },
      );
      expect(codes(await all(up))).toEqual([bad, bad, 'done']);
      expect(server.storage.readFile('/ten').toString()).toBe('012345GHIJ');
    });
  },
);

it("upload() and download() without an offset ignore the user's own REST", async () => {
  const { server, ftp } = await serve('plain');
  await writeFile(path('f'), 'ABCDEFGHIJ');
  for (const rest of [undefined, 0, null]) {
    await ftp.sendCmd('REST 3');
    await ftp.upload(path('f'), 'five', { rest });
    expect(server.storage.readFile('/five').toString()).toBe('ABCDEFGHIJ');
    await ftp.sendCmd('REST 3');
    await ftp.download('ten', path('g'), { rest });
    expect(await readFile(path('g'), 'utf8')).toBe('0123456789');
  }
});

it('upload() and download() send no REST for an offset of 0', async () => {
  const { server, ftp } = await serve('plain', [{ on: 'REST', reply: '502 No.' }]);
  await writeFile(path('f'), 'ABC');
  await ftp.upload(path('f'), 'five', { rest: 0 });
  await ftp.download('five', path('g'), { rest: 0 });
  expect(server.commands.join()).not.toContain('REST');
});

it("retrBinary() with verify: 'size' rejects an offset beyond the end of the file", async () => {
  const { ftp } = await serve('plain');
  const read = (rest: number) => ftp.retrBinary('RETR five', { rest, verify: 'size' }).toArray();
  expect(Buffer.concat(await read(3)).toString()).toBe('de');
  expect(await read(5)).toEqual([]);
  expect(await rejection(read(6))).toMatchObject(BAD);
});

it('storBinary() allows any offset, as ftplib does', async () => {
  const { server, ftp } = await serve('plain');
  const store = (client: FTP) => client.storBinary('STOR five', Buffer.from('!'), { rest: 7 });
  expect(await store(ftp)).toMatch(/^226/);
  expect(server.storage.readFile('/five').toString()).toBe('abcde\0\0!');
});
