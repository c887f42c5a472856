import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeServers } from '../real-servers';
import { type Compiled, compile } from './compiled';
import { clientsOf, type Way } from './ways';

const { FTPIPE_FIGURES } = process.env; // prints the figures
const MIB = 1024 * 1024;
const SIZE = 256 * MIB;
const NODE = Number.parseInt(process.versions.node, 10);
/**
 * MiB of the whole process, of which Node itself takes 40 to 50. From Node 24 on it is 60, and
 * garbage is collected later: 140 are reached over TLS, but with 1 GiB no more than a tenth beyond.
 */
const MOST_MEMORY = NODE < 24 ? 120 : 160;
const FILES = 10_000;

interface Result {
  readonly hash: string;
  readonly rate: number;
  readonly memory: number;
  readonly usable: boolean;
}

/** A large file in little memory, and a large folder while other commands go on. */
export function large(way: Way): void {
  let compiled: Compiled;
  beforeAll(async () => {
    compiled = await compile();
  }, 60_000);
  afterAll(() => compiled?.remove());

  describeServers(
    `large transfers, ${way.title}`,
    (get, name) => {
      const { connect } = clientsOf(way, get);
      const transfer = async (direction: 'up' | 'down', path: string) => {
        const { host, port, user, password, ca } = get();
        const secure = way.secure && { secure: true, ...way.secure, tls: { ca } };
        const connection = { host, port, user, password, ...secure };
        const settings = { connection, path, size: SIZE };
        const result = await compiled.run<Result>(
          'large-transfer.js',
          direction,
          JSON.stringify(settings),
        );
        report(
          `256 MiB ${direction}: ${result.rate.toFixed(0)} MiB/s, ${result.memory.toFixed(0)} MiB`,
        );
        return result;
      };
      const report = (text: string) => {
        if (FTPIPE_FIGURES) process.stderr.write(`${name}, ${way.title}: ${text}\n`);
      };

      it('transfers 256 MiB in both directions in little memory', async () => {
        const path = join(get().root, 'large');
        const up = await transfer('up', 'large');
        expect((await stat(path)).size).toBe(SIZE);
        const hash = createHash('sha256');
        await pipeline(createReadStream(path), hash);
        expect(up.hash).toBe(hash.digest('hex'));
        const down = await transfer('down', 'large');
        expect(down.hash).toBe(up.hash);
        expect([up.usable, down.usable]).toEqual([true, true]);
        expect(up.memory).toBeLessThan(MOST_MEMORY);
        expect(down.memory).toBeLessThan(MOST_MEMORY);
        await rm(path);
      }, 120_000);

      it('sends SIZE for each of 10,000 files while their names arrive', async () => {
        const sizes = new Map(Array.from({ length: FILES }, (_, i) => [`file${i}`, i % 10]));
        await get().putFile('many/file0', '');
        await Promise.all(
          [...sizes].map(([path, size]) => get().putFile(`many/${path}`, 'x'.repeat(size))),
        );
        const ftp = await connect();
        await ftp.cwd('many');
        const began = performance.now();
        let wrong = 0;
        const check = async (path: string) => {
          if ((await ftp.size(path)) !== sizes.get(path)) wrong++;
          else sizes.delete(path);
        };
        if (get().supports.mlsd) {
          for await (const [path, { type }] of ftp.mlsd()) if (type === 'file') await check(path);
        } else {
          for await (const path of ftp.retrLines('NLST')) await check(path);
        }
        report(`10,000 names and sizes: ${((performance.now() - began) / 1000).toFixed(1)} s`);
        expect(wrong).toBe(0);
        expect(sizes.size).toBe(0);
        expect(await ftp.pwd()).toBe('/many');
      }, 120_000);
    },
    way.server,
  );
}
