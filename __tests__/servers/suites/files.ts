import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  ConnectionError,
  type Facts,
  type FTP,
  FTPError,
  type Path,
  PermanentReplyError,
  ReplyError,
} from '../../../lib';
import { rejection } from '../../helpers/promises';
import { describeServers } from '../real-servers';
import { clientsOf, Dialogue, patternOf, type Way } from './ways';

const NAMES: readonly string[] = [
  'with spaces inside',
  ' leading space',
  'a "quoted" name',
  '""',
  'ends with "',
  '-leading-dash',
  '-la',
  'Grüße',
  '世界 🎉',
  'e\u0301 decomposed',
  'semi;colon=equals',
  'per%cent [brackets] {braces}',
  "back\\slash and 'apostrophe'",
  '~tilde',
  'ÿ',
  'x'.repeat(200),
];
const INVALID_UTF8 = Buffer.from('caf\xe9', 'latin1');
const HOSTILE: readonly [string, string][] = [
  ['CR LF', 'x\r\nDELE keep'],
  ['LF', 'x\nDELE keep'],
  ['CR', 'x\rDELE keep'],
  ['NUL', 'x\0y'],
  ['CR NUL LF', 'x\r\0\nDELE keep'],
];

/** Names, folders, listings, log-ins, and commands of the user's own. */
export function files(way: Way): void {
  describeServers(
    `files and sessions, ${way.title}`,
    (get, name) => {
      const { connect, open, shared } = clientsOf(way, get);
      afterEach(async () => {
        const ftp = await shared();
        expect(await ftp.cwd('/')).toMatch(/^250/); // nothing is left over from the test
      });
      let folders = 0;
      const onDisk = (path: string) => join(get().root, path);

      // Pure-FTPd makes a leading space an underscore, allows no backslash, and does not double
      // the quotes in its 257, so that this one name reads as another.
      const refused = (each: string) => /^ |\\|^""$/.test(each);
      const names = NAMES.filter((each) => name !== 'pureftpd' || !refused(each));
      // What MKD calls it: Pure-FTPd as we do, and not by its path.
      const made = (path: string) => (name === 'pureftpd' ? path.split('/').at(-1) : path);

      describe.each(names.map((each) => [each]))('the name %j', (odd) => {
        it('is that of a folder', async () => {
          const ftp = await shared();
          expect(await ftp.mkd(odd)).toBe(made(`/${odd}`));
          expect(await readdir(get().root)).toContain(odd);
          await ftp.cwd(odd);
          expect(await ftp.pwd()).toBe(`/${odd}`);
          expect(await ftp.mkd(odd)).toBe(made(`/${odd}/${odd}`));
          await ftp.cwd(odd);
          expect(await ftp.pwd()).toBe(`/${odd}/${odd}`);
          await ftp.cwd('..');
          expect(await ftp.pwd()).toBe(`/${odd}`);
          expect(await ftp.rmd(odd)).toMatch(/^250/);
          await ftp.cwd('..');
          expect(await ftp.pwd()).toBe('/');
          expect(await ftp.rmd(odd)).toMatch(/^250/);
          expect(await readdir(get().root)).not.toContain(odd);
        });

        it('is that of a file', async () => {
          const ftp = await shared();
          const folder = `folder${++folders}`;
          await ftp.mkd(folder);
          await ftp.cwd(folder);
          await ftp.storBinary(`STOR ${odd}`, patternOf(77));
          expect(await readdir(onDisk(folder))).toEqual([odd]);
          expect(await ftp.size(odd)).toBe(77);
          expect(Buffer.concat(await ftp.retrBinary(`RETR ${odd}`).toArray())).toEqual(
            patternOf(77),
          );
          expect(await ftp.nlst()).toContain(odd);
          expect((await ftp.dir().toArray()).at(-1)?.endsWith(` ${odd}`)).toBe(true);
          if (get().supports.mlsd) {
            const entries = new Map(await ftp.mlsd().toArray());
            expect(entries.get(odd)).toMatchObject({ type: 'file', size: '77' });
          }
          await ftp.rename(odd, 'plain');
          expect(await readdir(onDisk(folder))).toEqual(['plain']);
          await ftp.rename('plain', odd);
          expect(await ftp.delete(odd)).toMatch(/^250/);
          expect(await readdir(onDisk(folder))).toEqual([]);
          await ftp.cwd('..');
          await ftp.rmd(folder);
        });
      });

      // pyftpdlib knows names as text only.
      if (name !== 'pyftpdlib') {
        it('accepts names that are not valid UTF-8 as bytes', async () => {
          const ftp = await connect();
          const raw: Path = new Uint8Array(INVALID_UTF8);
          await ftp.mkd('bytes');
          await ftp.cwd('bytes');
          await ftp.mkd(raw);
          const found = await readdir(onDisk('bytes'), { encoding: 'buffer' });
          expect(found).toEqual([INVALID_UTF8]);
          await ftp.cwd(raw);
          expect(await ftp.pwd()).toBe('/bytes/caf\xe9');
          await ftp.cwd('..');
          expect(await ftp.nlst()).toContain('caf\xe9');
          await ftp.rmd(raw);
          await ftp.storBinary(Buffer.concat([Buffer.from('STOR '), INVALID_UTF8]), patternOf(5));
          expect(await ftp.size(raw)).toBe(5);
          const command = Buffer.concat([Buffer.from('RETR '), INVALID_UTF8]);
          expect(Buffer.concat(await ftp.retrBinary(command).toArray())).toEqual(patternOf(5));
          await ftp.rename(raw, 'valid');
          expect(await ftp.size('valid')).toBe(5);
          await ftp.rename('valid', raw);
          await ftp.delete(raw);
          expect(await readdir(onDisk('bytes'))).toEqual([]);
        });
      }

      it('lists names by nlst, dir and mlsd', async () => {
        const ftp = await connect();
        await ftp.mkd('list');
        await ftp.mkd('list/folder');
        for (const size of [0, 1, 1234])
          await ftp.storBinary(`STOR list/f${size}`, patternOf(size));
        const names = (await ftp.nlst('list')).map((each) => each.replace(/^list\//, ''));
        // Pure-FTPd lists . and .. as well.
        expect(names.filter((each) => !each.startsWith('.')).sort()).toEqual([
          'f0',
          'f1',
          'f1234',
          'folder',
        ]);
        const lines: string[] = [];
        expect(await ftp.dir('list', (line) => lines.push(line))).toMatch(/^226/);
        expect(lines.filter((line) => /^[d-]r.* (f0|f1|f1234|folder)$/.test(line)).length).toBe(4);
        expect(await ftp.dir('list').toArray()).toEqual(lines);
        // pyftpdlib takes every argument for a path.
        if (name !== 'pyftpdlib') {
          const all = await ftp.dir('-a', 'list').toArray();
          expect(all.some((line) => line.endsWith(' .'))).toBe(true);
        }
        expect(await ftp.dir('list/folder').toArray()).toEqual(
          name === 'pureftpd' ? expect.anything() : [],
        );
        await ftp.cwd('list');
        expect((await ftp.nlst()).filter((each) => !each.startsWith('.')).sort()).toEqual([
          'f0',
          'f1',
          'f1234',
          'folder',
        ]);
      });

      it('rejects, or returns nothing, for a listing of a missing path', async () => {
        const ftp = await connect();
        const found = await ftp.nlst('missing').catch((error) => error);
        if (found instanceof Error) expect(found).toBeInstanceOf(FTPError);
        else expect(found).toEqual([]);
        expect(await ftp.pwd()).toBe('/');
      });

      it('returns the requested facts by mlsd', async () => {
        const ftp = await connect();
        await ftp.mkd('facts');
        await ftp.mkd('facts/folder');
        await ftp.storBinary('STOR facts/file', patternOf(1234));
        if (!get().supports.mlsd) {
          const error = await rejection(ftp.mlsd('facts').toArray());
          expect(error).toBeInstanceOf(PermanentReplyError);
          expect(await ftp.pwd()).toBe('/');
          return;
        }
        const all = new Map<string, Facts>();
        for await (const [entry, facts] of ftp.mlsd('facts')) all.set(entry, facts);
        expect(all.get('file')).toMatchObject({
          type: 'file',
          size: '1234',
          modify: expect.stringMatching(/^\d{14}/),
        });
        expect(all.get('folder')).toMatchObject({ type: 'dir' });
        expect(Object.getPrototypeOf(all.get('file'))).toBe(null);
        await ftp.cwd('facts');
        const some = new Map(await ftp.mlsd('', ['type', 'size']).toArray());
        const keys = Object.keys(some.get('file') ?? {}).sort();
        // Pure-FTPd answers OPTS MLST with 200, but still sends all facts.
        if (name === 'pureftpd') expect(keys).toEqual(expect.arrayContaining(['size', 'type']));
        else expect(keys).toEqual(['size', 'type']);
      });

      it('rejects impossible requests with the reply, and continues', async () => {
        const ftp = await connect();
        await ftp.mkd('full');
        await ftp.storBinary('STOR full/file', patternOf(3));
        const attempts: (() => Promise<unknown>)[] = [
          () => ftp.delete('missing'),
          () => ftp.rmd('missing'),
          () => ftp.rmd('full'),
          () => ftp.cwd('missing'),
          () => ftp.cwd('full/file'),
          () => ftp.mkd('full'),
          () => ftp.mkd('no/such/folder'),
          () => ftp.rename('missing', 'other'),
          () => ftp.rename('full/file', 'no/such/folder'),
          () => ftp.size('missing'),
          () => ftp.size('full'),
          () => ftp.voidCmd('NOSUCH command'),
          () => ftp.sendCmd('NOSUCH command'),
        ];
        for (const attempt of attempts) {
          const error = await rejection(attempt());
          expect(error).toBeInstanceOf(ReplyError);
          expect(error).toMatchObject({
            connectionUsable: true,
            code: expect.stringMatching(/PERM|TRANS/),
          });
          expect(await ftp.pwd()).toBe('/');
        }
      });

      it('sends raw commands of the user', async () => {
        const ftp = await connect();
        expect(await ftp.sendCmd('NOOP')).toMatch(/^200/);
        expect(await ftp.voidCmd('NOOP')).toMatch(/^200/);
        expect(await ftp.sendCmd('SYST')).toMatch(/^215 UNIX/);
        expect(await ftp.sendCmd('FEAT')).toMatch(/^211-[\s\S]*\n *SIZE[\s\S]*\n211 /);
        expect(await ftp.sendCmd('PWD')).toMatch(/^257 "\/"/);
        await ftp.storBinary('STOR from', patternOf(9));
        expect(await ftp.sendCmd('RNFR from')).toMatch(/^350/);
        expect(await ftp.voidCmd('RNTO to')).toMatch(/^250/);
        expect(await rejection(ftp.voidCmd('RNFR to'))).toMatchObject({
          code: 'ERR_FTP_REPLY',
          reply: { code: 350 },
        });
        expect(await ftp.sendCmd('RNTO to')).toMatch(/^250/); // until then ProFTPD takes nothing else
        expect(await ftp.size('to')).toBe(9);
        expect(ftp.lastResp).toBe('213');
        expect(await ftp.sendCmd('STAT')).toMatch(/^211/);
        expect(ftp.getWelcome()).toMatch(/^220/);
        const answer = await ftp.acct('none').catch((error) => error);
        if (answer instanceof Error) expect(answer).toBeInstanceOf(PermanentReplyError);
        else expect(answer).toMatch(/^202/);
        expect(await ftp.pwd()).toBe('/');
      });

      it('respects a TYPE of the user', async () => {
        const ftp = await connect();
        await ftp.storBinary('STOR typed', Buffer.from('a\nb\n'));
        const dialogue = new Dialogue(ftp);
        await ftp.sendCmd('TYPE A');
        expect(await ftp.size('typed')).toBe(4);
        await ftp.sendCmd('type a');
        expect(String(Buffer.concat(await ftp.retrBinary('RETR typed').toArray()))).toBe('a\nb\n');
        expect(dialogue.commands.filter((command) => /^TYPE I/.test(command)).length).toBe(2);
      });

      // Pure-FTPd answers a wrong password after three to six seconds, on purpose.
      if (name !== 'pureftpd') {
        it('rejects a wrong password, and accepts the right one afterwards', async () => {
          const ftp = await open();
          const { user, password } = get();
          const dialogue = new Dialogue(ftp);
          const error = await rejection(ftp.login(user, 'no such password'));
          expect(error).toBeInstanceOf(PermanentReplyError);
          expect(error).toMatchObject({ phase: 'login', reply: { code: 530 } });
          expect(dialogue.commands.join('\n')).not.toContain('no such password');
          expect(ftp.connected).toBe(true);
          expect(await ftp.login(user, password)).toMatch(/^230/);
          expect(await ftp.pwd()).toBe('/');
        });
      }

      it('rejects commands before the login', async () => {
        const ftp = await open();
        expect(await rejection(ftp.pwd())).toBeInstanceOf(PermanentReplyError);
        expect(await rejection(ftp.nlst())).toBeInstanceOf(PermanentReplyError);
        expect(await rejection(ftp.storBinary('STOR x', patternOf(5)))).toBeInstanceOf(
          PermanentReplyError,
        );
        await ftp.login(get().user, get().password);
        expect(await ftp.pwd()).toBe('/');
        await ftp.nlst();
      });

      it('quits, and has a fresh state after the next connection', async () => {
        const ftp = await connect();
        let closings = 0;
        ftp.on('close', () => closings++);
        expect(await ftp.quit()).toMatch(/^221/);
        await ftp.closed;
        expect(ftp.connected).toBe(false);
        expect(closings).toBe(1);
        expect(await rejection(ftp.pwd())).toBeInstanceOf(ConnectionError);
        expect(await rejection(ftp.retrBinary('RETR x').toArray())).toBeInstanceOf(ConnectionError);
        for (let i = 0; i < 3; i++) {
          expect(await ftp.connect()).toMatch(/^220/);
          await ftp.login(get().user, get().password);
          await ftp.storBinary('STOR again', patternOf(1_000 + i));
          expect(await ftp.size('again')).toBe(1_000 + i);
          ftp.close();
          ftp.close();
          expect(ftp.connected).toBe(false);
        }
      });

      it('rejects pending calls with a ConnectionError when it is closed', async () => {
        const ftp = await connect();
        const waiting = [
          ftp.pwd(),
          ftp.size('x'),
          ftp.nlst(),
          ftp.storBinary('STOR x', patternOf(9)),
        ];
        const errors = waiting.map(rejection);
        ftp.close();
        for (const error of await Promise.all(errors))
          expect(error).toBeInstanceOf(ConnectionError);
      });

      it('serves eight clients at the same time', async () => {
        const clients = await Promise.all(Array.from({ length: 8 }, () => connect()));
        await Promise.all(
          clients.map(async (ftp, i) => {
            const folder = `parallel${i}`;
            await ftp.mkd(folder);
            await ftp.cwd(folder);
            for (let k = 0; k < 5; k++) {
              await ftp.storBinary(`STOR ${k}`, patternOf(10_000 * i + k));
              expect(await ftp.size(`${k}`)).toBe(10_000 * i + k);
            }
            expect(await ftp.pwd()).toBe(`/${folder}`);
            expect(await readFile(onDisk(`${folder}/4`))).toHaveLength(10_000 * i + 4);
            expect(await ftp.quit()).toMatch(/^221/);
          }),
        );
      });

      it('performs calls in order if none is awaited', async () => {
        const ftp = await connect();
        const results = await Promise.all([
          ftp.mkd('order'),
          ftp.cwd('order'),
          ftp.storBinary('STOR file', patternOf(20_000)),
          ftp.size('file'),
          ftp.rename('file', 'moved'),
          ftp.retrBinary('RETR moved').toArray(),
          ftp.nlst(),
          ftp.delete('moved'),
          ftp.cwd('..'),
          ftp.rmd('order'),
          ftp.pwd(),
        ]);
        expect(results[0]).toBe(made('/order'));
        expect(results[3]).toBe(20_000);
        expect(Buffer.concat(results[5])).toHaveLength(20_000);
        expect(results[6]).toContain('moved');
        expect(results[10]).toBe('/');
      });

      describe.each(HOSTILE)('a %s in an argument', (_, hostile) => {
        const calls: [string, (ftp: FTP) => unknown][] = [
          ['cwd', (ftp) => ftp.cwd(hostile)],
          ['mkd', (ftp) => ftp.mkd(hostile)],
          ['rmd', (ftp) => ftp.rmd(hostile)],
          ['delete', (ftp) => ftp.delete(hostile)],
          ['size', (ftp) => ftp.size(hostile)],
          ['rename from', (ftp) => ftp.rename(hostile, 'y')],
          ['rename to', (ftp) => ftp.rename('keep', hostile)],
          ['nlst', (ftp) => ftp.nlst(hostile)],
          ['dir', (ftp) => ftp.dir(hostile).toArray()],
          ['mlsd', (ftp) => ftp.mlsd(hostile).toArray()],
          ['mlsd facts', (ftp) => ftp.mlsd('', [hostile]).toArray()],
          ['sendCmd', (ftp) => ftp.sendCmd(`NOOP ${hostile}`)],
          ['voidCmd', (ftp) => ftp.voidCmd(`NOOP ${hostile}`)],
          ['acct', (ftp) => ftp.acct(hostile)],
          ['login', (ftp) => ftp.login(hostile, 'x')],
          ['login password', (ftp) => ftp.login('x', hostile)],
          ['retrBinary', (ftp) => ftp.retrBinary(`RETR ${hostile}`).toArray()],
          ['retrLines', (ftp) => ftp.retrLines(`RETR ${hostile}`, () => {})],
          ['storBinary', (ftp) => ftp.storBinary(`STOR ${hostile}`, patternOf(5))],
          ['storLines', (ftp) => ftp.storLines(`STOR ${hostile}`, patternOf(5))],
          ['transferCmd', (ftp) => ftp.transferCmd(`RETR ${hostile}`)],
          ['cwd of bytes', (ftp) => ftp.cwd(Buffer.from(hostile))],
        ];

        it('throws a TypeError, and sends nothing', async () => {
          const ftp = await shared();
          await ftp.storBinary('STOR keep', patternOf(5));
          const dialogue = new Dialogue(ftp);
          for (const [, call] of calls) {
            // Thrown or rejected with: ftplib's callers see an exception either way.
            const error = await rejection((async () => call(ftp))());
            expect(error).toBeInstanceOf(TypeError);
            expect(error).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
          }
          expect(dialogue.turns).toEqual([]);
          expect(await ftp.pwd()).toBe('/');
          expect(await ftp.size('keep')).toBe(5);
          expect(dialogue.verbs).toEqual(['PWD', 'SIZE']);
        });
      });

      it('rejects other invalid arguments before anything is sent', async () => {
        const ftp = await shared();
        const dialogue = new Dialogue(ftp);
        const calls: (() => unknown)[] = [
          () => ftp.retrBinary('RETR x', { blocksize: 0 }),
          () => ftp.retrBinary('RETR x', { rest: -1 }),
          () => ftp.retrBinary('RETR x', { rest: 1.5 }),
          () => ftp.storBinary('STOR x', 5 as never),
          () => ftp.storBinary('STOR x', undefined as never),
          () => ftp.storBinary('STOR x', patternOf(5), { size: -1 }),
          () => ftp.sendCmd(''),
          () => ftp.cwd(5 as never),
        ];
        for (const call of calls) {
          const error = await rejection((async () => call())());
          expect([TypeError, RangeError]).toContain(error.constructor);
          expect(error.code).toMatch(/^ERR_/);
        }
        expect(dialogue.turns).toEqual([]);
        expect(await ftp.pwd()).toBe('/');
      });
    },
    way.server,
  );
}
