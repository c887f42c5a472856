import { LINES } from './corpus';

/** Random numbers from 0 to below 1, reproducible by the seed (xorshift). */
export function randomOf(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

/** Pieces of lines in all dialects, and some that occur in none. */
const PIECES: readonly string[] = [
  ...[
    '-rw-r--r--',
    'drwxr-sr-t',
    'lrwxrwxrwx',
    'crw-------',
    '-',
    'd',
    '[R----F--]',
    '+',
    '.',
    '@',
  ],
  ...[
    '1',
    '0',
    '12',
    '29',
    '2024',
    '99',
    '103',
    '531',
    '9,730',
    '33.5k',
    '0, 27',
    '9007199254740993',
  ],
  ...['Jan', 'feb.', 'Mär', 'août', '6月', '18日', '2003年', '14時21分', '3\xed\xef', 'JUI', 'Jam'],
  ...[
    '03:26',
    '3:6',
    '24:00',
    '25:61',
    '12:09PM',
    '10:30:13.64',
    '+0200',
    'a.m.',
    '04-27-00',
    '2005-06-07',
  ],
  ...['24.04.2003', '01-jun-99', '2-JUL-2003', '09-26', '2003/05/21', '**NONE**', '1998/07/30'],
  ...['<DIR>', '<JUNCTION>', '<SYMLINKD>', '[C:\\x]', ' -> ', 'folder', 'total', 'DIR', 'RHSA'],
  ...['A.TXT;1', 'B.DIR;12', '9/12', '[GROUP,OWNER]', '(RWED,RWED,RE,)', '%RMS-E-PRV', ';', ';1'],
  ...['3390', 'Tape', 'PS', 'PO-E', 'VSAM', 'Migrated', '01.03', '005F48', 'JOB01906', 'OUTPUT'],
  ...['*DIR', '*MEM', '*STMF', '"nunu"', '255,', '101', 'Oct 08,', 'Feb-28-1998'],
  ...[
    'type=file;',
    'size=5;',
    'modify=20240229123059.5;',
    'type=OS.unix=slink:/x;',
    '__proto__=x;',
    '=',
  ],
  ...[
    'm825718503,',
    'r,',
    's280,',
    '/,',
    'up755',
    '\t',
    '..',
    '/',
    '\\',
    '\x1b]0;',
    '\0',
    '\u202e',
    '\xff',
  ],
  ...[
    'Volume Unit Dsname',
    'Name VV.MM',
    'JOBNAME JOBID',
    'ID STEPNAME BYTE-COUNT',
    'File Code EOF RWEP',
  ],
  ...[
    'V',
    'F',
    'DIR',
    'A1',
    '13/32/02',
    '0100644',
    '123456789',
    '*FLR',
    'drw-r--rw',
    '12 lis',
    'Thg 1',
  ],
  ...[
    'Volume Referred Dsname',
    'Filename Filetype Fm',
    'Not Mounted',
    '4096PO',
    "'x'",
    '< Not a >',
  ],
  ...['', ' ', '  ', '          ', 'x', 'name', 'a b', '世界 🎉', '\ud800'],
];

export type Kind = 'mutated' | 'composed' | 'random';

/**
 * A line that is unusual, invalid or merely unlikely.
 *
 * @param lines - the lines to mutate
 */
export function hostileLine(
  random: () => number,
  kind: Kind,
  lines: readonly string[] = LINES,
): string {
  const below = (limit: number) => Math.floor(random() * limit);
  const any = <T>(list: readonly T[]) => list[below(list.length)] as T;
  switch (kind) {
    case 'mutated':
      return mutated(any(lines), any(LINES), below, any);
    case 'composed':
      return Array.from({ length: 1 + below(12) }, () => any(PIECES)).join(
        random() < 0.8 ? ' ' : '',
      );
    case 'random':
      return Array.from({ length: below(60) }, () =>
        String.fromCharCode(random() < 0.9 ? below(0x100) : below(0x10000)),
      ).join('');
  }
}

function mutated(
  line: string,
  other: string,
  below: (limit: number) => number,
  any: (list: readonly string[]) => string,
): string {
  let text = line;
  for (let times = 1 + below(4); times > 0; times--) {
    const at = below(text.length + 1);
    const length = below(8);
    switch (below(6)) {
      case 0: // remove some characters
        text = text.slice(0, at) + text.slice(at + length);
        break;
      case 1: // insert a piece
        text = text.slice(0, at) + any(PIECES) + text.slice(at);
        break;
      case 2: // replace a character
        text = text.slice(0, at) + String.fromCharCode(below(0x180)) + text.slice(at + 1);
        break;
      case 3: // continue as another line
        text = text.slice(0, at) + other.slice(below(other.length + 1));
        break;
      case 4: // repeat a part
        text =
          text.slice(0, at) + text.slice(at, at + length).repeat(1 + below(20)) + text.slice(at);
        break;
      default: // truncate
        text = text.slice(0, at);
    }
  }
  return text;
}

/** Long lines of repeated parts, on which a parser that backtracks would be slow. */
export function longLines(length: number): readonly string[] {
  const units = [
    ...[
      'a',
      ' ',
      '\t',
      '0',
      '9',
      '-',
      ':',
      ';',
      '=',
      ',',
      '.',
      '/',
      '[',
      ']',
      '(',
      ')',
      '<',
      '>',
      '"',
      '*',
    ],
    ...[
      'a ',
      '1 ',
      'a=b;',
      ';=',
      'r,',
      '/,',
      ' -> ',
      'Jan 1 ',
      '1 Jan ',
      '1-',
      '1-1-',
      '12:30 ',
      '6月 ',
      '\xed ',
    ],
    ...['a;1 ', '[a,b] ', '(R,) ', '<DIR> ', '9/9 ', '9,999', '+', '\0', '\xff', '世'],
  ];
  const heads = [
    ...['', '-rw-r--r-- ', '-rw-r--r-- 1 root root 531 Jan 29 03:26 ', '-rw-r--r-- 1 '],
    ...[
      'lrwxrwxrwx 1 root root 5 Jan 29 03:26 ',
      '04-27-00  12:09PM ',
      '04-27-00  12:09PM <JUNCTION> ',
    ],
    ...[
      'A.TXT;1 ',
      'A.TXT;1 2-JUL-2003 ',
      'd [',
      '+',
      'type=',
      'QSYS 7 ',
      'X 101 528 ',
      '531 ',
      '531 Apr 04, ',
    ],
    ...['0100644 ', '0100644 0 0 5 7 ', 'README X V ', "05/20/2000 13:38:19 F 1 5 '", ' 8192 '],
    ...['-rw-r--r-- 1 root root 531 lis 12 ', 'drw-r--rw ', '27-Apr-00  ', 'type=file;'],
    ...['WYOSPT 3420 ', 'A 01.01 ', 'A JOB01906 ', 'total '],
  ];
  return heads.flatMap((head) =>
    units.flatMap((unit) => {
      const long = head + unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
      return [long, `${long} x`];
    }),
  );
}
