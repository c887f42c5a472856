import { parseArgs } from 'node:util';
import type { ServerName } from '../__tests__/servers/programs';
import { TASK_NAMES } from './task-names';

export interface Arguments {
  readonly server: ServerName;
  /** MiB of the large file. */
  readonly size: number;
  /** Counted rounds; one more goes before them. */
  readonly rounds: number;
  readonly only: readonly string[];
  /** Names of peers, or undefined for all that are there. */
  readonly peers: readonly string[] | undefined;
  /** Where the servers and the files go, or undefined for memory, or else the system's place. */
  readonly folder: string | undefined;
  /** Of the numbers of files, commands and entries: 1, or less for a run that only tries. */
  readonly part: number;
  /** A file for every figure. */
  readonly json: string | undefined;
  /** Milliseconds of the round trip that the slow link takes. */
  readonly delay: number;
}

const SERVERS: readonly string[] = ['vsftpd', 'proftpd', 'pureftpd', 'pyftpdlib'];
const PEERS = ['basic-ftp', 'ftp', 'curl', 'lftp', 'ftplib', 'bare socket', 'ftpipe'];

export const USAGE = `npm run bench -- [options]
  --only TASK      one task, or more by commas or several --only: ${TASK_NAMES.join(', ')}
  --peers NAMES    only these: ${PEERS.join(', ')}
  --server NAME    ${SERVERS.join(', ')} (default vsftpd)
  --size MIB       of the large file (default 1024)
  --rounds N       counted rounds, after one that is not (default 5)
  --delay MS       the round trip of the slow link (default 50)
  --folder PATH    for the servers and the files (default /dev/shm if there is room)
  --part SHARE     of the numbers of files, commands and entries, to try it (default 1)
  --json FILE      writes every figure to the file
  --help`;

/** @throws Error with a sentence for the user */
export function parseArguments(args: readonly string[]): Arguments | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      server: { type: 'string', default: 'vsftpd' },
      size: { type: 'string', default: '1024' },
      rounds: { type: 'string', default: '5' },
      only: { type: 'string', multiple: true },
      peers: { type: 'string', multiple: true },
      folder: { type: 'string' },
      json: { type: 'string' },
      part: { type: 'string', default: '1' },
      delay: { type: 'string', default: '50' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const only = values.only && namesOf('task', values.only, TASK_NAMES);
  return {
    server: namesOf('server', [values.server], SERVERS)[0] as ServerName,
    size: positive('size', values.size),
    rounds: positive('rounds', values.rounds),
    only: only ?? TASK_NAMES,
    peers: values.peers && namesOf('peer', values.peers, PEERS),
    folder: values.folder,
    json: values.json,
    part: share('part', values.part),
    delay: positive('delay', values.delay),
  };
}

function namesOf(kind: string, lists: readonly string[], known: readonly string[]): string[] {
  const names = lists.flatMap((list) => list.split(',')).map((name) => name.trim());
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(`no ${kind} "${unknown}"; there are ${known.join(', ')}`);
  }
  return names;
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} takes a whole number`);
  return value;
}

function share(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1)) throw new Error(`--${name} takes a number above 0, at most 1`);
  return value;
}
