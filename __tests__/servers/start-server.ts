import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, isIPv6 } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { reservePorts } from './ports';
import { endGroup, guardGroup } from './processes';
import {
  account,
  certificateOf,
  programs,
  type ServerMode,
  type ServerName,
  type Setting,
  writeOwned,
} from './programs';

export type { ServerMode, ServerName } from './programs';

/** All servers, in the order in which `describeServers` takes them. */
export const SERVER_NAMES: readonly ServerName[] = ['vsftpd', 'proftpd', 'pureftpd', 'pyftpdlib'];

export interface StartOptions {
  readonly host?: '127.0.0.1' | '::1';
  readonly mode?: ServerMode;
  /** The one TLS version spoken; without it both are. */
  readonly tlsVersion?: '1.2' | '1.3';
  /** vsftpd: an upload must end with close_notify, and a download waits for the client's. */
  readonly sslStrict?: boolean;
}

/** What a server can do, as configured here (`real-servers.test.ts` holds it against FEAT). */
export interface Supports {
  readonly epsv: boolean;
  readonly ipv6: boolean;
  readonly mlsd: boolean;
  readonly mfmt: boolean;
  readonly mff: boolean;
  /** REST before STOR. */
  readonly restStor: boolean;
  /** Says UTF8 in FEAT; all four take file names as UTF-8. */
  readonly utf8: boolean;
  readonly hash: boolean;
  readonly modeZ: boolean;
  readonly tlsReuse: boolean;
  readonly tlsImplicit: boolean;
}

/** A server that runs for one test file. */
export interface RealServer {
  readonly name: ServerName;
  readonly host: '127.0.0.1' | '::1';
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly mode: ServerMode;
  /** The folder on disk that the user sees as `/`. It belongs to the test account. */
  readonly root: string;
  /** The server's process, which leads the group of all its processes. */
  readonly pid: number;
  readonly supports: Supports;
  /** The certificate (PEM) to trust, in the TLS modes. */
  readonly ca?: string;
  /** Makes a file under `root` that the server's user owns; the folders on the way too. */
  putFile(path: string, data: string | Uint8Array): Promise<void>;
  /** What the server has logged so far; also after `stop`. */
  log(): string;
  /** Ends the server and its sessions and removes its folder. */
  stop(): Promise<void>;
}

const { PATH } = process.env;
/** How long a server may take to greet, in milliseconds. */
export const START_TIMEOUT = 10_000;

// biome-ignore format: a table
const SUPPORTS: Readonly<Record<ServerName, Pick<Supports, 'epsv' | 'mlsd' | 'mfmt' | 'mff' | 'restStor' | 'utf8' | 'hash' | 'modeZ'>>> = {
  vsftpd:    { epsv: true, mlsd: false, mfmt: false, mff: false, restStor: true, utf8: false, hash: false, modeZ: false },
  proftpd:   { epsv: true, mlsd: true,  mfmt: true,  mff: true,  restStor: true, utf8: true, hash: true,  modeZ: true },
  pureftpd:  { epsv: true, mlsd: true,  mfmt: true,  mff: false, restStor: true, utf8: true, hash: false, modeZ: false },
  pyftpdlib: { epsv: true, mlsd: true,  mfmt: true,  mff: false, restStor: true, utf8: true, hash: false, modeZ: false },
};

/** Why this server cannot be started here; undefined when it can. */
export function whyMissing(name: ServerName, host: string = '127.0.0.1'): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.getuid?.() !== 0) return 'needs root';
  if (account.owner() === undefined) return `no account ${account.user}`;
  if (isIPv6(host) && !hasIpv6Loopback()) return 'no IPv6 loopback';
  return programs[name].missing();
}

/**
 * Starts a server on ports, in a folder and with an account of its own, and waits for its greeting.
 */
export async function startServer(
  name: ServerName,
  options: StartOptions = {},
): Promise<RealServer> {
  const host = options.host ?? '127.0.0.1';
  const mode = options.mode ?? 'plain';
  const owner = account.owner();
  const reason = whyMissing(name, host);
  if (reason !== undefined || owner === undefined) {
    throw new Error(`cannot start ${name}: ${reason} (run __tests__/servers/setup.sh as root)`);
  }
  if (!programs[name].modes.includes(mode)) throw new Error(`${name} has no mode ${mode}`);

  for (let attempt = 1; ; attempt++) {
    const ports = await reservePorts();
    const folder = await mkdtemp(join(tmpdir(), `ftpipe-${name}-`));
    const root = join(folder, 'root');
    // mkdtemp makes the folder for us alone, but the user must get to its root.
    await chmod(folder, 0o755);
    await mkdir(join(folder, 'logs'));
    await mkdir(root);
    await chown(root, owner.uid, owner.gid);
    const { user, password } = account;
    const { tlsVersion, sslStrict = false } = options;
    const setting: Setting = {
      ...{ host, mode, tlsVersion, sslStrict, user, password, owner, folder, root, ports },
    };
    let running: Running | undefined;
    try {
      running = await launch(name, setting);
      await untilGreeting(setting, running.ended);
      return await describeRunning(name, setting, running);
    } catch (error) {
      const log = readLogs(folder);
      await running?.stop();
      await rm(folder, { recursive: true, force: true });
      await ports.release();
      // A stranger to these tests may sit on one of the ports: only then is another try worth it.
      if (attempt < 3 && /address already in use|EADDRINUSE|bind/i.test(log)) continue;
      throw new Error(`${name} (${mode}, ${host}) did not start: ${error}\n${log}`, {
        cause: error,
      });
    }
  }
}

