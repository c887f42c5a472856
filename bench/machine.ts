import { cpus, release, totalmem, type } from 'node:os';
import type { Arguments } from './arguments';
import { type PeerName, peers } from './peers';

/** Everything that the figures depend on, in a few lines. */
export function describeRun(args: Arguments, folder: string): string {
  const [cpu] = cpus();
  const versions = (Object.keys(peers) as PeerName[])
    .filter((name) => name !== 'bare socket')
    .map((name) => {
      const why = peers[name].missing();
      return `${name} ${why === undefined ? peers[name].version() : `(${why})`}`;
    });
  return [
    `- ${new Date().toISOString().slice(0, 10)}, ${cpus().length} x ${cpu?.model.trim()}, `,
    `${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}, Node ${process.version}\n`,
    `- server: ${args.server}, on loopback; files in ${folder.startsWith('/dev/shm') ? 'memory (/dev/shm)' : folder}\n`,
    `- ${versions.join(', ')}\n`,
    `- medians of ${args.rounds} rounds, after one that is not counted\n`,
  ].join('');
}
