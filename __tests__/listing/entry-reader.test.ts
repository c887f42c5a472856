import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { Entry } from '../../lib/listing/entry';
import { EntryReader } from '../../lib/listing/entry-reader';
import { type Codec, codecOf } from '../../lib/protocol/codec';
import { byteByByte, holds, pieces } from '../protocol/helpers';
import { LINES } from './corpus';
import { NOW } from './corpus/corpus';
import { readBytes } from './helpers';
import { hostileLine, randomOf } from './hostile-lines';

interface Result {
  readonly entries: Entry[];
  readonly unparsed: string[];
}

function readPieces(
  chunks: readonly Buffer[],
  { codec = codecOf('utf8'), maxLine = 65_536 }: { codec?: Codec; maxLine?: number } = {},
  isMlsd = false,
): Result {
  const result: Result = { entries: [], unparsed: [] };
  const reader = new EntryReader(maxLine, () => new RangeError('too long'));
  const unparsed = (line: string) => result.unparsed.push(line);
  reader.begin(codec, { now: NOW }, { all: true, isMlsd, unparsed });
  const drain = () => {
    for (let entry = reader.next(); entry || reader.hasMore; entry = reader.next()) {
      if (entry) result.entries.push(entry);
    }
  };
  for (const chunk of chunks) {
    reader.push(chunk);
    drain();
  }
  reader.end();
  drain();
  return result;
}

const listing = (lines: readonly string[]) =>
  Buffer.from(lines.map((line) => `${line}\r\n`).join(''));
const CORPUS = LINES.flatMap((line) => line.split('\n'));

