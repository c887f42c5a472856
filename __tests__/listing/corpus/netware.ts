import type { CorpusGroup } from './corpus';
import { directory, file } from './corpus';

// biome-ignore format: a table
export const netware: readonly CorpusGroup[] = [
  {
    source: 'Mozilla, ParseFTPList.cpp: HellSoft and Novell',
    lines: [
      ['d [R----F--] supervisor            512       Jan 16 18:53    login', directory('login', 512, '2024-01-16 18:53', { owner: 'supervisor', facts: { rights: 'R----F--' } })],
      ['- [R----F--] rhesus             214059       Oct 20 15:27    cx.exe', file('cx.exe', 214059, '2023-10-20 15:27', { owner: 'rhesus', facts: { rights: 'R----F--' } })],
      ['d[RWCEMFA] supervisor            512       Jan 16 18:53    login', directory('login', 512, '2024-01-16 18:53', { owner: 'supervisor', facts: { rights: 'RWCEMFA' } })],
      ['-[RWCEMFA] rhesus             214059       Oct 20 15:27    cx.exe', file('cx.exe', 214059, '2023-10-20 15:27', { owner: 'rhesus', facts: { rights: 'RWCEMFA' } })],
      ['- [RWCEAFMS] NFAUUser               192 Apr 27 15:21 HEADER.html', file('HEADER.html', 192, '2024-04-27 15:21', { owner: 'NFAUUser', facts: { rights: 'RWCEAFMS' } })],
      ['d [RWCEAFMS] jrd                    512 Jul 11 03:01 allupdates', directory('allupdates', 512, '2023-07-11 03:01', { owner: 'jrd', facts: { rights: 'RWCEAFMS' } })],
    ],
  },
  {
    source: 'Cyberduck, NetwareFTPEntryParserTest',
    lines: [
      ['- [RWCEAFMS] wtubbs 24038 May 05 17:57 CIMSscheduler_log_May02_4.txt', file('CIMSscheduler_log_May02_4.txt', 24038, '2024-05-05 17:57', { owner: 'wtubbs', facts: { rights: 'RWCEAFMS' } })],
      ['- [RWCEAFMS] wtubbs 9965 May 01 18:15 CIMSscheduler_log_May01.txt', file('CIMSscheduler_log_May01.txt', 9965, '2024-05-01 18:15', { owner: 'wtubbs', facts: { rights: 'RWCEAFMS' } })],
      ['- [RWCEAFMS] Petersm                             0 May 05  2004 /data/FTP_pub/WelcomeTo_PeakFTP', file('/data/FTP_pub/WelcomeTo_PeakFTP', 0, '2004-05-05', { owner: 'Petersm', facts: { rights: 'RWCEAFMS' }, unsafe: true })],
    ],
  },
  {
    source: 'deliberately invalid lines',
    lines: [
      ['d [R----F-- supervisor            512       Jan 16 18:53    login', 'unparsed'],
      ['x [R----F--] supervisor            512       Jan 16 18:53    login', 'unparsed'],
      ['d [R----F--] supervisor            512       Jan 36 18:53    login', directory('login', 512, undefined, { owner: 'supervisor', facts: { modified: 'Jan 36 18:53', rights: 'R----F--' } })],
      ['d [R----F--] supervisor            512       Jan 16 18:53', 'unparsed'],
    ],
  },
];
