import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import type { LocalFile, Path } from '../../lib';
import { rejection } from '../helpers/promises';
import { patterned } from '../streams/harness';
import { all, filesHarness, KINDS, summary } from './files-harness';

const { path, start, connect } = filesHarness();
const COUNT = 12;
const names = Array.from({ length: COUNT }, (_, i) => `f${i}`);
const contentOf = (name: string) => patterned(Number(name.slice(1)) * 1000);
const files = Object.fromEntries(names.map((name) => [`/${name}`, contentOf(name)]));
const down = () => names.map((name): [Path, LocalFile] => [name, path(name)]);

async function* lazily<T>(items: Iterable<T>) {
  for (const item of items) yield item;
}

describe.each(KINDS)('downloadMany() and uploadMany() over %s', (kind) => {
  describe.each([false, true])('with pipelining %s', (pipelining) => {
    const settings = { pipelining };
    const greeting = '220 (vsFTPd 3.0.3)';

    it('yield results in order, for iterables and async iterables', async () => {
      const server = await start(kind, { files, greeting });
      const ftp = await connect(server, settings);
      const got = await all(ftp.downloadMany(down()));
      expect(summary(got)).toEqual(names.map((name) => contentOf(name).length));
      expect(got.map(({ remotePath }) => remotePath)).toEqual(names);
      for (const name of names)
        expect((await readFile(path(name))).equals(contentOf(name))).toBe(true);
      const up = names.map((name): [LocalFile, Path] => [path(name), `up-${name}`]);
      expect(summary(await all(ftp.uploadMany(lazily(up))))).toEqual(summary(got));
      for (const name of names)
        expect(server.storage.readFile(`/up-${name}`).equals(contentOf(name))).toBe(true);
      expect(summary(await all(ftp.downloadMany(lazily(down()))))).toEqual(summary(got));
    });

    it('yield a failed transfer as a result, and go on', async () => {
      const server = await start(kind, { files, greeting });
      const ftp = await connect(server, settings);
      await writeFile(path('here'), 'hello');
      server.fault({ on: 'RETR', nth: 3, data: { action: 'reset', after: 10 } });
      const results = await all(
        ftp.downloadMany([
          ['f1', path('f1')],
          ['none', path('none')],
          ['f2', path('f2')],
          ['f3', '/dev/full'],
          ['f4', path('no/folder')],
          ['f5', path('f5')],
        ]),
      );
      expect(summary(results)).toEqual([
        1000,
        expect.stringMatching(/^550 /),
        expect.stringMatching(/^426 |reset/),
        expect.stringMatching(/^ENOSPC/),
        expect.stringMatching(/^ENOENT/),
        5000,
      ]);
      expect((await readFile(path('f5'))).equals(contentOf('f5'))).toBe(true);
      server.fault({ on: /^STOR b/, reply: '553 No.' });
      const up = await all(
        ftp.uploadMany([
          [path('here'), 'a'],
          [path('here'), 'b'],
          [path('missing'), 'c'],
          [path('here'), 'd'],
        ]),
      );
      expect(summary(up)).toEqual([
        5,
        expect.stringMatching(/^553 /),
        expect.stringMatching(/^ENOENT/),
        5,
      ]);
    });

    it('throw when the control connection is lost', async () => {
      const server = await start(kind, { files, greeting });
      const ftp = await connect(server, settings);
      server.fault({ on: 'RETR', nth: 3, control: 'reset', at: 'after-reply', code: '1xx' });
      const done: unknown[] = [];
      const run = async () => {
        for await (const result of ftp.downloadMany(down())) done.push(result);
      };
      expect(await rejection(run())).toMatchObject({ connectionUsable: false });
      expect(done).toHaveLength(2);
      expect(ftp.connected).toBe(false);
    });

    it('leave the client usable after a break and after an abort', async () => {
      const ftp = await connect(await start(kind, { files, greeting }), settings);
      for await (const { remotePath } of ftp.downloadMany(down())) if (remotePath === 'f2') break;
      expect(await ftp.nlst()).toHaveLength(COUNT);
      expect(await ftp.pwd()).toBe('/');
      const control = new AbortController();
      const reason = new Error('enough');
      const run = async () => {
        for await (const { remotePath } of ftp.downloadMany(down(), { signal: control.signal }))
          if (remotePath === 'f3') control.abort(reason);
      };
      expect(await rejection(run())).toBe(reason);
      expect(await ftp.size('f5')).toBe(5000);
      await ftp.download('f6', path('f6'));
    });
  });
});

it('downloadMany() and uploadMany() send nothing for no pairs, and rethrow errors', async () => {
  const server = await start('plain', { files });
  const ftp = await connect(server);
  const before = server.commands.length;
  expect(await all(ftp.downloadMany([]))).toEqual([]);
  expect(await all(ftp.uploadMany(lazily([])))).toEqual([]);
  expect(server.commands.length).toBe(before);
  const failing = async function* (): AsyncGenerator<[Path, LocalFile]> {
    yield ['f1', path('f1')];
    throw new Error('of the input');
  };
  expect(await rejection(all(ftp.downloadMany(failing())))).toMatchObject({
    message: 'of the input',
  });
  expect(await ftp.pwd()).toBe('/');
});

it('downloadMany() throws a TypeError for an invalid local file', async () => {
  const ftp = await connect(await start('plain', { files }));
  const run = all(ftp.downloadMany([['f1', 5 as never]]));
  expect(await rejection(run)).toBeInstanceOf(TypeError);
});
