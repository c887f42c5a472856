import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ProtocolError, ReplyError } from '../../lib/errors';
import { parse257, quotePathname } from '../../lib/protocol/pathname';
import { fastest, holds, outcome } from './helpers';

describe('parse257', () => {
  // biome-ignore format: a table
  it.each<[string, string]>([
    ['257 "/" is the current directory',             '/'],
    ['257 "/"',                                      '/'],
    ['257 "/usr/dm" created.',                       '/usr/dm'],
    ['257 "/usr/dm/child""dir" directory created',   '/usr/dm/child"dir'], // RFC 959 appendix II
    ['257 "/a""b"',                                  '/a"b'],
    ['257 "/a"""',                                   '/a"'],
    ['257 """"',                                     '"'],
    ['257 "" is the current directory',              ''],
    ['257 "/a b  c " x',                             '/a b  c '],
    ['257 "/é😀" x',                                  '/é😀'],
    ['257 "C:\\dir" x',                              'C:\\dir'],
    ['257 "/q"pure" is your current location',       '/q"pure'],            // Pure-FTPd: quotes not doubled
    ['257 "/"" is your current location',            '/"'],
    ['257 "/a"x',                                    '/a'],
    ['257 "/a""',                                    '/a"'],
    ['257 "dir" : The directory was created',        'dir'],
    ['257 "/a" said "hello"',                        '/a'],
    ['257-Hello\n257 "/a"',                          '/a'],
    ['257 Current directory is "/a"',                '/a'],
    ['257 It is "/a""b" now',                        '/a"b'],
    ['257 You are in "/q"pure" now',                 '/q"pure'],
    ['257 "" or "/b"',                               ''],
    ['257 path="/a"',                                '/a'],
    ['257 is "/a" and not "/b"',                     '/a'],
    ['257 of 5" disks',                              ''],
    ['257 /a is the current directory',              ''],
    ['257 Directory created',                        ''],
    ['257',                                          ''],
    ['257  "/a"',                                    '/a'],
  ])('parses %j', (reply, path) => {
    expect(parse257(reply)).toBe(path);
  });

  it.each([
    '257 "',
    '257 "/a',
    '257 "/a is the current directory', // CVE-2017-1000254
    '257 "/a"".',
    '257 "/a\0b" x',
    '257 "/a\x1b[2Jb" x',
    '257 "/a\rb" x',
    '257 "/a\nb" x',
    '257 "/a\x85b" x',
    '257 "/a\x7fb" x',
  ])('rejects %j', (reply) => {
    expect(outcome(() => parse257(reply))).toMatchObject({
      name: 'ProtocolError',
      code: 'ERR_FTP_PROTOCOL',
      connectionUsable: true,
      reply: { code: 257 },
    });
  });

  it.each(['250 "/a"', '200 ok', '550 no', ''])(
    'throws a ReplyError for the other reply %j',
    (reply) => {
      expect(() => parse257(reply)).toThrow(ReplyError);
    },
  );

  const path = fc.string({ unit: 'grapheme' }).filter((text) => !/[\p{Cc}]/u.test(text));
  const quotes = fc
    .array(fc.constantFrom('"', ' ', 'a', '""', '/'), { maxLength: 8 })
    .map((parts) => parts.join(''));
  const comment = fc.constantFrom('', ' ', ' created', ' is "it"', ' "', ' a"b');

  it('parses what quotePathname writes, whatever follows', () => {
    holds(
      fc.property(fc.oneof(path, quotes), comment, (name, rest) => {
        expect(parse257(`257 ${quotePathname(name)}${rest}`)).toBe(name);
      }),
      { numRuns: 1000 },
    );
  });

  it('returns a string or throws a ProtocolError for any input', () => {
    holds(
      fc.property(fc.oneof(quotes, fc.string({ unit: 'binary' })), (text) => {
        const result = outcome(() => parse257(`257 ${text}`));
        expect(typeof result === 'string' || result instanceof ProtocolError).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it.each(['"', '""', '"x', '" ', 'x"'])('takes linear time for a long run of %j', (unit) => {
    const run = (length: number) => {
      const reply = `257 "${unit.repeat(length / unit.length)}x`;
      return () => outcome(() => parse257(reply));
    };
    const short = fastest(run(10_000));
    expect(fastest(run(160_000))).toBeLessThan(short * 80 + 60); // linear: 16; quadratic: 256
  });
});
