import { Buffer } from 'node:buffer';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { FTP, type FTPOptions, FTPTLS } from 'ftpipe';
import { TestServer, type TestServerOptions } from 'ftpipe/testing';
import { afterwards } from '../helpers/afterwards';
import { listen } from '../transport/helpers/scripted-server';

const TIMEOUTS = { reply: 1500, greeting: 1500, completion: 1500, quit: 500, abort: 500 };
const FILES = { '/a.txt': 'hello', '/b.txt': 'world', '/d/c.txt': 'deep' };

async function serve(options: TestServerOptions = {}): Promise<TestServer> {
  const server = await TestServer.start({ files: FILES, ...options });
  afterwards(() => server.close());
  return server;
}

async function logIn(server: TestServer, options: FTPOptions = {}) {
  const { host, port } = server;
  const ftp = new FTP({ host, port, timeouts: TIMEOUTS, ...options });
  afterwards(() => ftp.close());
  const warnings: string[] = [];
  ftp.on('warning', (message) => warnings.push(message));
  await ftp.connect();
  await ftp.login('user', 'password');
  return { ftp, warnings };
}

const download = async (ftp: FTP, name: string) =>
  Buffer.concat(await ftp.retrBinary(`RETR ${name}`).toArray()).toString();

/** A typical session on one connection, with the results that it must have. */
async function session(ftp: FTP): Promise<void> {
  expect(await ftp.pwd()).toBe('/');
  expect(await download(ftp, 'a.txt')).toBe('hello');
  await ftp.cwd('d');
  expect(await ftp.pwd()).toBe('/d');
  expect(await ftp.size('c.txt')).toBe(4);
  expect(await ftp.nlst()).toEqual(['c.txt']);
  await ftp.cwd('/');
  await ftp.storBinary('STOR new.txt', Buffer.from('new'));
  expect(await ftp.size('new.txt')).toBe(3);
  await ftp.rename('new.txt', 'newer.txt');
  await ftp.delete('newer.txt');
  expect(await ftp.mkd('made')).toBe('/made');
  expect(await download(ftp, 'b.txt')).toBe('world');
  await expect(ftp.delete('none')).rejects.toMatchObject({ reply: { code: 550 } });
  const entries = await ftp.list('/d').toArray();
  expect(entries).toMatchObject([{ name: 'c.txt', size: 4 }]);
  expect(await ftp.pwd()).toBe('/');
}

const VERBS = [
  ...['connect', 'USER', 'PASS', 'TYPE', 'EPSV', 'RETR', 'STOR', 'CWD', 'PWD', 'SIZE', 'NLST'],
  ...['RNFR', 'RNTO', 'DELE', 'MKD', 'FEAT', 'MLSD'],
];

it.each(VERBS)('a session succeeds when the server sends each reply to %s twice', async (on) => {
  const server = await serve();
  server.fault({ on, repeat: 2 });
  const { ftp, warnings } = await logIn(server);
  await session(ftp);
  expect(ftp.connected).toBe(true);
  // Not every repeated reply is surplus: a transfer may have a second 1yz, for example.
  expect(warnings.length).toBeGreaterThan(0);
  await ftp.quit();
});

it('a session succeeds when the server sends every reply twice', async () => {
  const server = await serve();
  server.fault({ on: 'connect', repeat: 2 });
  server.fault({ on: /./, repeat: 2 });
  const { ftp } = await logIn(server);
  await session(ftp);
  await session(ftp).catch((error) => expect(error).toMatchObject({ command: 'MKD made' }));
  await ftp.quit();
});

it.each([
  ['426', '426 Transfer aborted, late.'],
  ['226', '226 done, late.'],
  ['225', '225 ABOR done, late.'],
  ['230', '230 Still logged in.'],
  ['220', '220 Hello again.'],
  ['257', '257 "/elsewhere"'],
])('a late %s does not answer any later command', async (_code, late) => {
  const server = await serve();
  // The worst moment is just before a reply, when another command is pending.
  for (const on of ['TYPE', 'EPSV', 'CWD', 'SIZE', 'RNTO', 'DELE']) {
    server.fault({ on, replace: (text) => [late, text] });
  }
  const { ftp, warnings } = await logIn(server);
  await session(ftp);
  expect(new Set(warnings.map((each) => each.slice(-late.length)))).toEqual(new Set([late]));
});

it('a second 200 to TYPE does not answer the SIZE that follows', async () => {
  const server = await serve();
  server.fault({ on: 'SIZE', replace: (text) => ['200 Type is I.', text] });
  server.fault({ on: 'TYPE', reply: '200 Type is I.' });
  const { ftp, warnings } = await logIn(server);
  expect(await ftp.size('a.txt')).toBe(5);
  expect(warnings).toEqual([expect.stringMatching(/cannot answer SIZE a.txt: 200 Type is I.$/)]);
  expect(await ftp.pwd()).toBe('/');
});

it('a second 250 to CWD does not answer the PWD that follows', async () => {
  const server = await serve();
  server.fault({ on: 'PWD', times: 1, replace: (text) => ['250 Changed.', text] });
  const { ftp } = await logIn(server);
  await ftp.cwd('d');
  expect(await ftp.pwd()).toBe('/d');
  expect(await ftp.pwd()).toBe('/d');
});

