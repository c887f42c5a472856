import { execFile, execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { PortBlock } from './ports';

export type ServerName = 'vsftpd' | 'proftpd' | 'pureftpd' | 'pyftpdlib';

/**
 * `tls` is AUTH TLS on a server that still lets plain clients in, `tls-reuse` the same on one whose
 * data connections must resume the control connection's TLS session.
 */
export type ServerMode = 'plain' | 'tls' | 'tls-reuse' | 'tls-implicit';

/** What to start, where, and in which folder to keep it. */
export interface Setting {
  readonly host: '127.0.0.1' | '::1';
  readonly mode: ServerMode;
  readonly tlsVersion: '1.2' | '1.3' | undefined;
  readonly sslStrict: boolean;
  readonly user: string;
  readonly password: string;
  readonly owner: { readonly uid: number; readonly gid: number };
  /** Configuration and state; `logs` in it is read by `RealServer.log`. */
  readonly folder: string;
  readonly root: string;
  readonly ports: PortBlock;
}

/** A command line ready to run. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

interface Program {
  readonly modes: readonly ServerMode[];
  /** Why this server cannot run here, or undefined when it can. */
  missing(): string | undefined;
  prepare(setting: Setting): Promise<Launch>;
}

const {
  FTPIPE_TEST_USER = 'ftpipe',
  FTPIPE_TEST_PASSWORD = 'ftpipe',
  // Debian's own python has Debian's package; the first python3 on PATH may be another.
  FTPIPE_PYTHON = '/usr/bin/python3',
  PATH = '',
} = process.env;
const UNPACKED = resolve(__dirname, '../../.servers');
const PAM_SERVICE = 'ftpipe-test';
const run = promisify(execFile);

/** The account that `setup.sh` made: vsftpd logs in to it, the others borrow its user id. */
export const account = {
  user: FTPIPE_TEST_USER,
  password: FTPIPE_TEST_PASSWORD,
  owner(): { uid: number; gid: number } | undefined {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((entry) => entry.startsWith(`${this.user}:`));
    const fields = line?.split(':');
    return fields && { uid: Number(fields[2]), gid: Number(fields[3]) };
  },
};

/** The four servers: how each is found, configured and started. */
export const programs: Readonly<Record<ServerName, Program>> = {
  vsftpd: {
    modes: ['plain', 'tls', 'tls-reuse', 'tls-implicit'],
    missing: () =>
      missing('vsftpd', 'vsftpd') ??
      (existsSync(`/etc/pam.d/${PAM_SERVICE}`) ? undefined : `no /etc/pam.d/${PAM_SERVICE}`),
    prepare: prepareVsftpd,
  },
  proftpd: {
    modes: ['plain', 'tls', 'tls-reuse', 'tls-implicit'],
    missing: () => missing('proftpd-core', 'proftpd'),
    prepare: prepareProftpd,
  },
  pureftpd: {
    modes: ['plain', 'tls'],
    missing: () => missing('pure-ftpd', 'pure-ftpd') ?? missing('pure-ftpd', 'pure-pw'),
    prepare: preparePureftpd,
  },
  pyftpdlib: {
    modes: ['plain', 'tls', 'tls-implicit'],
    missing: missingPyftpdlib,
    prepare: preparePyftpdlib,
  },
};

async function prepareVsftpd(setting: Setting): Promise<Launch> {
  const { folder, host, mode, ports, root } = setting;
  await mkdir(join(folder, 'empty'), { mode: 0o555 });
  const options: Record<string, string | number | boolean> = {
    listen: host === '127.0.0.1',
    listen_ipv6: host === '::1',
    [host === '::1' ? 'listen_address6' : 'listen_address']: host,
    listen_port: ports.control,
    background: false,
    // The sandboxes want kernel features that containers withhold.
    isolate: false,
    isolate_network: false,
    seccomp_sandbox: false,
    secure_chroot_dir: join(folder, 'empty'),
    pam_service_name: PAM_SERVICE,
    local_enable: true,
    anonymous_enable: false,
    chroot_local_user: true,
    allow_writeable_chroot: true,
    local_root: root,
    local_umask: '022',
    write_enable: true,
    mdtm_write: true,
    ls_recurse_enable: true,
    // Without these it answers 200 to TYPE A and sends the bytes as they are.
    ascii_upload_enable: true,
    ascii_download_enable: true,
    connect_from_port_20: false,
    pasv_min_port: ports.passive.first,
    pasv_max_port: ports.passive.last,
    max_clients: 0,
    max_per_ip: 0,
    max_login_fails: 10,
    delay_failed_login: 0,
    xferlog_enable: true,
    xferlog_std_format: false,
    log_ftp_protocol: true,
    vsftpd_log_file: join(folder, 'logs', 'vsftpd.log'),
  };
  if (mode !== 'plain') {
    const { both } = await makeCertificate(folder);
    Object.assign(options, {
      ssl_enable: true,
      ssl_ciphers: 'HIGH',
      rsa_cert_file: both,
      rsa_private_key_file: both,
      allow_anon_ssl: false,
      force_local_data_ssl: false,
      force_local_logins_ssl: false,
      require_ssl_reuse: mode === 'tls-reuse',
      implicit_ssl: mode === 'tls-implicit',
      strict_ssl_read_eof: setting.sslStrict,
      strict_ssl_write_shutdown: setting.sslStrict,
    });
  }
  const file = join(folder, 'vsftpd.conf');
  const lines = Object.entries(options).map(
    ([name, value]) => `${name}=${value === true ? 'YES' : value === false ? 'NO' : value}\n`,
  );
  await writeFile(file, lines.join(''));
  return {
    command: found('vsftpd', 'vsftpd'),
    args: [file],
    env: await opensslFor(setting),
  };
}

