import { receive, receiveSome, resetData, type Step, silence, turns } from '../dialogue-server';
import type { Case } from '../trace';

const MANY = 'x'.repeat(20_000);
const HUGE = 'x'.repeat(20_000_000);

function answered(name: string, ...steps: Step[]): Case {
  return {
    name,
    script: { STOR: steps },
    calls: [['storbinary', 'STOR a', 'hello'], ['get', 'lastresp'], ['pwd']],
  };
}

export const UPLOADS: readonly Case[] = [
  answered('a file', '150 go', receive, '226 done'),
  { name: 'an empty file', calls: [['storbinary', 'STOR a', '']] },
  { name: 'several blocks', calls: [['storbinary', 'STOR a', MANY]] },
  { name: 'a small blocksize', calls: [['storbinary', 'STOR a', 'hello', 2]] },
  {
    name: 'all byte values',
    calls: [
      ['storbinary', 'STOR a', String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i))],
    ],
  },
  { name: 'APPE', calls: [['storbinary', 'APPE a', 'hello']] },
  {
    name: 'STOU',
    script: { STOU: ['150 FILE: b', receive, '226 done'] },
    calls: [
      ['storbinary', 'STOU', 'hello'],
      ['storbinary', 'STOU a', 'hello'],
    ],
  },
  { name: 'rest', calls: [['storbinary', 'STOR a', 'hello', 8192, 100]] },
  {
    name: 'rest, rejected',
    script: { REST: '502 no' },
    calls: [
      ['storbinary', 'STOR a', 'hello', 8192, 100],
      ['pwd'],
      ['storbinary', 'STOR a', 'hello'],
    ],
  },
  answered('125 instead of 150', '125 go', receive, '226 done'),
  answered('250 instead of 226', '150 go', receive, '250 done'),
  answered('200 instead of 226', '150 go', receive, '200 done'),
  answered('350 instead of 226: error_reply', '150 go', receive, '350 what'),
  answered('452 instead of 226', '150 go', receive, '452 disk full'),
  answered('552 instead of 226', '150 go', receive, '552 quota'),
  answered('multi-line 226', '150 go', receive, '226-Stored', ' in no time', '226 done'),
  answered('226 twice', '150 go', receive, '226 done', '226 done again'),
  answered('200 before 150', '200 first', '150 go', receive, '226 done'),
  answered('350 instead of 150', '350 what'),
  ...[
    '425 no data connection',
    '452 disk full',
    '550 no',
    '553 bad name',
    '532 account needed',
  ].map(
    (reply): Case => ({
      name: `rejected: "${reply}"`,
      script: { STOR: turns(reply, ['150 go', receive, '226 done']) },
      calls: [
        ['storbinary', 'STOR a', 'hello'],
        ['get', 'lastresp'],
        ['pwd'],
        ['storbinary', 'STOR a', 'hello'],
      ],
    }),
  ),
  {
    name: 'no 150',
    script: { STOR: silence },
    calls: [['storbinary', 'STOR a', 'hello']],
    timeout: 250,
  },
  {
    name: 'no 226',
    script: { STOR: ['150 go', receive] },
    calls: [['storbinary', 'STOR a', 'hello']],
    timeout: 250,
  },
  {
    name: '452 and data connection reset during the transfer',
    script: { STOR: ['150 go', receiveSome(1000), '452 disk full', resetData] },
    calls: [['storbinary', 'STOR a', HUGE], ['pwd']],
  },
  {
    name: '226 and data connection reset during the transfer',
    script: { STOR: ['150 go', receiveSome(1000), '226 enough', resetData] },
    calls: [['storbinary', 'STOR a', HUGE], ['pwd']],
  },
  ...[
    ['lines', 'one\r\ntwo\r\n'],
    ['no lines', ''],
    ['no line end after the last line', 'one\r\ntwo'],
    ['bare line feeds', 'one\ntwo\n'],
    ['bare carriage returns', 'one\rtwo\r\n'],
    ['two carriage returns', 'one\r\r\ntwo\r\n'],
    ['a carriage return at the end', 'one\r\ntwo\r'],
    ['carriage returns only', '\r\r'],
    ['empty lines', '\r\n\r\none\n\n'],
    ['non-ASCII bytes', '\xe4\x00\xff\n'],
  ].map(
    ([name, text]): Case => ({
      name: `storlines: ${name}`,
      calls: [['storlines', 'STOR a', text]],
    }),
  ),
  {
    name: 'storlines: a line of 8191 bytes',
    calls: [['storlines', 'STOR a', `${'x'.repeat(8190)}\n`]],
  },
  {
    name: 'storlines: a line of 10000 bytes',
    calls: [['storlines', 'STOR a', `${'x'.repeat(10_000)}\n`]],
  },
  { name: 'storlines: the callback', calls: [['storlines_called', 'STOR a', 'one\ntwo\r\nthree']] },
  {
    name: 'storlines: rejected',
    script: { STOR: '553 no' },
    calls: [['storlines', 'STOR a', 'one\n'], ['pwd']],
  },
  {
    name: 'storlines, then storbinary',
    calls: [
      ['storlines', 'STOR a', 'one\n'],
      ['storbinary', 'STOR a', 'one\n'],
      ['storbinary', 'STOR a', 'one\n'],
    ],
  },
];