it.each<[string, string]>([
  ['RETR', '226 of another one'],
  ['RETR', '250 of another one'],
  ['RETR', '200 of TYPE'],
])('%s ignores a stray 2yz before its own 1yz: %s', async (on, stray) => {
  const server = await serve();
  server.fault({ on, code: '1xx', replace: (text) => [stray, text] });
  const { ftp } = await logIn(server);
  expect(await download(ftp, 'a.txt')).toBe('hello');
  expect(await download(ftp, 'b.txt')).toBe('world');
});

it('an upload is not confirmed by the 226 of the previous transfer', async () => {
  const server = await serve();
  server.fault({ on: 'STOR', code: '1xx', replace: (text) => ['226 of the last one', text] });
  server.fault({ on: 'STOR', code: '2xx', reply: '552 The disk is full.' });
  const { ftp } = await logIn(server);
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(100_000)]) {
    await expect(ftp.storBinary('STOR x', bytes)).rejects.toMatchObject({ reply: { code: 552 } });
  }
  expect(await ftp.pwd()).toBe('/');
});

it('a reply without a pending call is dropped, and NOOP precedes the next command', async () => {
  const server = await serve();
  const { ftp, warnings } = await logIn(server);
  const sent: string[] = [];
  ftp.on('command', (line) => sent.push(line));
  await server.sessions[0]?.reply('226 very late');
  while (warnings.length === 0) await delay(5);
  expect(await ftp.pwd()).toBe('/');
  expect(await ftp.pwd()).toBe('/');
  expect(sent).toEqual(['NOOP', 'PWD', 'PWD']);
});

it('sendCmd() never drops a reply as surplus', async () => {
  const server = await serve();
  for (const [index, reply] of ['226 x', '220 y', '257 "/"', '426 z'].entries()) {
    server.fault({ on: new RegExp(`^SITE ${index}$`), reply });
    const { ftp, warnings } = await logIn(server);
    const result = await ftp.sendCmd(`SITE ${index}`).catch((error) => error.reply.lines[0]);
    expect(result).toBe(reply);
    expect(warnings).toEqual([]);
    ftp.close();
  }
});

it.each(['200 /', '202 /', '214 /'])(
  'pwd() and mkd() accept a 257 or a 250, but not %s',
  async (odd) => {
    const server = await serve();
    server.fault({ on: /^(PWD|MKD)/, reply: odd });
    for (const call of [(ftp: FTP) => ftp.pwd(), (ftp: FTP) => ftp.mkd('x')]) {
      const { ftp } = await logIn(server, { timeouts: { ...TIMEOUTS, reply: 150 } });
      await expect(call(ftp)).rejects.toMatchObject({
        code: 'ERR_FTP_TIMEOUT',
        message: expect.stringContaining(odd),
      });
    }
  },
);

it('pwd() and mkd() return an empty path for a 250, as ftplib does', async () => {
  const server = await serve();
  server.fault({ on: /^(PWD|MKD)/, reply: '250 fine' });
  const { ftp } = await logIn(server);
  expect(await ftp.pwd()).toBe('');
  expect(await ftp.mkd('x')).toBe('');
});

it('pwd() finds a path that follows other words in a 257', async () => {
  const server = await serve();
  server.fault({ on: 'PWD', reply: '257 The current directory is "/pub".' });
  const { ftp } = await logIn(server);
  expect(await ftp.pwd()).toBe('/pub');
});

const CODE = 'ERR_FTP_PLAINTEXT_AFTER_AUTH';

it.each<[string, string, string[]]>([
  ['after the greeting, in one segment', '220 hi\r\n220 again\r\n', []],
  ['a 220 before the 234', '220 hi\r\n', ['220 again', '234 go']],
  ['a 230 before the 234', '220 hi\r\n', ['230 in', '234 go']],
])('a surplus reply before the TLS handshake is fatal: %s', async (_when, greeting, auth) => {
  const { host, port, peers } = await listen({
    onConnect: ({ socket }) => void socket.write(greeting),
    onLine: (line, peer) => {
      if (line.startsWith('AUTH')) peer.say(...auth);
    },
  });
  const ftp = new FTPTLS({ host, port, timeouts: TIMEOUTS });
  afterwards(() => ftp.close());
  const error = await ftp
    .connect()
    .then(() => ftp.login('user', 'secret'))
    .catch((each) => each);
  expect(error).toMatchObject({ code: CODE });
  expect(ftp.connected).toBe(false);
  expect(peers[0]?.lines.join()).not.toMatch(/USER|PASS|NOOP/);
});

it('a surplus reply over TLS is dropped as in plaintext', async () => {
  const server = await serve({ tls: {} });
  server.fault({ on: 'PASS', repeat: 2 });
  const { host, port, certificate } = server;
  const ftp = new FTPTLS({ host, port, timeouts: TIMEOUTS, tls: { ca: certificate as string } });
  afterwards(() => ftp.close());
  await ftp.connect();
  await ftp.login('user', 'password');
  await session(ftp);
});
