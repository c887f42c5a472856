import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Entry, FTP, type ListOptions } from 'ftpipe';
import { TestServer } from 'ftpipe/testing';

let server: TestServer;
let ftp: FTP;

beforeEach(async () => {
  server = await TestServer.start();
  ftp = await FTP.connect({ host: server.host, port: server.port });
});

afterEach(async () => {
  ftp.close();
  await server.close();
});

/** Makes the server answer LIST or MLSD with these lines, whatever path is requested. */
function answer(lines: readonly (string | Buffer)[], by: 'LIST' | 'MLSD' = 'LIST'): void {
  if (by === 'LIST') server.handle('FEAT', (session) => session.reply('502 No.'));
  server.handle(by, async (session) => {
    await session.reply('150 Here.');
    const data = await session.openData();
    for (const line of lines) {
      data.write(line);
      data.write('\r\n');
    }
    data.end();
    await session.reply('226 Done.');
  });
}

const list = (path: string | Buffer, options: ListOptions = {}): Promise<Entry[]> =>
  ftp.list(path, options).toArray();
const unix = (name: string) => `-rw-r--r-- 1 me us 5 Jan 29 03:26 ${name}`;
const folder = (name: string) => `drwxr-xr-x 2 me us 4096 Jan 29 03:26 ${name}`;
const dos = (name: string) => `04-27-20  11:59PM                    1 ${name}`;
const mlsx = (name: string) => `type=file;size=5; ${name}`;

describe('the listed path in front of an entry name', () => {
  // biome-ignore format: a table
  it.each<[path: string, line: string, name: string]>([
    ['outbox',          unix('outbox/a'),           'a'],
    ['outbox',          unix('outbox/a b c'),       'a b c'],
    ['outbox',          unix('outbox/ a '),         ' a '],
    ['outbox',          folder('outbox/sub/'),      'sub'],
    ['outbox',          mlsx('outbox/a'),           'a'],
    ['outbox',          dos('outbox/a'),            'a'],
    ['outbox',          '+r,s5,\toutbox/a',         'a'],
    ['outbox',          unix('./outbox/a'),         'a'],
    ['outbox',          unix('outbox//a'),          'a'],
    ['outbox/',         unix('outbox/a'),           'a'],
    ['./outbox/',       unix('outbox/a'),           'a'],
    ['./outbox/',       unix('./outbox/a'),         'a'],
    ['a//b/',           unix('a/b/c'),              'c'],
    ['/srv/outbox',     unix('/srv/outbox/a'),      'a'],
    ['/',               unix('/a'),                 'a'],
    ['.',               unix('./a'),                'a'],
    ['',                unix('./a'),                'a'],
    ['..',              unix('../a'),               'a'],
    ['../x',            unix('../x/a'),             'a'],
    ['-x',              unix('./-x/a'),             'a'],
    ['größe',           unix('größe/länge'),        'länge'],
    ['outbox',          unix('outbox/outbox'),      'outbox'],
    // A single file, or a wildcard.
    ['outbox/a.txt',    unix('outbox/a.txt'),       'a.txt'],
    ['/srv/outbox/a',   unix('/srv/outbox/a'),      'a'],
    ['a.txt',           unix('./a.txt'),            'a.txt'],
    ['outbox/*.txt',    unix('outbox/a.txt'),       'a.txt'],
    // Windows.
    ['outbox',          dos('outbox\\a'),           'a'],
    ['a/b',             dos('a\\b\\c'),             'c'],
    ['C:\\outbox',      unix('C:\\outbox\\a'),      'a'],
  ])('is removed when %j is listed and the line is %j', async (path, line, name) => {
    answer([line]);
    const [entry, ...others] = await list(path);
    expect(entry).toMatchObject({ name, unsafe: undefined, raw: line });
    expect(others).toEqual([]);
  });

  // biome-ignore format: a table
  it.each<[path: string, name: string]>([
    ['outbox',      'outboxes/a'],
    ['outbox',      'inbox/a'],
    ['outbox',      '/outbox/a'],
    ['/outbox',     'outbox/a'],
    ['outbox',      'Outbox/a'],
    ['outbox',      'x/outbox/a'],
    ['outbox',      'outbox\\a'], // a valid name, except on Windows
    ['outbox/a',    'a/b'],
    ['outbox/*',    'outbox/a/b'],
    ['.',           'a/b'],
    ['',            '/a'],
    ['',            'a/b'],
  ])('is not removed when %j is listed and the unsafe name is %j', async (path, name) => {
    answer([unix(name)]);
    expect(await list(path)).toMatchObject([{ name, unsafe: true }]);
  });

  // biome-ignore format: a table
  it.each<[name: string, left: string]>([
    ['outbox/../../etc/passwd', '../../etc/passwd'],
    ['outbox/a/b',              'a/b'],
    ['outbox//etc/passwd',      'etc/passwd'],
    ['outbox/../outbox/a',      '../outbox/a'],
    ['outbox/a\\b',             'a\\b'],
    ['outbox/\u001b[31m',       '\u001b[31m'],
  ])('is removed from %j, which leaves %j unsafe', async (name, left) => {
    answer([unix(name)]);
    expect(await list('outbox')).toMatchObject([{ name: left, unsafe: true }]);
  });

  it('is not removed from the target of a link', async () => {
    answer(['lrwxrwxrwx 1 me us 8 Jan 29 03:26 outbox/l -> outbox/t']);
    expect(await list('outbox')).toMatchObject([{ name: 'l', target: 'outbox/t' }]);
  });

  it('is removed from names that are not valid in the encoding', async () => {
    const line = (name: string) => Buffer.from(unix(name), 'latin1');
    answer([line('caf\xe9/th\xe9'), line('caf\xe9/tea'), line('caf\xe8/tea')]);
    const [the, tea, other] = await list(Buffer.from('caf\xe9', 'latin1'));
    expect(the).toMatchObject({ name: 'thé', rawName: Buffer.from('th\xe9', 'latin1') });
    expect(tea).toMatchObject({ name: 'tea', rawName: undefined, unsafe: undefined });
    expect(other).toMatchObject({ name: 'cafè/tea', unsafe: true });
  });

  it('is removed from MLSD lines, but not from the cdir and pdir entries', async () => {
    answer(['type=cdir; /srv', 'type=file; /srv/a', 'type=pdir; /'], 'MLSD');
    expect((await list('/srv')).map(({ name }) => name)).toEqual(['a']);
    expect((await list('/srv', { all: true })).map(({ name, unsafe }) => [name, unsafe])).toEqual([
      ['/srv', true],
      ['a', undefined],
      ['/', true],
    ]);
  });

  it('does not prevent stat() from finding a file', async () => {
    answer([unix('outbox/a'), unix('outbox/b')]);
    server.handle('SIZE', (session) => session.reply('550 No.'));
    server.handle('MDTM', (session) => session.reply('550 No.'));
    expect(await ftp.stat('outbox/b')).toMatchObject({ name: 'b', size: 5 });
  });
});

