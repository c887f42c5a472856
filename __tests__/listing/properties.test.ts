import { describe, expect, it } from '@jest/globals';
import { BinaryContext, textContext } from '../../lib/listing/context';
import { DIALECTS } from '../../lib/listing/detect';
import { parseMlsx } from '../../lib/listing/dialects/mlsx';
import type { Entry } from '../../lib/listing/entry';
import { codecOf } from '../../lib/protocol/codec';
import { fastest } from '../protocol/helpers';
import { NOW } from './corpus/corpus';
import { readLines } from './helpers';
import { hostileLine, type Kind, longLines, randomOf } from './hostile-lines';

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const COUNT = 2_000;
const CONTEXTS = [
  textContext({ now: NOW }),
  new BinaryContext(codecOf('utf8'), { now: NOW }),
  new BinaryContext(codecOf('ascii'), { now: NOW }),
];

/** Throws unless the entry has what every entry must have. */
function expectValid(line: string, entry: Entry): void {
  const { name, size, modified, permissions, links, facts, unsafe } = entry;
  const isWrong =
    (size !== undefined && !(Number.isSafeInteger(size) && size >= 0)) ||
    (modified !== undefined && Number.isNaN(modified.getTime())) ||
    (modified === undefined) !== (entry.modifiedPrecision === undefined) ||
    (modified === undefined) !== (entry.modifiedZone === undefined) ||
    (permissions !== undefined && !(permissions >= 0 && permissions <= 0o7777)) ||
    (links !== undefined && !Number.isSafeInteger(links)) ||
    (facts !== undefined && Object.getPrototypeOf(facts) !== null) ||
    ((/[/\\\p{Cc}]/u.test(name) || name === '' || name === '.' || name === '..') && !unsafe);
  if (isWrong) throw new Error(`${JSON.stringify(line)} gave ${JSON.stringify(entry)}`);
}

describe(`the parsers of listings, with the seed ${SEED}`, () => {
  it.each<Kind>(['mutated', 'composed', 'random'])(
    'read %s lines without throwing, and return valid entries only',
    (kind) => {
      const random = randomOf(SEED);
      for (let i = 0; i < COUNT; i++) {
        const line = hostileLine(random, kind);
        for (const context of CONTEXTS) {
          for (const { parse } of DIALECTS) {
            const entry = parse(line, context, i % 2 === 0);
            if (entry) expectValid(line, entry);
          }
          const entry = parseMlsx(line, context);
          if (entry) expectValid(line, entry);
        }
      }
    },
  );

  it('account for every line as an entry, as unparsed or as part of a frame', () => {
    const random = randomOf(SEED + 1);
    for (let i = 0; i < 300; i++) {
      const lines = Array.from({ length: 10 }, () =>
        hostileLine(random, 'mutated').replaceAll('\n', ' '),
      );
      const { entries, unparsed } = readLines(lines);
      for (const entry of entries) expectValid(entry.raw, entry);
      const reported = entries.flatMap(({ raw }) => raw.split('\n')).concat(unparsed);
      // Every other line belongs to a frame, and does so on its own too.
      const missing = lines.filter((line) => !reported.includes(line));
      for (const line of missing) {
        const alone = readLines([line]);
        expect([line, alone.entries.length + alone.unparsed.length]).toEqual([line, 0]);
      }
    }
  });

  it('read long lines of any kind in milliseconds', () => {
    const context = textContext({ now: NOW });
    let slowest = { time: 0, line: '' };
    for (const line of longLines(2 ** 16)) {
      const time = fastest(() => readLines([line], context));
      if (time > slowest.time) slowest = { time, line: line.slice(0, 60) };
    }
    // Usually a few milliseconds. A parser that backtracks takes seconds.
    expect([slowest.line, slowest.time < 250]).toEqual([slowest.line, true]);
  });

  it.each(['', '-rw-r--r-- ', '-rw-r--r-- 1 root root 531 Jan 29 03:26 ', 'A.TXT;1 ', 'type='])(
    'take linear time for a line of 1 MiB that begins with %j',
    (head) => {
      const context = textContext({ now: NOW });
      for (const unit of ['a ', ' ', '1 Jan ', ' -> ', 'a=b;']) {
        const line = (length: number) => head + unit.repeat(length / unit.length);
        const [short, long] = [line(2 ** 16), line(2 ** 20)];
        const time = fastest(() => readLines([short], context));
        // The factor is 16 if the time is linear, and 256 if it is quadratic.
        expect(fastest(() => readLines([long], context))).toBeLessThan(time * 80 + 200);
      }
    },
  );
});
