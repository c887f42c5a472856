import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** The living processes of a group. A zombie, which only waits for its parent, is not one. */
export function processesOfGroup(group: number): number[] {
  try {
    process.kill(-group, 0); // spares reading all of /proc when there is none
  } catch {
    return [];
  }
  const found: number[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    let stat: string;
    try {
      stat = readFileSync(`/proc/${name}/stat`, 'latin1');
    } catch {
      continue; // ended meanwhile
    }
    // "pid (name) state parent group …", and the name may hold spaces and parentheses
    const [state, , processGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(processGroup) === group && state !== 'Z') found.push(Number(name));
  }
  return found;
}

/** Ends a process group: SIGTERM, and SIGKILL to what is left after two seconds. */
export async function endGroup(group: number): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    try {
      process.kill(-group, signal);
    } catch {
      return; // nobody left
    }
    const limit = Date.now() + 2000;
    for (let pause = 2; Date.now() < limit; pause = Math.min(2 * pause, 50)) {
      if (processesOfGroup(group).length === 0) return;
      await delay(pause);
    }
  }
  throw new Error(`process group ${group} outlived SIGKILL`);
}

/**
 * Ends the group and removes the folder should this process die before it does so itself. A handler
 * of the 'exit' event would not: jest gives tests a copy of `process`, which never emits it, and
 * no handler runs after SIGKILL. A pipe closes however the process ends.
 */
export function guardGroup(group: number, folder: string): { dismiss(): Promise<void> } {
  const script = 'read -r _ && exit 0; kill -s KILL -- "-$1"; rm -rf "$2"';
  const guard = spawn('/bin/sh', ['-c', script, 'guard', String(group), folder], {
    detached: true, // a Ctrl-C in the terminal is for jest, and the guard must outlive it
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.on('error', () => {}); // no guard, then: the tests still stop what they start
  guard.stdin.on('error', () => {});
  guard.unref();
  (guard.stdin as Socket).unref();
  return {
    dismiss: () =>
      new Promise((resolve) => {
        if (guard.exitCode !== null || guard.pid === undefined) return resolve();
        guard.ref();
        guard.once('exit', () => resolve());
        guard.stdin.end('done\n');
      }),
  };
}
