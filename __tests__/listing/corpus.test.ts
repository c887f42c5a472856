import { describe, expect, it } from '@jest/globals';
import { textContext } from '../../lib/listing/context';
import { DIALECTS } from '../../lib/listing/detect';
import type { Entry } from '../../lib/listing/entry';
import { CORPUS, LINES } from './corpus';
import { NOW, type Outcome } from './corpus/corpus';
import { readBytes, readLines } from './helpers';

/** The outcome in the form of the corpus. `toEqual` ignores that facts have no prototype. */
function outcomeOf(text: string, { entries, unparsed }: ReturnType<typeof readLines>): Outcome {
  const shown = [...entries.map(withoutRaw), ...unparsed.map(() => 'unparsed' as const)];
  for (const { raw } of entries)
    expect(text.split('\n')).toEqual(expect.arrayContaining(raw.split('\n')));
  const [first] = shown;
  return shown.length > 1 ? shown : (first ?? 'frame');
}

function withoutRaw({ raw: _, ...entry }: Entry) {
  return entry;
}

describe.each(Object.entries(CORPUS))('the corpus of %s', (_, groups) => {
  describe.each(groups)('$source', ({ lines }) => {
    it.each(lines)('reads %j', (line, expected) => {
      expect(outcomeOf(line, readLines(line.split('\n')))).toEqual(expected);
    });
  });
});

describe('the corpus', () => {
  it('contains hundreds of lines', () => {
    expect(LINES.length).toBeGreaterThan(500);
  });

  it('has the same outcome when read as bytes', () => {
    for (const groups of Object.values(CORPUS)) {
      for (const [line, expected] of groups.flatMap(({ lines }) => lines)) {
        expect([line, outcomeOf(line, readBytes(line.split('\n')))]).toEqual([line, expected]);
      }
    }
  });

  // A listing usually stays in one dialect, but a line of another must still be recognized.
  it('has the same outcome after a line of any other dialect', () => {
    const firsts = Object.values(CORPUS).flatMap((groups) => {
      const found = groups
        .flatMap(({ lines }) => lines)
        .find(([, outcome]) => typeof outcome === 'object');
      return found ? [found[0]] : [];
    });
    for (const first of firsts) {
      for (const line of LINES) {
        const alone = readLines(line.split('\n'));
        const behind = readLines([first, ...line.split('\n')]);
        // A bare name may be a member of a data set.
        const isBare = line.trim().split(/\s+/).length === 1;
        if (isBare) continue;
        expect([first, line, behind.entries.slice(-alone.entries.length || Infinity)]).toEqual([
          first,
          line,
          alone.entries.length > 0 ? alone.entries : [],
        ]);
      }
    }
  });

  it('contains lines of every dialect', () => {
    const context = textContext({ now: NOW });
    for (const { name, parse } of DIALECTS) {
      const count = LINES.filter((line) =>
        parse(line.split('\n').at(-1) as string, context, true),
      ).length;
      expect([name, count > 0]).toEqual([name, true]);
    }
  });
});