interface Running {
  readonly pid: number;
  /** Settles when the server ends by itself. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

async function launch(name: ServerName, setting: Setting): Promise<Running> {
  const { command, args, env } = await programs[name].prepare(setting);
  const output = openSync(join(setting.folder, 'logs', 'output.log'), 'a');
  let child: ChildProcess;
  try {
    child = spawn(command, args, {
      cwd: setting.folder,
      detached: true, // a group of its own, which its sessions stay in
      // Nothing of the caller's environment: a server must not depend on who starts it.
      env: { PATH, LC_ALL: 'C.UTF-8', TZ: 'UTC', ...env },
      stdio: ['ignore', output, output],
    });
  } finally {
    closeSync(output);
  }
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(String(error)));
    child.once('exit', (code, signal) => resolve(`exit with ${signal ?? code}`));
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(await ended);
  child.unref();
  const guard = guardGroup(pid, setting.folder);
  return {
    pid,
    ended,
    stop: async () => {
      await endGroup(pid);
      await guard.dismiss();
    },
  };
}

async function describeRunning(
  name: ServerName,
  setting: Setting,
  running: Running,
): Promise<RealServer> {
  const { folder, host, mode, ports, root } = setting;
  const ca = mode === 'plain' ? undefined : await readFile(certificateOf(folder), 'utf8');
  let lastLog: string | undefined;
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    await running.stop();
    lastLog = readLogs(folder);
    await rm(folder, { recursive: true, force: true });
    await ports.release();
  };
  return {
    ...{ name, host, mode, root, port: ports.control, pid: running.pid },
    ...{ user: setting.user, password: setting.password },
    ...(ca === undefined ? {} : { ca }),
    supports: {
      ...SUPPORTS[name],
      ipv6: hasIpv6Loopback(),
      tlsReuse: programs[name].modes.includes('tls-reuse'),
      tlsImplicit: programs[name].modes.includes('tls-implicit'),
    },
    putFile: (path, data) => writeOwned(setting, path, data),
    log: () => lastLog ?? readLogs(folder),
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** A server listens some time after it was started: knocks until the greeting is there. */
async function untilGreeting(setting: Setting, ended: Promise<string>): Promise<void> {
  const limit = Date.now() + START_TIMEOUT;
  const died = ended.then((how) => Promise.reject(new Error(how)));
  died.catch(() => {}); // it also ends after the greeting, when nobody asks any more
  let last: unknown;
  for (let pause = 5; Date.now() < limit; pause = Math.min(2 * pause, 100)) {
    try {
      await Promise.race([greeting(setting, limit - Date.now()), died]);
      return;
    } catch (error) {
      last = error;
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
    }
    await Promise.race([delay(pause), died]);
  }
  throw new Error(`no greeting within ${START_TIMEOUT} ms`, { cause: last });
}

function greeting({ host, mode, ports }: Setting, timeout: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const port = ports.control;
    const socket =
      mode === 'tls-implicit'
        ? connectTls({ host, port, rejectUnauthorized: false }) // only to see that it is there
        : connect({ host, port });
    let text = '';
    socket.setTimeout(Math.max(timeout, 1), () =>
      socket.destroy(new Error(`no greeting but ${JSON.stringify(text)}`)),
    );
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
      // The last line has a space after the code, the ones before it a hyphen (RFC 959 §4.2).
      if (socket.writable && /^\d{3} [^\n]*\n/m.test(text)) socket.end('QUIT\r\n');
    });
    socket.once('error', reject);
    socket.once('close', () =>
      text.startsWith('220') ? resolve() : reject(new Error(`greeted with "${text}"`)),
    );
  });
}

function readLogs(folder: string): string {
  const logs = join(folder, 'logs');
  return readdirSync(logs)
    .sort()
    .map((name) => [name, readFileSync(join(logs, name), 'utf8')] as const)
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `--- ${name}\n${text}`)
    .join('');
}

function hasIpv6Loopback(): boolean {
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address }) => address === '::1'),
  );
}
