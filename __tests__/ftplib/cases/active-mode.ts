import { data, silence } from '../dialogue-server';
import type { Case } from '../trace';

const active = ['set_pasv', false] as const;
const download = ['retrbinary', 'RETR a'] as const;

export const ACTIVE_MODE: readonly Case[] = [
  { name: 'a download', calls: [active, download, ['pwd']] },
  { name: 'a listing', calls: [active, ['nlst'], ['dir', 'a']] },
  { name: 'an upload', calls: [active, ['storbinary', 'STOR a', 'hello']] },
  { name: 'with rest', calls: [active, ['retrbinary', 'RETR a', 8192, 100]] },
  { name: 'ntransfercmd', script: {}, calls: [active, ['ntransfercmd', 'RETR a']] },
  { name: 'over IPv6', family: 6, calls: [active, download, ['storbinary', 'STOR a', 'hello']] },
  { name: 'EPRT unknown', script: { EPRT: '500 unknown' }, calls: [active, download, download] },
  {
    name: 'EPRT and PORT unknown',
    script: { EPRT: '500 unknown', PORT: '500 unknown' },
    calls: [active, download, ['pwd']],
  },
  {
    name: 'EPRT unknown, PORT rejected with 425',
    script: { EPRT: '500 unknown', PORT: '425 no' },
    calls: [active, download],
  },
  {
    name: 'EPRT rejected over IPv6',
    family: 6,
    script: { EPRT: '522 no' },
    calls: [active, download, ['pwd']],
  },
  {
    name: 'EPRT answered with 3yz, over IPv6',
    family: 6,
    script: { EPRT: '350 what' },
    calls: [active, download, ['pwd']],
  },
  { name: 'rejected', script: { RETR: '550 no' }, calls: [active, download, ['pwd'], ['nlst']] },
  {
    name: '200 before 150',
    script: { RETR: ['200 first', '150 go', data('hello'), '226 done'] },
    calls: [active, download],
  },
  {
    name: 'no data connection, then 425',
    script: { RETR: ['150 go', '425 cannot connect'] },
    calls: [active, download],
    timeout: 300,
  },
  { name: 'RETR not answered', script: { RETR: silence }, calls: [active, download], timeout: 250 },
  { name: 'back to passive mode', calls: [active, download, ['set_pasv', true], download] },
];
