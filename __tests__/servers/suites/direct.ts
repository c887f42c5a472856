import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DownloadStream, FTP, LocalFile, Path } from '../../../lib';
import { rejection } from '../../helpers/promises';
import { describeServers } from '../real-servers';
import { clientsOf, patternOf, type Way } from './ways';

const MIB = 1024 * 1024;
const COUNT = 60;
const names = Array.from({ length: COUNT }, (_, i) => `small-${i}`);
const contentOf = (name: string) => patternOf(Number(name.slice(6)) * 100);

/** Files of this machine up and down, one by one and many in a row. */
export function direct(way: Way): void {
  describeServers(`files, directly, ${way.title}`, (get) => {
    const { connect, shared } = clientsOf(way, get);
    let folder = '';
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'ftpipe-direct-'));
      await mkdir(join(folder, 'up'));
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));

    it('transfers files of several sizes in both directions', async () => {
      const ftp = await shared();
      for (const size of [0, 1, 65_537, 2 * MIB + 3]) {
        const bytes = patternOf(size);
        await writeFile(join(folder, 'from'), bytes);
        await ftp.upload(join(folder, 'from'), 'direct');
        expect((await readFile(join(get().root, 'direct'))).equals(bytes)).toBe(true);
        await ftp.download('direct', join(folder, 'to'));
        expect((await readFile(join(folder, 'to'))).equals(bytes)).toBe(true);
      }
    });

    it('continues at an offset', async () => {
      const ftp = await shared();
      await get().putFile('direct', patternOf(100_000));
      await writeFile(join(folder, 'f'), patternOf(100_000).subarray(0, 40_000));
      await ftp.download('direct', join(folder, 'f'), { rest: 40_000 });
      expect((await readFile(join(folder, 'f'))).equals(patternOf(100_000))).toBe(true);
    });

    it('does not touch a file that reuses the descriptor of a closed FileHandle', async () => {
      const ftp = await shared();
      await get().putFile('big', Buffer.alloc(32 * MIB, 'A'));
      const handle = await open(join(folder, 'f'), 'w');
      const { fd } = handle;
      let other: Promise<number> | undefined;
      const close = async () => {
        await handle.close();
        const opened = openSync(join(folder, 'precious'), 'w');
        writeSync(opened, 'precious');
        return opened;
      };
      ftp.once('transfer', (stream) => {
        (stream as DownloadStream).once('data', () => {
          other = close();
        });
      });
      const error = await rejection(ftp.download('big', handle));
      expect(error).toMatchObject({ code: 'EBADF', message: expect.stringContaining('closed') });
      expect(await other).toBe(fd);
      expect(await readFile(join(folder, 'precious'), 'utf8')).toBe('precious');
      closeSync(fd);
      const source = await open(join(get().root, 'big'), 'r');
      ftp.once('transfer', () => void source.close());
      const rejected = rejection(ftp.upload(source, 'copy'));
      expect(await rejected).toMatchObject({ code: 'EBADF' });
      await usable(ftp);
    });

    it.each(['size', false] as const)(
      'rejects an offset beyond the end of either file, with verify %s',
      async (verify) => {
        const ftp = await shared();
        const [short, long] = [join(folder, 'short'), join(folder, 'long')];
        await writeFile(short, 'AAA');
        await writeFile(long, patternOf(100));
        await get().putFile('five', 'abcde');
        const calls = [
          () => ftp.download('five', short, { rest: 4, verify }),
          () => ftp.download('five', long, { rest: 6, verify }),
          () => ftp.upload(short, 'five', { rest: 4, verify }),
          () => ftp.upload(long, 'five', { rest: 6, verify }),
          () => ftp.upload(long, 'none', { rest: 6, verify }),
        ];
        for (const call of calls) {
          expect(await rejection(call())).toMatchObject({ code: 'ERR_FTP_BAD_OFFSET' });
          await usable(ftp);
        }
        expect(await readFile(short, 'utf8')).toBe('AAA');
        expect((await readFile(long)).equals(patternOf(100))).toBe(true);
        expect(await readFile(join(get().root, 'five'), 'utf8')).toBe('abcde');
        await ftp.upload(long, 'five', { rest: 5, verify });
        expect(await ftp.size('five')).toBe(100);
      },
    );

    describe.each([false, true])('with pipelining %s', (pipelining) => {
      it.each(['size', false] as const)('carries many with verify %s', async (verify) => {
        const ftp = await connect({ pipelining });
        for (const name of names) await writeFile(join(folder, 'up', name), contentOf(name));
        const up = names.map((name): [LocalFile, Path] => [join(folder, 'up', name), name]);
        for await (const { error } of ftp.uploadMany(up, { verify })) expect(error).toBeUndefined();
        const down = names.map((name): [Path, LocalFile] => [name, join(folder, name)]);
        const got = [];
        for await (const { error, remotePath } of ftp.downloadMany(down, { verify })) {
          expect(error).toBeUndefined();
          got.push(remotePath);
        }
        expect(got).toEqual(names);
        for (const name of names)
          expect((await readFile(join(folder, name))).equals(contentOf(name))).toBe(true);
        await usable(ftp);
      });

      it('stays in step after missing files and an abandoned download', async () => {
        const ftp = await connect({ pipelining });
        await get().putFile('big', Buffer.alloc(8 * MIB, 'x'));
        await get().putFile('small', 'hello');
        const down = (...remotes: string[]) =>
          remotes.map((remote): [Path, LocalFile] => [remote, join(folder, remote)]);
        const bytes: unknown[] = [];
        for await (const result of ftp.downloadMany(down('small', 'none', 'small', 'no', 'small')))
          bytes.push(result.error ? 'refused' : result.bytesTransferred);
        expect(bytes).toEqual([5, 'refused', 5, 'refused', 5]);
        for (const at of [1, 3 * MIB]) {
          const control = new AbortController();
          const reason = new Error('enough');
          const onProgress = ({ bytesTransferred }: { bytesTransferred: number }) => {
            if (bytesTransferred >= at) control.abort(reason);
          };
          const options = { signal: control.signal, onProgress };
          const run = async () => {
            for await (const { error } of ftp.downloadMany(down('small', 'big', 'small'), options))
              if (error) throw error;
          };
          await run().catch((error) => expect(error).toBe(reason)); // or it was over already
          await usable(ftp);
        }
        for await (const { error } of ftp.downloadMany(down('big', 'small', 'small'))) {
          expect(error).toBeUndefined();
          break;
        }
        await usable(ftp);
      });
    });

    it('logs in with one write', async () => {
      const ftp = await connect({ loginInOneWrite: true });
      await get().putFile('small', 'hello');
      await ftp.download('small', join(folder, 'small'));
      await usable(ftp);
    });

    it('reports the refusal of an upload that was sent early', async () => {
      const ftp = await shared();
      await writeFile(join(folder, 'f'), patternOf(300_000));
      const error = await rejection(ftp.upload(join(folder, 'f'), 'no/such/folder/f'));
      expect(error).toMatchObject({ code: 'ERR_FTP_REPLY_PERMANENT' });
      await usable(ftp);
    });
  });
}

async function usable(ftp: FTP): Promise<void> {
  expect(await ftp.pwd()).toBe('/');
  expect((await ftp.nlst()).length).toBeGreaterThan(0);
}
