import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { LineSplitter } from '../../lib/protocol/line-splitter';
import { byteByByte, cutsInTwo, fastest, holds, pieces } from './helpers';

const tooLong = () => new Error('too long');

function push(splitter: LineSplitter, chunk: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  splitter.push(chunk);
  for (let line = splitter.next(); line; line = splitter.next()) lines.push(line);
  return lines;
}

/** All lines, including an unfinished last one. */
function split(chunks: readonly Buffer[], maxLine = 1000): string[] {
  const splitter = new LineSplitter(maxLine, tooLong);
  const lines = chunks.flatMap((chunk) => push(splitter, chunk));
  const last = splitter.flush();
  return [...lines, ...(last ? [last] : [])].map((line) => line.toString('latin1'));
}

const CASES: [title: string, bytes: string, lines: string[]][] = [
  ['no bytes', '', []],
  ['CRLFs', 'a\r\nb\r\n', ['a', 'b']],
  ['bare LFs', 'a\nb\n', ['a', 'b']],
  ['blank lines', '\r\n\n\r\n', ['', '', '']],
  ['a CR inside a line', 'a\rb\r\n', ['a\rb']],
  ['two CRs before the LF', 'a\r\r\n', ['a\r']],
  ['an unfinished last line', 'a\r\nb', ['a', 'b']],
  ['a CR at the end', 'a\r\nb\r', ['a', 'b']],
];

describe('LineSplitter', () => {
  describe.each(CASES)('splits a text with %s', (_title, text, lines) => {
    const bytes = Buffer.from(text, 'latin1');

    it('in one chunk', () => {
      expect(split([bytes])).toEqual(lines);
    });

    it('one byte at a time', () => {
      expect(split(byteByByte(bytes))).toEqual(lines);
    });

    it('split in two at any position', () => {
      for (const chunks of cutsInTwo(bytes)) expect(split(chunks)).toEqual(lines);
    });
  });

  it('returns the same lines for any segmentation', () => {
    const text = fc.array(fc.constantFrom('a', 'bc', '\r', '\n', '\r\n', '\xff'), {
      maxLength: 40,
    });
    const cut = text
      .map((parts) => Buffer.from(parts.join(''), 'latin1'))
      .chain((bytes) => fc.tuple(fc.constant(bytes), pieces(bytes)));
    holds(
      fc.property(cut, ([bytes, chunks]) => {
        expect(split(chunks)).toEqual(split([bytes]));
      }),
    );
  });

  it('reports the length of the unfinished line', () => {
    const splitter = new LineSplitter(10, tooLong);
    push(splitter, Buffer.from('ab\r\ncd'));
    expect(splitter.pendingLength).toBe(2);
    push(splitter, Buffer.from('e\n'));
    expect(splitter.pendingLength).toBe(0);
  });

  describe.each(['\r\n', '\n'])('with lines that end in %j', (ending) => {
    it('accepts a line of exactly the limit in any segmentation', () => {
      const bytes = Buffer.from(`12345678${ending}`);
      for (const chunks of [[bytes], byteByByte(bytes), ...cutsInTwo(bytes)]) {
        expect(split(chunks, 8)).toEqual(['12345678']);
      }
    });

    it('rejects a line of one byte more in any segmentation', () => {
      const bytes = Buffer.from(`123456789${ending}`);
      for (const chunks of [[bytes], byteByByte(bytes), ...cutsInTwo(bytes)]) {
        expect(() => split(chunks, 8)).toThrow('too long');
      }
    });
  });

  it('throws on an unfinished line as soon as it is too long', () => {
    const splitter = new LineSplitter(100, tooLong);
    push(splitter, Buffer.alloc(101, 'x')); // the last byte might have been a CR
    expect(() => push(splitter, Buffer.from('x'))).toThrow('too long');
  });

  it('takes linear time for a line that arrives byte by byte', () => {
    const drip = (length: number) => () => {
      const splitter = new LineSplitter(length, tooLong);
      const byte = Buffer.from('x');
      for (let i = 0; i < length; i++) push(splitter, byte);
      push(splitter, Buffer.from('\n'));
    };
    const short = fastest(drip(5_000));
    expect(fastest(drip(80_000))).toBeLessThan(short * 80 + 60); // linear: 16; quadratic: 256
  });
});
