import type { CorpusGroup } from './corpus';
import { directory, file, other } from './corpus';

// biome-ignore format: a table
export const eplf: readonly CorpusGroup[] = [
  {
    source: 'D. J. Bernstein, cr.yp.to/ftp/list/eplf.html',
    lines: [
      ['+i8388621.48594,m825718503,r,s280,\tdjb.html', file('djb.html', 280, '1996-03-01 22:15:03Z', { facts: { i: '8388621.48594', m: '825718503', r: '', s: '280' } })],
      ['+i8388621.50690,m824255907,/,\t514', directory('514', undefined, '1996-02-13 23:58:27Z', { facts: { i: '8388621.50690', m: '824255907', '/': '' } })],
      ['+i8388621.48598,m824253270,r,s612,\t514.html', file('514.html', 612, '1996-02-13 23:14:30Z', { facts: { i: '8388621.48598', m: '824253270', r: '', s: '612' } })],
      ['+i8388621.48594,m825718503,r,s280,up755\t14-eplf file', file('14-eplf file', 280, '1996-03-01 22:15:03Z', { permissions: 0o755, facts: { i: '8388621.48594', m: '825718503', r: '', s: '280', up: '755' } })],
      ['+i9872342.32142,m1229473595,/,\tpub', directory('pub', undefined, '2008-12-17 00:26:35Z', { facts: { i: '9872342.32142', m: '1229473595', '/': '' } })],
      ['+m1706702400,up644,s1024,\tneither', other('neither', 1024, '2024-01-31 12:00:00Z', { permissions: 0o644, facts: { m: '1706702400', up: '644', s: '1024' } })],
      ['+,\tno facts', other('no facts')],
      ['+\tno comma', other('no comma')],
      ['+r,s9007199254740993,\ttoo large', file('too large', undefined, undefined, { facts: { r: '', s: '9007199254740993' } })],
      ['+r,s-5,\tnegative', file('negative', undefined, undefined, { facts: { r: '', s: '-5' } })],
      ['+r,m99999999999999999,\tno such time', file('no such time', undefined, undefined, { facts: { r: '', m: '99999999999999999' } })],
      ['+r,/,\tboth', directory('both', undefined, undefined, { facts: { r: '', '/': '' } })],
      ['+up4755,r,\tsetuid', file('setuid', undefined, undefined, { permissions: 0o4755, facts: { up: '4755', r: '' } })],
      ['+up999,r,\tno mode', file('no mode', undefined, undefined, { facts: { up: '999', r: '' } })],
      ['+r,\t two  spaces ', file(' two  spaces ', undefined, undefined, { facts: { r: '' } })],
      ['+r,\ttab\tin the name', file('tab\tin the name', undefined, undefined, { facts: { r: '' }, unsafe: true })],
      ['+r,s1 no tab', 'unparsed'],
      ['+r,s1,\t', 'unparsed'],
    ],
  },
];
