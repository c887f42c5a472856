import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { FTP, FTPOptions } from '../../../lib';
import { rejection } from '../../helpers/promises';
import { describeServers } from '../real-servers';
import { clientsOf, Dialogue, patternOf, sha256, type Way } from './ways';

/** More than the buffers of a loopback connection hold: the server must not be done with it. */
const SIZE = 32 * 1024 * 1024;
const CONTENT = patternOf(SIZE);
const HASH = sha256(CONTENT);
const NOOPS = 3;

/** NOOPs on the control connection while a transfer runs. */
export function keepAlive(way: Way): void {
  describeServers(
    `NOOP during transfers, ${way.title}`,
    (get, name) => {
      const { connect } = clientsOf(way, get);
      const isRefused = name === 'pureftpd'; // by a 500, in the middle of a transfer
      let folder = '';

      const start = async (options: FTPOptions = {}) => {
        const ftp = await connect({ noopInterval: 20, ...options });
        return { ftp, dialogue: new Dialogue(ftp) };
      };
      const noops = ({ verbs }: Dialogue) => verbs.filter((verb) => verb === 'NOOP').length;
      /** Resolves when so many NOOPs have gone out, or soon where none will. */
      const untilSent = (ftp: FTP) =>
        new Promise<void>((resolve) => {
          if (isRefused) return void setTimeout(resolve, 150);
          let count = 0;
          ftp.on('command', (label) => {
            if (label === 'NOOP' && ++count === NOOPS) resolve();
          });
        });
      const expectUsable = async (ftp: FTP) => {
        expect(await ftp.pwd()).toBe('/');
        expect(await ftp.size('large')).toBe(SIZE);
        await ftp.storBinary('STOR small', Buffer.from('small'));
        expect(String(Buffer.concat(await ftp.retrBinary('RETR small').toArray()))).toBe('small');
        expect(await ftp.nlst()).toContain('large');
        expect(await ftp.pwd()).toBe('/');
      };
      /** All replies to NOOP have come before that to the next command. */
      const expectDrained = async (ftp: FTP, dialogue: Dialogue) => {
        await ftp.pwd();
        const sent = noops(dialogue);
        const replies = dialogue.turns.filter((turn) => typeof turn !== 'string');
        const count = replies.filter(
          ({ code, lines }) => code === 200 || /^450.*NOOP/.test(lines[0] as string),
        ).length;
        const others = dialogue.verbs.filter((verb) =>
          /^(TYPE|EPRT|PBSZ|PROT|OPTS|MODE)$/.test(verb),
        );
        expect(count - others.length).toBe(sent);
        expect(replies.at(-1)?.code).toBe(257);
        expect(sent > 0).toBe(!isRefused);
      };

      beforeAll(async () => {
        folder = await mkdtemp(join(tmpdir(), 'ftpipe-keep-alive-'));
        const ftp = await connect();
        await ftp.storBinary('STOR large', CONTENT);
      });
      afterAll(() => rm(folder, { recursive: true, force: true }));

      it.each([true, false])(
        'keep a download alive that is read slowly (passive: %p)',
        async (passive) => {
          const { ftp, dialogue } = await start({ passive });
          const stream = ftp.retrBinary('RETR large');
          await stream.opened();
          await untilSent(ftp);
          expect(sha256(Buffer.concat(await stream.toArray()))).toBe(HASH);
          expect(stream.reply?.code).toBe(226);
          await expectDrained(ftp, dialogue);
          await expectUsable(ftp);
        },
      );

      it.each([true, false])(
        'keep an upload alive that is written slowly (passive: %p)',
        async (passive) => {
          const { ftp, dialogue } = await start({ passive });
          const stream = ftp.storBinary('STOR up');
          stream.write(CONTENT.subarray(0, 1000));
          await stream.opened();
          await untilSent(ftp);
          stream.end(CONTENT.subarray(1000));
          await new Promise((resolve, reject) => stream.on('finish', resolve).on('error', reject));
          expect(stream.reply?.code).toBe(226);
          await expectDrained(ftp, dialogue);
          expect(await ftp.size('up')).toBe(SIZE);
          await expectUsable(ftp);
        },
      );

      it('do not disturb an abandoned download', async () => {
        const { ftp } = await start();
        const stream = ftp.retrBinary('RETR large');
        await stream.opened();
        await untilSent(ftp);
        stream.destroy();
        await expectUsable(ftp);
      });

      it('do not disturb an abandoned upload', async () => {
        const { ftp } = await start();
        const stream = ftp.storBinary('STOR partial');
        stream.on('error', () => {});
        stream.write(CONTENT.subarray(0, 100_000));
        await stream.opened();
        await untilSent(ftp);
        stream.destroy(new Error('enough'));
        await expectUsable(ftp);
      });

      it('do not answer abort()', async () => {
        const { ftp } = await start();
        const stream = ftp.retrBinary('RETR large');
        await stream.opened();
        await untilSent(ftp);
        const failed = rejection(stream.toArray());
        expect(await ftp.abort()).toMatch(/^(22[56]|426)/);
        await failed;
        await expectUsable(ftp);
      });

      it.each([false, true])('go out between many files (pipelining: %p)', async (pipelining) => {
        const { ftp } = await start({ noopInterval: 1, pipelining });
        const paths = [0, 1, 2, 3].map((i) => join(folder, String(i)));
        const downloads = paths.map((path): [string, string] => ['large', path]);
        for await (const { error } of ftp.downloadMany(downloads)) expect(error).toBeUndefined();
        for (const path of paths) expect(sha256(await readFile(path))).toBe(HASH);
        const uploads = paths.map((path, i): [string, string] => [path, `many${i}`]);
        for await (const { error } of ftp.uploadMany(uploads)) expect(error).toBeUndefined();
        await expectUsable(ftp);
      });
    },
    way.server,
  );
}
