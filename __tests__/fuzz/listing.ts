import { parseArgs } from 'node:util';
import { BinaryContext, type ListingContext, textContext } from '../../lib/listing/context';
import { DIALECTS } from '../../lib/listing/detect';
import { parseMlsx } from '../../lib/listing/dialects/mlsx';
import { EntryReader } from '../../lib/listing/entry-reader';
import { ListingParser } from '../../lib/listing/listing-parser';
import { codecOf } from '../../lib/protocol/codec';
import { LINES } from '../listing/corpus';
import { NOW } from '../listing/corpus/corpus';
import { hostileLine, type Kind, randomOf } from '../listing/hostile-lines';

// Passes a million hostile lines to every listing parser. Fails if a parser throws, or takes a
// second for one line:
//
//     npm run fuzz -- --seed 7 --count 1000000

type Parse = (line: string, context: ListingContext, isKnown: boolean) => unknown;

const KINDS: readonly Kind[] = ['mutated', 'composed', 'random'];
const SINGLE_LINES = LINES.flatMap((line) => line.split('\n'));
const HANG = 1_000; // milliseconds; a line usually takes microseconds
const PAUSE = 5;

const { values } = parseArgs({
  options: { seed: { type: 'string' }, count: { type: 'string', default: '1000000' } },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const count = Number(values.count);

const parsers: readonly (readonly [name: string, parse: Parse])[] = [
  ...DIALECTS.map(({ name, parse }) => [name, parse] as const),
  ['mlsd', parseMlsx],
  ['all', wholeListings()],
  ['bytes', wholeListingsInBytes()],
];

/** All dialects together, with their state from line to line, in listings of 50 lines. */
function wholeListings(): Parse {
  let parser: ListingParser | undefined;
  let lines = 0;
  return (line, context) => {
    if (lines++ % 50 === 0) parser = new ListingParser(context, { unparsed: () => {} });
    return parser?.push(line);
  };
}

/** The same as bytes from a connection, with the fast path for the usual lines of `ls -l`. */
function wholeListingsInBytes(): Parse {
  const make = () => {
    const made = new EntryReader(Number.MAX_SAFE_INTEGER, () => new Error('No line is too long'));
    made.begin(codecOf('utf8'), { now: NOW }, { unparsed: () => {} });
    return made;
  };
  let reader = make();
  let lines = 0;
  return (line) => {
    if (++lines % 50 === 0) reader = make();
    reader.push(Buffer.from(`${line}\r\n`));
    let entries = 0;
    while (reader.next() !== undefined || reader.hasMore) entries++;
    return entries > 0;
  };
}

console.log(`seed ${seed}, ${count} lines for each parser`);
for (const [i, [name, parse]] of parsers.entries()) {
  const random = randomOf(seed + i);
  const contexts = [textContext({ now: NOW }), new BinaryContext(codecOf('utf8'), { now: NOW })];
  const own = SINGLE_LINES.filter((line) => parse(line, textContext({ now: NOW }), true));
  let read = 0;
  let time = 0;
  let slowest = 0;
  for (let n = 0; n < count; n++) {
    const line = hostileLine(random, KINDS[n % KINDS.length] as Kind, own);
    const timed = () => {
      const began = performance.now();
      try {
        if (parse(line, contexts[n & 1] as ListingContext, n % 4 < 2)) read++;
      } catch (error) {
        console.error(`${name} threw at line ${n}: ${JSON.stringify(line)}`);
        throw error;
      }
      return performance.now() - began;
    };
    let took = timed();
    time += took;
    if (took > PAUSE) took = Math.min(took, timed()); // the process may have been suspended
    if (took > slowest) slowest = took;
    if (took > HANG) throw new Error(`${name} took ${took} ms: ${JSON.stringify(line)}`);
  }
  const rate = Math.round(count / time);
  console.log(
    `${name.padEnd(8)} ${read} entries, ${rate} lines a millisecond, the slowest ${slowest.toFixed(1)} ms`,
  );
}
