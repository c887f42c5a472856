import { lstat, mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Entry,
  type FTP,
  type ListOptions,
  PermanentReplyError,
  ReplyError,
} from '../../../lib';
import { isSelfOrParent } from '../../../lib/listing/dialects/mlsx';
import { rejection } from '../../helpers/promises';
import { describeServers } from '../real-servers';
import { clientsOf, Dialogue, type Way } from './ways';

const LONGEST = 255; // bytes of a name on Linux

/** Names that some client has once read wrongly; each file is as long as its place in the list. */
const NAMES: readonly string[] = [
  'plain.txt',
  ' leading space',
  '   three leading spaces',
  'trailing space ',
  'trailing spaces   ',
  'inner  two   three spaces',
  ' ',
  'semi;colon',
  'equals=sign',
  'type=file;size=9; facts',
  'a "quoted" name',
  "apostrophe's",
  'arrow -> in it',
  ' -> ',
  'some -> where', // what a link points to
  'Grüße',
  '世界 🎉',
  'e\u0301 decomposed',
  'Jan 29 03:26 a date',
  '2024',
  '12:30',
  '01-01-20  10:00AM       <DIR>          dos',
  'total 42',
  '-leading dash',
  '-la',
  '..two dots',
  '...',
  '~tilde',
  'per%cent [brackets] {braces} * ?',
  'back\\slash',
  'x'.repeat(LONGEST),
  '界'.repeat(LONGEST / 3),
];
const INVALID_UTF8 = Buffer.from('caf\xe9 \xff', 'latin1');

const DAY = 86_400_000;
const MONTH = 30 * DAY;

/** What is in the directory beside the files of odd names. */
interface Expected {
  readonly name: string;
  readonly type: Entry['type'];
  readonly size: number;
  readonly modified: Date;
}

const PRECISION = { day: DAY, minute: 60_000, second: 1_000, millisecond: 1 } as const;

