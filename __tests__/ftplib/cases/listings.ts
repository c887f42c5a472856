import { data } from '../dialogue-server';
import type { Case } from '../trace';

function mlsd(name: string, text: string): Case {
  return {
    name: `mlsd: ${name}`,
    script: { MLSD: ['150 go', data(text), '226 done'] },
    calls: [['mlsd']],
  };
}

export const LISTINGS: readonly Case[] = [
  { name: 'nlst', calls: [['nlst']] },
  { name: 'nlst of a path', calls: [['nlst', '/a b']] },
  { name: 'nlst with options', calls: [['nlst', '-a', '/b']] },
  {
    name: 'nlst of an empty path',
    calls: [['nlst', '']],
    script: { 'NLST ': ['150 go', data('a\r\n'), '226 done'] },
  },
  {
    name: 'nlst of an empty folder',
    script: { NLST: ['150 go', data(''), '226 done'] },
    calls: [['nlst']],
  },
  {
    name: 'nlst, empty lines',
    script: { NLST: ['150 go', data('a\r\n\r\nb\r\n'), '226 done'] },
    calls: [['nlst']],
  },
  {
    name: 'nlst of an empty folder: 550',
    script: { NLST: '550 No files found' },
    calls: [['nlst'], ['pwd']],
  },
  {
    name: 'nlst of an empty folder: 450',
    script: { NLST: '450 No files found' },
    calls: [['nlst']],
  },
  {
    name: 'nlst of an empty folder: 226 without 150',
    script: { NLST: '226 No files found' },
    calls: [['nlst']],
    timeout: 250,
  },
  {
    name: 'nlst, multi-line 226 (Pure-FTPd)',
    script: {
      NLST: [
        '150 Accepted data connection',
        data('a\r\n'),
        '226-Options: -l',
        '226 1 matches total',
      ],
    },
    calls: [['nlst']],
  },
  {
    name: 'nlst, 200 before 150',
    script: { NLST: ['200 first', '150 go', data('a\r\n'), '226 done'] },
    calls: [['nlst']],
  },
  { name: 'dir', calls: [['dir']] },
  { name: 'dir of a path', calls: [['dir', '/a b']] },
  { name: 'dir with several arguments', calls: [['dir', '-la', '/a']] },
  { name: 'dir with empty arguments', calls: [['dir', '', 'a', '']] },
  { name: 'dir, rejected', script: { LIST: '550 no' }, calls: [['dir', 'a']] },
  {
    name: 'dir, answered by IIS',
    script: {
      LIST: [
        '125 Data connection already open; Transfer starting.',
        data('01-29-97  11:32PM       <DIR>          prog\r\n'),
        '226 Transfer complete.',
      ],
    },
    calls: [['dir']],
  },
  {
    name: 'dir with a size in the 150',
    script: {
      LIST: [
        '150 Opening ASCII mode data connection for /bin/ls (1000 bytes).',
        data('a\r\n'),
        '226 done',
      ],
    },
    calls: [['dir']],
  },
  { name: 'mlsd', calls: [['mlsd']] },
  { name: 'mlsd of a path', calls: [['mlsd', '/a b']] },
  {
    name: 'mlsd with facts',
    calls: [
      ['mlsd', '', ['type', 'size']],
      ['mlsd', '/a', ['type']],
    ],
  },
  {
    name: 'mlsd with facts, OPTS rejected',
    script: { OPTS: '501 what' },
    calls: [['mlsd', '', ['type']], ['pwd']],
  },
  {
    name: 'mlsd with facts, OPTS answered with 3yz',
    script: { OPTS: '350 what' },
    calls: [['mlsd', '', ['type']]],
  },
  { name: 'mlsd, rejected', script: { MLSD: '500 unknown' }, calls: [['mlsd'], ['pwd']] },
  {
    name: 'mlsd, 451 instead of 226',
    script: { MLSD: ['150 go', data('type=file; a\r\n'), '451 disk'] },
    calls: [['mlsd'], ['pwd']],
  },
  mlsd('several facts', 'type=file;size=3;modify=20240101000000; a\r\ntype=dir; b\r\n'),
  mlsd('fact names in capitals', 'Type=File;SIZE=3;UNIX.mode=0644; a\r\n'),
  mlsd('names with spaces and semicolons', 'type=file;  a; b =c \r\n'),
  mlsd('a value with an equals sign', 'type=OS.unix=slink:/a; b\r\n'),
  mlsd('a fact without a value', 'type=;size; a\r\n'),
  mlsd('no facts', ' a\r\n'),
  mlsd('no semicolon at the end', 'type=file;size=3 a\r\n'),
  mlsd('no name', 'type=file;\r\n'),
  mlsd('an empty line', 'type=file; a\r\n\r\ntype=file; b\r\n'),
  mlsd('an empty name', 'type=file; \r\n'),
  mlsd('a repeated fact', 'a=1;A=2; b\r\n'),
  mlsd('empty facts', 'a=1;;b=2; c\r\n'),
  mlsd('a fact without a name', '=1; c\r\n'),
  mlsd(
    'facts named like properties of JavaScript objects',
    'constructor=1;__proto__=2;toString=3; c\r\n',
  ),
  mlsd('non-ASCII names', 'type=file; ä€😀\r\n'),
  mlsd('a name with a carriage return', 'type=file; a\r\r\n'),
];
