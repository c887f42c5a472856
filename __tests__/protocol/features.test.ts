import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { parseFeatures } from '../../lib/protocol/features';
import { holds, reply } from './helpers';

/** Replies of servers to FEAT, some of the features in them, and the number of all. */
const SERVERS: [server: string, lines: string[], found: Record<string, string>, size: number][] = [
  [
    'vsftpd 3',
    [
      '211-Features:',
      ' EPRT',
      ' EPSV',
      ' MDTM',
      ' PASV',
      ' REST STREAM',
      ' SIZE',
      ' TVFS',
      '211 End',
    ],
    { EPRT: '', EPSV: '', REST: 'STREAM', TVFS: '' },
    7,
  ],
  [
    'vsftpd 3 with TLS',
    [
      '211-Features:',
      ' AUTH TLS',
      ' EPRT',
      ' EPSV',
      ' MDTM',
      ' PASV',
      ' PBSZ',
      ' PROT',
      ' REST STREAM',
      ' SIZE',
      ' TVFS',
      ' UTF8',
      '211 End',
    ],
    { AUTH: 'TLS', PBSZ: '', PROT: '', UTF8: '' },
    11,
  ],
  [
    'ProFTPD 1.3.8',
    [
      '211-Features:',
      ' CLNT',
      ' EPRT',
      ' EPSV',
      ' HOST',
      ' LANG en-US*',
      ' MDTM',
      ' MFF modify;UNIX.group;UNIX.mode;',
      ' MFMT',
      ' MLST modify*;perm*;size*;type*;unique*;UNIX.group*;UNIX.mode*;',
      ' REST STREAM',
      ' SIZE',
      ' TVFS',
      ' UTF8',
      '211 End',
    ],
    { LANG: 'en-US*', MLST: 'modify*;perm*;size*;type*;unique*;UNIX.group*;UNIX.mode*;', MFMT: '' },
    13,
  ],
  [
    'ProFTPD: the code in every line',
    ['211-Features:', '211-MDTM', '211-REST STREAM', '211-SIZE', '211-UTF8', '211 End'],
    { MDTM: '', REST: 'STREAM', SIZE: '', UTF8: '' },
    4,
  ],
  [
    'Pure-FTPd 1.0.50',
    [
      '211-Extensions supported:',
      ' UTF8',
      ' EPRT',
      ' IDLE',
      ' MDTM',
      ' SIZE',
      ' MFMT',
      ' REST STREAM',
      ' MLST type*;size*;sizd*;modify*;UNIX.mode*;UNIX.uid*;UNIX.gid*;unique*;',
      ' MLSD',
      ' PRET',
      ' AUTH TLS',
      ' PBSZ',
      ' PROT',
      ' TVFS',
      ' ESTA',
      ' PASV',
      ' EPSV',
      ' SPSV',
      ' ESTP',
      '211 End.',
    ],
    { MLSD: '', PRET: '', AUTH: 'TLS', ESTP: '' },
    19,
  ],
  [
    'pyftpdlib',
    [
      '211-Features supported:',
      ' EPRT',
      ' EPSV',
      ' MDTM',
      ' MFMT',
      ' MLST type*;perm*;size*;modify*;unique*;unix.mode;unix.uid;unix.gid;',
      ' REST STREAM',
      ' SIZE',
      ' TVFS',
      ' UTF8',
      '211 End FEAT.',
    ],
    { MLST: 'type*;perm*;size*;modify*;unique*;unix.mode;unix.uid;unix.gid;', UTF8: '' },
    9,
  ],
  [
    'IIS 10',
    [
      '211-Extended features supported:',
      ' LANG EN*',
      ' UTF8',
      ' AUTH TLS;TLS-C;SSL;TLS-P;',
      ' PBSZ',
      ' PROT C;P;',
      ' CCC',
      ' HOST',
      ' SIZE',
      ' MDTM',
      ' REST STREAM',
      '211 END',
    ],
    { AUTH: 'TLS;TLS-C;SSL;TLS-P;', PROT: 'C;P;', LANG: 'EN*' },
    10,
  ],
  [
    'FileZilla Server 0.9',
    [
      '211-Features:',
      ' MDTM',
      ' REST STREAM',
      ' SIZE',
      ' MLST type*;size*;modify*;',
      ' MLSD',
      ' AUTH SSL',
      ' AUTH TLS',
      ' PROT',
      ' PBSZ',
      ' UTF8',
      ' CLNT',
      ' MFMT',
      ' EPSV',
      ' EPRT',
      '211 End',
    ],
    { MLST: 'type*;size*;modify*;', AUTH: 'SSL;TLS', EPRT: '' },
    13,
  ],
  [
    'FileZilla Server 1.x',
    [
      '211-Features:',
      ' MDTM',
      ' REST STREAM',
      ' SIZE',
      ' MLST type*;size*;modify*;perm*;',
      ' MLSD',
      ' AUTH SSL',
      ' AUTH TLS',
      ' PROT',
      ' PBSZ',
      ' UTF8',
      ' TVFS',
      ' EPSV',
      ' EPRT',
      ' MFMT',
      '211 End',
    ],
    { TVFS: '', REST: 'STREAM' },
    13,
  ],
  [
    'wu-ftpd 2.8: no parameters, a space after the label',
    ['211-Extensions supported:', ' SIZE ', ' MDTM ', ' UTF8 ', '211 END'],
    { SIZE: '', MDTM: '', UTF8: '' },
    3,
  ],
  [
    'Serv-U: indented by one space, lower case',
    [
      '211-Extensions supported',
      ' utf8',
      ' size',
      ' mdtm',
      ' Mlst Type*;Size*;Create;Modify*;Perm;',
      '211 End',
    ],
    { UTF8: '', MLST: 'Type*;Size*;Create;Modify*;Perm;' },
    4,
  ],
  [
    'a server that indents with a tab',
    ['211-Features:', '\tSIZE', '\tREST\tSTREAM', '211 End'],
    { SIZE: '', REST: 'STREAM' },
    2,
  ],
  [
    'a server that indents with many spaces',
    ['211-Features:', '     SIZE', '     REST   STREAM', '211 End'],
    { SIZE: '', REST: 'STREAM' },
    2,
  ],
  [
    'a server that does not indent',
    ['211-Features:', 'SIZE', 'REST STREAM', '', '211 End'],
    { SIZE: '', REST: 'STREAM' },
    2,
  ],
  [
    'CrushFTP: features with long parameters',
    [
      '211-Extensions supported:',
      ' AUTH TLS',
      ' HASH SHA-256;SHA-512*;MD5',
      ' XCRC "filename" SP EP',
      ' XSHA256 "filename" SP EP',
      ' COMB target;source_list',
      '211 END',
    ],
    { HASH: 'SHA-256;SHA-512*;MD5', XCRC: '"filename" SP EP', COMB: 'target;source_list' },
    5,
  ],
  ['no features', ['211 No features.'], {}, 0],
  ['no features in several lines', ['211-Features:', '211 End'], {}, 0],
];

describe('parseFeatures', () => {
  it.each(SERVERS)('parses the reply: %s', (_server, lines, found, size) => {
    const features = parseFeatures(reply(...lines));
    for (const [label, parameters] of Object.entries(found)) {
      expect([label, features.get(label)]).toEqual([label, parameters]);
    }
    expect(features.size).toBe(size);
    expect(features.get('XYZZY')).toBeUndefined();
  });

  it('keeps names of object properties as plain labels', () => {
    const features = parseFeatures(reply('211-x', ' __proto__ x', ' constructor', '211 End'));
    expect([...features]).toEqual([
      ['__PROTO__', 'x'],
      ['CONSTRUCTOR', ''],
    ]);
  });

  it('never throws for any lines', () => {
    holds(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (lines) => {
        expect(parseFeatures({ code: 211, lines }).size).toBeLessThanOrEqual(lines.length);
      }),
    );
  });
});