async function prepareProftpd(setting: Setting): Promise<Launch> {
  const { folder, host, mode, owner, ports, root, user } = setting;
  const users = join(folder, 'users');
  const hash = await cryptHash(setting.password);
  await writeFile(users, `${user}:${hash}:${owner.uid}:${owner.gid}::${root}:/bin/false\n`, {
    mode: 0o600, // it refuses a file that others can read
  });
  const modules = [join(UNPACKED, 'proftpd-core/usr/lib/proftpd'), '/usr/lib/proftpd'].find(
    existsSync,
  );
  const lines = [
    `ModulePath ${modules}`,
    ...['deflate', 'site_misc', 'copy', 'digest']
      .filter((name) => existsSync(join(modules ?? '', `mod_${name}.so`)))
      .map((name) => `LoadModule mod_${name}.c`),
    '<IfModule mod_deflate.c>',
    '  DeflateEngine on',
    '</IfModule>',
    'ServerName ftpipe',
    'ServerType standalone',
    `UseIPv6 ${host === '::1' ? 'on' : 'off'}`,
    `DefaultAddress ${host}`,
    'SocketBindTight on',
    `Port ${ports.control}`,
    `PassivePorts ${ports.passive.first} ${ports.passive.last}`,
    'UseReverseDNS off',
    'DelayEngine off', // it slows logins down on purpose
    'MaxInstances 500',
    'User nobody',
    'Group nogroup',
    `PidFile ${join(folder, 'pid')}`,
    `ScoreboardFile ${join(folder, 'scoreboard')}`,
    `ExtendedLog ${join(folder, 'logs', 'commands.log')} ALL`,
    'TransferLog none',
    'WtmpLog off',
    'AuthPAM off',
    'AuthOrder mod_auth_file.c',
    `AuthUserFile ${users}`,
    'RequireValidShell off',
    'UseFtpUsers off',
    'DefaultRoot ~',
    'AllowOverwrite on',
    'AllowStoreRestart on',
    'AllowRetrieveRestart on',
    'TimesGMT on',
    'Umask 022',
  ];
  if (mode !== 'plain') {
    const { certificate, key } = await makeCertificate(folder);
    const options = [
      ...(mode === 'tls-reuse' ? [] : ['NoSessionReuseRequired']),
      ...(mode === 'tls-implicit' ? ['UseImplicitSSL'] : []),
    ];
    lines.push(
      'LoadModule mod_tls.c',
      'TLSEngine on',
      'TLSRequired off',
      `TLSProtocol ${setting.tlsVersion ? `TLSv${setting.tlsVersion}` : 'TLSv1.2 TLSv1.3'}`,
      `TLSECCertificateFile ${certificate}`,
      `TLSECCertificateKeyFile ${key}`,
      `TLSLog ${join(folder, 'logs', 'tls.log')}`,
      'TLSVerifyClient off',
      'TLSRenegotiate none',
      ...(options.length > 0 ? [`TLSOptions ${options.join(' ')}`] : []),
    );
  }
  const file = join(folder, 'proftpd.conf');
  await writeFile(file, `${lines.join('\n')}\n`);
  return { command: found('proftpd-core', 'proftpd'), args: ['-n', '-c', file] };
}

