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

it('logs in in one segment, whose EPSV the first transfer uses', async () => {
  const server = await serve();
  const ftp = await connect(server, { loginInOneWrite });
  expect(server.commands).toEqual(ONE);
  await ftp.download('f', path('f'), { verify: false });
  expect(server.commands).toEqual([...ONE, 'RETR f']);
  await isUsable(ftp);
});

it('is one write on the wire, with the password masked where it is shown', async () => {
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
  ['USER by 230', [{ on: 'USER', code: 331, reply: '230 In.' }], true],
  [
    'USER by 230, PASS by 503',
    [
      { on: 'USER', code: 331, reply: '230 In.' },
      { on: 'PASS', code: 230, reply: '503 Why?' },
    ],
    true,
  ],
  ['USER by 232', [{ on: 'USER', code: 331, reply: '232 In.' }], true],
  ['PASS by 202', [{ on: 'PASS', code: 230, reply: '202 Needless.' }], true],
  ['USER by 530', [{ on: 'USER', reply: '530 No.' }], '530 No. (USER user)'],
  ['PASS by 530', [{ on: 'PASS', reply: '530 No.' }], '530 No. (PASS ****)'],
  ['PASS by 331', [{ on: 'PASS', reply: '331 Again?' }], '331 Again?'],
  ['USER by 421', [{ on: 'USER', reply: '421 Too many.' }], '421 Too many. (USER user)'],
  ['PASS by 421', [{ on: 'PASS', reply: '421 Too many.' }], '421 Too many. (PASS ****)'],
  ['TYPE by 500', [{ on: 'TYPE', nth: 1, reply: '500 What?' }], true],
  ['EPSV by 500', [{ on: 'EPSV', reply: '500 What?' }], true],
  ['EPSV by 530', [{ on: 'EPSV', nth: 1, reply: '530 Not yet.' }], true],
  ['EPSV by nonsense', [{ on: 'EPSV', nth: 1, reply: '229 nonsense' }], true],
])('where the server answers %s', (_, faults, outcome) => {
  it(outcome === true ? 'is in' : 'is not in', async () => {
    const server = await serve({ faults });
    const done = connect(server, { loginInOneWrite });
    if (outcome === true) return isUsable(await done);
    expect((await rejection(done)).message).toContain(outcome.replace(/ \(.*/, ''));
  });
});

it('gives the account that is asked for after the password', async () => {
  const users = { user: { password: 'password', account: 'acme' } };
  const server = await serve({ users });
  const ftp = await connect(server, { loginInOneWrite, account: 'acme' });
  await isUsable(ftp);
  expect(server.commands).toContain('ACCT acme');
});

it.each(['503 Account first.', '230 In.'])(
  'gives the account after a 332 to USER, and %s',
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

it('can be tried again after a refusal', async () => {
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
])('uses no port of before %s', async (_, call) => {
  const server = await serve();
  const ftp = await connect(server, { loginInOneWrite });
  await call(ftp);
  await isUsable(ftp);
});

it('asks for no port in active mode', async () => {
  const server = await serve();
  const ftp = await connect(server, { loginInOneWrite, passive: false });
  expect(server.commands).toEqual(ONE.slice(0, 3));
  await isUsable(ftp);
});

describe('over TLS', () => {
  const all = ['AUTH TLS', 'USER user', 'PASS password', 'PBSZ 0', 'PROT P', 'TYPE I', 'EPSV'];

  it('secures the connection first, and asks for all the rest at once', async () => {
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
  ])('does not go on in clear after a refused PROT', async (fault) => {
    const server = await start('TLS', { files, faults: [fault] });
    const code = Number((fault as { reply: string }).reply.slice(0, 3));
    const error = await rejection(connect(server, { loginInOneWrite }));
    expect(error).toMatchObject({ reply: { code } });
    expect(server.transfers).toEqual([]);
  });

  it('uses no port of before PROT', async () => {
    const server = await start('TLS', { files });
    const ftp = (await connect(server, { loginInOneWrite })) as FTPTLS;
    expect(ftp).toBeInstanceOf(FTPTLS);
    await ftp.protC();
    await isUsable(ftp);
    await ftp.protP();
    await isUsable(ftp);
  });

  it('sends no password before TLS', async () => {
    const server = await start('TLS', { faults: [{ on: 'AUTH', reply: '500 No.' }] });
    await rejection(connect(server, { loginInOneWrite }));
    expect(server.commands.join()).not.toContain('password');
  });
});
