import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import type { Job, Target } from './job';
import { type Program, PYTHON } from './measure';

export interface Peer {
  /** Why it cannot take part, or undefined when it can. */
  missing(): string | undefined;
  version(): string;
  /** Whether its programs begin with Node's own start. */
  readonly isNode?: true;
  /** The program that does the job, or undefined for a job it has no way to do. */
  program(job: Job, caFile: string): Program | undefined;
}

export type PeerName = 'basic-ftp' | 'ftp' | 'curl' | 'lftp' | 'ftplib' | 'bare socket' | 'ftpipe';

const { FTPIPE = join(__dirname, '../dist/index.js') } = process.env;
const CLIENTS = join(__dirname, 'clients');

export const peers: Readonly<Record<PeerName, Peer>> = {
  'basic-ftp': fromNpm('basic-ftp'),
  ftp: fromNpm('ftp'),
  curl: {
    missing: () => notOnPath('curl'),
    version: () => firstLine('curl', '--version').split(' ')[1] ?? '',
    program: curl,
  },
  lftp: {
    missing: () => notOnPath('lftp'),
    version: () => /Version (\S+)/.exec(firstLine('lftp', '--version'))?.[1] ?? '',
    program: lftp,
  },
  ftplib: {
    missing: () => undefined, // nothing can be measured without Python
    version: () => firstLine(PYTHON, '--version'),
    program: (job) => ({
      command: PYTHON,
      args: [join(CLIENTS, 'ftplib_client.py'), JSON.stringify(job)],
    }),
  },
  'bare socket': {
    missing: () => undefined,
    version: () => `Node ${process.version}`,
    isNode: true,
    program: (job) => node('bare-socket.js', job),
  },
  ftpipe: {
    missing: () => (existsSync(FTPIPE) ? undefined : 'not built: npm run build'),
    version: () => createRequire(__filename)('../package.json').version,
    isNode: true,
    program: (job) => node('ftpipe.js', job),
  },
};

function fromNpm(name: string): Peer {
  const manifest = join(__dirname, 'node_modules', name, 'package.json');
  return {
    missing: () => (existsSync(manifest) ? undefined : 'not installed: npm ci --prefix bench'),
    version: () => createRequire(__filename)(manifest).version,
    isNode: true,
    program: (job) => node(`${name}.js`, job),
  };
}

function node(file: string, job: Job): Program {
  return { command: process.execPath, args: [join(CLIENTS, file), JSON.stringify(job)] };
}

function curl(job: Job, caFile: string): Program | undefined {
  const { server } = job;
  const url = (path: string) => `ftp://${server.host}:${server.port}${path}`;
  const args = ['-q', '-sS', '-u', `${server.user}:${server.password}`];
  if (server.ca !== undefined) args.push('--ssl-reqd', '--cacert', caFile);
  const counted = ['-w', '{"bytes":%{size_download}}\\n'];
  switch (job.name) {
    case 'get':
      args.push(...(job.to === undefined ? counted : []), '-o', job.to ?? '/dev/null');
      args.push(url(job.path));
      break;
    case 'put':
      args.push('-T', job.from, url(job.path));
      break;
    case 'getMany':
      args.push(...counted, ...job.paths.flatMap((path) => ['-o', '/dev/null', url(path)]));
      break;
    case 'putMany':
      args.push(...job.paths.flatMap((path, i) => ['-T', job.locals[i] ?? '', url(path)]));
      break;
    case 'list':
      args.push('-o', job.to, url(`${job.path}/`));
      break;
    case 'noop':
      return undefined;
  }
  return { command: 'curl', args };
}

function lftp(job: Job, caFile: string): Program | undefined {
  const open = ({ host, port, user, password }: Target) =>
    `open -u ${user},${password} -p ${port} ${host}`;
  const commands = ['set cmd:fail-exit yes', 'set net:max-retries 1', 'set xfer:clobber yes'];
  if (job.server.ca !== undefined) {
    commands.push('set ftp:ssl-force yes', 'set ftp:ssl-protect-data yes');
    commands.push(`set ssl:ca-file ${caFile}`);
  }
  commands.push(open(job.server));
  switch (job.name) {
    case 'get':
      commands.push(`get ${job.path} -o ${job.to ?? '/dev/null'}`);
      break;
    case 'put':
      commands.push(`put ${job.from} -o ${job.path}`);
      break;
    case 'getMany':
      commands.push(...job.paths.map((path) => `get ${path} -o /dev/null`));
      break;
    case 'putMany':
      commands.push(...job.paths.map((path, i) => `put ${job.locals[i]} -o ${path}`));
      break;
    case 'list':
      commands.push(`cls -1 ${job.path}/ > ${job.to}`);
      break;
    case 'noop':
      return undefined;
  }
  // Its user's settings and history must not count.
  return { command: 'lftp', args: ['-c', commands.join('; ')], env: { HOME: '/nonexistent' } };
}

function notOnPath(program: string): string | undefined {
  const { PATH = '' } = process.env;
  const folders = PATH.split(delimiter);
  return folders.some((folder) => existsSync(join(folder, program))) ? undefined : 'not installed';
}

function firstLine(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8' }).split('\n')[0] ?? '';
}
