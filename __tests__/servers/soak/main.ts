import { parseArgs } from 'node:util';
import { startServer, whyMissing } from '../start-server';
import { cleanDownloads, emptyUploads, type Figures, largeUploads, mixed } from './parts';
import { Random } from './random';
import { SETUPS, type Setup } from './setups';

const USAGE = `npm run soak -- [options]     for each server and TLS version:
  --seed N       of the order, sizes and contents (default: from the clock)
  --count N      mixed transfers in a row (default 500)
  --empty N      empty uploads in a row (default 200)
  --large N      uploads of 5 MiB in a row, with TLS 1.3 (default 100)
  --clean N      downloads and listings that must end with close_notify (default 200: 2,000 in all)
  --only TEXT    the setups with this in their names: ${SETUPS.map(({ title }) => title).join('; ')}
`;
const COLUMNS = ['', 'mixed', 'resumed', 'empty', '5 MiB', 'close_notify', 's'];

interface Counts {
  readonly seed: number;
  readonly count: number;
  readonly empty: number;
  readonly large: number;
  readonly clean: number;
  readonly only: string;
}

function countsOf(args: string[]): Counts | undefined {
  const text = { type: 'string' } as const;
  const options = { seed: text, count: text, empty: text, large: text, clean: text, only: text };
  const help = { type: 'boolean' } as const;
  const { values } = parseArgs({ args, options: { ...options, help } });
  if (values.help) return undefined;
  const number = (name: keyof typeof options, otherwise: number) => {
    const value = Number(values[name] ?? otherwise);
    if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} is not a number`);
    return value;
  };
  return {
    seed: number('seed', Date.now() % 1_000_000),
    count: number('count', 500),
    empty: number('empty', 200),
    large: number('large', 100),
    clean: number('clean', 200),
    only: values.only ?? '',
  };
}

/** One row of the table. Returns what was wrong. */
async function soak({ title, name, start, resumes }: Setup, counts: Counts): Promise<string[]> {
  const server = await startServer(name, start);
  try {
    const random = new Random(counts.seed);
    const all: [string, Figures][] = [
      ['mixed', await mixed(server, random, counts.count)],
      ['empty', await emptyUploads(server, random, counts.empty)],
    ];
    if (start.tlsVersion === '1.3') {
      all.push(['5 MiB', await largeUploads(server, random, counts.large)]);
    }
    all.push(['close_notify', await cleanDownloads(server, random, counts.clean)]);
    const figures = new Map(all);
    const right = (part: string) => {
      const known = figures.get(part);
      return known ? `${known.right} of ${known.asked}` : '';
    };
    const sum = (of: (figures: Figures) => number) => all.reduce((s, [, each]) => s + of(each), 0);
    const resumed = sum((each) => each.resumed);
    const asked = sum((each) => each.asked);
    const seconds = sum((each) => each.seconds).toFixed(0);
    row(
      title,
      right('mixed'),
      `${resumed} of ${asked}`,
      right('empty'),
      right('5 MiB'),
      right('close_notify'),
      seconds,
    );
    const problems = all.flatMap(([part, each]) => each.problems.map((what) => `${part} ${what}`));
    if (resumes && resumed !== asked) problems.push(`${resumed} of ${asked} resumed`);
    return problems.map((problem) => `${title}: ${problem}`);
  } finally {
    await server.stop();
  }
}

function row(...cells: string[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}

async function main(counts: Counts): Promise<void> {
  const setups = SETUPS.filter(({ title }) => title.includes(counts.only));
  if (setups.length === 0) throw new Error(`--only ${counts.only}: no such setup`);
  process.stdout.write(`Node ${process.version}, --seed ${counts.seed}\n\n`);
  row(...COLUMNS);
  row(...COLUMNS.map((_, i) => (i === 0 ? '---' : '---:')));
  const problems: string[] = [];
  for (const setup of setups) {
    const reason = whyMissing(setup.name);
    problems.push(...(reason ? [`${setup.title}: ${reason}`] : await soak(setup, counts)));
  }
  for (const problem of problems) process.stdout.write(`\n${problem}`);
  process.stdout.write(`\n${problems.length === 0 ? 'All right' : 'NOT ALL RIGHT'}\n`);
  if (problems.length > 0) process.exitCode = 1;
}

try {
  const counts = countsOf(process.argv.slice(2));
  if (!counts) process.stdout.write(USAGE);
  else {
    main(counts).catch((error) => {
      console.error(error);
      process.exitCode = 1;
    });
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
  process.exitCode = 2;
}
