import type { CorpusGroup } from './corpus';
import { directory, file } from './corpus';

// biome-ignore format: a table
export const os2: readonly CorpusGroup[] = [
  {
    source: 'FileZilla, directorylistingparsertest.cpp',
    lines: [
      ['36611      A    04-23-103  10:57  24-os2 file', file('24-os2 file', 36611, '2003-04-23 10:57', { facts: { attributes: 'A' } })],
      [' 1123      A    07-14-99   12:37  25-os2 file', file('25-os2 file', 1123, '1999-07-14 12:37', { facts: { attributes: 'A' } })],
      ['    0 DIR       02-11-103  16:15  26-os2 dir', directory('26-os2 dir', 0, '2003-02-11 16:15')],
      [' 1123 DIR  A    10-05-100  23:38  27-os2 dir', directory('27-os2 dir', 1123, '2000-10-05 23:38', { facts: { attributes: 'A' } })],
    ],
  },
  {
    source: 'Apache Commons Net, OS2FTPEntryParserTest',
    lines: [
      ['     0           DIR   12-30-97   12:32  jbrekke', directory('jbrekke', 0, '1997-12-30 12:32')],
      ['     0           DIR   11-25-97   09:42  junk', directory('junk', 0, '1997-11-25 09:42')],
      ['     0           DIR   05-12-97   16:44  LANGUAGE', directory('LANGUAGE', 0, '1997-05-12 16:44')],
      ['     0           DIR   05-12-97   16:52  Maintenance Desktop', directory('Maintenance Desktop', 0, '1997-05-12 16:52')],
      ['587823    RSA    DIR   01-08-97   13:58  OS2KRNL', directory('OS2KRNL', 587823, '1997-01-08 13:58', { facts: { attributes: 'RSA' } })],
      ['                 DIR   12-30-97   12:32  jbrekke', 'unparsed'],
      ['     0    rsa    DIR   11-25-97   09:42  junk', 'unparsed'],
      ['     0           dir   05-12-97   16:44  LANGUAGE', 'unparsed'],
      ['     0           DIR   13-05-97   25:49  MPTN', directory('MPTN', 0, undefined, { facts: { modified: '13-05-97   25:49' } })],
      ['587823    RSA    DIR   Jan-08-97   13:58  OS2KRNL', directory('OS2KRNL', 587823, undefined, { facts: { attributes: 'RSA', modified: 'Jan-08-97   13:58' } })],
    ],
  },
  {
    source: 'Mozilla, ParseFTPList.cpp',
    lines: [
      ['                 0  DIR            04-11-95   16:26  .', directory('.', 0, '1995-04-11 16:26', { unsafe: true })],
      ['                 0  DIR            04-11-95   16:26  ADDRESS', directory('ADDRESS', 0, '1995-04-11 16:26')],
      ['               612  RHSA           07-28-95   16:45  air_tra1.bag', file('air_tra1.bag', 612, '1995-07-28 16:45', { facts: { attributes: 'RHSA' } })],
      ['               195  A              08-09-95   10:23  Alfa1.bag', file('Alfa1.bag', 195, '1995-08-09 10:23', { facts: { attributes: 'A' } })],
      ['                 0  RHS   DIR      04-11-95   16:26  ATTACH', directory('ATTACH', 0, '1995-04-11 16:26', { facts: { attributes: 'RHS' } })],
      ['            310992                 06-28-94   09:56  INSTALL.EXE', file('INSTALL.EXE', 310992, '1994-06-28 09:56')],
    ],
  },
  {
    source: 'FFFTP, the formats in common.h',
    lines: [
      ['   345      A          12-02-98   10:59  VirtualDevice.java', file('VirtualDevice.java', 345, '1998-12-02 10:59', { facts: { attributes: 'A' } })],
      ['     0           DIR   12-09-98   09:43  ディレクトリ', directory('ディレクトリ', 0, '1998-12-09 09:43')],
      ['     0           DIR   12-09-100  09:43  ディレクトリ', directory('ディレクトリ', 0, '2000-12-09 09:43')],
    ],
  },
];
