import { describe, expect, it } from '@jest/globals';
import { readBytes, readLines } from './helpers';

/** The entry in a line. It must be the same whether the line is read as text or as bytes. */
function entryOf(line: string) {
  const asText = readLines([line]);
  expect(readBytes([line])).toEqual(asText);
  expect([line, asText.entries.length]).toEqual([line, 1]);
  return asText.entries[0];
}

const unix = (date: string, name = 'name') =>
  `-rw-r--r--   1 root     root         2336 ${date} ${name}`;
const shown = (date: Date | undefined) => date?.toISOString().slice(0, 16).replace('T', ' ');

describe('an unreadable date in the output of ls', () => {
  it.each([
    // Unknown languages.
    ...[
      'lis 12 2024',
      'lis 12 10:59',
      '12 lis 2024',
      '12. lis., 20:10',
      'Μάι 12 10:59',
      'srp  1  2020',
    ],
    ...[
      'يناير ١٢ ٢٠٢٤',
      'يناير ١٢ ١٠:٥٩',
      'ม.ค. 12 2567',
      'ינו׳ 12 10:59',
      'Thg 1 12 2024',
      'Thg 1 12 10:59',
    ],
    ...[
      'जन॰ १२ २०२४',
      'хуан 12 2024',
      '12 de enero de 2024',
      '12. studenoga 2024.',
      'pon 12 lis 10:59',
    ],
    ...[
      '13월 32 2024',
      '13月 32日 2024年',
      '13月 32日 10:59',
      '2024年 13月 32日',
      '13月32日 14時21分',
      'M01 12 2024',
    ],
    // A year in front, joined to the month or to the whole date.
    ...[
      '05年5月 7日',
      '05年5月7日',
      '平成17年5月 7日',
      '2005年13月 7日',
      '2005年13月7日',
      '2005年2月30日',
    ],
    // Impossible days, months and times.
    ...[
      'Feb 29  2023',
      'Feb 30 12:30',
      'Apr 31 12:30',
      'Jan 0 12:30',
      'Jan 32 2024',
      'Jan -7 18:79',
    ],
    ...[
      '000 12 2024',
      '00 12 2024',
      '000 00 1900',
      '000 12 10:59',
      '13 12 12:30',
      '13-45 10:59',
      '00-00 2024',
    ],
    ...['Jan 29 24:01', 'Jan 29 25:61', 'Jan 29 12:60', 'Jan 29 12:30:61', 'Nov 32 10:11:12 2003'],
    ...['Jan 29 10:59PM', 'Oct 38, 2002 09:47', 'Nov 16 12001', 'Nov 16 02001', 'Nov 16 099'],
    ...[
      '2024-02-30 12:30',
      '2024-13-01',
      '2024-00-00 00:00',
      '0000-00-00',
      '2024-02-29 24:61',
      '31.04.2024 12:30',
    ],
    ...[
      '00.00.0000',
      '31/02/2024',
      '2024-02-29 12:30:61.123456789 +0200',
      '2024-02-29 12:30:59.5Z',
    ],
    ...['2024-02-29T12:30:59.5Z', '01-foo-99', '32-jan-99', 'Foo-01-1999'],
    // Incomplete dates.
    ...['Aug 22', '22 Aug'],
  ])('does not affect name, size and other columns: %s', (date) => {
    for (const name of ['name', 'a name', '2024', '2024-01-02 report', '12 monkeys']) {
      // A number at the start of the name would be taken for the missing year.
      if (/^(?:Aug 22|22 Aug)$/.test(date) && /^\d/.test(name)) continue;
      expect(entryOf(unix(date, name))).toMatchObject({
        name,
        type: 'file',
        size: 2336,
        modified: undefined,
        modifiedPrecision: undefined,
        modifiedZone: undefined,
        facts: { modified: date },
        permissions: 0o644,
        owner: 'root',
        group: 'root',
        links: 1,
      });
    }
  });

  // biome-ignore format: a table
  it.each<[line: string, expected: object]>([
    ['lrwxrwxrwx 1 root root 7 lis 12 2024 link -> usr/bin',      { name: 'link', type: 'symlink', size: 7, target: 'usr/bin' }],
    ['drwxr-xr-x 2 root root 4096 lis 12 2024 folder/',           { name: 'folder', type: 'directory', size: 4096 }],
    ['drwx------ 4 maxm Domain Users 512 lis 2 10:59 .metadata',  { name: '.metadata', size: 512, group: 'Domain Users' }],
    ['-rw-r--r-- 1 root 531 lis 12 2024 no group',                { name: 'no group', size: 531, owner: 'root', group: undefined }],
    ['-rw-r--r-- 1 1000 1000 531 lis 12 2024 in numbers',         { name: 'in numbers', size: 531, owner: '1000', group: '1000' }],
    ['-rw-r--r-- 1 0 0 531 000 12 10:59 in numbers',              { name: 'in numbers', size: 531, owner: '0', group: '0' }],
    ['-rw-r--r-- 1 mar 12 531 lis 29 03:26 an owner like a month', { name: 'an owner like a month', size: 531, owner: 'mar' }],
    ['-rw-r--r-- 1 root root 531 lis 12  2024  kept blank',       { name: ' kept blank', size: 531 }],
    ['-rw-r--r-- 1 root root 531 lis 12 10:59  kept blank',       { name: ' kept blank', size: 531 }],
    ['-rw-r--r-- 1 root root 4.0K lis 12 2024 human',             { name: 'human', size: undefined }],
    ['crw-r----- 1 root kmem 0, 27 lis 30 11:42 kmem',            { name: 'kmem', type: 'other', size: undefined }],
    ['-------r--         326  1391972  1392298 Nov 32  1995 mac', { name: 'mac', size: 1392298 }],
    [' 131146 4 -rw-r--r-- 1 root root 531 lis 12 2024 inode',    { name: 'inode', size: 531 }],
  ])('does not shift the other columns: %s', (line, expected) => {
    const entry = entryOf(line);
    expect(entry).toMatchObject({ ...expected, modified: undefined });
    expect(entry?.facts?.['modified']).toBeDefined();
  });

  // Lines without a date.
  it.each([
    'services',
    'report 12',
    '12 monkeys',
    '2024 budget',
    'a 2024 b',
    '1.2.3 notes',
    'v1.2 x',
  ])('is not found in the name %j', (name) => {
    expect(entryOf(`-rw-r--r-- 1 14 staff 2048 ${name}`)).toMatchObject({
      name,
      size: 2048,
      facts: undefined,
    });
  });

  it.each(['Jan 29 12:30', 'Jan 29 2024', 'lis 12 2024'])(
    'is not taken for the name if that is missing: %s',
    (date) => {
      const line = unix(date, '').trimEnd();
      expect(readLines([line])).toEqual({ entries: [], unparsed: [line] });
    },
  );
});

