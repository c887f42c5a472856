import { createServer, type Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { FTP, FTPTLS } from 'ftpipe';
import type { Fault, TestServerOptions } from 'ftpipe/testing';
import { rejection } from '../helpers/promises';

import { filesHarness } from './files-harness';
import { TIMEOUTS } from './tls/harness';

const { path, start, connect } = filesHarness();
const files = { '/f': '0123456789' };
const loginInOneWrite = true;
const ONE = ['USER user', 'PASS password', 'TYPE I', 'EPSV'];

const serve = (options: TestServerOptions = {}) => start('plain', { files, ...options });
const isUsable = async (ftp: FTP) =>
  expect(await ftp.download('f', path('f'))).toMatchObject({ bytesTransferred: 10 });

it('loginInOneWrite ends with an EPSV that the first transfer uses', async () => {
  const server = await serve();
  const ftp = await connect(server, { loginInOneWrite });
  expect(server.commands).toEqual(ONE);
  await ftp.download('f', path('f'), { verify: false });
  expect(server.commands).toEqual([...ONE, 'RETR f']);
  await isUsable(ftp);
});

it("loginInOneWrite writes one segment, and masks the password in 'command' events", async () => {
  const chunks: string[] = [];
  const server = createServer((socket: Socket) => {
    socket.on('data', (chunk) => chunks.push(String(chunk)));
    socket.on('error', () => {});
    socket.write('220 Hi\r\n');
    setTimeout(() => socket.write('331 a\r\n230 b\r\n200 c\r\n229 (|||1|)\r\n'), 100);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const ftp = new FTP({ host: '127.0.0.1', port, loginInOneWrite, timeouts: TIMEOUTS });
  const labels: string[] = [];
  ftp.on('command', (label) => labels.push(label));
  await ftp.connect();
  await ftp.login('user', 'secret');
  expect(chunks).toEqual(['USER user\r\nPASS secret\r\nTYPE I\r\nEPSV\r\n']);
  expect(labels.join()).not.toContain('secret');
  ftp.close();
  await ftp.closed;
  await new Promise((resolve) => server.close(resolve));
});

describe.each<[string, Fault[], string | true]>([
  ['USER with 230', [{ on: 'USER', code: 331, reply: '230 In.' }], true],
  [
    'USER with 230, PASS with 503',
    [
      { on: 'USER', code: 331, reply: '230 In.' },
      { on: 'PASS', code: 230, reply: '503 Why?' },
    ],
    true,
  ],
  ['USER with 232', [{ on: 'USER', code: 331, reply: '232 In.' }], true],
  ['PASS with 202', [{ on: 'PASS', code: 230, reply: '202 Needless.' }], true],
  ['USER with 530', [{ on: 'USER', reply: '530 No.' }], '530 No. (USER user)'],
  ['PASS with 530', [{ on: 'PASS', reply: '530 No.' }], '530 No. (PASS ****)'],
  ['PASS with 331', [{ on: 'PASS', reply: '331 Again?' }], '331 Again?'],
  ['USER with 421', [{ on: 'USER', reply: '421 Too many.' }], '421 Too many. (USER user)'],
  ['PASS with 421', [{ on: 'PASS', reply: '421 Too many.' }], '421 Too many. (PASS ****)'],
  ['TYPE with 500', [{ on: 'TYPE', nth: 1, reply: '500 What?' }], true],
  ['EPSV with 500', [{ on: 'EPSV', reply: '500 What?' }], true],
  ['EPSV with 530', [{ on: 'EPSV', nth: 1, reply: '530 Not yet.' }], true],
  ['EPSV with nonsense', [{ on: 'EPSV', nth: 1, reply: '229 nonsense' }], true],
])('loginInOneWrite when the server answers %s', (_, faults, outcome) => {
  it(outcome === true ? 'logs in' : 'rejects the login', async () => {
    const server = await serve({ faults });
    const done = connect(server, { loginInOneWrite });
    if (outcome === true) return isUsable(await done);
    expect((await rejection(done)).message).toContain(outcome.replace(/ \(.*/, ''));
  });
});

it('loginInOneWrite sends the account if it is requested after the password', async () => {
  const users = { user: { password: 'password', account: 'acme' } };
  const server = await serve({ users });
  const ftp = await connect(server, { loginInOneWrite, account: 'acme' });
  await isUsable(ftp);
  expect(server.commands).toContain('ACCT acme');
});

it.each(['503 Account first.', '230 In.'])(
  'loginInOneWrite sends the account only if needed after a 332 to USER and %s to PASS',
  async (pass) => {
    const faults: Fault[] = [
      { on: 'USER', code: 331, reply: '332 Account?' },
      { on: 'PASS', code: 230, reply: pass },
      { on: 'ACCT', reply: '230 In.' },
    ];
    const server = await serve({ faults });
    await isUsable(await connect(server, { loginInOneWrite, account: 'acme' }));
    expect(server.commands.includes('ACCT acme')).toBe(pass.startsWith('503'));
  },
);

it('loginInOneWrite allows another login after a refused one', async () => {
  const server = await serve();
  const { host, port } = server;
  const ftp = new FTP({ host, port, loginInOneWrite, timeouts: TIMEOUTS });
  await ftp.connect();
  await expect(ftp.login('user', 'wrong')).rejects.toMatchObject({ reply: { code: 530 } });
  await ftp.login('user', 'password');
  await isUsable(ftp);
  ftp.close();
});

it.each<[string, (ftp: FTP) => Promise<unknown>]>([
  ['PASV', (ftp) => ftp.sendCmd('PASV')],
  ['EPSV', (ftp) => ftp.sendCmd('EPSV')],
  ['USER', (ftp) => ftp.login('user', 'password')],
])('loginInOneWrite does not use its passive port after %s', async (_, call) => {
  const server = await serve();
  const ftp = await connect(server, { loginInOneWrite });
  await call(ftp);
  await isUsable(ftp);
});

it('loginInOneWrite sends no EPSV in active mode', async () => {
  const server = await serve();
  const ftp = await connect(server, { loginInOneWrite, passive: false });
  expect(server.commands).toEqual(ONE.slice(0, 3));
  await isUsable(ftp);
});

describe('loginInOneWrite over TLS', () => {
  const all = ['AUTH TLS', 'USER user', 'PASS password', 'PBSZ 0', 'PROT P', 'TYPE I', 'EPSV'];

  it('sends AUTH first, and ends with an EPSV that the first transfer uses', async () => {
    const server = await start('TLS', { files });
    const ftp = await connect(server, { loginInOneWrite });
    expect(server.commands).toEqual(all);
    await ftp.download('f', path('f'), { verify: false });
    expect(server.commands).toEqual([...all, 'RETR f']);
  });

  it.each<Fault>([
    { on: 'PROT', reply: '534 No.' },
    { on: 'PROT', reply: '500 What?' },
    { on: 'PROT', reply: '431 Not now.' },
  ])('does not continue in plaintext after the reply $reply to PROT', async (fault) => {
    const server = await start('TLS', { files, faults: [fault] });
    const code = Number((fault as { reply: string }).reply.slice(0, 3));
    const error = await rejection(connect(server, { loginInOneWrite }));
    expect(error).toMatchObject({ reply: { code } });
    expect(server.transfers).toEqual([]);
  });

  it('does not use its passive port after another PROT', async () => {
    const server = await start('TLS', { files });
    const ftp = (await connect(server, { loginInOneWrite })) as FTPTLS;
    expect(ftp).toBeInstanceOf(FTPTLS);
    await ftp.protC();
    await isUsable(ftp);
    await ftp.protP();
    await isUsable(ftp);
  });

  it('does not send the password if AUTH is refused', async () => {
    const server = await start('TLS', { faults: [{ on: 'AUTH', reply: '500 No.' }] });
    await rejection(connect(server, { loginInOneWrite }));
    expect(server.commands.join()).not.toContain('password');
  });
});
