import { close, turns } from '../dialogue-server';
import type { Case } from '../trace';

const WHO = ['user', 'secret', 'project'] as const;

export const LOGIN: readonly Case[] = [
  { name: 'anonymous', calls: [['login'], ['get', 'lastresp']] },
  { name: 'anonymous, named explicitly', calls: [['login', 'anonymous', '']] },
  { name: 'anonymous with a dash as the password', calls: [['login', 'anonymous', '-']] },
  { name: 'anonymous with a password', calls: [['login', 'anonymous', 'me@here']] },
  { name: 'an empty user with a password', calls: [['login', '', 'secret']] },
  { name: 'a user', calls: [['login', ...WHO]] },
  { name: 'a user without a password', calls: [['login', 'user']] },
  {
    name: 'a user who needs no password: 230',
    script: { USER: '230 come in' },
    calls: [['login', ...WHO]],
  },
  {
    name: 'a user who needs no password: 232',
    script: { USER: '232 come in' },
    calls: [['login', ...WHO]],
  },
  {
    name: 'a user who needs no password: 220',
    script: { USER: '220 come in' },
    calls: [['login', ...WHO]],
  },
  { name: '332 after PASS', script: { PASS: '332 account?' }, calls: [['login', ...WHO]] },
  {
    name: '332 after PASS, and no account given',
    script: { PASS: '332 account?' },
    calls: [['login', 'user', 'secret']],
  },
  { name: '332 after USER', script: { USER: '332 account?' }, calls: [['login', ...WHO]] },
  { name: '331 after PASS', script: { PASS: '331 once more' }, calls: [['login', ...WHO]] },
  { name: '350 after PASS', script: { PASS: '350 and now' }, calls: [['login', ...WHO]] },
  { name: '350 after USER', script: { USER: '350 and now' }, calls: [['login', ...WHO]] },
  {
    name: '332 after PASS, and 331 after ACCT',
    script: { PASS: '332 account?', ACCT: '331 password?' },
    calls: [['login', ...WHO], ['pwd']],
  },
  {
    name: '332 after PASS, and 332 after ACCT',
    script: { PASS: '332 account?', ACCT: '332 account?' },
    calls: [['login', ...WHO], ['pwd']],
  },
  { name: '202 after PASS', script: { PASS: '202 superfluous' }, calls: [['login', ...WHO]] },
  {
    name: '202 after ACCT',
    script: { PASS: '332 account?', ACCT: '202 superfluous' },
    calls: [['login', ...WHO]],
  },
  { name: '530 after USER', script: { USER: '530 not you' }, calls: [['login', ...WHO], ['pwd']] },
  { name: '530 after PASS', script: { PASS: '530 not you' }, calls: [['login', ...WHO], ['pwd']] },
  {
    name: '530 after ACCT',
    script: { PASS: '332 account?', ACCT: '530 project x' },
    calls: [['login', ...WHO]],
  },
  { name: '430 after PASS', script: { PASS: '430 not now' }, calls: [['login', ...WHO]] },
  {
    name: 'multi-line 530 (Pure-FTPd)',
    script: { PASS: ['530-Too bad', '530 Login authentication failed'] },
    calls: [['login', ...WHO]],
  },
  {
    name: '421 after USER',
    script: { USER: ['421 going down', close] },
    calls: [['login', ...WHO], ['pwd']],
  },
  {
    name: '421 after PASS',
    script: { PASS: ['421 going down', close] },
    calls: [['login', ...WHO]],
  },
  {
    name: 'control connection closed after USER',
    script: { USER: close },
    calls: [['login', ...WHO]],
  },
  {
    name: 'control connection closed after PASS',
    script: { PASS: close },
    calls: [['login', ...WHO]],
  },
  {
    name: '120 after USER',
    script: { USER: ['120 a moment', '331 password?'] },
    calls: [['login', ...WHO], ['pwd']],
  },
  {
    name: 'a second login',
    script: { USER: turns('331 password?', '530 once is enough') },
    calls: [
      ['login', 'a', 'b'],
      ['login', 'c', 'd'],
    ],
  },
  {
    name: 'a login between transfers: TYPE is sent again',
    calls: [
      ['retrbinary', 'RETR a'],
      ['login', 'a', 'b'],
      ['retrbinary', 'RETR a'],
    ],
  },
  { name: 'a non-ASCII user and password', calls: [['login', 'jürgen', 'schlüssel']] },
  {
    name: 'a reply that contains the password',
    script: { PASS: '530 secret is wrong' },
    calls: [['login', ...WHO]],
  },
  {
    name: 'a password equal to the code of the reply',
    calls: [
      ['login', 'user', '230'],
      ['get', 'lastresp'],
    ],
  },
  {
    name: 'an account equal to the code of the reply',
    script: { ACCT: '532 no' },
    calls: [
      ['acct', '532'],
      ['get', 'lastresp'],
    ],
  },
  { name: 'acct', calls: [['acct', 'project']] },
  { name: 'acct, rejected', script: { ACCT: '503 not now' }, calls: [['acct', 'project']] },
  {
    name: 'acct, answered with 3yz',
    script: { ACCT: '331 password?' },
    calls: [['acct', 'project']],
  },
];
