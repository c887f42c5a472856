import { readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Job } from './job';
import type { Outcome } from './measure';
import type { Stage } from './prepare';
import { entriesOf } from './tasks';
import { checkLarge, checkSmall } from './test-data';

/** What the job made where. */
const remote = (stage: Stage, path: string) => join(stage.root, path);

/**
 * Checks the result of a job, and removes its files.
 * @throws Error when it was not
 */
export async function check(job: Job, outcome: Outcome, stage: Stage): Promise<void> {
  const told = resultOf(outcome.stdout);
  switch (job.name) {
    case 'get':
      if (job.to === undefined) return expectBytes(told.bytes, stage.mebibytes * 1024 * 1024);
      await checkLarge(job.to, stage.mebibytes);
      return rm(job.to);
    case 'put':
      await checkLarge(remote(stage, job.path), stage.mebibytes);
      return rm(remote(stage, job.path));
    case 'getMany':
      if (!job.way.startsWith('downloadMany()')) {
        return expectBytes(told.bytes, job.paths.length * job.size);
      }
      return checkAndRemove(job.locals, job.size);
    case 'putMany':
      return checkAndRemove(
        job.paths.map((path) => remote(stage, path)),
        job.size,
      );
    case 'list': {
      const entries = told.entries ?? (await linesOf(job.to));
      const expected = entriesOf(stage.part);
      if (entries !== expected) throw new Error(`${entries} entries instead of ${expected}`);
      return rm(job.to, { force: true });
    }
    case 'noop':
      return;
  }
}

/** Nothing for a client that does not tell what it discards: only its exit code speaks then. */
function expectBytes(bytes: number | undefined, expected: number): void {
  if (bytes !== undefined && bytes !== expected) {
    throw new Error(`${bytes} bytes instead of ${expected}`);
  }
}

async function checkAndRemove(files: readonly string[], size: number): Promise<void> {
  const folder = dirname(files[0] ?? '');
  await checkSmall(
    folder,
    files.map((file) => basename(file)),
    size,
  );
  for (const file of files) await rm(file);
}

/** The client's lines of JSON, added up. */
function resultOf(stdout: string): { bytes?: number; entries?: number } {
  const results = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { bytes?: number | null; entries?: number });
  const bytes = results.map((result) => result.bytes).filter((n) => typeof n === 'number');
  const { entries } = results[0] ?? {};
  return {
    ...(bytes.length === 0 ? {} : { bytes: bytes.reduce((sum, n) => sum + n, 0) }),
    ...(entries === undefined ? {} : { entries }),
  };
}

async function linesOf(path: string): Promise<number> {
  return (await readFile(path, 'latin1')).split('\n').length - 1;
}