describe('the names . and ..', () => {
  const LINES = [
    unix('.'),
    unix('..'),
    folder('.'),
    folder('..'),
    folder('../'),
    unix('./'),
    unix('../'),
    'lrwxrwxrwx 1 me us 4 Jan 29 03:26 . -> /etc',
    'lrwxrwxrwx 1 me us 4 Jan 29 03:26 .. -> /etc',
    'crw-r----- 1 me us 0, 27 Jan 30 11:42 ..',
    unix('outbox/.'),
    unix('outbox/..'),
    folder('outbox/../'),
    dos('.'),
    dos('..'),
    '05/18/2018  08:37 AM    <DIR>          ..',
    '05/18/2018  08:37 AM    <SYMLINKD>     .. [C:\\]',
    '                 0  DIR            04-11-95   16:26  ..',
    '               612  A              04-11-95   16:26  ..',
    'type=file; ..',
    'type=dir; .',
    'type=OS.unix=slink:/; ..',
    'size=5; ..',
    'type=cdir; outbox',
    'type=pdir; /',
    '+/,\t..',
    '+r,s5,\t..',
    'd [R----F--] supervisor            512       Jan 16 18:53    ..',
    '..DIR;1  1 19-NOV-2001 21:41 [root,root] (RWE,RWE,RE,RE)',
    'QSYS            77824 02/23/00 15:09:55 *DIR ../',
    '0  Dec 12, 2002 02:13 ../',
    '..',
  ];
  const HIDDEN = ['.env', '...', '..a', '.a', '. ', '.. '];

  it.each(['LIST', 'MLSD'] as const)(
    'are omitted from %s, whatever type the line claims',
    async (by) => {
      answer([...LINES, ...HIDDEN.map(unix)], by);
      expect((await list('outbox')).map(({ name }) => name)).toEqual(HIDDEN);
      const all = await list('outbox', { all: true });
      expect(all).toHaveLength(LINES.length + HIDDEN.length);
    },
  );

  it('are omitted from the results of a custom parser, too', async () => {
    answer(['..', 'a']);
    const parser = (name: string) => ({ name });
    expect((await list('', { parser })).map(({ name }) => name)).toEqual(['a']);
  });
});

describe('an MLSD reply with lines in other formats', () => {
  it('is parsed by the format of each line', async () => {
    answer(
      [
        'total 8',
        '-rw-r--r--    1 me       us              5 Jan 29 03:26 a = b; c',
        'drwxr-xr-x    2 me       us           4096 Jan 29 03:26 sub',
        '04-27-20  11:59PM                    7 dos=1',
        ' 131146 4 -rw-r--r-- 1 me us 531 Feb 29 12:30 inode',
        'type=file;size=9; facts',
        '',
      ],
      'MLSD',
    );
    const unparsed: string[] = [];
    const entries = await list('', { unparsed: (line) => unparsed.push(line) });
    expect(entries.map(({ name, size, type }) => [name, size, type])).toEqual([
      ['a = b; c', 5, 'file'],
      ['sub', 4096, 'directory'],
      ['dos=1', 7, 'file'],
      ['inode', 531, 'file'],
      ['facts', 9, 'file'],
    ]);
    expect(unparsed).toEqual([]);
  });

  it('may have a name without facts, and reports unknown lines as unparsed', async () => {
    answer([' no facts', 'what is this?', 'type=file;'], 'MLSD');
    const unparsed: string[] = [];
    const entries = await list('', { unparsed: (line) => unparsed.push(line) });
    expect(entries.map(({ name }) => name)).toEqual(['no facts']);
    expect(unparsed).toEqual(['what is this?', 'type=file;']);
  });

  it('keeps the `unique` fact, but does not use it as the target of a link', async () => {
    const facts = 'modify=20240229123059;perm=adfr;size=5';
    answer(
      [`${facts};type=file;unique=FD01U2; x`, `${facts};type=OS.unix=symlink;unique=FD01U2; link`],
      'MLSD',
    );
    expect(await list('')).toMatchObject([
      { name: 'x', type: 'file', facts: { unique: 'FD01U2' } },
      { name: 'link', type: 'symlink', target: undefined, facts: { unique: 'FD01U2' } },
    ]);
  });
});
