import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ReplyError } from '../../lib/errors';
import { announcedSize, parse150, parse213 } from '../../lib/protocol/size';
import { fastest, holds, outcome, reply } from './helpers';

const LARGEST = Number.MAX_SAFE_INTEGER;
const NO_SIZE = { name: 'ProtocolError', code: 'ERR_FTP_PROTOCOL', connectionUsable: true };

describe('parse150', () => {
  // biome-ignore format: a table
  it.each<[string, number | null]>([
    ['150 Opening BINARY mode data connection for a (1234 bytes).',    1234],
    ['150 Opening BINARY mode data connection for a (0 bytes)',        0],
    ['150 a (12 BYTES)',                                               12],
    [`150 a (${LARGEST} bytes)`,                                       LARGEST],
    ['150 Opening data connection for a (1 bytes) (200 bytes)',        200], // the first is in the name
    ['150-Accepted data connection\n150 1.2 kbytes to download',       null],
    ['150-Opening\n150 a (7 bytes)',                                   7],
    ['150 ok, about to open data connection',                          null],
    ['150 a (-5 bytes)',                                               null],
    ['150 a (1e3 bytes)',                                              null],
    ['150 a (0x10 bytes)',                                             null],
    ['150 a (1,234 bytes)',                                            null],
    ['150 a(12 bytes)',                                                null],
    ['150 a (12 bytes',                                                null],
    ['150 a (٣ bytes)',                                                null],
    ['150',                                                            null],
  ])('parses %j', (text, size) => {
    expect(parse150(text)).toBe(size);
  });

  it.each([
    `150 a (${LARGEST + 1} bytes)`,
    '150 a (18446744073709551616 bytes)',
    `150 a (${'9'.repeat(400)} bytes)`,
  ])('rejects a size that is not a safe integer: %j', (text) => {
    expect(outcome(() => parse150(text))).toMatchObject(NO_SIZE);
    expect(announcedSize(reply(text))).toBeNull(); // only a hint
  });

  it.each(['125 a (1 bytes)', '226 done', '550 no', ''])(
    'throws a ReplyError for the other reply %j',
    (text) => {
      expect(() => parse150(text)).toThrow(ReplyError);
    },
  );

  it.each([' (1', ' (', '1', ' (1 bytes)'])('takes linear time for a long run of %j', (unit) => {
    const run = (length: number) => {
      const text = `150 ${unit.repeat(length / unit.length)}`;
      return () => outcome(() => parse150(text));
    };
    const short = fastest(run(10_000));
    expect(fastest(run(160_000))).toBeLessThan(short * 80 + 60); // linear: 16; quadratic: 256
  });
});

describe('announcedSize', () => {
  it('returns the size in a 150, and null for anything else', () => {
    expect(announcedSize(reply('150 a (12 bytes)'))).toBe(12);
    expect(announcedSize(reply('125 a (12 bytes)'))).toBeNull();
    expect(announcedSize(reply('150 a'))).toBeNull();
  });
});

describe('parse213', () => {
  // biome-ignore format: a table
  it.each<[string, number]>([
    ['213 1234',                          1234],
    ['213 0',                             0],
    ['213  12 ',                          12],
    ['213 007',                           7],
    [`213 ${LARGEST}`,                    LARGEST],
    ['213 1234 bytes',                    1234],
    ['213 File size is 99',               99],
    ['213-Size follows\n 12345\n213 12345', 12345], // violates RFC 3659, but is tolerated
    ['213 size of 2.txt: 99',             99],
  ])('parses %j', (text, size) => {
    expect(parse213(text)).toBe(size);
  });

  it.each([
    '213',
    '213 ',
    '213 none',
    '213 ٣',
    `213 ${LARGEST + 1}`,
    '213 18446744073709551616',
    `213 ${'9'.repeat(400)}`,
  ])('rejects %j', (text) => {
    expect(outcome(() => parse213(text))).toMatchObject(NO_SIZE);
  });

  it.each(['213 -5', '213 1e3', '213 0x10', '213 1.5'])(
    'rejects %j, which is not a whole number (RFC 3659 §4.1)',
    (text) => {
      expect(outcome(() => parse213(text))).toMatchObject(NO_SIZE);
    },
  );

  it.each(['200 5', '211 5', '550 no', ''])(
    'throws a ReplyError for the other reply %j',
    (text) => {
      expect(() => parse213(text)).toThrow(ReplyError);
    },
  );

  it('parses every safe integer', () => {
    holds(fc.property(fc.maxSafeNat(), (size) => parse213(`213 ${size}`) === size));
  });
});
