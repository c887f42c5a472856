import { data, dataLeftOpen, resetData, turns } from '../dialogue-server';
import type { Case } from '../trace';

function size(text: string): Case {
  return {
    name: `the size in "${text}"`,
    script: { RETR: [text, data('hello'), '226 done'] },
    calls: [['ntransfercmd', 'RETR a'], ['get', 'lastresp'], ['pwd']],
  };
}

export const TRANSFER_COMMANDS: readonly Case[] = [
  size('150 Opening BINARY mode data connection for a (5 bytes).'),
  size('150 Opening data connection for a (5 BYTES)'),
  size('150 Opening data connection for a'),
  size('150 5 bytes'),
  size('150 (5 bytes)'),
  size('150 x (5 byte)'),
  size('150 x (5bytes)'),
  size('150 a (1 bytes) (5 bytes)'),
  size('150 x (05 bytes)'),
  size('150'),
  size('125 x (5 bytes)'),
  size('110 x (5 bytes)'),
  {
    name: 'no TYPE is sent',
    calls: [
      ['transfercmd', 'RETR a'],
      ['transfercmd', 'RETR b'],
    ],
  },
  {
    name: 'with rest',
    calls: [
      ['ntransfercmd', 'RETR a', 100],
      ['transfercmd', 'RETR a', 0],
    ],
  },
  {
    name: 'with rest, rejected',
    script: { REST: '502 no' },
    calls: [['ntransfercmd', 'RETR a', 100], ['pwd']],
  },
  {
    name: 'for a listing',
    calls: [
      ['transfercmd', 'LIST'],
      ['ntransfercmd', 'NLST a'],
    ],
  },
  {
    name: 'for an upload',
    calls: [
      ['transfercmd_stor', 'STOR a', 'hello'],
      ['transfercmd_stor', 'APPE a', 'hello', 100],
    ],
  },
  {
    name: 'rejected',
    script: { RETR: '550 no' },
    calls: [['ntransfercmd', 'RETR a'], ['transfercmd', 'RETR a'], ['pwd']],
  },
  {
    name: 'for an upload, rejected',
    script: { STOR: '553 no' },
    calls: [['transfercmd_stor', 'STOR a', 'hello'], ['pwd']],
  },
  { name: '350 instead of 150', script: { RETR: '350 what' }, calls: [['ntransfercmd', 'RETR a']] },
  {
    name: '200 before 150: the size of the 150',
    script: { RETR: ['200 first', '150 x (5 bytes)', data('hello'), '226 done'] },
    calls: [['ntransfercmd', 'RETR a'], ['pwd']],
  },
  {
    name: '200 before 550: rejected at once',
    script: { RETR: ['200 first', '550 no'] },
    calls: [['ntransfercmd', 'RETR a'], ['pwd']],
  },
  {
    name: '200 before 350: error_reply',
    script: { RETR: ['200 first', '350 what'] },
    calls: [['ntransfercmd', 'RETR a']],
  },
  {
    name: '451 instead of 226',
    script: { RETR: ['150 go', data('hello'), '451 disk'] },
    calls: [['ntransfercmd', 'RETR a'], ['pwd']],
  },
  { name: 'abort without a transfer: 226', calls: [['abort'], ['pwd']] },
  {
    name: 'abort without a transfer: 225',
    script: { ABOR: '225 nothing' },
    calls: [['abort'], ['pwd']],
  },
  {
    name: 'abort without a transfer: 426',
    script: { ABOR: '426 aborted' },
    calls: [['abort'], ['pwd']],
  },
  {
    name: 'abort without a transfer: 200',
    script: { ABOR: '200 ok' },
    calls: [['abort'], ['pwd']],
  },
  { name: 'abort, rejected: 500', script: { ABOR: '500 unknown' }, calls: [['abort'], ['pwd']] },
  { name: 'abort, rejected: 502', script: { ABOR: '502 unknown' }, calls: [['abort'], ['pwd']] },
  { name: 'abort, rejected: 451', script: { ABOR: '451 no' }, calls: [['abort'], ['pwd']] },
  { name: 'abort, answered with 3yz', script: { ABOR: '350 what' }, calls: [['abort'], ['pwd']] },
  {
    name: 'abort, answered with a multi-line reply',
    script: { ABOR: ['226-Done', '226 really'] },
    calls: [['abort'], ['get', 'lastresp']],
  },
  ...[
    ['226 alone', '226 aborted'],
    ['225 alone', '225 aborted'],
    ['426 alone', '426 aborted'],
    ['426, then 226', '426 cut', '226 aborted'],
    ['426, then 225', '426 cut', '225 aborted'],
    ['226, then 226', '226 complete', '226 aborted'],
    ['226, then 426', '226 aborted', '426 cut'],
    ['500', '500 unknown'],
  ].map(
    ([name, ...replies]): Case => ({
      name: `abort during a transfer: ${name}`,
      script: { RETR: turns(['150 go', dataLeftOpen('hello')]), ABOR: [resetData, ...replies] },
      calls: [['abort_during', 'RETR a'], ['pwd'], ['pwd']],
    }),
  ),
];
