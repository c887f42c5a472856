import type { CorpusGroup } from './corpus';
import { directory, file } from './corpus';

// biome-ignore format: a table
export const as400: readonly CorpusGroup[] = [
  {
    source: 'FileZilla, directorylistingparsertest.cpp',
    lines: [
      ['QSYS            77824 02/23/00 15:09:55 *DIR 44-ibm-as400 dir/', directory('44-ibm-as400 dir', 77824, '2000-02-23 15:09:55', { owner: 'QSYS', facts: { type: '*DIR' } })],
      ['QSYS            77824 23/02/00 15:09:55 *FILE 45-ibm-as400-date file', file('45-ibm-as400-date file', 77824, '2000-02-23 15:09:55', { owner: 'QSYS', facts: { type: '*FILE' } })],
      ['QPGMR           36864 18.09.06 14:21:26 *FILE      55-AS400.FILE', file('55-AS400.FILE', 36864, '2006-09-18 14:21:26', { owner: 'QPGMR', facts: { type: '*FILE' } })],
    ],
  },
  {
    source: 'Apache Commons Net, OS400FTPEntryParserTest',
    lines: [
      ['PEP              4019 04/03/18 18:58:16 *STMF      einladung.zip', file('einladung.zip', 4019, undefined, { owner: 'PEP', facts: { type: '*STMF', modified: '04/03/18 18:58:16' } })],
      ['PEP               422 04/03/24 14:06:26 *STMF      readme', file('readme', 422, undefined, { owner: 'PEP', facts: { type: '*STMF', modified: '04/03/24 14:06:26' } })],
      ['PEP             36864 04/03/24 14:06:34 *DIR       dir1/', directory('dir1', 36864, undefined, { owner: 'PEP', facts: { type: '*DIR', modified: '04/03/24 14:06:34' } })],
      ['ZFTPDEV 9069 05/20/15 15:36:52 *STMF /DRV/AUDWRKSHET/AUDWRK0204232015114625.PDF', file('/DRV/AUDWRKSHET/AUDWRK0204232015114625.PDF', 9069, '2015-05-20 15:36:52', { owner: 'ZFTPDEV', facts: { type: '*STMF' }, unsafe: true })],
      ['PEP              5000000000 04/03/24 14:06:29 *STMF      build.xml', file('build.xml', 5000000000, undefined, { owner: 'PEP', facts: { type: '*STMF', modified: '04/03/24 14:06:29' } })],
      ['MYUSER              3 06/12/21 12:00:00 *STMF      file with space.txt', file('file with space.txt', 3, undefined, { owner: 'MYUSER', facts: { type: '*STMF', modified: '06/12/21 12:00:00' } })],
      ['PEP              4019 04/03/18 18:58:16 STMF       einladung.zip', 'unparsed'],
      ['PEP               422 03/24 14:06:26 *STMF      readme', file('readme', 422, undefined, { owner: 'PEP', facts: { type: '*STMF', modified: '03/24 14:06:26' } })],
      ['PEP              6409 04/03/24 30:06:29 *STMF      build.xml', file('build.xml', 6409, undefined, { owner: 'PEP', facts: { type: '*STMF', modified: '04/03/24 30:06:29' } })],
      ['PEP USR         36864 04/03/24 14:06:34 *DIR       dir1/', 'unparsed'],
      ['PEP             3686404/03/24 14:06:47 *DIR       zdir2/', 'unparsed'],
    ],
  },
  {
    source: 'FluentFTP, ParserTests.cs',
    lines: [
      ['CFT             45056 04/12/14 14:19:31 *FILE ANTHONY1.FILE', file('ANTHONY1.FILE', 45056, undefined, { owner: 'CFT', facts: { type: '*FILE', modified: '04/12/14 14:19:31' } })],
      ['CFT                                     *MEM ANTHONY1.FILE/ANTHONY1.MBR', file('ANTHONY1.FILE/ANTHONY1.MBR', undefined, undefined, { owner: 'CFT', facts: { type: '*MEM' }, unsafe: true })],
      ['CFT             36864 28/11/15 15:19:30 *FILE AMANDA3.FILE', file('AMANDA3.FILE', 36864, undefined, { owner: 'CFT', facts: { type: '*FILE', modified: '28/11/15 15:19:30' } })],
      ['CFT                                     *MEM  ASKET7.FILE/ASKET7.MBR', file('ASKET7.FILE/ASKET7.MBR', undefined, undefined, { owner: 'CFT', facts: { type: '*MEM' }, unsafe: true })],
    ],
  },
  {
    source: 'FFFTP, the formats in common.h',
    lines: [
      ['QSYS        18944 96/09/20 00:35:10 *DIR     QOpenSys/', directory('QOpenSys', 18944, '1996-09-20 00:35:10', { owner: 'QSYS', facts: { type: '*DIR' } })],
      ['QDOC        26624 70/01/01 00:00:00 *FLR     QDLS/', directory('QDLS', 26624, '1970-01-01 00:00:00', { owner: 'QDOC', facts: { type: '*FLR' } })],
      ['QSYS            0 98/09/27 10:00:04 *LIB     QSYS.LIB/', directory('QSYS.LIB', 0, '1998-09-27 10:00:04', { owner: 'QSYS', facts: { type: '*LIB' } })],
      ['QSECOFR         0 98/05/15 16:01:15 *STMF    WWWTEST.BAK', file('WWWTEST.BAK', 0, '1998-05-15 16:01:15', { owner: 'QSECOFR', facts: { type: '*STMF' } })],
    ],
  },
  {
    source: 'IBM, i5/OS information center, file and directory entries in i5/OS format',
    lines: [
      ['BAILEYSE     5263360 06/11/97 12:27:39 *FILE     BPTFSAVF', file('BPTFSAVF', 5263360, undefined, { owner: 'BAILEYSE', facts: { type: '*FILE', modified: '06/11/97 12:27:39' } })],
      ['8192 31.12.69 16:00:00 *FLR QDLS/', directory('QDLS', 8192, '1969-12-31 16:00:00', { facts: { type: '*FLR' } })],
      ['                8192 31.12.69 16:00:00 *FLR       QDLS/', directory('QDLS', 8192, '1969-12-31 16:00:00', { facts: { type: '*FLR' } })],
      ['                     31.12.69 16:00:00 *DIR       home/', directory('home', undefined, '1969-12-31 16:00:00', { facts: { type: '*DIR' } })],
      ['                                        *MEM       A.FILE/A.MBR', file('A.FILE/A.MBR', undefined, undefined, { facts: { type: '*MEM' }, unsafe: true })],
      ['QSYS                 02/23/00 15:09:55 *DIR       home/', directory('home', undefined, '2000-02-23 15:09:55', { owner: 'QSYS', facts: { type: '*DIR' } })],
      ['1000            8192 23/02/00 15:09:55 *STMF      file', file('file', 8192, '2000-02-23 15:09:55', { owner: '1000', facts: { type: '*STMF' } })],
      ['8192 31.02.99 16:00:00 *FLR QDLS/', directory('QDLS', 8192, undefined, { facts: { type: '*FLR', modified: '31.02.99 16:00:00' } })],
      ['8192 31.12.69 16:00:00 FLR QDLS/', 'unparsed'],
      ['8192 31.12.69 16:00:00 *FLR', 'unparsed'],
    ],
  },
];
