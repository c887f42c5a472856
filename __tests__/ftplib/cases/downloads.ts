import { data, dataReset, raw, type Step, silence, turns } from '../dialogue-server';
import type { Case } from '../trace';

const MANY = 'x'.repeat(100_000);
const BINARY = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

function answered(name: string, ...steps: Step[]): Case {
  return {
    name,
    script: { RETR: steps },
    calls: [['retrbinary', 'RETR a'], ['get', 'lastresp'], ['pwd']],
  };
}

export const DOWNLOADS: readonly Case[] = [
  answered('a file', '150 here it comes', data('hello'), '226 done'),
  answered('an empty file', '150 here it comes', data(''), '226 done'),
  answered('all byte values', '150 here it comes', data(BINARY), '226 done'),
  answered('a long file', '150 here it comes', data(MANY), '226 done'),
  answered('125 instead of 150', '125 go', data('hello'), '226 done'),
  answered('110 instead of 150', '110 go', data('hello'), '226 done'),
  answered('250 instead of 226', '150 go', data('hello'), '250 done'),
  answered('200 instead of 226', '150 go', data('hello'), '200 done'),
  answered('202 instead of 226', '150 go', data('hello'), '202 done'),
  answered('213 instead of 226', '150 go', data('hello'), '213 done'),
  answered('350 instead of 226: error_reply', '150 go', data('hello'), '350 what'),
  answered('426 instead of 226', '150 go', data('hello'), '426 cut'),
  answered('451 instead of 226', '150 go', data('hello'), '451 disk'),
  answered('550 instead of 226', '150 go', data('hello'), '550 gone'),
  answered('150 twice', '150 one', '150 two', data('hello'), '226 done'),
  answered('200 before 150', '200 first', '150 go', data('hello'), '226 done'),
  answered('226 before 150', '226 first', '150 go', data('hello'), '226 done'),
  answered('200 before 550', '200 first', '550 no'),
  answered('350 instead of 150', '350 what'),
  answered('226 before the data', '150 go', '226 done', data('hello')),
  answered('226 twice', '150 go', data('hello'), '226 done', '226 done again'),
  answered('multi-line 226', '150 go', data('hello'), '226-Done', ' 0.007 seconds', '226 5 bytes'),
  answered(
    'multi-line 226 (Pure-FTPd)',
    '150 Accepted data connection',
    data('hello'),
    '226-File successfully transferred',
    '226 0.000 seconds (measured here), 20.73 Kbytes per second',
  ),
  answered('multi-line 150', '150-Here', '150 it comes', data('hello'), '226 done'),
  answered('bare line feeds', raw('150 go\n'), data('hello'), raw('226 done\n')),
  answered(
    '150 with the size',
    '150 Opening BINARY mode data connection for a (5 bytes)',
    data('hello'),
    '226 done',
  ),
  answered(
    '150 with a smaller size',
    '150 Opening BINARY mode data connection for a (3 bytes)',
    data('hello'),
    '226 done',
  ),
  answered(
    '150 with a larger size',
    '150 Opening BINARY mode data connection for a (9 bytes)',
    data('hello'),
    '226 done',
  ),
  answered('data connection reset, then 426', '150 go', dataReset('hello'), '426 cut'),
  answered('data connection reset, then 226', '150 go', dataReset('hello'), '226 done'),
  ...['425 no data connection', '450 busy', '550 No such file', '501 what', '530 log in first'].map(
    (reply): Case => ({
      name: `rejected: "${reply}"`,
      script: { RETR: turns(reply, ['150 go', data('hello'), '226 done']) },
      calls: [['retrbinary', 'RETR a'], ['get', 'lastresp'], ['pwd'], ['retrbinary', 'RETR a']],
    }),
  ),
  {
    name: 'rejected with a multi-line reply',
    script: { RETR: ['550-No', '550 really no'] },
    calls: [['retrbinary', 'RETR a']],
  },
  {
    name: 'TYPE rejected',
    script: { TYPE: '504 no' },
    calls: [['retrbinary', 'RETR a'], ['retrlines', 'RETR a'], ['pwd']],
  },
  {
    name: 'TYPE answered with 3yz',
    script: { TYPE: '350 what' },
    calls: [['retrbinary', 'RETR a'], ['pwd']],
  },
  {
    name: 'TYPE A answered with 3yz',
    script: { TYPE: '350 what' },
    calls: [['retrlines', 'RETR a'], ['pwd']],
  },
  { name: 'no 150', script: { RETR: silence }, calls: [['retrbinary', 'RETR a']], timeout: 250 },
  {
    name: 'no 226',
    script: { RETR: ['150 go', data('hello')] },
    calls: [['retrbinary', 'RETR a']],
    timeout: 250,
  },
  {
    name: 'data and 226 without 150',
    script: { RETR: [data('hello'), '226 done'] },
    calls: [['retrbinary', 'RETR a']],
    timeout: 300,
  },
  {
    name: 'no data',
    script: { RETR: ['150 go'] },
    calls: [['retrbinary', 'RETR a']],
    timeout: 250,
  },
  { name: 'a small blocksize', calls: [['retrbinary', 'RETR a', 3]] },
  {
    name: 'a large blocksize',
    script: { RETR: ['150 go', data(MANY), '226 done'] },
    calls: [['retrbinary', 'RETR a', 1_000_000]],
  },
  { name: 'rest', calls: [['retrbinary', 'RETR a', 8192, 100]] },
  { name: 'rest of 0', calls: [['retrbinary', 'RETR a', 8192, 0]] },
  { name: 'rest beyond 4 GiB', calls: [['retrbinary', 'RETR a', 8192, 10_000_000_000]] },
  {
    name: 'rest, answered with 2yz',
    script: { REST: '200 ok' },
    calls: [['retrbinary', 'RETR a', 8192, 100]],
  },
  {
    name: 'rest, rejected',
    script: { REST: turns('502 no', '350 ok') },
    calls: [['retrbinary', 'RETR a', 8192, 100], ['pwd'], ['retrbinary', 'RETR a']],
  },
  {
    name: 'rest, rejected with 450',
    script: { REST: '450 no' },
    calls: [['retrbinary', 'RETR a', 8192, 100], ['pwd']],
  },
  {
    name: 'rest, with RETR rejected',
    script: { RETR: turns('550 no', ['150 go', data('hello'), '226 done']) },
    calls: [
      ['retrbinary', 'RETR a', 8192, 100],
      ['retrbinary', 'RETR a'],
    ],
  },
  {
    name: 'rest, with the size of the whole file in the 150',
    script: { RETR: ['150 go (105 bytes)', data('hello'), '226 done'] },
    calls: [['retrbinary', 'RETR a', 8192, 100]],
  },
  {
    name: 'REST sent with sendcmd',
    calls: [
      ['sendcmd', 'REST 100'],
      ['retrbinary', 'RETR a'],
    ],
  },
  {
    name: 'several downloads in a row',
    calls: [
      ['retrbinary', 'RETR a'],
      ['retrbinary', 'RETR b'],
      ['retrlines', 'RETR c'],
      ['retrlines', 'RETR d'],
      ['retrbinary', 'RETR e'],
    ],
  },
  {
    name: 'TYPE sent with voidcmd and sendcmd',
    calls: [
      ['voidcmd', 'TYPE I'],
      ['retrbinary', 'RETR a'],
      ['sendcmd', 'TYPE A'],
      ['retrlines', 'RETR b'],
    ],
  },
  { name: 'a non-ASCII name', calls: [['retrbinary', 'RETR ä']] },
  {
    name: 'a command in lower case',
    script: { retr: ['150 go', data('hello'), '226 done'] },
    calls: [['retrbinary', 'retr a']],
  },
  { name: 'a listing with retrbinary', calls: [['retrbinary', 'LIST']] },
  ...[
    ['lines', 'one\r\ntwo\r\n'],
    ['no lines', ''],
    ['no line end after the last line', 'one\r\ntwo'],
    ['bare line feeds', 'one\ntwo\n'],
    ['bare carriage returns', 'one\rtwo\r\n'],
    ['two carriage returns', 'one\r\r\ntwo\r\n'],
    ['a carriage return at the end', 'one\r\ntwo\r'],
    ['empty lines', '\r\n\r\none\r\n\r\n'],
    ['spaces', '  one  \r\n\t\r\n'],
    ['Unicode separators', 'a\u2028b\u0085c\u000bd\u000ce\x1cf\r\n'],
    ['UTF-8', 'ä€😀\r\n'],
    ['NUL', 'a\0b\r\n'],
    ['a byte order mark', '\ufeffa\r\n'],
    ['a line of 8000 bytes', `${'x'.repeat(8000)}\r\n`],
    ['a line of 8192 bytes', `${'x'.repeat(8192)}\r\n`],
    ['a line of 10000 bytes', `${'x'.repeat(10_000)}\r\n`],
  ].map(
    ([name, text = '']): Case => ({
      name: `retrlines: ${name}`,
      script: { RETR: ['150 go', data(text), '226 done'] },
      calls: [['retrlines', 'RETR a'], ['pwd']],
    }),
  ),
  {
    name: 'retrlines: a line that exceeds every limit',
    script: { RETR: ['150 go', data(`${'x'.repeat(100_000)}\r\n`), '226 done'] },
    calls: [['retrlines', 'RETR a']],
  },
  {
    name: 'retrlines: bytes that are not UTF-8',
    script: { RETR: ['150 go', data(Buffer.from('\xe4\r\n', 'latin1')), '226 done'] },
    calls: [['retrlines', 'RETR a']],
  },
  {
    name: 'retrlines: latin1',
    encoding: 'latin1',
    script: { RETR: ['150 go', data(Buffer.from('\xe4\r\n', 'latin1')), '226 done'] },
    calls: [['retrlines', 'RETR a']],
  },
  {
    name: 'retrlines: rejected',
    script: { RETR: '550 no' },
    calls: [['retrlines', 'RETR a'], ['pwd']],
  },
  {
    name: 'retrlines: 451 instead of 226',
    script: { RETR: ['150 go', data('one\r\n'), '451 disk'] },
    calls: [['retrlines', 'RETR a'], ['pwd']],
  },
];
