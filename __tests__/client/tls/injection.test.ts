import { describe, expect, it } from '@jest/globals';
import { ConnectionError, FTPTLS, ProtocolError } from 'ftpipe';
import { makeCertificate } from 'ftpipe/testing';
import { afterwards } from '../../helpers/afterwards';
import { settled } from '../../helpers/promises';
import { listen } from '../../transport/helpers/scripted-server';
import { client, deserted, login, only, optionsFor, start, TIMEOUTS, VERSIONS } from './harness';

const PLAINTEXT = {
  code: 'ERR_FTP_PLAINTEXT_AFTER_AUTH',
  phase: 'secure',
  connectionUsable: false,
};
const BEHIND = [
  '331 password?\r\n',
  '230 You are in.\r\n',
  '230-You\r\n',
  '2',
  '\r\n',
  '\0',
  ' ',
  '\xff\xf4',
  '220 a\r\n331 b\r\n230 c\r\n',
];

/** A server that answers AUTH with these pieces, each in a segment of its own. */
async function answering(pieces: readonly string[]) {
  const greeted = await listen({
    onConnect: (peer) => peer.say('220 ready'),
    onLine: (line, { socket }) => {
      if (!line.startsWith('AUTH')) return;
      const next = (index: number): void => {
        const piece = pieces[index];
        if (piece === undefined || socket.destroyed) return;
        socket.write(piece, 'latin1', () => setImmediate(() => setImmediate(next, index + 1)));
      };
      next(0);
    },
  });
  const { host, port } = greeted;
  const ftp = new FTPTLS({ host, port, timeouts: { ...TIMEOUTS, tls: 300, reply: 300 } });
  afterwards(() => ftp.close());
  const closes: unknown[] = [];
  ftp.on('close', (reason) => closes.push(reason));
  await ftp.connect();
  return { ftp, closes, ...greeted };
}

describe('plaintext behind the 234 (CVE-2021-22947)', () => {
  async function expectRefused(pieces: readonly string[]) {
    const { ftp, closes, peers } = await answering(pieces);
    const error = await settled(ftp.login('user-c4n4ry', 'password-c4n4ry'));
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject(PLAINTEXT);
    expect(ftp.connected).toBe(false);
    expect(closes).toHaveLength(1);
    await peers[0]?.closed;
    expect(peers[0]?.lines.filter((line) => /USER|PASS|c4n4ry/.test(line))).toEqual([]);
    expect(await settled(ftp.pwd())).toBeInstanceOf(ConnectionError);
  }

  it.each(BEHIND)('in the same segment: %j', (behind) => expectRefused([`234 ok\r\n${behind}`]));
  it.each(BEHIND)('in the next segment: %j', (behind) => expectRefused(['234 ok\r\n', behind]));
  it.each(['234-Begin\r\n234 TLS\r\n', '234 ok\r\n'])('after %j, byte by byte', (answer) =>
    expectRefused([...answer, ...'331 password?\r\n']),
  );

  const whole = '234 ok\r\n331 password?\r\n';
  it.each(Array.from(whole.slice(1), (_, index) => index + 1))('cut at byte %d', (at) =>
    expectRefused([whole.slice(0, at), whole.slice(at)]),
  );

  it.each(['500 OOPS: vsf_sysutil_recv_peek', '331 password?', '220 '])(
    'in reply to the ClientHello: %p',
    async (reply) => {
      const server = await start({}, { faults: [{ on: 'AUTH', tls: 'plaintext', reply }] });
      const all = optionsFor(server);
      const error = await settled(FTPTLS.connect({ ...all, user: 'c4n4ry', password: 'c4n4ry' }));
      expect(error).toMatchObject(PLAINTEXT);
      expect(error).toMatchObject({ message: expect.stringContaining(reply.trim()) });
      await deserted(server);
      expect(server.commands).toEqual(['AUTH TLS']);
    },
  );

  it.each(['220 ready', '500 no'])('from a server without implicit TLS: %p', async (greeting) => {
    const server = await start({}, { greeting });
    const all = optionsFor(server, { implicit: true });
    const error = await settled(FTPTLS.connect({ ...all, user: 'c4n4ry', password: 'c4n4ry' }));
    expect(error).toMatchObject(PLAINTEXT);
    expect(error).toMatchObject({ message: expect.stringContaining(greeting) });
    await deserted(server);
    expect(server.commands.join()).not.toContain('c4n4ry');
  });

  it('is reported without control characters', async () => {
    const { ftp } = await answering(['234 ok\r\n', '331 \x1b[2J\x9b\u202e\r\n']);
    const error = await settled(ftp.auth());
    expect(error).toMatchObject(PLAINTEXT);
    expect(String(error)).toMatch(/^[^\p{Cc}\u202e]*$/u);
  });
});

