import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FTP, FTPError, type FTPOptions } from 'ftpipe';
import { afterwards } from '../helpers/afterwards';
import { listen, type Peer } from '../transport/helpers/scripted-server';

const TIMEOUTS = {
  connect: 1000,
  greeting: 150,
  reply: 150,
  dataConnect: 150,
  dataIdle: 150,
  completion: 150,
  quit: 100,
  abort: 100,
};
/** For tests that wait for no timeout: a flood takes long on a busy machine. */
const PATIENT = { timeouts: { ...TIMEOUTS, greeting: 2500, reply: 2500 } };
const LONGEST = 3000; // more than any of them

type Answer = string | readonly string[] | ((peer: Peer, line: string) => void);

/** What a well-behaved server would say. */
const GOOD: Record<string, Answer> = {
  connect: '220 ready',
  USER: '331 password?',
  PASS: '230 in',
  TYPE: '200 ok',
  PWD: '257 "/"',
  NOOP: '200 ok',
  QUIT: '221 bye',
};

/** A server with scripted replies, and a client for it. */
async function hostile(answers: Record<string, Answer>, options: FTPOptions = {}) {
  const all = { ...GOOD, ...answers };
  const give = (peer: Peer, verb: string, line: string) => {
    const answer = all[verb] ?? '502 no';
    if (typeof answer === 'function') answer(peer, line);
    else peer.say(...[answer].flat());
  };
  const { host, port, peers } = await listen({
    onConnect: (peer) => give(peer, 'connect', ''),
    onLine: (line, peer) => give(peer, (line.split(' ', 1)[0] as string).toUpperCase(), line),
  });
  const own = { host, port, timeouts: TIMEOUTS, ...options };
  const ftp = new FTP(own);
  afterwards(() => ftp.close());
  const told: unknown[] = [];
  for (const event of ['command', 'reply', 'warning', 'close'] as const) {
    ftp.on(event, (what?: unknown) => told.push([event, what]));
  }
  return { ftp, own, told, peers, login: () => loggedIn(ftp) };
}

async function loggedIn(ftp: FTP): Promise<FTP> {
  await ftp.connect();
  await ftp.login('user', 'password');
  return ftp;
}

/** How a call has ended, which it must in time. */
async function ended(call: Promise<unknown>): Promise<unknown> {
  const began = performance.now();
  const result = await call.catch((error: unknown) => error);
  expect(performance.now() - began).toBeLessThan(LONGEST);
  return result;
}

/** Writes for ever, as fast as the other end reads. */
function flood(chunk: string) {
  return ({ socket }: { socket: Socket }) => {
    const write = () => {
      if (socket.destroyed || !socket.writable) return;
      if (socket.write(chunk)) setImmediate(write);
      else socket.once('drain', write);
    };
    write();
  };
}

/** Writes a piece now and then, for longer than any timeout. */
function drip(chunk: string, every = 20) {
  return ({ socket }: Peer) => {
    const timer = setInterval(() => socket.write(chunk), every);
    const stop = setTimeout(() => clearInterval(timer), LONGEST + 200);
    socket.once('close', () => {
      clearInterval(timer);
      clearTimeout(stop);
    });
    afterwards(() => {
      clearInterval(timer);
      clearTimeout(stop);
    });
  };
}

/** A data port at an address; what connects to it is kept. */
async function dataPort(host: string, onData: (socket: Socket) => void = () => {}, port = 0) {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    onData(socket);
  }).listen(port, host);
  await once(server, 'listening');
  afterwards(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, sockets };
}

/** JSON as a logger makes it, which leaves out what is circular. */
function json(value: unknown): string {
  const seen = new Set<unknown>();
  return JSON.stringify(value, (_key, each: unknown) => {
    if (typeof each !== 'object' || each === null) return each;
    if (seen.has(each)) return undefined;
    seen.add(each);
    return each;
  });
}

const pair = (port: number) => `${port >> 8},${port & 255}`;
const silence: Answer = () => {};
const say = (text: string) => (peer: Peer) => void peer.socket.write(text, 'latin1');

const TOO_LARGE = { name: 'ProtocolError', code: 'ERR_FTP_REPLY_TOO_LARGE' };
const PROTOCOL = { name: 'ProtocolError', code: 'ERR_FTP_PROTOCOL' };
const TIMEOUT = { name: 'TimeoutError', code: 'ERR_FTP_TIMEOUT' };
const LOST = { name: 'ConnectionError', code: 'ERR_FTP_CONNECTION' };

