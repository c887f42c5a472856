import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { whyMissing } from '../__tests__/servers/start-server';
import { type Arguments, parseArguments, USAGE } from './arguments';
import { describeRun } from './machine';
import { endMeasured } from './measure';
import { peers } from './peers';
import { Stages } from './prepare';
import { nameOf, type Result, runTask } from './run-task';
import { costTable, tripTable } from './table';
import type { TaskName } from './task-names';
import { tasks } from './tasks';

interface Report {
  readonly args: Arguments;
  readonly tasks: { readonly task: TaskName; readonly title: string; readonly results: Result[] }[];
}

const FROM_NPM = ['basic-ftp', 'ftp'];

async function main(args: Arguments): Promise<void> {
  const reason = whyMissing(args.server);
  if (reason !== undefined) {
    throw new Error(`${args.server} cannot run here: ${reason} (__tests__/servers/setup.sh)`);
  }
  const why = peers.ftpipe.missing();
  if (why !== undefined) throw new Error(`ftpipe is ${why}`);
  const fromNpm = FROM_NPM.some((name) => args.peers?.includes(name) ?? true);
  if (fromNpm && !existsSync(join(__dirname, 'node_modules'))) installPeers();

  const stages = await Stages.open(args);
  const stop = () => {
    const closed = endMeasured().then(() => stages.close());
    const exit = () => process.exit(130);
    closed.then(exit, exit);
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const report: Report = { args, tasks: [] };
  try {
    process.stdout.write(describeRun(args, stages.folder));
    for (const name of args.only as TaskName[]) {
      const task = tasks[name];
      const title = task.title({ mebibytes: args.size, part: args.part });
      process.stderr.write(`${name}\n`);
      const results = await runTask(task, await stages.for(task), args);
      report.tasks.push({ task: name, title, results });
      const rows = results.map((result) => ({ ...result, name: nameOf(result) }));
      const text = task.trips === undefined ? costTable(rows) : tripTable(rows);
      process.stdout.write(`\n### ${title}\n\n${text}`);
    }
    if (args.json !== undefined) {
      await writeFile(args.json, `${JSON.stringify(report, undefined, 2)}\n`);
    }
  } finally {
    await stages.close();
  }
  tellFailures(report);
}

/** The peers from npm are no dependencies of the package: without them the others are compared. */
function installPeers(): void {
  try {
    const args = ['ci', '--prefix', __dirname, '--ignore-scripts', '--no-audit', '--no-fund'];
    execFileSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  } catch {
    process.stderr.write('basic-ftp and ftp could not be installed, and are left out\n');
  }
}

function tellFailures({ tasks }: Report): void {
  for (const { title, results } of tasks) {
    for (const result of results) {
      if (!result.out?.failed) continue;
      process.stderr.write(`FAILED: ${title}: ${nameOf(result)}: ${result.out.reason}\n`);
      process.exitCode = 1;
    }
  }
}

let args: ReturnType<typeof parseArguments>;
try {
  args = parseArguments(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n\n${USAGE}\n`);
  process.exit(2);
}
if (args === 'help') process.stdout.write(`${USAGE}\n`);
else {
  main(args).catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
  });
}
