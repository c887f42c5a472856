import type { CorpusGroup } from './corpus';
import { other } from './corpus';

// biome-ignore format: a table
export const alone: readonly CorpusGroup[] = [
  {
    source: 'NLST, and servers that send nothing but names',
    lines: [
      ['README', other('README')],
      ['name;with;semicolons', other('name;with;semicolons')],
      ['世界', other('世界')],
      ['ftp> ', other('ftp>')],
      ['bad luck here', 'unparsed'],
      ['/bin/ls: not found', 'unparsed'],
    ],
  },
];
