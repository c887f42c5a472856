import { spawnSync } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TABLES } from './cases';
import { DialogueServer } from './dialogue-server';
import { DIFFERENCES, type DifferenceName } from './differences';
import { EXCEPTIONS } from './exceptions';
import { except, expectationOf } from './expectation';
import { playOurs } from './ours';
import {
  isInCases,
  type ParseFunction,
  parseOurs,
  REPLIES,
  randomReplies,
  reasonFor,
  withoutText,
} from './parse-functions';
import { Python } from './python';
import { playTheirs } from './theirs';
import type { Case, Differing, Outcome } from './trace';

// ftplib.FTP has the parameter `encoding` since Python 3.9.
const check = 'import ftplib, sys; sys.exit(sys.version_info < (3, 9))';
const { FTPIPE_REQUIRE_SERVERS, SEED } = process.env;
const isRequired = FTPIPE_REQUIRE_SERVERS === '1'; // fail instead of skipping tests
const hasPython = isRequired || spawnSync('python3', ['-c', check]).status === 0;
if (!hasPython) {
  process.stderr.write('SKIPPED: no python3 with ftplib to compare ftpipe with\n');
}
const addresses = Object.values(networkInterfaces())
  .flat()
  .map((each) => each?.address);
const hasIPv6 = isRequired || addresses.includes('::1');
if (!hasIPv6)
  process.stderr.write('SKIPPED: the cases over IPv6, which this machine does not have\n');
const canPlay = ({ family }: Case) => hasIPv6 || family !== 6;

const RANDOM_REPLIES = 5_000;
const seed = Number(SEED ?? Date.now() % 1_000_000);

(hasPython ? describe : describe.skip)('side by side with ftplib', () => {
  const used = new Set<DifferenceName>();
  let played = 0;
  let python: Python;

  beforeAll(async () => {
    python = (await Python.start()) as Python;
    process.stderr.write(`ftplib of Python ${python.version}; SEED=${seed}\n`);
  });
  afterAll(() => python.stop());

  async function compare(each: Case, differing: Differing | undefined): Promise<void> {
    const { script = {}, family = 4, calls = [] } = each;
    const start = () => DialogueServer.start(script, family);
    const [theirs, ours] = await Promise.all([
      start().then((server) => playTheirs(python, each, server)),
      start().then((server) => playOurs(each, server)),
    ]);
    played++;
    const expectation = expectationOf([['connect'], ...calls], theirs, ours);
    for (const name of expectation.used) used.add(name);
    if (!differing) {
      expect(ours).toEqual(expectation.trace);
      return;
    }
    for (const name of [differing.because].flat()) used.add(name);
    const expected = except(expectation.trace, differing);
    expect(ours).toEqual(expected);
    // An exception that makes no difference must not be listed.
    expect(expected).not.toEqual(expectation.trace);
  }

  for (const [title, cases] of Object.entries(TABLES)) {
    describe(title, () => {
      const rows = cases.filter(canPlay).map((each) => {
        const differing = EXCEPTIONS[title]?.[each.name];
        return [
          differing ? 'differs as listed' : 'behaves alike',
          each.name,
          each,
          differing,
        ] as const;
      });
      it.each(rows)('%s: %s', (_result, _name, each, differing) => compare(each, differing));
    });
  }

  /** The replies that the two libraries parse differently without a listed reason. */
  async function unexplained(name: ParseFunction, replies: readonly string[]) {
    const outcomes = await python.ask<Outcome[]>({ parse: replies.map((text) => [name, text]) });
    return replies.flatMap((text, i) => {
      const [theirs, ours] = [withoutText(outcomes[i] as Outcome), parseOurs(name, text)];
      if (JSON.stringify(theirs) === JSON.stringify(ours)) return [];
      const reason = reasonFor(name, text, theirs, ours);
      if (reason) used.add(reason);
      return reason ? [] : [{ text, theirs, ours }];
    });
  }

  describe.each(Object.keys(REPLIES) as ParseFunction[])('%s', (name) => {
    it('parses the replies of the table alike, or differs as listed', async () => {
      played++;
      expect(await unexplained(name, REPLIES[name])).toEqual([]);
    });

    it(`parses ${RANDOM_REPLIES} random replies alike, or differs as listed`, async () => {
      const replies = randomReplies(name, RANDOM_REPLIES, seed).filter(
        (text) => !isInCases(name, text),
      );
      expect(await unexplained(name, replies)).toEqual([]);
    });
  });

  describe('the list of differences', () => {
    it('contains exceptions only for existing cases', () => {
      const known = (title: string, name: string) =>
        TABLES[title]?.some((each) => each.name === name) ?? false;
      const unknown = Object.entries(EXCEPTIONS).flatMap(([title, cases]) =>
        Object.keys(cases).filter((name) => !known(title, name)),
      );
      expect(unknown).toEqual([]);
    });

    it('uses a unique name for each case of a table', () => {
      for (const cases of Object.values(TABLES)) {
        const names = cases.map(({ name }) => name);
        expect(names).toEqual([...new Set(names)]);
      }
    });

    it('contains no entry that no case needs', () => {
      const all = Object.values(TABLES).flat().length + Object.keys(REPLIES).length;
      if (played < all) return; // only some of the cases were run
      const names = Object.keys(DIFFERENCES) as DifferenceName[];
      expect(names.filter((name) => !used.has(name))).toEqual([]);
    });
  });
});
