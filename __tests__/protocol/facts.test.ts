import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { parseFacts } from '../../lib/protocol/facts';
import { fastest, holds } from './helpers';

/** As ftplib's `mlsd` returns it, except for the null prototype. */
const entry = (name: string, facts: [string, string][]) => [name, Object.fromEntries(facts)];

describe('parseFacts', () => {
  // biome-ignore format: a table
  it.each<[string, string, [string, string][]]>([
    ['type=file;size=1024; a.txt',                'a.txt',     [['type', 'file'], ['size', '1024']]],
    ['Type=DIR;UNIX.mode=0755; d',                'd',         [['type', 'DIR'], ['unix.mode', '0755']]],
    ['type=cdir;modify=20240101000000; /pub',     '/pub',      [['type', 'cdir'], ['modify', '20240101000000']]],
    ['type=pdir; ..',                             '..',        [['type', 'pdir']]],
    ['type=file; a b',                            'a b',       [['type', 'file']]],
    ['type=file;  a',                             ' a',        [['type', 'file']]],
    ['type=file; a ',                             'a ',        [['type', 'file']]],
    ['type=file; a;b=c; d',                       'a;b=c; d',  [['type', 'file']]],
    ['type=file; ',                               '',          [['type', 'file']]],
    [' a b',                                      'a b',       []],
    ['  a',                                       ' a',        []],
    ['',                                          '',          []],
    [' ',                                         '',          []],
    ['a.txt',                                     '',          [['a.txt', '']]], // no space, so no name
    ['type=file',                                 '',          [['type', 'file']]],
    ['type=file a',                               'a',         [['type', 'file']]], // no final semicolon
    ['type=OS.unix=slink:/target; l',             'l',         [['type', 'OS.unix=slink:/target']]],
    ['type=OS.unix=symlink; l',                   'l',         [['type', 'OS.unix=symlink']]],
    ['media-type=text/plain; x',                  'x',         [['media-type', 'text/plain']]],
    ['size=; x',                                  'x',         [['size', '']]],
    ['=1;;type=file;; x',                         'x',         [['type', 'file']]],
    ['bare;type=file; x',                         'x',         [['bare', ''], ['type', 'file']]],
    ['size=1;size=2; x',                          'x',         [['size', '2']]],
    ['type=file;perm=adfr; é日本😀',                'é日本😀',     [['type', 'file'], ['perm', 'adfr']]],
    ['type=file; 19990929043300 x',               '19990929043300 x', [['type', 'file']]],
  ])('parses %j', (line, name, facts) => {
    const [readName, readFacts] = parseFacts(line);
    expect([readName, { ...readFacts }]).toEqual(entry(name, facts));
  });

  it.each([
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'valueOf',
    '__defineGetter__',
  ])('keeps the fact %s like any other (CVE-2026-126345)', (key) => {
    const [, facts] = parseFacts(`${key}=polluted;type=file; x`);
    expect(Object.getPrototypeOf(facts)).toBeNull();
    expect(Object.entries(facts)).toEqual([
      [key.toLowerCase(), 'polluted'],
      ['type', 'file'],
    ]);
    expect(Object.prototype).not.toHaveProperty('polluted');
  });

  it('parses facts and names as they were printed', () => {
    const key = fc.stringMatching(/^[a-z_][a-z0-9._-]{0,8}$/);
    const value = fc.string({ maxLength: 8 }).filter((text) => !/[; ]/.test(text));
    const name = fc.string({ unit: 'grapheme', maxLength: 20 });
    const facts = fc.uniqueArray(fc.tuple(key, value), {
      selector: ([each]) => each,
      maxLength: 6,
    });
    holds(
      fc.property(facts, name, (pairs, text) => {
        const printed = pairs.map(([each, own]) => `${each}=${own};`).join('');
        const [readName, readFacts] = parseFacts(`${printed} ${text}`);
        expect(readName).toBe(text);
        expect(Object.entries(readFacts).sort()).toEqual([...pairs].sort());
      }),
    );
  });

  it('never throws, and always returns strings', () => {
    holds(
      fc.property(fc.string({ unit: 'binary' }), (line) => {
        const [name, facts] = parseFacts(line);
        expect(line.endsWith(name)).toBe(true);
        for (const value of Object.values(facts)) expect(typeof value).toBe('string');
      }),
    );
  });

  it.each([';', '=', 'a=b;', ';=', 'a'])('takes linear time for a long run of %j', (unit) => {
    const run = (length: number) => {
      const line = `${unit.repeat(length / unit.length)} name`;
      return () => parseFacts(line);
    };
    const short = fastest(run(10_000));
    expect(fastest(run(160_000))).toBeLessThan(short * 80 + 60); // linear: 16; quadratic: 256
  });
});
