import { data, turns } from '../dialogue-server';
import type { Case } from '../trace';

const OLD = { EPSV: '500 unknown' };
const download = ['retrbinary', 'RETR a'] as const;

const pasv = (reply: string, calls: Case['calls'] = [download, ['pwd']]): Case => ({
  name: `EPSV unknown: PASV answered "${reply}"`,
  script: { ...OLD, PASV: reply },
  calls,
});

const epsv = (reply: string): Case => ({
  name: `EPSV answered "${reply}"`,
  family: 6,
  script: { EPSV: reply },
  calls: [download, ['pwd']],
});

export const PASSIVE_MODE: readonly Case[] = [
  { name: 'two transfers', calls: [download, download] },
  { name: 'EPSV unknown: PASV is remembered', script: OLD, calls: [download, download, ['nlst']] },
  { name: 'EPSV unknown: 502', script: { EPSV: '502 unknown' }, calls: [download] },
  {
    name: 'EPSV and PASV unknown',
    script: { EPSV: '502 no', PASV: '502 no' },
    calls: [download, ['pwd']],
  },
  {
    name: 'EPSV unknown, PASV rejected with 425',
    script: { EPSV: '500 unknown', PASV: '425 no port' },
    calls: [download],
  },
  {
    name: 'EPSV and PASV answered with 530',
    script: { EPSV: '530 log in', PASV: '530 log in' },
    calls: [download, ['pwd']],
  },
  pasv('227 Entering Passive Mode ({pasv}).'),
  pasv('227 Entering Passive Mode {pasv}'),
  pasv('227 ={pasv}'),
  pasv('227 {pasv}'),
  pasv('227 port 21: ({pasv})'),
  pasv('227 Entering Passive Mode (127,0,0,1,1)'),
  pasv('227 Entering Passive Mode'),
  pasv('227'),
  pasv('227 (1,2,3,4,256,1)'),
  pasv('227 (1,2,3,4,0,0)'),
  pasv('227 (a,b,c,d,e,f)'),
  pasv('200 Entering Passive Mode ({pasv})'),
  pasv('350 what'),
  pasv('450 not now'),
  pasv('550 no'),
  pasv('227 nobody there ({deadpasv})'),
  {
    name: 'PASV answered with a multi-line reply',
    script: { ...OLD, PASV: ['227-Entering', '227 Passive Mode ({pasv})'] },
    calls: [download],
  },
  {
    name: 'a 227 with the address of another host',
    script: { ...OLD, PASV: '227 (8,8,8,8,{pasv})' },
    calls: [download],
  },
  {
    name: 'a 227 whose address is trusted',
    script: { ...OLD, PASV: '227 ({pasv})' },
    calls: [['set', 'trust_server_pasv_ipv4_address', true], download],
  },
  epsv('229 Entering Extended Passive Mode (|||{port}|)'),
  epsv('229 (|||{port}|) and more'),
  epsv('229 (!!!{port}!)'),
  epsv('229 (###{port}#)'),
  epsv('229 (|2|::1|{port}|)'),
  epsv('229 (|||{port})'),
  epsv('229 |||{port}|'),
  epsv('229 (|||0|)'),
  epsv('229 (||||)'),
  epsv('229 (|||abc|)'),
  epsv('229 (|||99999|)'),
  epsv('229 ()'),
  epsv('229 ('),
  epsv('229'),
  epsv('229 nobody there (|||{deadport}|)'),
  epsv('227 (127,0,0,1,1,1)'),
  epsv('350 what'),
  epsv('450 not now'),
  epsv('500 unknown'),
  epsv('522 bad family'),
  { name: 'over IPv6', family: 6, calls: [download, ['storbinary', 'STOR a', 'hello'], ['nlst']] },
  {
    name: 'EPSV over IPv4, answered with a malformed 229',
    script: { EPSV: '229 what' },
    calls: [download, download],
  },
  {
    name: 'EPSV over IPv4, answered with a closed port',
    script: { EPSV: '229 (|||{deadport}|)' },
    calls: [download, download],
  },
  {
    name: 'EPSV rejected once',
    script: { EPSV: turns('450 no', '229 (|||{port}|)') },
    calls: [download, download],
  },
  {
    name: 'three transfers, each with its own data port',
    script: { RETR: ['150 go', data('hello'), '226 done'] },
    calls: [download, download, download],
  },
];