describe('a failed handshake of the control connection', () => {
  it.each([
    ['stall-handshake', { name: 'TimeoutError', code: 'ERR_FTP_TIMEOUT' }],
    [
      'close-in-handshake',
      {
        name: 'ConnectionError',
        cause: { message: expect.stringMatching(/reset|disconnect|close/i) },
      },
    ],
    [
      'reset-in-handshake',
      {
        name: 'ConnectionError',
        cause: { message: expect.stringMatching(/reset|disconnect|close/i) },
      },
    ],
    [
      'foreign-certificate',
      { name: 'ConnectionError', cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } },
    ],
  ] as const)('%s', async (tls, expected) => {
    for (const mode of ['explicit', 'implicit'] as const) {
      const on = mode === 'explicit' ? 'AUTH' : 'connect';
      const server = await start({ mode }, { faults: [{ on, tls }] });
      const timeouts = { ...TIMEOUTS, ...(tls === 'stall-handshake' && { tls: 150 }) };
      const ftp = client(server, { timeouts });
      const error = await settled(ftp.connect().then(() => ftp.login('user', 'password')));
      expect(error).toMatchObject({ ...expected, phase: 'secure', connectionUsable: false });
      expect(ftp.connected).toBe(false);
      await deserted(server);
      expect(server.commands.filter((line) => line !== 'AUTH TLS')).toEqual([]);
    }
  });

  it('because the peer does not speak TLS', async () => {
    const { ftp } = await answering(['234 ok\r\n', '\x16\x03\x01\x00\x05hello']);
    expect(await settled(ftp.auth())).toMatchObject({ name: 'ConnectionError', phase: 'secure' });
  });

  it('because of a plaintext alert, with which TLS refuses', async () => {
    const { ftp } = await answering(['234 ok\r\n', '\x15\x03\x03\x00\x02\x02\x28']);
    expect(await settled(ftp.auth())).toMatchObject({
      name: 'ConnectionError',
      message: expect.stringMatching(/handshake.*alert/i),
    });
  });

  it('because the server supports no version or cipher of the client', async () => {
    const server = await start(only('TLSv1.2'), {});
    const { host, port, certificate } = server;
    for (const tls of [{ minVersion: 'TLSv1.3' } as const, { ciphers: 'AES128-SHA' }]) {
      const ftp = new FTPTLS({ host, port, tls: { ca: certificate, ...tls } });
      afterwards(() => ftp.close());
      await ftp.connect();
      expect(await settled(ftp.auth())).toMatchObject({ name: 'ConnectionError', phase: 'secure' });
    }
  });
});

describe.each(VERSIONS)("%s: a server's last words in clear", (version) => {
  it.each([
    ['500 OOPS: priv_sock_get_result', 'PWD'],
    ['421 Timeout.', 'PWD'],
    ['500 OOPS: child died', 'RETR'],
    ['500 OOPS: child died', 'STOR'],
  ])('%p are quoted in the error of %s', async (reply, on) => {
    const server = await start(only(version), {
      faults: [{ on, tls: 'plaintext-control', reply }],
    });
    const ftp = await login(server);
    const call = {
      PWD: () => ftp.pwd(),
      RETR: () => ftp.retrBinary('RETR a').toArray(),
      STOR: () => ftp.storBinary('STOR b', Buffer.from('x')),
    }[on];
    const error = await settled((call as () => Promise<unknown>)());
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({
      message: expect.stringContaining(reply),
      connectionUsable: false,
    });
    await ftp.closed;
    await deserted(server);
  });
});

it('makeCertificate() is self-signed, and the client rejects it by default', async () => {
  const server = await start(makeCertificate());
  const { host, port } = server;
  const ftp = new FTPTLS({ host, port });
  afterwards(() => ftp.close());
  await ftp.connect();
  expect(await settled(ftp.auth())).toMatchObject({
    cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
  });
});
