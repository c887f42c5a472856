import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import os from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  type Fault,
  makeCertificate,
  TestServer,
  type TestServerOptions,
  type TestSession,
} from 'ftpipe/testing';
import { run } from '../examples/command-line';
import { main as demo } from '../examples/demo';
import { main as download } from '../examples/download';
import { parseFtpFileUrl, parseFtpUrl } from '../examples/ftp-url';
import { main as ftps } from '../examples/ftps';
import { main as gunzipHash } from '../examples/gunzip-hash';
import { main as httpProxy } from '../examples/http-proxy';
import { main as mirror } from '../examples/mirror';
import { progressLine } from '../examples/progress-bar';
import { main as serverToServer } from '../examples/server-to-server';
import { main as upload } from '../examples/upload';

const CONTENT = randomBytes(1_000_000);

let folder: string;
let closing: (() => unknown)[];

beforeEach(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'ftpipe-examples-'));
  closing = [];
});

afterEach(async () => {
  for (const close of closing.reverse()) await close();
  await rm(folder, { recursive: true });
});

async function start(options: TestServerOptions = {}): Promise<TestServer> {
  const server = await TestServer.start({ files: { '/file': CONTENT, '/sub/': null }, ...options });
  closing.push(() => server.close());
  return server;
}

/** A terminal that records what is written to it. */
function terminal({ isTTY = false, signal }: { isTTY?: boolean; signal?: AbortSignal } = {}) {
  const written = { out: '', err: '' };
  const into = (name: 'out' | 'err') =>
    new Writable({
      write(chunk, _encoding, done) {
        written[name] += String(chunk);
        done();
      },
    });
  const stderr = Object.assign(into('err'), { isTTY });
  return { written, stdout: into('out'), stderr, signal };
}

/** Waits until every client has disconnected. */
function allDisconnected(server: TestServer): Promise<unknown> {
  return server.waitFor(({ sessions }) => sessions.length === 0);
}

async function unusedPort(): Promise<number> {
  const server = await TestServer.start();
  await server.close();
  return server.port;
}

describe('parseFtpUrl and parseFtpFileUrl', () => {
  it.each([
    ['ftp://host/a/b', { host: 'host', port: 21 }, 'a/b'],
    ['ftp://host', { host: 'host', port: 21 }, ''],
    ['ftp://host:2121/a/', { host: 'host', port: 2121 }, 'a/'],
    ['ftp://u:p@[::1]:2121/a', { host: '[::1]', port: 2121, user: 'u', password: 'p' }, 'a'],
    ['ftp://u%40h:p%2F%C3%A9@h/a', { host: 'h', port: 21, user: 'u@h', password: 'p/é' }, 'a'],
    ['ftp://h/a%20b%3F%23%25', { host: 'h', port: 21 }, 'a b?#%'],
    ['ftp://h/%2Fetc/motd', { host: 'h', port: 21 }, '/etc/motd'],
    ['ftp://h/a;type=i', { host: 'h', port: 21 }, 'a'],
  ])('parses %s', (url, server, path) => {
    expect(parseFtpUrl(url)).toEqual({ server, path });
  });

  it.each([
    ['text that is not a URL', 'host/secret', /^Not a URL/],
    ['another protocol', 'ftps://u:secret@host/a', /ftps:/],
    ['a query', 'ftp://u:secret@host/a?b', /%3F/],
    ['a fragment', 'ftp://u:secret@host/a#b', /%23/],
    ['invalid percent-encoding', 'ftp://u:secret@host/a%', /path.*percent-encoded/],
    ['bytes that are not UTF-8', 'ftp://u:secret%FF@host/a', /password.*percent-encoded/],
    ['a CR LF in the path', 'ftp://u:secret@host/a%0D%0ADELE%20b', /path.*line end/],
    ['a CR in the user', 'ftp://u%0D:secret@host/a', /user.*line end/],
    ['a NUL in the password', 'ftp://u:secret%00@host/a', /password.*NUL/],
  ])('rejects %s without showing the password', (_name, url, message) => {
    expect(() => parseFtpUrl(url)).toThrow(message);
    expect(() => parseFtpUrl(url)).not.toThrow(/secret/);
  });

  it.each(['ftp://host', 'ftp://host/', 'ftp://host/a/'])(
    'rejects %s, which names a folder instead of a file',
    (url) => {
      expect(() => parseFtpFileUrl(url)).toThrow(/folder/);
    },
  );
});