/** Answers that are none, and what becomes of the call that waits. */
// biome-ignore format: a table
const NO_ANSWERS: [what: string, answer: Answer, error: object][] = [
  ['a line without end',                flood(`220${'x'.repeat(10_000)}`),  TOO_LARGE],
  ['a reply of lines without end',      flood('220-x\r\n'.repeat(2000)),    TOO_LARGE],
  ['blank lines without end',           flood('\r\n'.repeat(5000)),         TOO_LARGE],
  ['a 1yz without end',                 flood('120 wait\r\n'.repeat(500)),  PROTOCOL],
  ['nothing at all',                    silence,                            TIMEOUT],
  ['one 1yz and no more',               '120 wait',                         TIMEOUT],
  ['half a reply',                      say('220-x\r\n220'),                TIMEOUT],
  ['a line that drips',                 drip('2'),                          TIMEOUT],
  ['a reply whose lines drip',          drip('220-x\r\n'),                  TIMEOUT],
  ['blank lines that drip',             drip('\r\n'),                       TIMEOUT],
  ["SSH's banner",                      'SSH-2.0-OpenSSH_9.6',              PROTOCOL],
  ["HTTP's answer",                     ['HTTP/1.1 400 Bad Request', ''],   PROTOCOL],
  ['a TLS alert',                       say('\x15\x03\x03\x00\x02\x02\x28\r\n'), PROTOCOL],
  ['a NUL',                             say('220 a\0b\r\n'),                PROTOCOL],
  ['a code of RFC 2228',                '632 protected',                    PROTOCOL],
  ['a code of four digits',             '2200 ok',                          PROTOCOL],
  ['a code of no class',                '000 ok',                           PROTOCOL],
  ['a FIN',                             ({ socket }) => void socket.end(),  LOST],
  ['a FIN in the middle',               ({ socket }) => void socket.end('220-x\r\n2'), LOST],
  ['a reset',                           ({ socket }) => void socket.resetAndDestroy(), LOST],
  ['421',                               '421 too many of you',              { name: 'TransientReplyError' }],
];

describe('an invalid greeting', () => {
  it.each(NO_ANSWERS)('%s', async (_what, connect, error) => {
    const { ftp, own, told } = await hostile({ connect }, error === TIMEOUT ? {} : PATIENT);
    expect(await ended(ftp.connect())).toMatchObject({ ...error, connectionUsable: false });
    expect(ftp.connected).toBe(false);
    await ftp.closed;
    const closes = told.filter((each) => (each as string[])[0] === 'close');
    expect(closes.length).toBeLessThanOrEqual(1); // none where it never opened
    expect(await ended(FTP.connect(own))).toMatchObject(error);
    expect(await ended(ftp.pwd())).toMatchObject(LOST);
  });
});

describe('an invalid reply', () => {
  it.each(NO_ANSWERS)('%s', async (_what, answer, error) => {
    const patience = error === TIMEOUT ? {} : PATIENT;
    const { ftp, login, told } = await hostile({ PWD: answer }, patience);
    await login();
    const [first, second] = await Promise.all([ended(ftp.pwd()), ended(ftp.mkd('x'))]);
    expect(first).toMatchObject({ ...error, connectionUsable: false });
    expect(second).toMatchObject(LOST);
    await ftp.closed;
    expect(told.filter((each) => (each as string[])[0] === 'close')).toHaveLength(1);
    expect(ftp.connected).toBe(false);
  });

  it.each(NO_ANSWERS)('to RETR: %s', async (_what, RETR) => {
    const { port } = await dataPort('127.0.0.1');
    const { ftp, login } = await hostile({ EPSV: `229 (|||${port}|)`, RETR });
    await login();
    const stream = ftp.retrBinary('RETR a');
    const error = await ended(stream.toArray());
    expect(error).toBeInstanceOf(FTPError);
    const next = await ended(ftp.pwd()); // works, or fails as it should
    expect(next === '/' || (next instanceof FTPError && !ftp.connected)).toBe(true);
  });

  it.each(NO_ANSWERS)('to QUIT: %s', async (_what, QUIT) => {
    const { ftp, login } = await hostile({ QUIT });
    await login();
    expect(await ended(ftp.quit())).toBeInstanceOf(FTPError);
    expect(ftp.connected).toBe(false);
  });
});

