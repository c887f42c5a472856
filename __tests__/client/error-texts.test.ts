import { once } from 'node:events';
import { connect as dial, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, FTP, type FTPOptions, FTPTLS } from 'ftpipe';
import { type Fault, makeCertificate, TestServer, type TestServerOptions } from 'ftpipe/testing';
import { listen } from '../transport/helpers/scripted-server';
import { TIMEOUTS } from './tls/harness';

let closing: (() => unknown)[];
beforeEach(() => {
  closing = [];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
});

async function serve(options: TestServerOptions = {}): Promise<TestServer> {
  const server = await TestServer.start({ files: { '/a': 'hello' }, ...options });
  closing.push(() => server.close());
  return server;
}

async function login(server: TestServer, options: FTPOptions = {}): Promise<FTP> {
  const { host, port, certificate: ca } = server;
  const given = { host, port, user: 'user', password: 'password', timeouts: TIMEOUTS, ...options };
  const ftp = await (ca ? FTPTLS.connect({ ...given, tls: { ca } }) : FTP.connect(given));
  closing.push(() => ftp.close());
  return ftp;
}

/** The error that a promise, or a call, ends in. */
async function failure(work: () => unknown): Promise<Error & { code?: string }> {
  try {
    await work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('It did not fail');
}

describe('a refused AUTH', () => {
  it.each([
    '500 AUTH not understood.',
    '502 Command not implemented.',
    '504 Not for this parameter.',
    '530 Please log in with USER and PASS.',
    '534 Denied for policy reasons.',
    '431 No security mechanism here.',
    '200 OK.', // no 234 is no TLS
    '334 Security data, please.',
  ])('says that the server offers no TLS on this port: %s', async (reply) => {
    const server = await serve({ tls: {}, faults: [{ on: 'AUTH', reply }] });
    const { message, code } = await failure(() => login(server));
    expect(message).toContain(`${reply} (AUTH TLS): the server offers no TLS on this port`);
    expect(message).toContain('implicit: true');
    expect(code).toMatch(/^ERR_FTP_REPLY/);
  });

  it('says so for auth(), too', async () => {
    const server = await serve({ faults: [{ on: 'AUTH', reply: '500 What?' }] });
    const ftp = new FTPTLS({ host: server.host, port: server.port, timeouts: TIMEOUTS });
    closing.push(() => ftp.close());
    await ftp.connect();
    await expect(ftp.auth()).rejects.toThrow('offers no TLS on this port');
  });
});

describe('a greeting that does not arrive', () => {
  const limited = { ...TIMEOUTS, greeting: 50 };

  it('names host and port, and says that the port may expect implicit TLS', async () => {
    const { host, port } = await listen();
    const error = await failure(() => FTP.connect({ host, port, timeouts: limited }));
    expect(error).toMatchObject({ code: 'ERR_FTP_TIMEOUT', phase: 'greeting' });
    expect(error.message).toMatch(new RegExp(`^No greeting from ${host}:${port} within 50 ms`));
    expect(error.message).toMatch(/implicit TLS/);
  });

  it('says so for an FTPTLS with explicit TLS', async () => {
    const server = await serve({ tls: { mode: 'implicit' } });
    const { host, port } = server;
    const { message } = await failure(() => FTPTLS.connect({ host, port, timeouts: limited }));
    expect(message).toMatch(/^No greeting from .* implicit TLS/);
  });

  it.each([
    ['closes', (socket: Socket) => socket.end()],
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
  ])('says so for a server that %s the connection before it', async (_, act) => {
    const { host, port, peers } = await listen();
    const createConnection = async () => {
      const socket = dial(port, host);
      await once(socket, 'connect');
      setImmediate(() => act(peers[0]?.socket as Socket));
      return socket;
    };
    const options = { host, port, timeouts: TIMEOUTS, createConnection };
    const error = await failure(() => FTP.connect(options));
    expect(error).toMatchObject({ code: 'ERR_FTP_CONNECTION' });
    expect(error.message).toContain(`${host}:${port}`);
    expect(error.message).toMatch(/implicit TLS/);
  });

  it('does not say so if TLS has begun', async () => {
    const server = await serve({
      tls: { mode: 'implicit' },
      faults: [{ on: 'connect', drop: true }],
    });
    const { host, port, certificate: ca } = server;
    const { message } = await failure(() =>
      FTPTLS.connect({
        host,
        port,
        implicit: true,
        tls: { ca },
        timeouts: { ...limited, tls: 500 },
      }),
    );
    expect(message).toMatch(new RegExp(`^No greeting from ${host}:${port}`));
    expect(message).not.toMatch(/implicit/);
  });

  it('advises AUTH if the server of an implicit client speaks first', async () => {
    const { host, port } = await serve();
    const error = await failure(() =>
      FTPTLS.connect({ host, port, implicit: true, timeouts: TIMEOUTS }),
    );
    expect(error).toMatchObject({ code: 'ERR_FTP_PLAINTEXT_AFTER_AUTH' });
    expect(error.message).toMatch(/explicit TLS.*without the option implicit/);
  });
});

describe('an untrusted certificate', () => {
  it.each(['explicit', 'implicit'] as const)('points to tls.ca (%s)', async (mode) => {
    const { host, port } = await serve({ tls: { mode } });
    const error = await failure(() => connect({ host, port, secure: mode, timeouts: TIMEOUTS }));
    expect(error).toMatchObject({ code: 'ERR_FTP_CONNECTION', phase: 'secure' });
    expect(error.message).toMatch(/self-signed certificate.*tls\.ca/);
  });

  it('points to tls.servername if the name differs', async () => {
    const {
      host,
      port,
      certificate: ca,
    } = await serve({ tls: makeCertificate({ names: ['other.example'] }) });
    const { message } = await failure(() =>
      connect({ host, port, secure: true, tls: { ca }, timeouts: TIMEOUTS }),
    );
    expect(message).toMatch(/tls\.servername/);
    expect(message).not.toMatch(/tls\.ca/);
  });
});

describe('a host that contains more than a host', () => {
  const url = 'ftp://me:s3cret@ftp.example.com:2121/pub';

  it.each([
    [url, /URL/],
    ['ftp://ftp.example.com', /URL/],
    ['ftps://ftp.example.com/', /URL/],
    ['//ftp.example.com', /URL/],
    ['ftp.example.com/pub', /URL/],
    ['me@ftp.example.com', /URL/],
    ['me:s3cret@ftp.example.com', /URL/],
    ['ftp.example.com:2121', /option port.*2121/],
    ['127.0.0.1:21', /option port.*21/],
    ['[::1]:2121', /option port.*2121/],
    ['ftp.example.com:', /option port/],
    ['ftp.example.com:ftp', /option port/],
    [new URL(url), /URL/],
  ])('is rejected with the reason: %s', async (given, reason) => {
    const host = given as string;
    const ways = [
      () => new FTP({ host }),
      () => new FTPTLS({ host }),
      () => FTP.connect({ host }),
      () => connect({ host }),
      () => connect({ host, secure: true }),
      () => new FTP().connect(host),
    ];
    for (const way of ways) {
      const error = await failure(way);
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toMatch(reason);
      expect(error.message).not.toMatch(/s3cret|me:/);
    }
  });

  it.each(['::1', '[::1]', 'fe80::1%eth0', '[fe80::1%eth0]', '::ffff:127.0.0.1', 'localhost'])(
    'may be %s',
    (host) => {
      expect(new FTP({ host }).host).toBe(host.replace(/[[\]]/g, ''));
    },
  );
});

describe('timeouts and lost connections', () => {
  it.each<[string, Fault[], (ftp: FTP) => unknown]>([
    ['a reply', [{ on: 'NOOP', drop: true }], (ftp) => ftp.voidCmd('NOOP')],
    ['a control connection', [{ on: 'NOOP', control: 'end' }], (ftp) => ftp.voidCmd('NOOP')],
    [
      'a transfer with its control connection',
      [{ on: 'RETR', control: 'reset' }],
      (ftp) => ftp.retrBinary('RETR a').toArray(),
    ],
    [
      'data that stands still',
      [{ on: 'RETR', data: { action: 'stall', after: 1 } }],
      (ftp) => ftp.retrBinary('RETR a').toArray(),
    ],
    [
      'data that is reset',
      [
        { on: 'RETR', data: { action: 'reset', after: 1 } },
        { on: 'RETR', code: 426, drop: true },
      ],
      (ftp) => ftp.retrBinary('RETR a').toArray(),
    ],
    [
      'a final reply',
      [{ on: 'RETR', code: 226, drop: true }],
      (ftp) => ftp.retrBinary('RETR a').toArray(),
    ],
  ])('name the host: %s', async (_, faults, act) => {
    const server = await serve({ faults });
    const timeouts = { ...TIMEOUTS, reply: 100, dataIdle: 100, completion: 100 };
    const ftp = await login(server, { timeouts });
    const { message } = await failure(() => act(ftp));
    expect(message).toContain(server.host);
    // Later calls get the same text.
    if (!ftp.connected) expect((await failure(() => ftp.pwd())).message).toContain(server.host);
  });

  it('name the host after a 421', async () => {
    const server = await serve({ faults: [{ on: 'NOOP', reply: '421 Good-bye.' }] });
    const ftp = await login(server);
    await expect(ftp.voidCmd('NOOP')).rejects.toThrow(/^421 Good-bye\. \(NOOP\)$/);
    const { message } = await failure(() => ftp.pwd());
    expect(message).toBe(`421 Good-bye. (from ${server.host}:${server.port})`);
  });

  it('name the host when a handshake stalls', async () => {
    const server = await serve({ tls: {}, faults: [{ on: 'AUTH', tls: 'stall-handshake' }] });
    const { message } = await failure(() => login(server, { timeouts: { ...TIMEOUTS, tls: 100 } }));
    expect(message).toMatch(new RegExp(`^No TLS handshake with ${server.host} within 100 ms`));
  });

  it('name the host when a handshake of the data connection stalls', async () => {
    const server = await serve({ tls: {}, faults: [{ on: 'RETR', tls: 'stall-handshake' }] });
    const ftp = await login(server, { timeouts: { ...TIMEOUTS, tls: 100 } });
    const { message } = await failure(() => ftp.retrBinary('RETR a').toArray());
    expect(message).toContain(`No TLS handshake with ${server.host} within 100 ms`);
  });

  it('show an IPv6 address in brackets', async () => {
    const server = await serve({ host: '::1', faults: [{ on: 'NOOP', drop: true }] });
    const ftp = await login(server, { timeouts: { ...TIMEOUTS, reply: 100 } });
    const { message } = await failure(() => ftp.voidCmd('NOOP'));
    expect(message).toContain(`[::1]:${server.port}`);
  });
});

describe('an unreachable data port', () => {
  it('names passive mode and firewalls', async () => {
    const refuse = { action: 'refuse' } as const;
    const faults = ['EPSV', 'PASV'].map((on) => ({ on, data: refuse }));
    const ftp = await login(await serve({ faults }));
    const error = await failure(() => ftp.retrBinary('RETR a').toArray());
    expect(error.message).toMatch(/passive mode/);
    expect(error.message).toMatch(/firewall/);
  });

  it('names them if the port does not answer', async () => {
    const server = await serve();
    const ftp = await login(server, {
      timeouts: { ...TIMEOUTS, dataConnect: 50 },
      createConnection: async ({ host, port, purpose }) => {
        return purpose === 'control' ? dial(port, host) : new Promise<never>(() => {});
      },
    });
    const { message } = await failure(() => ftp.retrBinary('RETR a').toArray());
    expect(message).toMatch(/within 50 ms.*passive mode.*firewall/);
  });

  it('names passive mode if the server does not connect in active mode', async () => {
    const server = await serve({ faults: [{ on: 'RETR', reply: '150 Soon.' }] });
    const ftp = await login(server, {
      passive: false,
      timeouts: { ...TIMEOUTS, dataConnect: 50 },
    });
    const { message } = await failure(() => ftp.retrBinary('RETR a').toArray());
    expect(message).toContain(server.host);
    expect(message).toMatch(/active mode.*firewall.*passive/);
  });
});