describe('progressLine', () => {
  const MIB = 1024 * 1024;

  it.each([
    [0, 64, '[------------------------------]   0 %  0.0 of 64.0 MiB  2.5 MiB/s'],
    [32, 64, '[###############---------------]  50 %  32.0 of 64.0 MiB  2.5 MiB/s'],
    [64, 64, '[##############################] 100 %  64.0 of 64.0 MiB  2.5 MiB/s'],
    [65, 64, '[##############################] 100 %  65.0 of 64.0 MiB  2.5 MiB/s'],
    [0, 0, '[##############################] 100 %  0.0 of 0.0 MiB  2.5 MiB/s'],
  ])('shows %i of %i MiB', (done, size, line) => {
    const bytes = { bytesTransferred: done * MIB, size: size * MIB };
    expect(progressLine({ ...bytes, bytesPerSecond: 2.5 * MIB })).toBe(line);
  });

  it('shows no bar when the size is unknown', () => {
    const progress = { bytesTransferred: 3 * MIB, size: null, bytesPerSecond: MIB };
    expect(progressLine(progress)).toBe('3.0 MiB  1.0 MiB/s');
  });
});

describe('run', () => {
  const { argv } = process;

  afterEach(() => {
    process.argv = argv;
    process.exitCode = undefined;
  });

  async function exitCode(args: string[], program: () => Promise<unknown>) {
    process.argv = ['node', 'example.js', ...args];
    const printed: string[] = [];
    const { error } = console;
    console.error = (line) => printed.push(line);
    try {
      await run(['URL', 'FILE'], program);
    } finally {
      console.error = error;
    }
    return { code: process.exitCode, printed };
  }

  it('leaves the exit code unchanged on success', async () => {
    expect(await exitCode(['a', 'b'], async () => {})).toEqual({ code: undefined, printed: [] });
  });

  it('sets exit code 1 and prints the message on failure', async () => {
    const failing = () => Promise.reject(new Error('550 No such file (RETR a)'));
    const printed = ['Failed: 550 No such file (RETR a)'];
    expect(await exitCode(['a', 'b'], failing)).toEqual({ code: 1, printed });
  });

  it('sets exit code 2 and prints the usage for wrong arguments', async () => {
    const printed = ['Usage: node example.js URL FILE'];
    expect(await exitCode(['a'], () => Promise.reject())).toEqual({ code: 2, printed });
  });
});