/** Listings of real servers: every name, type, size and date. */
export function listings(way: Way): void {
  describeServers(
    `listings, ${way.title}`,
    (get, name) => {
      const { shared, connect } = clientsOf(way, get);
      const expected: Expected[] = [];
      const onDisk = (path: string | Buffer) =>
        Buffer.concat([Buffer.from(join(get().root, 'odd/')), Buffer.from(path)]);

      beforeAll(async () => {
        await mkdir(join(get().root, 'odd'), { mode: 0o755 });
        await mkdir(join(get().root, 'empty'), { mode: 0o755 });
        for (const [i, each] of NAMES.entries()) await writeFile(onDisk(each), 'x'.repeat(i));
        await writeFile(onDisk(INVALID_UTF8), 'xyz');
        await mkdir(onDisk('a directory'));
        await mkdir(onDisk(' directory '));
        await symlink('plain.txt', onDisk('link'));
        await symlink('some -> where', onDisk('link -> to'));
        const now = Date.now();
        const times: readonly [string, number][] = [
          ['just now', now - 1_000],
          ['a month ago', now - MONTH],
          ['five months ago', now - 5 * MONTH],
          ['seven months ago', now - 7 * MONTH],
          ['a leap day', Date.UTC(2024, 1, 29, 12, 30, 59)],
          ['long ago', Date.UTC(1999, 11, 31, 23, 59, 59)],
        ];
        for (const [each, time] of times) {
          await writeFile(onDisk(each), '');
          await utimes(onDisk(each), time / 1000, time / 1000);
        }
        const named = [...NAMES, 'a directory', ' directory ', 'link', 'link -> to'];
        for (const each of [...named, ...times.map(([text]) => text)]) {
          const stats = await lstat(onDisk(each));
          const { size, mtimeMs } = stats;
          const modified = new Date(Math.floor(mtimeMs)); // Node's own Date may round into the next second
          const isLink = stats.isSymbolicLink();
          const type = isLink ? 'symlink' : stats.isDirectory() ? 'directory' : 'file';
          expected.push({ name: each, type, size, modified });
        }
      });

      /** A client that lists by this command, whatever the server offers. */
      const lister = async (verb: 'MLSD' | 'LIST'): Promise<FTP> => {
        const ftp = await connect();
        const session = ftp.session();
        if (verb === 'LIST') for (const each of ['MLSD', 'MLST']) session.noteRefusal(each);
        return ftp;
      };

      const verbs = (['MLSD', 'LIST'] as const).filter(
        (verb) => verb === 'LIST' || name !== 'vsftpd',
      );
      describe.each(verbs)('by %s', (verb) => {
        it('returns every name, type, size and date exactly', async () => {
          const ftp = await lister(verb);
          const dialogue = new Dialogue(ftp);
          const unparsed: string[] = [];
          // LIST leaves out names that begin with a point, unless it is asked for all; but
          // pyftpdlib, which knows no -a.
          const all = name !== 'pyftpdlib';
          const listed = ftp.list('odd', { all, unparsed: (line) => unparsed.push(line) });
          const entries = (await listed.toArray()).filter((entry) => !isSelfOrParent(entry));
          expect(dialogue.verbs).toContain(verb);
          expect(unparsed).toEqual([]);
          const read = new Map(entries.map((entry) => [entry.name, entry]));
          const invalid = entries.filter(({ rawName }) => rawName !== undefined);
          const raw = invalid.map(({ rawName, size, type }) => [rawName, size, type]);
          // pyftpdlib writes question marks for what is not UTF-8.
          expect(raw).toEqual(name === 'pyftpdlib' ? [] : [[INVALID_UTF8, 3, 'file']]);
          const names = entries.filter(({ rawName }) => !rawName).map((entry) => entry.name);
          expect(names.filter((each) => !each.startsWith('caf')).sort()).toEqual(
            expected.map((each) => each.name).sort(),
          );
          for (const { name: each, type, size, modified } of expected) {
            const entry = read.get(each) as Entry;
            // pyftpdlib's MLSD says what a link leads to.
            const isFollowed = type === 'symlink' && name === 'pyftpdlib' && verb === 'MLSD';
            expect([each, entry?.type]).toEqual([each, isFollowed ? 'file' : type]);
            // The size of a directory is the server's own business, and that of a link may be its
            // target's.
            if (type === 'file') expect([each, entry.size]).toEqual([each, size]);
            const step = PRECISION[entry.modifiedPrecision as keyof typeof PRECISION];
            const rounded = Math.floor(modified.getTime() / step) * step;
            if (type !== 'symlink')
              expect([each, entry.modified]).toEqual([each, new Date(rounded)]);
            expect(entry.unsafe).toBe(each.includes('\\') ? true : undefined);
          }
        });

        it('returns the targets of links if the server reports them', async () => {
          const ftp = await lister(verb);
          const entries = await ftp.list('odd').toArray();
          const targets = entries.flatMap((each) =>
            each.target === undefined ? [] : [[each.name, each.target]],
          );
          if (verb === 'LIST') {
            expect(Object.fromEntries(targets)).toEqual({
              link: 'plain.txt',
              'link -> to': 'some -> where',
            });
          }
        });

        it('allows commands inside the loop, and leaving the loop', async () => {
          const ftp = await lister(verb);
          let sizes = 0;
          for await (const { name: each, type, size, rawName } of ftp.list('odd')) {
            if (type !== 'file') continue;
            const path = rawName ? Buffer.concat([Buffer.from('odd/'), rawName]) : `odd/${each}`;
            // Pure-FTPd refuses a backslash in a path, and takes no leading space.
            if (name === 'pureftpd' && /\\|^ /.test(each)) continue;
            if (name === 'pyftpdlib' && each.startsWith('caf')) continue;
            expect([each, await ftp.size(path)]).toEqual([each, size]);
            sizes++;
          }
          expect(sizes).toBeGreaterThan(20);
          for await (const { name: each } of ftp.list('odd')) {
            expect(each).not.toBe('');
            break;
          }
          expect(await ftp.pwd()).toBe('/');
        });

        it('returns nothing for an empty directory, and . and .. if asked', async () => {
          const ftp = await lister(verb);
          expect(await ftp.list('empty').toArray()).toEqual([]);
          const all = await ftp.list('empty', { all: true }).toArray();
          expect(all.every(({ type }) => type === 'directory')).toBe(true);
          expect(all.length).toBe(name === 'pyftpdlib' ? 0 : 2);
        });
      });

      it('lists a file by its own name, for any path that leads to it', async () => {
        const ftp = await lister('LIST');
        for (const path of ['odd/plain.txt', './odd/plain.txt', '/odd/plain.txt', 'odd/link']) {
          const entries = await ftp.list(path).toArray();
          const told = entries.map(({ name: each, unsafe }) => [path, each, unsafe]);
          expect(told).toEqual([[path, path.slice(path.lastIndexOf('/') + 1), undefined]]);
        }
      });

      it.each(['MLSD', 'LIST'] as const)('lists hidden files by %s', async (verb) => {
        const folder = join(get().root, `hidden-${verb}`);
        await mkdir(folder, { mode: 0o755 });
        for (const each of ['.env', 'seen']) await writeFile(join(folder, each), 'x');
        await mkdir(join(folder, '.git'), { mode: 0o755 });
        const ftp = await lister(verb);
        const namesOf = async (options: ListOptions) =>
          (await ftp.list(`/hidden-${verb}`, options).toArray()).map((each) => each.name).sort();
        try {
          for (let i = 0; i < 2; i++) {
            expect(await namesOf({ hidden: true })).toEqual(['.env', '.git', 'seen']);
          }
          expect(await namesOf({ all: true })).toEqual(
            expect.arrayContaining(['.env', '.git', 'seen']),
          );
          const stat = await ftp.stat(`/hidden-${verb}/.git`);
          expect(stat).toMatchObject({ name: '.git', type: 'directory' });
          const missing = ftp.list('/none', { hidden: true }).toArray();
          // vsftpd and Pure-FTPd list nothing of what is not there.
          const isTold = get().supports.mlsd && (verb === 'MLSD' || name !== 'pureftpd');
          if (isTold) expect(await rejection(missing)).toBeInstanceOf(ReplyError);
          else expect(await missing).toEqual([]);
          expect(await ftp.pwd()).toBe('/');
        } finally {
          await rm(folder, { recursive: true });
        }
      });

      it('lists the current directory, and one whose name begins with a dash', async () => {
        const ftp = await shared();
        await mkdir(join(get().root, '-dash'), { mode: 0o755 });
        await writeFile(join(get().root, '-dash/inside'), 'x');
        expect((await ftp.list().toArray()).map((each) => each.name).sort()).toEqual([
          '-dash',
          'empty',
          'odd',
        ]);
        const ls = await lister('LIST');
        expect((await ls.list('-dash').toArray()).map((each) => each.name)).toEqual(['inside']);
      });

      // pyftpdlib answers MLSD of a file, and of a missing directory, with 501; the others with
      // 550.
      it('distinguishes a missing directory from a file, and keeps using MLSD after either', async () => {
        if (!get().supports.mlsd) return;
        const ftp = await connect();
        const dialogue = new Dialogue(ftp);
        const error = await rejection(ftp.list('odd/missing').toArray());
        expect(error).toBeInstanceOf(PermanentReplyError);
        expect(error).toMatchObject({ reply: { code: 550 } });
        if (name === 'pyftpdlib') {
          const [entry] = await ftp.list('odd/plain.txt').toArray();
          expect(entry).toMatchObject({ name: 'plain.txt', type: 'file' });
        }
        dialogue.clear();
        expect(await ftp.list('empty').toArray()).toEqual([]);
        expect(dialogue.verbs.at(-1)).toBe('MLSD');
      });

      it.each(['MLST', 'none'] as const)('tells of single paths, by %s', async (verb) => {
        const ftp = await lister(verb === 'MLST' ? 'MLSD' : 'LIST');
        for (const { name: each, type, size, modified } of expected) {
          if (name === 'pureftpd' && /\\|^ /.test(each)) continue;
          // A pattern where LIST is asked for it, and a link is followed by SIZE.
          if (type === 'symlink') continue;
          const entry = await ftp.stat(`/odd/${each}`);
          expect([each, entry.name, entry.type]).toEqual([each, each, type]);
          if (type !== 'file') continue;
          expect([each, entry.size]).toEqual([each, size]);
          expect(entry.modified).toEqual(new Date(Math.floor(modified.getTime() / 1000) * 1000));
          expect([entry.modifiedPrecision, entry.modifiedZone]).toEqual(['second', 'utc']);
        }
        expect(await ftp.stat('/')).toMatchObject({ type: 'directory' });
        const error = await rejection(ftp.stat('/odd/missing'));
        expect(error).toBeInstanceOf(PermanentReplyError);
        expect(await ftp.pwd()).toBe('/');
      });

      it('returns times, features and the system', async () => {
        const ftp = await shared();
        expect(await ftp.mdtm('odd/a leap day')).toEqual(new Date('2024-02-29T12:30:59Z'));
        expect(await rejection(ftp.mdtm('odd/missing'))).toBeInstanceOf(PermanentReplyError);
        const features = await ftp.features();
        expect(features.has('MDTM')).toBe(true);
        expect(features.has('MLST')).toBe(get().supports.mlsd);
        expect(await ftp.system()).toMatch(/^UNIX/);
      });
    },
    way.server,
  );
}