describe('surplus output of a server', () => {
  it('before the commands is not accepted: early replies answer nothing', async () => {
    const connect = ['220 ready', '331 password?', '230 in', '257 "/"'];
    const { own, peers } = await hostile({ connect, USER: silence, PASS: silence });
    const error = await ended(FTP.connect({ ...own, user: 'u', password: 'p' }));
    expect(error).toMatchObject({ ...TIMEOUT, message: expect.stringContaining('to USER u') });
    expect(peers[0]?.lines).toEqual(['NOOP', 'USER u']);
  });

  it('is reported by a warning, and the client continues', async () => {
    const { ftp, login, peers, told } = await hostile({ DELE: '250 gone' });
    await login();
    const warned = new Promise((resolve) => ftp.once('warning', resolve));
    peers[0]?.say('200 you did not ask for this');
    expect(await warned).toBe(
      'A surplus reply was dropped, since no command asked for it: 200 you did not ask for this',
    );
    expect(await ftp.delete('a')).toBe('250 gone');
    expect(peers[0]?.lines.slice(2)).toEqual(['NOOP', 'DELE a']);
    expect(told.filter((each) => (each as string[])[0] === 'close')).toEqual([]);
  });

  it('never answers the next command if a reply comes twice', async () => {
    const { ftp, login } = await hostile({ CWD: ['250 ok', '250 deleted'], DELE: silence });
    await login();
    const [cwd, deleted] = await Promise.all([ended(ftp.cwd('d')), ended(ftp.delete('a'))]);
    expect(cwd).toBe('250 ok');
    expect(deleted).toMatchObject(TIMEOUT);
  });

  it('explains the end of the connection: an unsolicited 421', async () => {
    const { ftp, login, peers } = await hostile({});
    await login();
    peers[0]?.say('421 Idle for too long.');
    await ftp.closed;
    expect(await ended(ftp.pwd())).toMatchObject({
      ...LOST,
      message: expect.stringContaining('421 Idle for too long.'),
    });
  });

  it('in an endless line of a listing is rejected, and the connection continues', async () => {
    const { port } = await dataPort('127.0.0.1', (socket) => flood('x'.repeat(10_000))({ socket }));
    const LIST = (peer: Peer) => peer.say('150 here it comes');
    const NOOP = (peer: Peer) => peer.say('426 you left', '200 ok');
    const { ftp, login } = await hostile(
      { EPSV: `229 (|||${port}|)`, LIST, NOOP },
      { maxListingLine: 5000, timeouts: { ...TIMEOUTS, abort: 300 } },
    );
    await login();
    expect(await ended(ftp.dir().toArray())).toMatchObject({
      ...PROTOCOL,
      message: expect.stringContaining('5000 bytes'),
    });
    const rest = await ended(ftp.pwd());
    expect(rest === '/' || rest instanceof FTPError).toBe(true);
  });

  it('in a reply uses bounded memory', async () => {
    const { ftp, peers } = await hostile({ connect: flood('220-x\r\n'.repeat(2000)) });
    expect(await ended(ftp.connect())).toMatchObject(TOO_LARGE);
    const socket = peers[0]?.socket as Socket;
    if (!socket.closed) await once(socket, 'close').catch(() => {});
    expect(socket.bytesWritten).toBeLessThan(32 * 1024 * 1024); // what the kernel holds, and no more
  });
});