describe('download', () => {
  let file: string;

  beforeEach(() => {
    file = join(folder, 'copy');
  });

  it('writes the file and prints one line of progress', async () => {
    const server = await start();
    const { written, ...shown } = terminal();
    await download(`${server.url}file`, file, shown);
    expect(readFileSync(file).equals(CONTENT)).toBe(true);
    expect(written.err).toMatch(/^\[#{30}\] 100 % {2}1\.0 of 1\.0 MiB {2}[\d.]+ MiB\/s\n$/);
    await allDisconnected(server);
    expect(server.commands.at(-1)).toBe('QUIT');
  });

  it('redraws a progress bar on a terminal', async () => {
    const server = await start();
    const { written, ...shown } = terminal({ isTTY: true });
    await download(`${server.url}file`, file, shown);
    expect(written.err).toContain('\x1b[K');
    expect(written.err.replaceAll('\x1b[K', '')).toMatch(/\r\[#{30}\] 100 % .*MiB\/s\n$/);
  });

  it('downloads an empty file', async () => {
    const server = await start({ files: { '/empty': '' } });
    await download(`${server.url}empty`, file, terminal());
    expect(readFileSync(file, 'utf8')).toBe('');
  });

  const reset = { on: 'RETR', data: { action: 'reset', after: 500_000 } } as const;
  const falseSuccess = { on: 'RETR', code: 426, reply: '226 Done.' } as const;
  it.each([
    ['the data connection is reset', [reset], /RETR file/],
    [
      'the server sends 226 although the data connection is reset',
      [reset, falseSuccess],
      /RETR file/,
    ],
    [
      'the data ends early',
      [{ on: 'RETR', data: { action: 'end', after: 500_000 } }],
      /500000 of 1000000/,
    ],
    [
      'the server replies 451 instead of 226',
      [{ on: 'RETR', code: 226, reply: '451 Disk error.' }],
      /^451 Disk/,
    ],
    [
      'the control connection is reset during the transfer',
      [{ on: 'RETR', control: 'reset', at: 'mid-data' }],
      /RETR file/,
    ],
    [
      'the server rejects RETR',
      [{ on: 'RETR', reply: '550 No such file.' }],
      /^550 No such file\./,
    ],
  ] as const)('rejects and leaves no file if %s', async (_name, faults, message) => {
    const server = await start({ faults });
    await expect(download(`${server.url}file`, file, terminal())).rejects.toThrow(message);
    expect(existsSync(file)).toBe(false);
    await allDisconnected(server);
  });

  it('leaves no file if the server cannot be reached', async () => {
    const url = `ftp://127.0.0.1:${await unusedPort()}/file`;
    await expect(download(url, file, terminal())).rejects.toThrow(/ECONNREFUSED/);
    expect(existsSync(file)).toBe(false);
  });

  it('does not touch a file that already exists', async () => {
    const server = await start();
    writeFileSync(file, 'mine');
    await expect(download(`${server.url}file`, file, terminal())).rejects.toThrow(/EEXIST/);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    await allDisconnected(server);
  });

  it('leaves no file when it is interrupted', async () => {
    const server = await start({
      faults: [{ on: 'RETR', data: { action: 'stall', after: 500_000 } }],
    });
    const interrupt = new AbortController();
    const { signal } = interrupt;
    const interrupted = download(`${server.url}file`, file, terminal({ signal }));
    await server.waitFor(({ sessions }) => sessions[0]?.transfer?.bytes);
    interrupt.abort();
    await expect(interrupted).rejects.toThrow();
    expect(existsSync(file)).toBe(false);
    await allDisconnected(server);
  });
});

describe('upload', () => {
  let file: string;

  beforeEach(() => {
    file = join(folder, 'original');
    writeFileSync(file, CONTENT);
  });

  it('stores the file and prints the progress', async () => {
    const server = await start();
    const { written, ...shown } = terminal();
    await upload(file, `${server.url}sub/new`, shown);
    expect(server.storage.readFile('/sub/new').equals(CONTENT)).toBe(true);
    expect(written.err).toMatch(/^\[#{30}\] 100 % {2}1\.0 of 1\.0 MiB {2}[\d.]+ MiB\/s\n$/);
    expect(server.commands).toContain('SIZE sub/new');
    await allDisconnected(server);
  });

  it('keeps the name of the file if the URL is that of a folder', async () => {
    const server = await start();
    await upload(file, `${server.url}sub/`, terminal());
    expect(server.storage.readFile('/sub/original').equals(CONTENT)).toBe(true);
  });

  it.each([
    ['rejects STOR', { on: 'STOR', reply: '553 Not here.' }, /^553 Not here\./],
    [
      'resets the data connection',
      { on: 'STOR', data: { action: 'reset', after: 500_000 } },
      /STOR new/,
    ],
    ['has no space left', { on: 'STOR', code: 226, reply: '452 Disk full.' }, /^452 Disk full\./],
    [
      'reports a wrong size afterwards',
      { on: 'SIZE', reply: '213 999999' },
      /999999 bytes and not 1000000/,
    ],
  ] as const)('rejects if the server %s', async (_name, fault, message) => {
    const server = await start({ faults: [fault] });
    await expect(upload(file, `${server.url}new`, terminal())).rejects.toThrow(message);
    await allDisconnected(server);
  });

  it('rejects if the file cannot be read', async () => {
    const server = await start();
    // A folder has a size and can be opened, but not read.
    await expect(upload(folder, `${server.url}new`, terminal())).rejects.toThrow(/EISDIR/);
    await allDisconnected(server);
    expect(server.transfers.filter(({ outcome }) => outcome === 'complete')).toEqual([]);
  });

  it('does not connect if the file is missing', async () => {
    const server = await start();
    const missing = join(folder, 'missing');
    await expect(upload(missing, `${server.url}new`, terminal())).rejects.toThrow(/ENOENT/);
    expect(server.commands).toEqual([]);
  });

  it('makes the upload fail on the server when it is interrupted', async () => {
    const server = await start({
      faults: [{ on: 'STOR', data: { action: 'slow', after: 100_000, rate: 100_000 } }],
    });
    const interrupt = new AbortController();
    const { signal } = interrupt;
    const interrupted = upload(file, `${server.url}new`, terminal({ signal }));
    await server.waitFor(({ sessions }) => sessions[0]?.transfer?.bytes);
    interrupt.abort();
    await expect(interrupted).rejects.toThrow();
    await allDisconnected(server);
    await server.waitFor(({ transfers }) => transfers.length);
    expect(server.transfers).toMatchObject([{ command: 'STOR', outcome: 'failed' }]);
  });
});

describe('gunzip-hash', () => {
  const text = Array.from({ length: 20_000 }, (_, line) => `${line} ${CONTENT[line]}\n`).join('');
  const zipped = gzipSync(text);

  it('prints the hash of the compressed bytes and the number of uncompressed bytes', async () => {
    const server = await start({ files: { '/a.gz': zipped } });
    const { written, ...shown } = terminal();
    await gunzipHash(`${server.url}a.gz`, shown);
    const sha256 = createHash('sha256').update(zipped).digest('hex');
    expect(written.out).toBe(
      `sha256 ${sha256} (compressed)\n20000 lines, ${text.length} bytes (uncompressed)\n`,
    );
  });

  it.each([
    ['a transfer that is reset', zipped, 'reset', /RETR a\.gz/],
    ['a transfer that ends early', zipped, 'end', /unexpected end|bytes were transferred/],
    ['a truncated file', zipped.subarray(0, -9), undefined, /unexpected end of file/],
    ['a file that is not gzip', CONTENT, undefined, /incorrect header check/],
  ] as const)('rejects and prints nothing for %s', async (_name, content, action, message) => {
    const data = action && { action, after: 30_000 };
    const faults = data ? [{ on: 'RETR', data }] : [];
    const server = await start({ files: { '/a.gz': content }, faults });
    const { written, ...shown } = terminal();
    await expect(gunzipHash(`${server.url}a.gz`, shown)).rejects.toThrow(message);
    expect(written.out).toBe('');
    await allDisconnected(server);
  });
});

describe('server-to-server', () => {
  it('copies the file', async () => {
    const [source, target] = [await start(), await start({ files: {} })];
    await serverToServer(`${source.url}file`, `${target.url}copy`, terminal());
    expect(target.storage.readFile('/copy').equals(CONTENT)).toBe(true);
    await Promise.all([allDisconnected(source), allDisconnected(target)]);
  });

  it.each(['reset', 'end'] as const)(
    'makes the upload fail on the target if the download fails (%s)',
    async (action) => {
      const source = await start({ faults: [{ on: 'RETR', data: { action, after: 500_000 } }] });
      const target = await start({ files: {} });
      const copying = serverToServer(`${source.url}file`, `${target.url}copy`, terminal());
      await expect(copying).rejects.toThrow(/RETR file/);
      await Promise.all([allDisconnected(source), allDisconnected(target)]);
      expect(target.transfers).toMatchObject([{ command: 'STOR', outcome: 'failed' }]);
      expect(target.replies.filter((reply) => reply.startsWith('226'))).toEqual([]);
    },
  );

  it('rejects if the target rejects STOR', async () => {
    const source = await start();
    const target = await start({ faults: [{ on: 'STOR', reply: '553 Not here.' }] });
    const copying = serverToServer(`${source.url}file`, `${target.url}copy`, terminal());
    await expect(copying).rejects.toThrow(/^553 Not here\./);
    await Promise.all([allDisconnected(source), allDisconnected(target)]);
  });

  it('disconnects from the source if the target cannot be reached', async () => {
    const source = await start();
    const target = `ftp://127.0.0.1:${await unusedPort()}/copy`;
    await expect(serverToServer(`${source.url}file`, target, terminal())).rejects.toThrow(
      /ECONNREFUSED/,
    );
    await allDisconnected(source);
  });
});

describe('mirror', () => {
  const files = { '/sub/a': 'hello', '/sub/b b': CONTENT, '/sub/below/': null, '/other': 'x' };
  const local = () => join(folder, 'mirror');
  const inMirror = (name: string) => readFileSync(join(local(), name));

  it('downloads missing files, and nothing the next time', async () => {
    const server = await start({ files });
    const { written, ...shown } = terminal();
    await mirror(`${server.url}sub`, local(), shown);
    expect(readdirSync(local()).sort()).toEqual(['a', 'b b']);
    expect(inMirror('b b').equals(CONTENT)).toBe(true);
    expect(written.out).toBe('a: 5 bytes\nb b: 1000000 bytes\n');
    await mirror(`${server.url}sub/`, local(), shown);
    expect(written.out).toBe('a: 5 bytes\nb b: 1000000 bytes\n');
    expect(server.commands.filter((line) => line.startsWith('RETR'))).toHaveLength(2);
  });

  it('downloads changed files', async () => {
    const server = await start({ files });
    await mirror(`${server.url}sub`, local(), terminal());
    server.storage.writeFile('/sub/a', 'hello again');
    const { written, ...shown } = terminal();
    await mirror(`${server.url}sub`, local(), shown);
    expect(written.out).toBe('a: 11 bytes\n');
    expect(inMirror('a').toString()).toBe('hello again');
  });

  it('reports a file that fails, leaves no partial file and continues', async () => {
    const server = await start({ files, faults: [{ on: 'RETR', nth: 1, reply: '550 Not now.' }] });
    const { written, ...shown } = terminal();
    await expect(mirror(`${server.url}sub`, local(), shown)).rejects.toThrow(
      'Not downloaded: 1 of 2',
    );
    expect(written.err).toMatch(/^a: 550 Not now\./);
    expect(readdirSync(local())).toEqual(['b b']);
  });

  it('skips a name that points outside the folder', async () => {
    const server = await start({ files: {} });
    server.handle('MLSD', async (session) => {
      await session.reply('150 Here.');
      const data = await session.openData();
      data.end('type=file;size=1; ../evil\r\n');
      await session.reply('226 Done.');
    });
    const { written, ...shown } = terminal();
    await mirror(server.url, local(), shown);
    expect(written.err).toBe('Left out: "../evil"\n');
    expect(readdirSync(folder)).toEqual(['mirror']);
    expect(server.commands.some((line) => line.startsWith('RETR'))).toBe(false);
  });
});

describe('ftps', () => {
  const inFolder = (name: string) => join(folder, name);
  const save = (certificate: string | undefined) => {
    writeFileSync(inFolder('server.pem'), certificate as string);
    return inFolder('server.pem');
  };

  it('trusts the given certificate and prints the details of TLS', async () => {
    const server = await start({ tls: { requireSessionReuse: true } });
    const { written, ...shown } = terminal();
    await ftps(`${server.url}file`, save(server.certificate), inFolder('copy'), shown);
    expect(readFileSync(inFolder('copy')).equals(CONTENT)).toBe(true);
    expect(written.out).toMatch(/^1000000 bytes in TLSv1\.3, TLS_\w+, the session of the control/);
    await allDisconnected(server);
    expect(server.commands.slice(0, 2)).toEqual(['AUTH TLS', expect.stringMatching(/^USER/)]);
  });

  it('does not log in to a server with another certificate', async () => {
    const server = await start({ tls: {} });
    const other = save(makeCertificate().cert);
    const downloading = ftps(`${server.url}file`, other, inFolder('copy'), terminal());
    await expect(downloading).rejects.toThrow(/TLS handshake/);
    await allDisconnected(server);
    expect(server.commands).toEqual(['AUTH TLS']);
    expect(readdirSync(folder)).toEqual(['server.pem']);
  });

  it('does not log in to a server without TLS', async () => {
    const server = await start();
    const certificate = save(makeCertificate().cert);
    const downloading = ftps(`${server.url}file`, certificate, inFolder('copy'), terminal());
    await expect(downloading).rejects.toThrow(/AUTH TLS/);
    await allDisconnected(server);
    expect(server.commands.join()).not.toMatch(/USER|PASS/);
  });

  it('leaves no partial file if TLS ends without close_notify', async () => {
    const server = await start({ tls: {} });
    server.fault({ on: 'RETR', data: { action: 'no-close-notify', after: 500_000 } });
    const certificate = save(server.certificate);
    const downloading = ftps(`${server.url}file`, certificate, inFolder('copy'), terminal());
    await expect(downloading).rejects.toThrow(/RETR file/);
    expect(readdirSync(folder)).toEqual(['server.pem']);
  });
});

describe('http-proxy', () => {
  /** Starts the proxy and returns its port. */
  async function proxy(url: string): Promise<number> {
    const server = await httpProxy(url, 0, terminal());
    closing.push(async () => {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    });
    return (server.address() as AddressInfo).port;
  }

  interface Answer {
    readonly status: number | undefined;
    readonly headers: http.IncomingHttpHeaders;
    readonly body: Buffer;
    /** Why the response failed, if it did. */
    readonly error: NodeJS.ErrnoException | undefined;
  }

  async function ask(port: number, path: string, method = 'GET'): Promise<Answer> {
    const request = http.request({ port, path, method, agent: false }).end();
    return received((await once(request, 'response')) as [http.IncomingMessage]);
  }

  async function received([response]: [http.IncomingMessage]): Promise<Answer> {
    const blocks: Buffer[] = [];
    let error: NodeJS.ErrnoException | undefined;
    try {
      for await (const block of response) blocks.push(block);
    } catch (reason) {
      error = reason as NodeJS.ErrnoException;
    }
    const { statusCode, headers } = response;
    return { status: statusCode, headers, body: Buffer.concat(blocks), error };
  }

  const NO_SIZE = [{ on: 'SIZE', reply: '502 Not implemented.' }] as const;

  it('prints its address', async () => {
    const { written, ...shown } = terminal();
    const server = await httpProxy('ftp://127.0.0.1/', 0, shown);
    expect(written.out).toBe(`http://127.0.0.1:${(server.address() as AddressInfo).port}/\n`);
    server.close();
  });

  it('sends the file with its Content-Length', async () => {
    const server = await start();
    const { status, headers, body, error } = await ask(await proxy(server.url), '/file');
    expect([status, headers['content-length'], error]).toEqual([200, '1000000', undefined]);
    expect(body.equals(CONTENT)).toBe(true);
    await allDisconnected(server);
    expect(server.commands.at(-1)).toBe('QUIT');
  });

  it('sends the file chunked if its size is unknown', async () => {
    const server = await start({ faults: NO_SIZE });
    const { status, headers, body, error } = await ask(await proxy(server.url), '/file');
    expect([status, headers['transfer-encoding'], error]).toEqual([200, 'chunked', undefined]);
    expect(headers['content-length']).toBeUndefined();
    expect(body.equals(CONTENT)).toBe(true);
  });

  it('sends an empty file', async () => {
    const server = await start({ files: { '/file': '' } });
    const { status, headers, body } = await ask(await proxy(server.url), '/file');
    expect([status, headers['content-length'], body.length]).toEqual([200, '0', 0]);
  });

  it('answers HEAD like GET, but without the file', async () => {
    const server = await start();
    const port = await proxy(server.url);
    const { status, headers, body } = await ask(port, '/file', 'HEAD');
    expect([status, headers['content-length'], body.length]).toEqual([200, '1000000', 0]);
    expect(await ask(port, '/missing', 'HEAD')).toMatchObject({ status: 404 });
    await allDisconnected(server);
  });

  it('decodes names and resolves them in the folder of the URL', async () => {
    const server = await start({ files: { '/pub/a b/é?.txt': 'hello' } });
    const path = '/a%20b/%C3%A9%3F.txt';
    for (const url of [`${server.url}pub`, `${server.url}pub/`, `${server.url}%2Fpub/`]) {
      const { status, body } = await ask(await proxy(url), `${path}?query`);
      expect([status, String(body)]).toEqual([200, 'hello']);
    }
  });

  it('opens one FTP connection for each request and closes it', async () => {
    const server = await start();
    const port = await proxy(server.url);
    const answers = await Promise.all([1, 2, 3, 4].map(() => ask(port, '/file')));
    for (const { body } of answers) expect(body.equals(CONTENT)).toBe(true);
    await allDisconnected(server);
    expect(server.commands.filter((command) => command === 'QUIT')).toHaveLength(4);
  });

  it.each(['/missing', '/', '/sub', '/sub/'])('answers 404 for %s', async (path) => {
    const server = await start();
    expect(await ask(await proxy(server.url), path)).toMatchObject({ status: 404 });
    await allDisconnected(server);
  });

  it.each([
    ['greets with 421', { on: 'connect', reply: '421 Too many users.' }],
    ['rejects the login', { on: 'PASS', reply: '530 Not you.' }],
    ['rejects RETR with 450', { on: 'RETR', reply: '450 Busy.' }],
    ['rejects RETR with 532', { on: 'RETR', reply: '532 Pay first.' }],
    ['closes the control connection', { on: 'RETR', control: 'end' }],
    ['refuses the data connection', { on: /^(EPSV|PASV)/, data: { action: 'refuse' } }],
  ] as const)('answers 502 if the server %s', async (_name, fault) => {
    const server = await start({ faults: [fault] });
    const { status, body } = await ask(await proxy(server.url), '/file');
    expect([status, String(body)]).toEqual([
      502,
      expect.stringMatching(/^The FTP server failed: ./),
    ]);
    await allDisconnected(server);
  });

  it('answers 502 if the server cannot be reached', async () => {
    const port = await proxy(`ftp://127.0.0.1:${await unusedPort()}/`);
    expect(await ask(port, '/file')).toMatchObject({ status: 502 });
  });

  it.each([
    ['a CR LF', '/file%0D%0ADELE%20file'],
    ['a line feed', '/file%0a'],
    ['a NUL', '/file%00'],
    ['an encoded slash', '/..%2F..%2Fetc'],
    ['an encoded backslash', '/..%5Cetc'],
    ['dot segments', '/sub/../../file'],
    ['encoded dot segments', '/sub/%2e%2e/file'],
    ['invalid percent-encoding', '/file%'],
    ['a path without a slash', '*'],
  ])('answers 400 for %s and sends no FTP command', async (_name, path) => {
    const server = await start();
    expect(await ask(await proxy(server.url), path)).toMatchObject({ status: 400 });
    expect(server.commands).toEqual([]);
  });

  it('answers 405 for other methods', async () => {
    const server = await start();
    expect(await ask(await proxy(server.url), '/file', 'PUT')).toMatchObject({ status: 405 });
    expect(server.commands).toEqual([]);
  });

  /** The server sends half of the file, and breaks off once the browser has the beginning. */
  async function askForHalf(server: TestServer, breakOff: BreakOff): Promise<Answer> {
    const port = await proxy(server.url);
    const request = http.request({ port, path: '/file', agent: false }).end();
    const responded = once(request, 'response') as Promise<[http.IncomingMessage]>;
    server.handle('RETR', async (session) => {
      await session.reply('150 Opening data connection (1000000 bytes).');
      const data = await session.openData();
      data.write(CONTENT.subarray(0, 500_000));
      await responded;
      await breakOff(session, data);
    });
    return received(await responded);
  }

  type BreakOff = (session: TestSession, data: Socket) => unknown;

  const breaks: readonly (readonly [string, BreakOff])[] = [
    [
      'is reset',
      (session, data) => {
        data.resetAndDestroy();
        return session.reply('426 Aborted.');
      },
    ],
    [
      'ends early',
      (session, data) => {
        data.end();
        return session.reply('226 Done.');
      },
    ],
    [
      'ends with a 451',
      (session, data) => {
        data.end(CONTENT.subarray(500_000, -1));
        return session.reply('451 Disk error.');
      },
    ],
    [
      'loses the control connection',
      (session, data) => {
        session.drop('reset');
        data.end();
      },
    ],
  ];

  describe.each([
    ['with Content-Length', [], 'content-length'],
    ['with a chunked response', NO_SIZE, 'transfer-encoding'],
  ] as const)('%s', (_name, faults, header) => {
    it.each(breaks)('aborts the response if the transfer %s', async (_how, breakOff) => {
      const server = await start({ faults });
      const { status, headers, body, error } = await askForHalf(server, breakOff);
      expect([status, header in headers, error?.code]).toEqual([200, true, 'ECONNRESET']);
      expect(body.equals(CONTENT.subarray(0, body.length))).toBe(true);
      expect(body.length).toBeLessThan(CONTENT.length);
      await allDisconnected(server);
    });
  });

  it('aborts a chunked response if all data arrives but the server replies 451', async () => {
    const server = await start({ faults: NO_SIZE });
    const { error } = await askForHalf(server, (session, data) => {
      data.end(CONTENT.subarray(500_000));
      return session.reply('451 Disk error.');
    });
    expect(error?.code).toBe('ECONNRESET');
    await allDisconnected(server);
  });

  it('sends no byte beyond the Content-Length', async () => {
    const server = await start({ faults: [{ on: 'SIZE', reply: '213 100' }] });
    const request = http.request({ port: await proxy(server.url), path: '/file', agent: false });
    request.on('error', () => {}).end();
    const [socket] = await once(request, 'socket');
    await once(socket, 'close');
    expect(socket.bytesRead).toBeLessThan(400); // the headers, and 100 bytes at most
  });

  it.each([
    ['waits for the status', 'RETR'],
    ['logs in', 'PASS'],
  ])(
    'ends the FTP session if the HTTP client disconnects while the proxy %s',
    async (_when, verb) => {
      const server = await start();
      server.handle(verb, async ({ signal }) => void (await once(signal, 'abort')));
      const request = http.request({ port: await proxy(server.url), path: '/file', agent: false });
      request.on('error', () => {}).end();
      await server.received(verb);
      request.destroy();
      await allDisconnected(server);
    },
  );

  it('ends the FTP session if the HTTP client disconnects during the response', async () => {
    const server = await start({
      faults: [{ on: 'RETR', data: { action: 'stall', after: 500_000 } }],
    });
    const request = http.request({ port: await proxy(server.url), path: '/file', agent: false });
    request.on('error', () => {}).end();
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    await once(
      response.on('error', () => {}),
      'data',
    );
    request.destroy();
    await allDisconnected(server);
    expect(server.transfers).toMatchObject([{ command: 'RETR', outcome: 'failed' }]);
  });
});

describe('demo', () => {
  beforeEach(() => {
    const tmpdir = jest.spyOn(os, 'tmpdir').mockReturnValue(folder);
    closing.push(() => tmpdir.mockRestore());
  });

  it('prints OK and leaves no files', async () => {
    const { written, ...shown } = terminal();
    await demo(1_000_000, shown);
    expect(written.out).toMatch(/^sha256 sent {6}([0-9a-f]{64})\nsha256 received {2}\1$/m);
    expect(written.out).toMatch(/\nIt failed, as it must: 500000 of 1000000 bytes/);
    expect(written.out).toMatch(/\nThroughput: upload \d+ MiB\/s, download \d+ MiB\/s\nOK\n$/);
    expect(written.err.match(/100 %/g)).toHaveLength(2);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves no files when it is interrupted', async () => {
    const { written, ...shown } = terminal({ signal: AbortSignal.abort() });
    await expect(demo(1_000_000, shown)).rejects.toThrow(/aborted/);
    expect(written.out).toBe('');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('rejects if the server misbehaves', async () => {
    // A server that stores less than it was sent but reports the full size.
    const { start } = TestServer;
    const faults: Fault[] = [
      { on: 'STOR', data: { action: 'end', after: 100_000 } },
      { on: 'SIZE', reply: '213 1000000' },
    ];
    const faulty = jest
      .spyOn(TestServer, 'start')
      .mockImplementation((options) => start.call(TestServer, { ...options, faults }));
    closing.push(() => faulty.mockRestore());
    await expect(demo(1_000_000, terminal())).rejects.toThrow(/broken upload|STOR file\.bin/);
    expect(readdirSync(folder)).toEqual([]);
  });
});
