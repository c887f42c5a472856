import type { CorpusGroup } from './corpus';
import { file } from './corpus';

// biome-ignore format: a table
export const nonstop: readonly CorpusGroup[] = [
  {
    source: 'FileZilla, directorylistingparsertest.cpp',
    lines: [
      ['57-HP_NonStop 101 528 6-Apr-07 14:21:18 255, 0 "oooo"', file('57-HP_NonStop', 528, '2007-04-06 14:21:18', { owner: '0', group: '255', facts: { code: '101', security: 'oooo' } })],
      ['58-HP_NonStop 101 528 6-Apr-07 14:21:18 255,255 "oooo"', file('58-HP_NonStop', 528, '2007-04-06 14:21:18', { owner: '255', group: '255', facts: { code: '101', security: 'oooo' } })],
    ],
  },
  {
    source: 'Indy, IdFTPListParseTandemGuardian.pas',
    lines: [
      ['File         Code             EOF  Last Modification    Owner  RWEP', 'frame'],
      ['ALV           101             2522 27-Aug-02 13:57:10 155,106 "nnnn"', file('ALV', 2522, '2002-08-27 13:57:10', { owner: '106', group: '155', facts: { code: '101', security: 'nnnn' } })],
      ['ALVO         1000             2048 27-Aug-02 13:57:22 155,106 "nunu"', file('ALVO', 2048, '2002-08-27 13:57:22', { owner: '106', group: '155', facts: { code: '1000', security: 'nunu' } })],
    ],
  },
  {
    source: 'FluentFTP, ParserTests.cs',
    lines: [
      ['IARPTS        101            16354 18-Mar-08 15:09:12 244, 10 "nnnn"', file('IARPTS', 16354, '2008-03-18 15:09:12', { owner: '10', group: '244', facts: { code: '101', security: 'nnnn' } })],
      ['JENNYCB2      101            16384 10-Jul-08 11:44:56 244, 10 "nnnn"', file('JENNYCB2', 16384, '2008-07-10 11:44:56', { owner: '10', group: '244', facts: { code: '101', security: 'nnnn' } })],
      ['FILE1 101 528 12-Jan-14 14:21:18 255, 0 "extra1"', file('FILE1', 528, '2014-01-12 14:21:18', { owner: '0', group: '255', facts: { code: '101', security: 'extra1' } })],
    ],
  },
  {
    source: 'FFFTP, the formats in common.h',
    lines: [
      ['EMSACSTM      101             146  18-Sep-00 09:03:37 170,175 "nunu"', file('EMSACSTM', 146, '2000-09-18 09:03:37', { owner: '175', group: '170', facts: { code: '101', security: 'nunu' } })],
      ['TACLCSTM   O  101             101  4-Mar-01  23:50:06 255,255 "oooo"', file('TACLCSTM', 101, '2001-03-04 23:50:06', { owner: '255', group: '255', facts: { code: '101', security: 'oooo', open: 'O' } })],
    ],
  },
  {
    source: 'deliberately invalid lines',
    lines: [
      ['FILE1 101 528 32-Jan-14 14:21:18 255, 0 "oooo"', file('FILE1', 528, undefined, { owner: '0', group: '255', facts: { code: '101', security: 'oooo', modified: '32-Jan-14 14:21:18' } })],
      ['FILE1 101 528 12-Jan-14 24:21:18 255, 0 "oooo"', file('FILE1', 528, undefined, { owner: '0', group: '255', facts: { code: '101', security: 'oooo', modified: '12-Jan-14 24:21:18' } })],
      ['FILE1 101 528 12-Jan-14 14:21:18 255 0 "oooo"', 'unparsed'],
      ['FILE1 101 528 12-Jan-14 14:21:18 255, 0', 'unparsed'],
      ['FILE1 1x1 528 12-Jan-14 14:21:18 255, 0 "oooo"', 'unparsed'],
    ],
  },
];
