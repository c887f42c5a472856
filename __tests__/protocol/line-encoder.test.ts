import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { LineEncoder } from '../../lib/protocol/line-encoder';
import { byteByByte, cutsInTwo, holds, pieces } from './helpers';

function encode(chunks: readonly Uint8Array[]): string {
  const encoder = new LineEncoder();
  const encoded = chunks.map((chunk) => encoder.push(chunk));
  return Buffer.concat([...encoded, encoder.finish()]).toString('latin1');
}

/** What `ftplib.storlines` sends: each line with CRLF instead of its line end. */
function reference(text: string): string {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => `${line.replace(/\r$/, '')}\r\n`).join('');
}

// biome-ignore format: a table
const CASES: [text: string, wire: string][] = [
  ['',             ''],
  ['a',            'a\r\n'],
  ['a\n',          'a\r\n'],
  ['a\r\n',        'a\r\n'],
  ['a\r',          'a\r\n'],
  ['\n',           '\r\n'],
  ['\r\n',         '\r\n'],
  ['\r',           '\r\n'],
  ['\n\n',         '\r\n\r\n'],
  ['a\nb',         'a\r\nb\r\n'],
  ['a\rb\n',       'a\rb\r\n'],
  ['a\r\r\n',      'a\r\r\n'],
  ['a\r\r',        'a\r\r\n'],
  ['\r\r\n\n',     '\r\r\n\r\n'],
  ['a\n\rb',       'a\r\n\rb\r\n'],
  ['\xff\r\n\x00', '\xff\r\n\x00\r\n'],
];

describe('LineEncoder', () => {
  describe.each(CASES)('encodes %j', (text, wire) => {
    const bytes = Buffer.from(text, 'latin1');

    it(`as ${JSON.stringify(wire)}, in one chunk`, () => {
      expect(encode([bytes])).toBe(wire);
      expect(reference(text)).toBe(wire);
    });

    it('in the same way one byte at a time', () => {
      expect(encode(byteByByte(bytes))).toBe(wire);
    });

    it('in the same way split in two at any position', () => {
      for (const chunks of cutsInTwo(bytes)) expect(encode(chunks)).toBe(wire);
    });
  });

  it('encodes any text in any segmentation as ftplib does', () => {
    const cut = fc
      .array(fc.constantFrom('a', '\r', '\n', '\r\n', 'bc'), { maxLength: 30 })
      .map((parts) => parts.join(''))
      .chain((text) => fc.tuple(fc.constant(text), pieces(Buffer.from(text))));
    holds(
      fc.property(cut, ([text, chunks]) => {
        expect(encode(chunks)).toBe(reference(text));
      }),
      { numRuns: 1000 },
    );
  });

  it('does not modify its input', () => {
    const bytes = Buffer.from('a\nb\r\n');
    encode([bytes]);
    expect(bytes.toString()).toBe('a\nb\r\n');
  });
});
