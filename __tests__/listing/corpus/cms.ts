import type { CorpusGroup } from './corpus';
import { directory, file, other } from './corpus';

const HEADER = 'Filename FileType  Fm Format Lrecl  Records Blocks Date      Time';

// biome-ignore format: a table
export const cms: readonly CorpusGroup[] = [
  {
    source: 'Indy, IdFTPListParseVM.pas',
    lines: [
      ['OMA00215 PLAN     V         64         28          1  6/26/02  9:33:21 -', file('OMA00215.PLAN', undefined, '2002-06-26 09:33:21', { facts: { recfm: 'V', lrecl: '64', records: '28', blocks: '1' } })],
      ['WEBSHARE          DIR        -          -          -  5/30/97 18:44:17 -', directory('WEBSHARE', undefined, '1997-05-30 18:44:17')],
      ['README   ANONYMOU V         71         26          1 1997-04-02 12:33:20 TCP291', file('README.ANONYMOU', undefined, '1997-04-02 12:33:20', { facts: { recfm: 'V', lrecl: '71', records: '26', blocks: '1', label: 'TCP291' } })],
      ['ENDTRACE TCPIP    F      80       1      1 1999-07-28 12:24:01 TCM191', file('ENDTRACE.TCPIP', undefined, '1999-07-28 12:24:01', { facts: { recfm: 'F', lrecl: '80', records: '1', blocks: '1', label: 'TCM191' } })],
      [HEADER, 'frame'],
      ['LASTING  GLOBALV   A1 V      41     21     1       9/16/91   15:10:32', file('LASTING.GLOBALV', undefined, '1991-09-16 15:10:32', { facts: { filemode: 'A1', recfm: 'V', lrecl: '41', records: '21', blocks: '1' } })],
      ['J43401   NETLOG    A0 V      77     1      1       9/12/91   12:36:04', file('J43401.NETLOG', undefined, '1991-09-12 12:36:04', { facts: { filemode: 'A0', recfm: 'V', lrecl: '77', records: '1', blocks: '1' } })],
      ['MAIL     PROFILE   A2 F      80     1      1       10/14/92  16:12:27', file('MAIL.PROFILE', undefined, '1992-10-14 16:12:27', { facts: { filemode: 'A2', recfm: 'F', lrecl: '80', records: '1', blocks: '1' } })],
      ['BADY2K   TEXT      A0 V      1      1      1       1/03/102  10:11:12', file('BADY2K.TEXT', undefined, '2002-01-03 10:11:12', { facts: { filemode: 'A0', recfm: 'V', lrecl: '1', records: '1', blocks: '1' } })],
      ['AUTHORS            A1 DIR    -      -      -       9/20/99   10:31:11', directory('AUTHORS', undefined, '1999-09-20 10:31:11', { facts: { filemode: 'A1' } })],
    ],
  },
  {
    source: 'NFTP, parsers.c',
    lines: [
      ['$README  $FIRST   F         80          7          1 11/21/97 23:26:08 FTP301', file('$README.$FIRST', undefined, '1997-11-21 23:26:08', { facts: { recfm: 'F', lrecl: '80', records: '7', blocks: '1', label: 'FTP301' } })],
      ['ART               DIR        -          -          - 11/24/95 17:45:47 -', directory('ART', undefined, '1995-11-24 17:45:47')],
    ],
  },
  {
    source: 'FileZilla, directorylistingparsertest.cpp',
    lines: [
      ['70-ZVMFILE  TRACE   V        65      107        2 2005-10-04 15:28:42 060191', file('70-ZVMFILE.TRACE', undefined, '2005-10-04 15:28:42', { facts: { recfm: 'V', lrecl: '65', records: '107', blocks: '2', label: '060191' } })],
    ],
  },
  {
    source: 'z/VM: CMS Commands and Utilities Reference, LISTFILE and FILELIST',
    lines: [
      ['Cmd   Filename Filetype Fm Format Lrecl    Records     Blocks   Date     Time', 'frame'],
      ['      MAINT630 NETLOG   A0 V        104         11          1  8/31/13 21:25:26', file('MAINT630.NETLOG', undefined, '2013-08-31 21:25:26', { facts: { filemode: 'A0', recfm: 'V', lrecl: '104', records: '11', blocks: '1' } })],
      ['PRIMES   FORTRAN  A1  F    80     27      3  01/11/24   14:47  CMS191', file('PRIMES.FORTRAN', undefined, '2024-01-11 14:47', { facts: { filemode: 'A1', recfm: 'F', lrecl: '80', records: '27', blocks: '3', label: 'CMS191' } })],
      ['PROGRAM  F        V         64         28          1 11/21/97 23:26:08 -', file('PROGRAM.F', undefined, '1997-11-21 23:26:08', { facts: { recfm: 'V', lrecl: '64', records: '28', blocks: '1' } })],
      ['PROGRAM  F        V         64         28          1 13/32/97 23:26:08 -', file('PROGRAM.F', undefined, undefined, { facts: { recfm: 'V', lrecl: '64', records: '28', blocks: '1', modified: '13/32/97 23:26:08' } })],
      [`${HEADER}\nPROFILE  EXEC      A1`, file('PROFILE.EXEC', undefined, undefined, { facts: { filemode: 'A1' } })],
      [`${HEADER}\nno such file`, 'unparsed'],
      ['PROFILE  EXEC      A1', 'unparsed'],
      ['README   ANONYMOU X         71         26          1 1997-04-02 12:33:20 TCP291', 'unparsed'],
      ['README   ANONYMOU V         7x         26          1 1997-04-02 12:33:20 TCP291', 'unparsed'],
      ['TOO MANY NAMES A1 V         71         26          1 1997-04-02 12:33:20 TCP291', 'unparsed'],
      ['README   ANONYMOU V         71         26          1 1997-04-02', 'unparsed'],
    ],
  },
];

// biome-ignore format: a table
export const bfs: readonly CorpusGroup[] = [
  {
    source: 'z/VM: TCP/IP User\'s Guide, by Indy, IdFTPListParseVM.pas',
    lines: [
      ["05/20/2000 13:38:19 F 1 65758 'bfsline.cpy'", file('bfsline.cpy', 65758, '2000-05-20 13:38:19', { links: 1 })],
      ["06/15/2000 09:29:25 F 1 278 'it''s mail.maw'", file("it''s mail.maw", 278, '2000-06-15 09:29:25', { links: 1 })],
      ["08/21/2000 05:28:40 D - - 'ALTERNATE'", directory('ALTERNATE', undefined, '2000-08-21 05:28:40')],
      ["08/21/2000 05:28:40 FIFO 1 0 'pipe'", other('pipe', 0, '2000-08-21 05:28:40', { links: 1, facts: { type: 'FIFO' } })],
      ["13/32/2000 05:28:40 F 1 5 'no such day'", file('no such day', 5, undefined, { links: 1, facts: { modified: '13/32/2000 05:28:40' } })],
      ["08/21/2000 05:28:40 D - - 'ALTERNATE", 'unparsed'],
      ["08/21/2000 05:28:40 D - 'ALTERNATE'", 'unparsed'],
      ["08/21/2000 05:28:40 D - - ''", 'unparsed'],
    ],
  },
];