describe('EntryReader', () => {
  it('returns the same entries for any segmentation', () => {
    const bytes = listing(CORPUS);
    const expected = readPieces([bytes]);
    expect(expected.entries.length).toBeGreaterThan(300);
    expect(readPieces(byteByByte(bytes))).toEqual(expected);
    holds(
      fc.property(pieces(bytes), (chunks) => {
        expect(readPieces(chunks)).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it('reads a last line without a line end, and lines that end with LF', () => {
    const lines = ['-rw-r--r-- 1 a b 5 Jan 29 03:26 x', '-rw-r--r-- 1 a b 6 Jan 29 03:26 y '];
    const expected = readPieces([listing(lines)]);
    expect(expected.entries.map(({ name }) => name)).toEqual(['x', 'y ']);
    expect(readPieces([Buffer.from(lines.join('\n'))])).toEqual(expected);
    expect(readPieces([Buffer.from(lines.join('\r\n'))])).toEqual(expected);
  });

  // EntryReader has a fast path for the usual lines of `ls -l`.
  it('returns the same entries as the parsers of the dialects', () => {
    const random = randomOf(20_240_229);
    const usual = [
      '-rw-r--r--    1 1000     1000          531 Jan 29 03:26 file',
      '-rw-r--r--    1 1000     1000           17 Jan 29 03:26  leading space',
      'drwxr-xr-x    2 root     root         4096 Apr  8  1994 directory',
      'drwxr-xr-x    2 root     root         4096 Apr  8  1994 marked/',
      '-rw-r--r--    1 root     root           12 Apr 08 1994  AIX',
      '-rwsr-xr-t    1 me       staff           0 Feb 29 12:30 größe',
      '-rw-r--r--    1 me       staff 99999999999999999999 Feb 29 12:30 beyond',
      '-rw-r--r--    1 Jürgen   größen          7 Feb 29 12:30 plain',
      '-rw-r--r--    1 me       staff           7 Feb 29 12:30 up/../here',
      '-rw-r--r--    1 me       staff           7 Feb 29 12:30 back\\slash',
      '-rw-r--r--    1 me       staff           7 Feb 29 12:30 red\u001b[31m',
      '-rw-r--r--    1 me       staff           7 Feb 29 12:30 deleted\u007f',
      '-rw-r--r--    1 me       staff           7 Feb 29 12:30 ..',
      '-rw-r--r--    1 me       staff           7 Feb 29 12:30 ab',
    ];
    for (let i = 0; i < 3_000; i++) {
      const lines = Array.from({ length: 4 }, () => {
        const line =
          random() < 0.5
            ? hostileLine(random, 'mutated', usual)
            : usual[Math.floor(random() * usual.length)];
        return (line as string).replace(/[\r\n]/g, ' ');
      });
      const bytes = listing(lines);
      // The fast path may reuse columns of a line in the previous chunk.
      const cut = Math.floor(random() * bytes.length);
      const read = readPieces([bytes.subarray(0, cut), bytes.subarray(cut)]);
      expect([lines, read]).toEqual([lines, readBytes(lines)]);
    }
  });

  it('gives all entries the same properties in the same order', () => {
    const usual = '-rw-r--r-- 1 a b 5 Jan 29 03:26 usual';
    const { entries } = readPieces([listing([usual, 'lrwxrwxrwx 1 a b 5 Jan 29 03:26 l -> x'])]);
    const [first, second] = entries.map((entry) => Object.keys(entry));
    expect(first).toEqual(second);
  });

  it('provides rawName for names that are not valid in the encoding', () => {
    const line = Buffer.concat([
      Buffer.from('-rw-r--r-- 1 a b 5 Jan 29 03:26 '),
      Buffer.from('caf\xe9\r\n', 'latin1'),
    ]);
    const rawName = Buffer.from('caf\xe9', 'latin1');
    expect(readPieces([line]).entries).toMatchObject([{ name: 'café', rawName }]);
    expect(readPieces([line], { codec: codecOf('ascii') }).entries).toMatchObject([
      { name: 'café', rawName },
    ]);
    expect(readPieces([line], { codec: codecOf('latin1') }).entries).toMatchObject([
      { name: 'café', rawName: undefined },
    ]);
    const valid = listing(['-rw-r--r-- 1 a b 5 Jan 29 03:26 café', 'type=file; café']);
    expect(readPieces([valid]).entries).toMatchObject([
      { name: 'café', rawName: undefined },
      { name: 'café', rawName: undefined },
    ]);
    expect(readPieces([listing(['type=file; \xe9'])], {}, true).entries).toMatchObject([
      { name: 'é' },
    ]);
  });

  it("decodes with the user's codec even names that look like ASCII", () => {
    const rot13 = (text: string) =>
      text.replace(/[a-z]/g, (letter) =>
        String.fromCharCode(((letter.charCodeAt(0) - 84) % 26) + 97),
      );
    const codec = codecOf({
      encode: (text) => Buffer.from(rot13(text)),
      decode: (bytes) => rot13(Buffer.from(bytes).toString()),
    });
    const { entries } = readPieces([listing(['-rw-r--r-- 1 a b 5 Jan 29 03:26 uryyb'])], { codec });
    expect(entries).toMatchObject([{ name: 'hello', owner: 'n', group: 'o', rawName: undefined }]);
  });

  it('throws on a line that is too long, after returning the entries before it', () => {
    const before = '-rw-r--r-- 1 a b 5 Jan 29 03:26 x';
    for (const ending of ['', '\r\n']) {
      const reader = new EntryReader(40, () => new RangeError('too long'));
      reader.begin(codecOf('utf8'), { now: NOW }, { unparsed: () => {} });
      reader.push(Buffer.from(`${before}\r\n${'y'.repeat(50)}${ending}`));
      expect(reader.next()).toMatchObject({ name: 'x' });
      expect(() => reader.next()).toThrow('too long');
    }
  });

  it('pauses among lines that are not entries, and reports each of them', () => {
    const unparsed: string[] = [];
    const reader = new EntryReader(1000, () => new RangeError('too long'));
    reader.begin(codecOf('utf8'), { now: NOW }, { unparsed: (line) => unparsed.push(line) });
    const junk = Array.from({ length: 500 }, (_, i) => `no entry ${i}`);
    reader.push(Buffer.from(`${junk.join('\n')}\n\n\nname\n`));
    let calls = 0;
    let entry: Entry | undefined;
    for (entry = reader.next(); !entry && reader.hasMore; entry = reader.next()) {
      calls += 1;
      expect(unparsed.length).toBeLessThanOrEqual(100 * calls);
    }
    expect(entry?.name).toBe('name');
    expect(unparsed).toEqual(junk);
    expect([reader.next(), reader.hasMore]).toEqual([undefined, false]);
  });
});