describe('a server that announces a false data port', () => {
  const LIES = '127.0.0.9'; // ours as well, so that the client could connect

  /** Two data ports of the same number; only one of them is at the server's own address. */
  async function ports() {
    for (;;) {
      const honest = await dataPort('127.0.0.1', (socket) => socket.end('hello'));
      const trap = await dataPort(LIES, (socket) => socket.end('trap'), honest.port).catch(
        () => undefined,
      );
      if (trap) return { honest, trap, port: honest.port };
    }
  }
  const RETR = ['150 go', '226 done'];

  it('with another address in the 227: connects to the address of the server, with a warning (CVE-2021-4189)', async () => {
    const { honest, trap, port } = await ports();
    const PASV = `227 Entering (127,0,0,9,${pair(port)})`;
    const { ftp, login, told } = await hostile({ PASV, RETR });
    await login();
    const text = Buffer.concat(await ftp.retrBinary('RETR a').toArray()).toString();
    expect(text).toBe('hello');
    expect([honest.sockets.length, trap.sockets.length]).toEqual([1, 0]);
    const warnings = told.filter((each) => (each as string[])[0] === 'warning');
    expect(warnings).toEqual([['warning', expect.stringContaining('127,0,0,9')]]);
  });

  it('with another address in the 227: uses it only if the option allows that', async () => {
    const { honest, trap, port } = await ports();
    const PASV = `227 Entering (127,0,0,9,${pair(port)})`;
    const { ftp, login } = await hostile({ PASV, RETR }, { trustServerPasvIPv4Address: true });
    await login();
    expect(Buffer.concat(await ftp.retrBinary('RETR a').toArray()).toString()).toBe('trap');
    expect([honest.sockets.length, trap.sockets.length]).toEqual([0, 1]);
  });

  it('with another address in the 229: connects to the address of the server in any case', async () => {
    const { trap, port } = await ports();
    const EPSV = `229 Entering (|1|127.0.0.9|${port}|)`;
    const { ftp, login } = await hostile({ EPSV, RETR }, { trustServerPasvIPv4Address: true });
    await login();
    expect(Buffer.concat(await ftp.retrBinary('RETR a').toArray()).toString()).toBe('hello');
    expect(trap.sockets).toHaveLength(0);
  });

  it.each([
    '227 Entering Passive Mode',
    '227 (127,0,0,1,0,0)',
    '227 (127,0,0,1,256,1)',
    '227 (999,0,0,1,4,1)',
    '227 (127,0,0,1,4)',
    '227 (127,0,0,1,99999999999999999999,1)',
    `227 ${'1'.repeat(4000)}`,
    `227 ${'('.repeat(4000)}`,
  ])('with nonsense: rejects without connecting: %j', async (PASV) => {
    const { ftp, login } = await hostile({ EPSV: '500 what?', PASV, RETR });
    await login();
    expect(await ended(ftp.retrBinary('RETR a').toArray())).toMatchObject({
      name: 'ProtocolError',
      code: 'ERR_FTP_BAD_PASV',
      connectionUsable: true,
    });
    expect(await ftp.pwd()).toBe('/');
  });

  it.each(['229 ok', '229 (|||0|)', '229 (|||65536|)', '229 (|||-1|)', `229 (${'|'.repeat(4000)}`])(
    'with nonsense in the reply to EPSV: falls back to PASV: %j',
    async (EPSV) => {
      const { port } = await dataPort('127.0.0.1', (socket) => socket.end('hello'));
      const PASV = `227 (127,0,0,1,${pair(port)})`;
      const { ftp, login, told } = await hostile({ EPSV, PASV, RETR });
      await login();
      expect(Buffer.concat(await ftp.retrBinary('RETR a').toArray()).toString()).toBe('hello');
      expect(told).toContainEqual(['command', 'PASV']);
    },
  );

  it('with a closed port: rejects, and the connection continues', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    const EPSV = `229 (|||${port}|)`;
    const { ftp, login } = await hostile({ EPSV, PASV: `227 (127,0,0,1,${pair(port)})` });
    await login();
    expect(await ended(ftp.retrBinary('RETR a').toArray())).toMatchObject({
      ...LOST,
      phase: 'data',
      connectionUsable: true,
    });
    expect(await ftp.pwd()).toBe('/');
  });
});

describe('a server that stalls in a transfer', () => {
  const download = (ftp: FTP) => ftp.retrBinary('RETR a').toArray();
  const upload = (ftp: FTP) => ftp.storBinary('STOR a', Buffer.alloc(10));

  // biome-ignore format: a table
  it.each<[string, Record<string, Answer>, (socket: Socket) => void, (ftp: FTP) => Promise<unknown>, object]>([
    ['after EPSV',                  { EPSV: silence },   () => {},                          download, TIMEOUT],
    ['after TYPE',                  { TYPE: silence },   () => {},                          download, TIMEOUT],
    ['after RETR',                  { RETR: silence },   () => {},                          download, TIMEOUT],
    ['after the 150',               { RETR: '150 go' },  () => {},                          download, { ...TIMEOUT, phase: 'data' }],
    ['after some data',             { RETR: '150 go' },  (socket) => void socket.write('x'), download, { ...TIMEOUT, phase: 'data', bytesTransferred: 1 }],
    ['after the data',              { RETR: '150 go' },  (socket) => void socket.end('x'),  download, { phase: 'completion', bytesTransferred: 1 }],
    ['after the 226, without data', { RETR: ['150 go', '226 done'] }, () => {},             download, { phase: 'data' }],
    ['after STOR',                  { STOR: silence },   () => {},                          upload,   TIMEOUT],
    ['after the upload',            { STOR: '150 go' },  (socket) => void socket.resume(),  upload,   { phase: 'completion', bytesTransferred: 10 }],
  ])('%s', async (_when, answers, onData, run, error) => {
    const { port } = await dataPort('127.0.0.1', onData);
    const { ftp, login } = await hostile({ EPSV: `229 (|||${port}|)`, ...answers });
    await login();
    const failure = await ended(run(ftp));
    expect(failure).toBeInstanceOf(FTPError);
    expect(failure).toMatchObject(error);
    const next = await ended(ftp.pwd()); // works, or fails as it should
    expect(next === '/' || next instanceof FTPError).toBe(true);
  });
});

