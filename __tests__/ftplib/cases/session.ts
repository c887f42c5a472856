import { close, silence, turns } from '../dialogue-server';
import type { Case } from '../trace';

export const SESSION: readonly Case[] = [
  {
    name: 'the welcome is the greeting',
    calls: [['getwelcome'], ['get', 'welcome'], ['get', 'lastresp']],
  },
  {
    name: 'a multi-line greeting',
    script: { greeting: ['220-Welcome', ' to this', '220-server', '220 ready'] },
    calls: [['getwelcome'], ['get', 'lastresp'], ['pwd']],
  },
  {
    name: 'a greeting without text after the code (ProFTPD)',
    script: { greeting: '220 ' },
    calls: [['getwelcome']],
  },
  {
    name: 'a 230 greeting, which needs no login',
    script: { greeting: '230 no login needed' },
    calls: [['pwd']],
  },
  { name: 'a greeting with another 2yz', script: { greeting: '200 hello' } },
  { name: 'a 331 greeting', script: { greeting: '331 hello' } },
  { name: 'a 530 greeting', script: { greeting: '530 no more users' } },
  { name: 'a 421 greeting', script: { greeting: '421 too many users' } },
  {
    name: 'a 120 greeting, then a 220',
    script: { greeting: ['120 in a moment', '220 ready'] },
    calls: [['pwd'], ['pwd']],
  },
  {
    name: 'a greeting that is not an FTP reply',
    script: { greeting: 'SSH-2.0-OpenSSH_9.2' },
    timeout: 250,
  },
  { name: 'no greeting', script: { greeting: silence }, timeout: 250 },
  { name: 'quit', calls: [['quit']] },
  { name: 'quit, rejected with 500', script: { QUIT: '500 stay' }, calls: [['quit'], ['pwd']] },
  { name: 'quit, rejected with 450', script: { QUIT: '450 stay' }, calls: [['quit'], ['pwd']] },
  { name: 'quit, answered with 3yz', script: { QUIT: '350 why' }, calls: [['quit'], ['pwd']] },
  {
    name: 'quit, and the server closes without a reply',
    script: { QUIT: close },
    calls: [['quit']],
  },
  { name: 'quit, not answered', script: { QUIT: silence }, calls: [['quit']], timeout: 250 },
  {
    name: 'quit, answered with a multi-line reply',
    script: { QUIT: ['221-You have transferred', ' nothing', '221 bye', close] },
    calls: [['quit'], ['get', 'lastresp']],
  },
  { name: 'a command after quit', calls: [['quit'], ['pwd']] },
  { name: 'a command after close', calls: [['close'], ['close'], ['pwd']] },
  {
    name: 'connect after close, with another greeting',
    script: { greeting: turns('220 first', '220 second') },
    calls: [['close'], ['connect'], ['getwelcome'], ['pwd']],
  },
  {
    name: 'connect after quit: TYPE is sent again',
    calls: [['retrbinary', 'RETR a'], ['quit'], ['connect'], ['retrbinary', 'RETR b']],
  },
  {
    name: 'lastresp after each kind of reply',
    script: { PWD: turns('257 "/"', '450 no', '550 no'), NOOP: '200 ok' },
    calls: [
      ['pwd'],
      ['get', 'lastresp'],
      ['pwd'],
      ['get', 'lastresp'],
      ['pwd'],
      ['get', 'lastresp'],
      ['voidcmd', 'NOOP'],
      ['get', 'lastresp'],
      ['retrbinary', 'RETR a'],
      ['get', 'lastresp'],
    ],
  },
  {
    name: 'set_pasv and passiveserver',
    calls: [
      ['get', 'passiveserver'],
      ['set_pasv', false],
      ['get', 'passiveserver'],
    ],
  },
  {
    name: 'the defaults of the attributes',
    calls: [
      ['get', 'maxline'],
      ['get', 'trust_server_pasv_ipv4_address'],
      ['get', 'host'],
    ],
  },
  { name: 'set_debuglevel(0)', calls: [['set_debuglevel', 0], ['pwd']] },
];
