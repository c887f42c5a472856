import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { endGroup } from '../__tests__/servers/processes';

/** What a whole process took. */
export interface Cost {
  /** Seconds. */
  readonly wall: number;
  /** Seconds, user and system. */
  readonly cpu: number;
  /** Bytes. */
  readonly peak: number;
}

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

export interface Outcome extends Cost {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Python that `measure.py` runs with; it is also the one whose ftplib is measured. */
export const { FTPIPE_PYTHON: PYTHON = '/usr/bin/python3' } = process.env;

/** The longest that one process may take, in milliseconds. */
const LIMIT = 300_000;

const running = new Set<number>();

/** Runs a program to its end, in a process group of its own. */
export async function measure({ command, args, env }: Program): Promise<Outcome> {
  const child: ChildProcess = spawn(
    PYTHON,
    ['-S', join(__dirname, 'measure.py'), command, ...args],
    {
      detached: true,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    },
  );
  const [, stdout, stderr, report] = child.stdio as Readable[];
  const exit = new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve));
  const { pid } = child;
  if (pid === undefined) throw (await exit.catch((error) => error)) as Error;
  running.add(pid);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    endGroup(pid).catch(() => {});
  }, LIMIT);
  try {
    const [out, err, cost] = await Promise.all([
      text(stdout as Readable),
      text(stderr as Readable),
      text(report as Readable),
      exit,
    ]);
    if (late) throw new Error(`took more than ${LIMIT / 1000} s`);
    if (cost === '') throw new Error(`could not be measured: ${err.trim()}`);
    return { ...JSON.parse(cost), stdout: out, stderr: err };
  } finally {
    clearTimeout(timer);
    running.delete(pid);
  }
}

/** Ends what is being measured, when the run is broken off. */
export async function endMeasured(): Promise<void> {
  await Promise.all([...running].map(endGroup));
}