async function preparePureftpd(setting: Setting): Promise<Launch> {
  const { folder, host, mode, owner, ports, root, user } = setting;
  const users = join(folder, 'users');
  const database = join(folder, 'users.pdb');
  // Written by hand: `pure-pw useradd` would choose a hash that takes a second to check.
  const hash = await cryptHash(setting.password);
  await writeFile(users, `${user}:${hash}:${owner.uid}:${owner.gid}::${root}/./::::::::::::\n`);
  await run(found('pure-ftpd', 'pure-pw'), ['mkdb', database, '-f', users]);
  const args = [
    host === '::1' ? '-6' : '-4',
    ...['-S', `${host},${ports.control}`],
    ...['-p', `${ports.passive.first}:${ports.passive.last}`],
    ...['-l', `puredb:${database}`],
    ...['-u', '1'], // the least user id let in
    '-A', // chroot for everyone
    '-E', // nobody anonymous
    '-H', // no DNS
    ...['-c', '500', '-C', '500'], // clients, clients per address
    ...['-L', '2000000:20'], // a listing ends after 10,000 entries by default
    ...['-U', '022:022'],
    ...['-f', 'none'],
    ...['-g', join(folder, 'pid')],
    ...['-O', `clf:${join(folder, 'logs', 'transfers.log')}`],
    ...['-I', '30'],
  ];
  if (mode !== 'plain') args.push('-Y', '1', '-2', (await makeCertificate(folder)).both);
  return {
    command: found('pure-ftpd', 'pure-ftpd'),
    args,
    env: await opensslFor(setting),
  };
}

async function preparePyftpdlib(setting: Setting): Promise<Launch> {
  const { folder, host, mode, ports, root } = setting;
  const args = [
    join(__dirname, 'pyftpd_server.py'),
    ...['--host', host, '--port', String(ports.control)],
    ...['--passive', `${ports.passive.first}-${ports.passive.last}`],
    ...['--root', root, '--user', setting.user, '--password', setting.password, '--mode', mode],
  ];
  if (mode !== 'plain') args.push('--certificate', (await makeCertificate(folder)).both);
  if (setting.tlsVersion !== undefined) args.push('--tls-version', setting.tlsVersion);
  return { command: FTPIPE_PYTHON, args };
}

/** A key and a certificate for loopback; it signs itself, so it is its own authority. */
async function makeCertificate(
  folder: string,
): Promise<{ certificate: string; key: string; both: string }> {
  const paths = {
    certificate: certificateOf(folder),
    key: join(folder, 'key.pem'),
    both: join(folder, 'both.pem'), // for the servers that take a single file
  };
  await run('openssl', [
    ...['req', '-x509', '-days', '2', '-subj', '/CN=localhost'],
    ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1'],
    ...['-keyout', paths.key, '-out', paths.certificate],
  ]);
  const pem = await Promise.all([readFile(paths.key), readFile(paths.certificate)]);
  await writeFile(paths.both, Buffer.concat(pem), { mode: 0o600 });
  await chmod(paths.key, 0o600);
  return paths;
}

/** Where `prepare` puts the certificate when the mode wants one. */
export function certificateOf(folder: string): string {
  return join(folder, 'certificate.pem');
}

/** vsftpd and Pure-FTPd leave the choice of TLS versions to OpenSSL's own configuration. */
async function opensslFor({ folder, tlsVersion }: Setting): Promise<NodeJS.ProcessEnv> {
  const file = join(folder, 'openssl.cnf');
  const pin = tlsVersion
    ? `MinProtocol = TLSv${tlsVersion}\nMaxProtocol = TLSv${tlsVersion}\n`
    : 'MinProtocol = TLSv1.2\n';
  await writeFile(
    file,
    `openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = tls\n[tls]\n${pin}`,
  );
  return { OPENSSL_CONF: file };
}

/** A hash that every crypt(3) knows and that takes no time to check. */
async function cryptHash(password: string): Promise<string> {
  const { stdout } = await run('openssl', ['passwd', '-1', password]);
  return stdout.trim();
}

/** Writes a file as the test account owns it, so that the server may change it. */
export async function writeOwned(
  { root, owner }: Pick<Setting, 'root' | 'owner'>,
  path: string,
  data: string | Uint8Array,
): Promise<void> {
  const parts = path.split('/').filter((part) => part !== '');
  const target = join(root, ...parts);
  for (let depth = 1; depth < parts.length; depth++) {
    const folder = join(root, ...parts.slice(0, depth));
    await mkdir(folder, { recursive: true });
    await chown(folder, owner.uid, owner.gid);
  }
  await writeFile(target, data);
  await chown(target, owner.uid, owner.gid);
}

function missing(packageName: string, program: string): string | undefined {
  return find(packageName, program) === undefined ? `no ${program}` : undefined;
}

function found(packageName: string, program: string): string {
  const path = find(packageName, program);
  if (path === undefined) throw new Error(`no ${program}: run __tests__/servers/setup.sh`);
  return path;
}

function find(packageName: string, program: string): string | undefined {
  const folders = [
    join(UNPACKED, packageName, 'usr/sbin'),
    join(UNPACKED, packageName, 'usr/bin'),
    ...PATH.split(delimiter),
  ];
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function missingPyftpdlib(): string | undefined {
  try {
    execFileSync(FTPIPE_PYTHON, ['-c', 'import pyftpdlib.handlers, OpenSSL'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return `no pyftpdlib for ${FTPIPE_PYTHON}`;
  }
}