describe('numbers out of range', () => {
  it.each(['213 99999999999999999999', `213 ${'9'.repeat(5000)}`, '213 many', '213'])(
    'in the reply to SIZE are an error: %j',
    async (SIZE) => {
      const { ftp, login } = await hostile({ SIZE });
      await login();
      expect(await ended(ftp.size('a'))).toMatchObject({ ...PROTOCOL, connectionUsable: true });
      expect(await ftp.pwd()).toBe('/');
    },
  );

  it.each([
    '150 a (99999999999999999999 bytes)',
    `150 a (${'9'.repeat(4000)} bytes)`,
    '150 a (-1 bytes)',
  ])('in a 150 are no size: %j', async (begin) => {
    const { port } = await dataPort('127.0.0.1', (socket) => socket.end('hello'));
    const { ftp, login } = await hostile({ EPSV: `229 (|||${port}|)`, RETR: [begin, '226 ok'] });
    await login();
    const stream = ftp.retrBinary('RETR a');
    expect(Buffer.concat(await stream.toArray()).toString()).toBe('hello');
    expect(stream.size).toBeNull();
  });
});

describe('text that controls a terminal or forges a line of a log', () => {
  const NASTY = '\x1b]0;owned\x07\x1b[2J\x9b31m\u202egpj.exe\u2028220 forged\b\x7f';
  const PRINTABLE = /^[^\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]{1,512}$/u;
  let written: string[];

  beforeEach(() => {
    written = [];
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it.each<[string, string, string]>([
    ['a refusal', 'PWD', `550 ${NASTY}`],
    ['a refusal of several lines', 'PWD', `550-${NASTY}\r\n220 forged\r\n550 ${NASTY}`],
    ['a long refusal', 'PWD', `550 ${NASTY.repeat(200)}`],
    ['what is no reply', 'PWD', NASTY],
    ['a pathname', 'PWD', `257 "/${NASTY}"`],
    ['a 227', 'PASV', `227 ${NASTY}`],
    ['a 150', 'RETR', `550 ${NASTY}`],
    ['a reply that nobody asked for', 'PWD', `250 ok\r\n250 ${NASTY}`],
    ['421', 'PWD', `421 ${NASTY}`],
  ])('in %s is escaped', async (_what, verb, text) => {
    const { port } = await dataPort('127.0.0.1', (socket) => socket.end());
    const EPSV = verb === 'PASV' ? '500 no' : `229 (|||${port}|)`;
    const { ftp, login } = await hostile({
      EPSV,
      [verb]: (peer: Peer) => void peer.socket.write(`${text}\r\n`),
    });
    ftp.setDebugLevel(2);
    await login();
    const errors = [
      await ended(verb === 'PWD' ? ftp.pwd() : ftp.retrBinary('RETR a').toArray()),
      await ended(ftp.mkd('x')),
    ].filter((each) => each instanceof Error);
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) {
      expect(error.message).toMatch(PRINTABLE);
      for (const line of inspect(error, { depth: 9 }).split('\n')) {
        expect(line).not.toMatch(/\p{Cc}/u);
      }
    }
    for (const line of written) {
      expect(line.endsWith('\n')).toBe(true);
      expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\u202e\u2028]/u);
    }
  });

  it('is escaped when an error is inspected, together with reordering characters', async () => {
    const { ftp, login } = await hostile({
      PWD: (peer) => void peer.socket.write(`550 ${NASTY}\r\n`),
    });
    await login();
    const shown = inspect(await ended(ftp.pwd()), { depth: 9 });
    expect(shown).not.toMatch(/[\u202a-\u202e\u2028]/u);
  });

  it('is escaped in warnings', async () => {
    const { port } = await dataPort('127.0.0.1', (socket) => socket.end('x'));
    const PASV = (peer: Peer) => void peer.socket.write(`227 \x1b[2J(10,0,0,1,${pair(port)})\r\n`);
    const { ftp, login, told } = await hostile({
      PASV,
      RETR: ['150 go', '226 done', '226 \x1b]0;again\x07'],
    });
    await login();
    await ftp.retrBinary('RETR a').toArray();
    await ftp.pwd();
    const warnings = told.filter((each) => (each as string[])[0] === 'warning') as string[][];
    expect(warnings).toHaveLength(2);
    for (const [, message] of warnings) expect(message).toMatch(PRINTABLE);
  });
});

