import type { CorpusGroup } from './corpus';
import { directory, file } from './corpus';

// biome-ignore format: a table
export const vshell: readonly CorpusGroup[] = [
  {
    source: 'FileZilla, directorylistingparsertest.cpp',
    lines: [
      ['206876  Apr 04, 2000 21:06 21-vshell-old file', file('21-vshell-old file', 206876, '2000-04-04 21:06')],
      ['0  Dec 12, 2002 02:13 22-vshell-old dir/', directory('22-vshell-old dir', 0, '2002-12-12 02:13')],
      ['2048    Feb-28-1998  05:23:30   49-nortel-vxworks dir <DIR>', directory('49-nortel-vxworks dir', 2048, '1998-02-28 05:23:30')],
      ['206876  Apr 34, 2000 21:06 no such day', file('no such day', 206876, undefined, { facts: { modified: 'Apr 34, 2000 21:06' } })],
      ['206876  Apr 04 2000 21:06 no comma', 'unparsed'],
      ['206876  Apr 04, 2000 21:06', 'unparsed'],
    ],
  },
  {
    source: 'FFFTP, the formats in common.h',
    lines: [
      ['   512    Jan-30-2002  14:52:04   DIRNAME           <DIR>', directory('DIRNAME', 512, '2002-01-30 14:52:04')],
      [' 61191    Aug-30-2002  17:30:38   FILENAME.C        ', file('FILENAME.C', 61191, '2002-08-30 17:30:38')],
    ],
  },
];