describe('the year in the output of ls', () => {
  // biome-ignore format: a table
  it.each<[rest: string, name: string, modified: string]>([
    ['16 Nov 2001  readme.txt',  'readme.txt',  '2001-11-16 00:00'], // left-aligned in five columns
    [' 6 Nov 2001  readme.txt',  'readme.txt',  '2001-11-06 00:00'],
    ['16 nov. 2001  readme.txt', 'readme.txt',  '2001-11-16 00:00'],
    ['16 Nov 2001   readme.txt', ' readme.txt', '2001-11-16 00:00'],
    ['16 Nov 2001 readme.txt',   'readme.txt',  '2001-11-16 00:00'],
    ['16 Nov  2001 readme.txt',  'readme.txt',  '2001-11-16 00:00'], // right-aligned
    ['16 Nov  2001  readme.txt', ' readme.txt', '2001-11-16 00:00'],
    ['16 Nov 12:30  readme.txt', ' readme.txt', '2023-11-16 12:30'],
    ['Nov 16 2001  readme.txt',  'readme.txt',  '2001-11-16 00:00'], // AIX
    ['Nov 16  2001  readme.txt', ' readme.txt', '2001-11-16 00:00'],
    ['Nov 16 12:30  readme.txt', ' readme.txt', '2023-11-16 12:30'],
    // With two or three digits.
    ['Nov 16 01 readme.txt',     'readme.txt',  '2001-11-16 00:00'],
    ['Nov 16 99 readme.txt',     'readme.txt',  '1999-11-16 00:00'],
    ['Nov 16   101 readme.txt',  'readme.txt',  '2001-11-16 00:00'],
    ['16 Nov 01 readme.txt',     'readme.txt',  '2001-11-16 00:00'],
    ['16 Nov 01    readme.txt',  'readme.txt',  '2001-11-16 00:00'],
    ['16 Nov 101 readme.txt',    'readme.txt',  '2001-11-16 00:00'],
    ['16 Nov 101   readme.txt',  'readme.txt',  '2001-11-16 00:00'],
    ['16. nov. 24 readme.txt',   'readme.txt',  '2024-11-16 00:00'],
    ['2024-02-29 12:30:59,5 x',  'x',           '2024-02-29 12:30'],
  ])('is read from %j', (rest, name, modified) => {
    const entry = entryOf(`-rw-r--r-- 1 root root 2336 ${rest}`);
    expect([entry?.name, entry?.size, shown(entry?.modified)]).toEqual([name, 2336, modified]);
  });
});

