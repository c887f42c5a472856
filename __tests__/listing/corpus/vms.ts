import type { CorpusGroup } from './corpus';
import { directory, file, other } from './corpus';

// biome-ignore format: a table
export const vms: readonly CorpusGroup[] = [
  {
    source: 'FileZilla, directorylistingparsertest.cpp',
    lines: [
      ['36-vms-dir.DIR;1  1 19-NOV-2001 21:41 [root,root] (RWE,RWE,RE,RE)', directory('36-vms-dir', undefined, '2001-11-19 21:41', { owner: 'root', group: 'root', facts: { version: '1', blocks: '1', protection: 'RWE,RWE,RE,RE' } })],
      ['37-vms-file;1       155   2-JUL-2003 10:30:13.64', file('37-vms-file;1', undefined, '2003-07-02 10:30:13.640', { facts: { version: '1', blocks: '155' } })],
      ['38-vms-notime-file;1    2/8    7-JAN-2000    [IV2_XXX]   (RWED,RWED,RE,)', file('38-vms-notime-file;1', undefined, '2000-01-07', { owner: 'IV2_XXX', facts: { version: '1', blocks: '2', allocated: '8', protection: 'RWED,RWED,RE,' } })],
      ['39-vms-notime-file;1    6/8    15-JUI-2002    PRONAS   (RWED,RWED,RE,)', file('39-vms-notime-file;1', undefined, undefined, { owner: 'PRONAS', facts: { version: '1', blocks: '6', allocated: '8', modified: '15-JUI-2002', protection: 'RWED,RWED,RE,' } })],
      ['40-vms-multiline-file;1\n170774/170775     24-APR-2003 08:16:15  [FTP_CLIENT,SCOT]      (RWED,RWED,RE,)', file('40-vms-multiline-file;1', undefined, '2003-04-24 08:16:15', { owner: 'SCOT', group: 'FTP_CLIENT', facts: { version: '1', blocks: '170774', allocated: '170775', protection: 'RWED,RWED,RE,' } })],
      ['41-vms-multiline-file;1\n10     2-JUL-2003 10:30:08.59  [FTP_CLIENT,SCOT]      (RWED,RWED,RE,)', file('41-vms-multiline-file;1', undefined, '2003-07-02 10:30:08.590', { owner: 'SCOT', group: 'FTP_CLIENT', facts: { version: '1', blocks: '10', protection: 'RWED,RWED,RE,' } })],
      ['42-vms-alternate-field-order-file;1   [SUMMARY]    1/3     2-AUG-2006 13:05  (RWE,RWE,RE,)', file('42-vms-alternate-field-order-file;1', undefined, '2006-08-02 13:05', { owner: 'SUMMARY', facts: { version: '1', blocks: '1', allocated: '3', protection: 'RWE,RWE,RE,' } })],
      ['43-vms-alternate-field-order-file;1       17-JUN-1994 17:25:37     6308/13     (RWED,RWED,R,)', file('43-vms-alternate-field-order-file;1', undefined, '1994-06-17 17:25:37', { facts: { version: '1', blocks: '6308', allocated: '13', protection: 'RWED,RWED,R,' } })],
      ['56-VMS-complex-size;1 2KB 23-SEP-2005 14:57:07.27', file('56-VMS-complex-size;1', undefined, '2005-09-23 14:57:07.270', { facts: { version: '1', size: '2KB' } })],
    ],
  },
  {
    source: 'Apache Commons Net, VMSFTPEntryParserTest',
    lines: [
      ['1-JUN.LIS;1              9/9           2-JUN-1998 07:32:04  [GROUP,OWNER]    (RWED,RWED,RWED,RE)', file('1-JUN.LIS;1', undefined, '1998-06-02 07:32:04', { owner: 'OWNER', group: 'GROUP', facts: { version: '1', blocks: '9', allocated: '9', protection: 'RWED,RWED,RWED,RE' } })],
      ['1-JUN.LIS;3              9/9           2-JUN-1998 07:32:04  [GROUP,OWNER]    (RWED,RWED,RWED,)', file('1-JUN.LIS;3', undefined, '1998-06-02 07:32:04', { owner: 'OWNER', group: 'GROUP', facts: { version: '3', blocks: '9', allocated: '9', protection: 'RWED,RWED,RWED,' } })],
      ['DATA.DIR;1               1/9           2-JUN-1998 07:32:04  [TRANSLATED]     (,RWED,RWED,RE)', directory('DATA', undefined, '1998-06-02 07:32:04', { owner: 'TRANSLATED', facts: { version: '1', blocks: '1', allocated: '9', protection: ',RWED,RWED,RE' } })],
      ['120196.TXT;1           118/126        14-APR-1997 12:45:27  [GROUP,OWNER]    (RWED,,RWED,RE)', file('120196.TXT;1', undefined, '1997-04-14 12:45:27', { owner: 'OWNER', group: 'GROUP', facts: { version: '1', blocks: '118', allocated: '126', protection: 'RWED,,RWED,RE' } })],
      ['30CHARBAR.TXT;1         11/18          2-JUN-1998 08:38:42  [GROUP,OWNER]    (RWED,RWED,RWED,RE)', file('30CHARBAR.TXT;1', undefined, '1998-06-02 08:38:42', { owner: 'OWNER', group: 'GROUP', facts: { version: '1', blocks: '11', allocated: '18', protection: 'RWED,RWED,RWED,RE' } })],
      ['A.;2                    18/18          1-JUL-1998 08:43:20  [GROUP,OWNER]    (RWED,RWED,RWED,RE)', file('A.;2', undefined, '1998-07-01 08:43:20', { owner: 'OWNER', group: 'GROUP', facts: { version: '2', blocks: '18', allocated: '18', protection: 'RWED,RWED,RWED,RE' } })],
      ['UCX$REXECD_STARTUP.LOG;1098\n                         4/15         24-FEB-2003 13:17:24  [POSTWARE,LP]    (RWED,RWED,RE,)', file('UCX$REXECD_STARTUP.LOG;1098', undefined, '2003-02-24 13:17:24', { owner: 'LP', group: 'POSTWARE', facts: { version: '1098', blocks: '4', allocated: '15', protection: 'RWED,RWED,RE,' } })],
      ['UNARCHIVE.COM;1          2/15          7-JUL-1997 16:37:45  [POSTWARE,LP]    (RWE,RWE,RWE,RE)', file('UNARCHIVE.COM;1', undefined, '1997-07-07 16:37:45', { owner: 'LP', group: 'POSTWARE', facts: { version: '1', blocks: '2', allocated: '15', protection: 'RWE,RWE,RWE,RE' } })],
      ['UNZIP_AND_ATTACH_FILES.COM;12\n                        14/15         24-JUL-2002 14:35:40  [TRANSLATED]    (RWE,RWE,RWE,RE)', file('UNZIP_AND_ATTACH_FILES.COM;12', undefined, '2002-07-24 14:35:40', { owner: 'TRANSLATED', facts: { version: '12', blocks: '14', allocated: '15', protection: 'RWE,RWE,RWE,RE' } })],
      ['FREEWARE40.DIR;1        27/36         16-FEB-1999 10:01:46  [AP_HTTPD,APACHE$WWW                               (RWE,RWE,RE,RE)', directory('FREEWARE40', undefined, '1999-02-16 10:01:46', { owner: 'APACHE$WWW', group: 'AP_HTTPD', facts: { version: '1', blocks: '27', allocated: '36', protection: 'RWE,RWE,RE,RE' } })],
      ['1-JUN.LIS;1              9/9           2-jun-1998 07:32:04  [GROUP,OWNER]    (RWED,RWED,RWED,RE)', file('1-JUN.LIS;1', undefined, '1998-06-02 07:32:04', { owner: 'OWNER', group: 'GROUP', facts: { version: '1', blocks: '9', allocated: '9', protection: 'RWED,RWED,RWED,RE' } })],
      ['ALLOCMISS.COM;1            1         15-AUG-1996 14:10:38  [POSTWARE,LP]    (RWE,RWE,RWE,RE)', file('ALLOCMISS.COM;1', undefined, '1996-08-15 14:10:38', { owner: 'LP', group: 'POSTWARE', facts: { version: '1', blocks: '1', protection: 'RWE,RWE,RWE,RE' } })],
      ['1-JUN.LIS;2              9/9           JUN-2-1998 07:32:04  [GROUP,OWNER]    (RWED,RWED,RWED,)', file('1-JUN.LIS;2', undefined, undefined, { owner: 'OWNER', group: 'GROUP', facts: { version: '2', blocks: '9', allocated: '9', protection: 'RWED,RWED,RWED,', modified: 'JUN-2-1998 07:32:04' } })],
      ['1-JUN.LIS;2              a/9           2-JUN-98 07:32:04  [GROUP,OWNER]    (RWED,RWED,RWED,)', 'unparsed'],
      ['DATA.DIR; 1              1/9           2-JUN-1998 07:32:04  [GROUP,OWNER]    (,RWED,RWED,RE)', 'unparsed'],
      ['120196.TXT;1           118/126        14-APR-1997 12:45:27 PM  [GROUP,OWNER]    (RWED,,RWED,RE)', file('120196.TXT;1', undefined, undefined, { owner: 'OWNER', group: 'GROUP', facts: { version: '1', blocks: '118', allocated: '126', protection: 'RWED,,RWED,RE', modified: '14-APR-1997 12:45:27 PM' } })],
      ['30CHARBAR.TXT;1         11/18          2-JUN-1998 08:38:42  [GROUP-1,OWNER]    (RWED,RWED,RWED,RE)', 'unparsed'],
      ['A.;2                    18/18          1-JUL-1998 08:43:20  [GROUP,OWNER]    (RWED2,RWED,RWED,RE)', 'unparsed'],
      ['AA.;2                  152/153        13-FED-1997 08:13:43  [GROUP,OWNER]    (RWED,RWED,RWED,RE)', file('AA.;2', undefined, undefined, { owner: 'OWNER', group: 'GROUP', facts: { version: '2', blocks: '152', allocated: '153', protection: 'RWED,RWED,RWED,RE', modified: '13-FED-1997 08:13:43' } })],
      ['Directory USER1:[TEMP]', 'frame'],
      ['Total 14 files', 'frame'],
    ],
  },
  {
    source: 'D. J. Bernstein, ftpparse: MultiNet and others',
    lines: [
      ['00README.TXT;1      2 30-DEC-1976 17:44 [SYSTEM] (RWED,RWED,RE,RE)', file('00README.TXT;1', undefined, '1976-12-30 17:44', { owner: 'SYSTEM', facts: { version: '1', blocks: '2', protection: 'RWED,RWED,RE,RE' } })],
      ['CORE.DIR;1      1 8-NOV-1999 07:02 [SYSTEM] (RWED,RWED,RE,RE)', directory('CORE', undefined, '1999-11-08 07:02', { owner: 'SYSTEM', facts: { version: '1', blocks: '1', protection: 'RWED,RWED,RE,RE' } })],
      ['CII-MANUAL.TEX;1  213/216  29-JAN-1996 03:33:12  [ANONYMOU,ANONYMOUS]   (RWED,RWED,,)', file('CII-MANUAL.TEX;1', undefined, '1996-01-29 03:33:12', { owner: 'ANONYMOUS', group: 'ANONYMOU', facts: { version: '1', blocks: '213', allocated: '216', protection: 'RWED,RWED,,' } })],
      ['Total of 11 Files, 10966 Blocks.', 'frame'],
      ['DISK$ANONFTP:[ANONYMOUS]', 'frame'],
      ['Directory DISK$PCSA:[ANONYM]', 'frame'],
    ],
  },
  {
    source: 'FluentFTP, ParserTests.cs',
    lines: [
      ['411_4114.TXT;1             11  21-MAR-2012 15:17 [TBMS,TBMS_BOSS] (RWED,RWED,,RE)', file('411_4114.TXT;1', undefined, '2012-03-21 15:17', { owner: 'TBMS_BOSS', group: 'TBMS', facts: { version: '1', blocks: '11', protection: 'RWED,RWED,,RE' } })],
      ['CELL_SUMM_CHART_4114.PDF;2 95  21-MAR-2012 10:58 [TBMS,TBMS_BOSS] (RWED,RWED,,RE)', file('CELL_SUMM_CHART_4114.PDF;2', undefined, '2012-03-21 10:58', { owner: 'TBMS_BOSS', group: 'TBMS', facts: { version: '2', blocks: '95', protection: 'RWED,RWED,,RE' } })],
      ['DAT_4114.TXT;1          17472  21-MAR-2012 15:17 [TBMS,TBMS_BOSS] (RWED,RWED,,RE)', file('DAT_4114.TXT;1', undefined, '2012-03-21 15:17', { owner: 'TBMS_BOSS', group: 'TBMS', facts: { version: '1', blocks: '17472', protection: 'RWED,RWED,,RE' } })],
    ],
  },
  {
    source: 'FFFTP, the formats in common.h',
    lines: [
      ['CIM_ALL.MEM;5        2/4     21-APR-1998 11:01:17  [CIM,MIZOTE]', file('CIM_ALL.MEM;5', undefined, '1998-04-21 11:01:17', { owner: 'MIZOTE', group: 'CIM', facts: { version: '5', blocks: '2', allocated: '4' } })],
      ['MAIL.DIR;1         104/248   18-SEP-2001 16:19:39  [CIM,MIZOTE]', directory('MAIL', undefined, '2001-09-18 16:19:39', { owner: 'MIZOTE', group: 'CIM', facts: { version: '1', blocks: '104', allocated: '248' } })],
      ['(RWED,RWED,RE,)', 'frame'],
      ['(RWE,RWE,,)', 'frame'],
    ],
  },
  {
    source: 'OpenVMS, messages instead of columns',
    lines: [
      ['SECRET.TXT;1  %RMS-E-PRV, insufficient privilege or file protection violation', other('SECRET.TXT;1', undefined, undefined, { facts: { version: '1' } })],
      ['SECRET.DIR;1  No privilege for attempted operation', directory('SECRET', undefined, undefined, { facts: { version: '1' } })],
      ['[DIR]CMU.TXT;1  3  2-JUL-2003 10:30:13 [SYSTEM] (RWED,RWED,RE,RE)', file('CMU.TXT;1', undefined, '2003-07-02 10:30:13', { owner: 'SYSTEM', facts: { version: '1', blocks: '3', protection: 'RWED,RWED,RE,RE' } })],
      ['LONE.TXT;1', other('LONE.TXT;1')],
      ['LONE.TXT;1\nnothing that goes on', [other('LONE.TXT;1'), 'unparsed']],
      ['LONE.TXT;1\nOTHER.TXT;2   1   2-JUL-2003 10:30:13', [other('LONE.TXT;1'), file('OTHER.TXT;2', undefined, '2003-07-02 10:30:13', { facts: { version: '2', blocks: '1' } })]],
      ['NO_VERSION.TXT  1/3  2-JUL-2003 10:30:13', 'unparsed'],
      ['BAD.TXT;x  1/3  2-JUL-2003 10:30:13', 'unparsed'],
      ['NODATE.TXT;1  1/3', 'unparsed'],
      ['BADDATE.TXT;1  1/3  32-JUL-2003 10:30:13', file('BADDATE.TXT;1', undefined, undefined, { facts: { version: '1', blocks: '1', allocated: '3', modified: '32-JUL-2003 10:30:13' } })],
      ['BADTIME.TXT;1  1/3  2-JUL-2003 24:30:13', file('BADTIME.TXT;1', undefined, undefined, { facts: { version: '1', blocks: '1', allocated: '3', modified: '2-JUL-2003 24:30:13' } })],
    ],
  },
];
