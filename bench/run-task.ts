import { devNull } from 'node:os';
import type { Arguments } from './arguments';
import { check } from './check';
import type { Job, Target } from './job';
import { measure, type Outcome } from './measure';
import { peers } from './peers';
import type { Stage } from './prepare';
import { overSlowLink, type Trace } from './relay';
import type { Contender, Task } from './tasks';
import { controlTrips, duration, loginInOneWrite } from './trips';

/**
 * Named figures of one run: `wall`, `cpu`, `peak`, and `net` where Node's start is taken off; or
 * `trips`, `control`, `connections`.
 */
export type Sample = Readonly<Record<string, number>>;

export interface Result extends Contender {
  /** One of each counted round. */
  readonly samples: Sample[];
  /** Why there are no samples. */
  out?: { readonly reason: string; readonly failed: boolean };
}

/** What the client programs exit with when they lack the way asked for. */
const NOT_AVAILABLE = 3;

/** Node's start, and no more. */
const NOTHING = { command: process.execPath, args: [devNull] };

class NotAvailable extends Error {}

/** Round by round, and in a round one contender after the other; the first round does not count. */
export async function runTask(task: Task, stage: Stage, args: Arguments): Promise<Result[]> {
  const results: Result[] = task.contenders
    .filter(({ peer }) => args.peers === undefined || args.peers.includes(peer))
    .map((contender) => ({ ...contender, samples: [] }));
  for (const result of results) {
    const reason = peers[result.peer].missing();
    if (reason !== undefined) result.out = { reason, failed: false };
  }
  for (let round = 0; round <= args.rounds; round++) {
    const start = task.isNet ? (await measure(NOTHING)).cpu : undefined;
    for (const result of results) {
      if (result.out !== undefined) continue;
      process.stderr.write(`\r\x1b[K  round ${round} of ${args.rounds}: ${nameOf(result)}`);
      try {
        const sample = await sampleOf(task, stage, args, result, start);
        if (round > 0) result.samples.push(sample);
      } catch (error) {
        const failed = !(error instanceof NotAvailable);
        result.out = { reason: (error as Error).message.trim(), failed };
      }
    }
  }
  process.stderr.write('\r\x1b[K');
  return results;
}

export function nameOf({ peer, way }: Contender): string {
  return way === '' ? peer : `${peer}, ${way}`;
}

async function sampleOf(
  task: Task,
  stage: Stage,
  args: Arguments,
  contender: Contender,
  start: number | undefined,
): Promise<Sample> {
  const { host, port, user, password, ca } = stage.server;
  const server: Target = { host, port, user, password, ...(ca === undefined ? {} : { ca }) };
  const job = { ...task.plan(stage), server, way: contender.way } as Job;
  if (task.trips === undefined) {
    const { wall, cpu, peak } = await perform(contender, job, stage);
    if (start === undefined) return { wall, cpu, peak };
    return { wall, cpu, peak, net: peers[contender.peer].isNode ? cpu - start : cpu };
  }
  return await (task.trips === 'first' ? first : further)(contender, job, stage, args);
}

async function perform(contender: Contender, job: Job, stage: Stage): Promise<Outcome> {
  const program = peers[contender.peer].program(job, stage.caFile);
  if (program === undefined) throw new NotAvailable(`cannot do ${job.name}`);
  const outcome = await measure(program);
  if (outcome.status === NOT_AVAILABLE && contender.peer === 'ftpipe') {
    throw new NotAvailable(outcome.stderr);
  }
  if (outcome.status !== 0) {
    throw new Error(`exit code ${outcome.status}: ${outcome.stderr.trim()}`);
  }
  await check(job, outcome, stage);
  return outcome;
}

async function first(
  contender: Contender,
  job: Job,
  stage: Stage,
  { delay }: Arguments,
): Promise<Sample> {
  const trace = await traced(contender, job, stage, delay);
  if (trace.firstByte === null) throw new Error('no byte came');
  if (contender.way === 'login in one write' && !loginInOneWrite(trace)) {
    throw new NotAvailable('it waits for the reply to USER');
  }
  return {
    trips: (trace.firstByte - trace.begun) / delay,
    control: controlTrips(trace),
    connections: 1 + trace.connections,
  };
}

/** The difference between many files and one, so that neither login nor start count. */
async function further(
  contender: Contender,
  job: Job,
  stage: Stage,
  { delay }: Arguments,
): Promise<Sample> {
  if (job.name !== 'getMany' && job.name !== 'putMany') throw new TypeError(job.name);
  const one = { ...job, paths: job.paths.slice(0, 1), locals: job.locals.slice(0, 1) };
  const short = await traced(contender, one, stage, delay);
  const long = await traced(contender, job, stage, delay);
  const files = job.paths.length - 1;
  return {
    trips: (duration(long) - duration(short)) / delay / files,
    control: (controlTrips(long) - controlTrips(short)) / files,
    connections: (long.connections - short.connections) / files,
  };
}

async function traced(contender: Contender, job: Job, stage: Stage, delay: number): Promise<Trace> {
  const { host, port } = job.server;
  const [trace, ...more] = await overSlowLink(host, port, delay, (slow) =>
    perform(contender, { ...job, server: { ...job.server, port: slow } }, stage),
  );
  if (trace === undefined || more.length > 0) throw new Error('not one control connection');
  return trace;
}
