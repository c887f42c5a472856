import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { codecOf } from '../../lib/protocol/codec';
import { holds, outcome } from './helpers';

const LATIN1 = fc.string({ unit: fc.nat(0xff).map((code) => String.fromCharCode(code)) });

describe('codecOf', () => {
  it.each(['utf8', 'UTF-8', 'utf-8', 'Utf8'])('accepts %j as a name of UTF-8', (name) => {
    const codec = codecOf(name);
    expect([...codec.encode('é')]).toEqual([0xc3, 0xa9]);
    expect(codec.decode(Uint8Array.of(0xc3, 0xa9))).toBe('é');
  });

  it.each(['latin1', 'binary', 'LATIN1'])(
    'accepts %j as an encoding with one byte per character',
    (name) => {
      const codec = codecOf(name);
      expect([...codec.encode('é')]).toEqual([0xe9]);
      expect(codec.decode(Uint8Array.of(0xe9))).toBe('é');
    },
  );

  it.each([
    'utf16le',
    'ucs2',
    'hex',
    'base64',
    'base64url',
    '',
    'utf-9',
    '__proto__',
    'constructor',
  ])('rejects %j, which is not a known superset of ASCII', (name) => {
    expect(outcome(() => codecOf(name))).toMatchObject({
      name: 'TypeError',
      code: 'ERR_UNKNOWN_ENCODING',
    });
  });

  it.each([5, true, {}, { encode() {} }, { encode: 1, decode: 2 }])(
    'rejects %p, which is neither a name nor a codec',
    (value) => {
      expect(outcome(() => codecOf(value as never))).toMatchObject({
        code: 'ERR_UNKNOWN_ENCODING',
      });
    },
  );

  it('decodes any text that it encoded in UTF-8', () => {
    const { encode, decode } = codecOf('utf8');
    holds(fc.property(fc.string({ unit: 'binary' }), (text) => decode(encode(text)) === text));
  });

  it('decodes any text that it encoded in latin1', () => {
    const { encode, decode } = codecOf('latin1');
    holds(fc.property(LATIN1, (text) => decode(encode(text)) === text));
  });

  it('decodes any bytes without throwing', () => {
    const names = fc.constantFrom('utf8', 'latin1', 'ascii');
    holds(
      fc.property(names, fc.uint8Array(), (name, bytes) => {
        expect(typeof codecOf(name).decode(bytes)).toBe('string');
      }),
    );
  });

  it('decodes bytes that are not UTF-8 as latin1, and keeps U+FFFD and a BOM', () => {
    const { decode, encode } = codecOf('utf8');
    expect(decode(Uint8Array.of(0x61, 0xe9, 0x62))).toBe('aéb');
    expect(decode(encode('a\ufffdb'))).toBe('a\ufffdb');
    expect(decode(encode('\ufeffa'))).toBe('\ufeffa'); // part of the name
  });

  it('decodes only the bytes of a view into a larger buffer', () => {
    const view = new Uint8Array(Buffer.from('xxabyy').buffer.slice(0)).subarray(0, 0);
    expect(codecOf('utf8').decode(view)).toBe('');
    const large = new Uint8Array([0x78, 0x61, 0x62, 0x79]);
    expect(codecOf('latin1').decode(large.subarray(1, 3))).toBe('ab');
  });

  it.each<[string, string, string]>([
    ['utf8', 'a\ud800', 'a lone surrogate'],
    ['latin1', '€', 'a character'],
    ['latin1', '\u010a', 'a character'],
    ['ascii', 'é', 'a character'],
  ])('throws in %s on text that cannot be encoded: %j', (name, text, what) => {
    expect(outcome(() => codecOf(name).encode(text))).toMatchObject({
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_VALUE',
      message: expect.stringContaining(what),
    });
  });

  it("falls back to latin1 if the user's codec throws while decoding", () => {
    const { decode } = codecOf({
      encode: (text) => Buffer.from(text),
      decode() {
        throw new Error('no');
      },
    });
    expect(decode(Uint8Array.of(0x61, 0xe9))).toBe('aé');
  });

  it("calls the methods of a user's codec with the codec as this", () => {
    const mine = {
      prefix: '>',
      encode(text: string) {
        return Buffer.from(this.prefix + text);
      },
      decode(bytes: Uint8Array) {
        return this.prefix + Buffer.from(bytes).toString();
      },
    };
    const codec = codecOf(mine);
    expect(Buffer.from(codec.encode('a')).toString()).toBe('>a');
    expect(codec.decode(Buffer.from('a'))).toBe('>a');
  });
});