describe('an unreadable date in a listing of another system', () => {
  // biome-ignore format: a table
  it.each<[line: string, expected: object, modified: string]>([
    ['00-00-00  00:00AM                  589 dos',        { name: 'dos', type: 'file', size: 589 }, '00-00-00  00:00AM'],
    ['31.04.2024  08:37    <DIR>          dos',           { name: 'dos', type: 'directory' }, '31.04.2024  08:37'],
    ['27-Apr-00  03:47PM                 589 dos',        { name: 'dos', size: 589 }, '27-Apr-00  03:47PM'],
    ['2024/04/27  下午 03:47               589 dos',        { name: 'dos', size: 589 }, '2024/04/27  下午 03:47'],
    ['27/04/2024  03:47 μμ    <DIR>          dos',        { name: 'dos', type: 'directory' }, '27/04/2024  03:47 μμ'],
    ['04-27-2024  1:2               589 dos',             { name: 'dos', size: 589 }, '04-27-2024  1:2'],
    ['     0           DIR   31-31-97   11:49  OS2',      { name: 'OS2', type: 'directory', size: 0 }, '31-31-97   11:49'],
    ['   345      A          12-foo-98   10:59  OS2',     { name: 'OS2', type: 'file', size: 345 }, '12-foo-98   10:59'],
    ['A.TXT;1  1/3  2-LIS-2003 10:30:13',                 { name: 'A.TXT;1', type: 'file' }, '2-LIS-2003 10:30:13'],
    ['A.DIR;1  1/3  00-000-0000 10:30:13',                { name: 'A', type: 'directory' }, '00-000-0000 10:30:13'],
    ['A.TXT;1  1/3  2-JUL-103 10:30:13',                  { name: 'A.TXT;1', type: 'file' }, '2-JUL-103 10:30:13'],
    ['ALV           101             2522 31-Feb-02 13:57:10 155,106 "nnnn"', { name: 'ALV', size: 2522 }, '31-Feb-02 13:57:10'],
    ['d [R----F--] supervisor            512       lis 16 18:53    login', { name: 'login', type: 'directory', size: 512 }, 'lis 16 18:53'],
    ['- [R----F--] supervisor            512       16 lis 2001     login', { name: 'login', type: 'file', size: 512 }, '16 lis 2001'],
    ['206876  Lis 04, 2000 21:06 VShell',                 { name: 'VShell', size: 206876 }, 'Lis 04, 2000 21:06'],
    ['2048    Feb-28-1998  25:23:30   VxWorks <DIR>',     { name: 'VxWorks', type: 'directory' }, 'Feb-28-1998  25:23:30'],
    ['PEP  422 31/31/31 14:06:26 *STMF      readme',      { name: 'readme', type: 'file', size: 422 }, '31/31/31 14:06:26'],
    ['PEP  422 24/lis/24 14:06:26 *STMF      readme',     { name: 'readme', type: 'file', size: 422 }, '24/lis/24 14:06:26'],
    ['SAVE03    01.03 2002/09/12 2002/10/41 09:37    11    11     0 KIL001', { name: 'SAVE03', type: 'file' }, '2002/10/41 09:37'],
  ])('does not affect name, type and size: %s', (line, expected, modified) => {
    expect(entryOf(line)).toMatchObject({ ...expected, modified: undefined, facts: { modified } });
  });

  it('is read as a day if only the time is missing', () => {
    for (const line of ['04-27-00    589 dos', '04-27-00  <DIR>  dos']) {
      expect(entryOf(line)).toMatchObject({ name: 'dos', modifiedPrecision: 'day' });
      expect(shown(entryOf(line)?.modified)).toBe('2000-04-27 00:00');
    }
  });

  it('has two digits for 1940 to 2039 in OS/400: 69 is 1969, 39 is 2039', () => {
    const entry = entryOf('QSYS   8192 31.12.69 16:00:00 *FLR QDLS/');
    expect(shown(entry?.modified)).toBe('1969-12-31 16:00');
    expect(shown(entryOf('QSYS 1 31.12.39 16:00:00 *FLR QDLS/')?.modified)).toBe(
      '2039-12-31 16:00',
    );
  });
});

describe('a year in front of an East Asian date', () => {
  it.each([
    ['2005年5月 7日', '2005-05-07 00:00'],
    ['2005年5月7日', '2005-05-07 00:00'],
    ['2005年 5月 7日', '2005-05-07 00:00'],
    ['2005년5월 7일', '2005-05-07 00:00'],
    ['2005年05月07日 12:30', '2005-05-07 12:30'],
    ['2005年5月 7日 12:30', '2005-05-07 12:30'],
    ['2005年 5月 7日 12:30', '2005-05-07 12:30'],
  ])('is read, and does not become part of the name: %s', (date, modified) => {
    for (const name of ['name', 'a name', '12 monkeys', '2024']) {
      const entry = entryOf(unix(date, name));
      expect(entry).toMatchObject({ name, size: 2336 });
      expect(shown(entry?.modified)).toBe(modified);
    }
  });

  it('is read in Shift JIS, where the word for "year" contains an ASCII byte', () => {
    const line = unix('2005\x94N5\x8c\x8e 7\x93\xfa');
    const [entry] = readLines([line]).entries;
    expect(entry).toMatchObject({ name: 'name', size: 2336 });
    expect(shown(entry?.modified)).toBe('2005-05-07 00:00');
  });
});