describe('a password', () => {
  const SECRET = 'hunter2-c4n4ry';
  let written: string[];

  beforeEach(() => {
    written = [];
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const close = (text: string) => (peer: Peer) => void peer.socket.end(text);
  // biome-ignore format: a table
  it.each<[string, Record<string, Answer>]>([
    ['taken',                                        {}],
    ['refused',                                      { PASS: '530 no' }],
    ['given back in the refusal',                    { PASS: `530 Wrong password "${SECRET}".` }],
    ['given back in several lines',                  { PASS: [`530-${SECRET}`, `Your ${SECRET}${SECRET}`, `530 ${SECRET}`] }],
    ['given back when it is taken',                  { PASS: `230 Welcome, ${SECRET}` }],
    ['given back, and an account asked for',         { PASS: `332 ${SECRET}, and now?`, ACCT: `230 ${SECRET}` }],
    ['given back in a 1yz',                          { PASS: [`130 ${SECRET}`, '230 ok'] }],
    ['given back with a 421',                        { PASS: `421 ${SECRET}` }],
    ['given back with a wrong 3yz',                  { PASS: `331 ${SECRET}` }],
    ['given back in what is no reply',               { PASS: `${SECRET}: command not found` }],
    ['given back in a second reply',                 { PASS: ['530 no', `530 ${SECRET}`] }],
    ['given back in an unfinished reply',            { PASS: close(`530-${SECRET}\r\n`) }],
    ['given back with a NUL',                        { PASS: say(`530 ${SECRET}\0\r\n`) }],
    ['given back in too long a line',                { PASS: `530 ${SECRET.repeat(1000)}` }],
    ['never answered',                               { PASS: silence }],
    ['lost with the connection',                     { PASS: close('') }],
  ])('%s is never shown', async (_what, answers) => {
    const { ftp, told } = await hostile(answers);
    ftp.setDebugLevel(2);
    await ftp.connect();
    const results = [
      await ended(ftp.login('user', SECRET, SECRET)),
      await ended(ftp.pwd()),
      await ended(ftp.acct(SECRET)),
      await ended(ftp.sendCmd(`pass ${SECRET}`)),
      await ended(ftp.sendCmd(`SITE PSWD ${SECRET} ${SECRET}`)),
      await ended(ftp.login('user', `${SECRET}\r\n`)),
      await ended(ftp.quit()),
    ];
    const deep = { depth: 12, showHidden: true, maxStringLength: 1_000_000 };
    const everything = [
      ...results.flatMap((each) => [
        inspect(each, deep),
        json(each),
        String((each as Error)?.stack),
      ]),
      inspect(told, deep),
      inspect(ftp, deep),
      json(ftp),
      ...written,
    ].join('\n');
    const shown = everything.split('\n').filter((line) => line.includes(SECRET));
    expect(shown).toEqual([]);
    expect(written.join('')).toContain('PASS ****');
  });

  it('is not kept in a client that FTP.connect created', async () => {
    const { own } = await hostile({});
    const ftp = await FTP.connect({ ...own, user: 'user', password: SECRET, account: SECRET });
    afterwards(() => ftp.close());
    expect(inspect(ftp, { depth: 12, showHidden: true })).not.toContain(SECRET);
    expect(json(ftp)).not.toContain(SECRET);
  });

  it('is sent only in reply to the request for it', async () => {
    const { ftp, peers } = await hostile({ USER: '230 no password needed' });
    await ftp.connect();
    await ftp.login('user', SECRET);
    expect(peers[0]?.lines).toEqual(['USER user']);
  });

  it('is not sent again to a server that refused it', async () => {
    const { ftp, peers } = await hostile({ PASS: '530 no' }, PATIENT);
    await ftp.connect();
    expect(await ended(ftp.login('user', SECRET))).toMatchObject({ reply: { code: 530 } });
    expect(peers[0]?.lines).toEqual(['USER user', `PASS ${SECRET}`]);
  });
});
