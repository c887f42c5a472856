import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { makeCertificate, TestServer } from 'ftpipe/testing';
import { harness } from '../harness';
import { secureHarness, VERSIONS } from './secure-harness';

const { start, connect, secure, login } = secureHarness({
  files: { '/pub/a.txt': '0123456789' },
});
const clear = harness();

describe.each(['127.0.0.1', '::1'])('AUTH TLS at %s', (host) => {
  it.each(VERSIONS)('puts the control connection under %s', async (version) => {
    const server = await start({ maxVersion: version, minVersion: version }, { host });
    const client = await connect(server);
    expect(await client.reply()).toMatch(/^220/);
    expect(server.sessions[0]?.secure).toBe(false);
    expect(await client.command('AUTH TLS')).toBe('234 Begin TLS.');
    await client.startTls();
    expect(client.tls.authorized).toBe(true);
    expect(client.tls.getProtocol()).toBe(version);
    expect(await client.command('USER user')).toMatch(/^331/);
    expect(await client.command('PASS password')).toMatch(/^230/);
    expect(await client.command('PWD')).toMatch(/^257/);
    const [session] = server.sessions;
    expect(session?.secure).toBe(true);
    expect(session?.control).toMatchObject({ encrypted: true, localAddress: host });
    expect(await client.command('QUIT')).toMatch(/^221/);
    await client.closed();
    await server.waitFor(() => server.sessions.length === 0);
    expect(server.errors).toEqual([]);
  });
});

describe('AUTH', () => {
  it.each([
    ['tls', '234'],
    ['TLS-C', '234'],
    ['SSL', '504'],
    ['TLS-P', '504'],
    ['GSSAPI', '504'],
    ['', '504'],
  ])('%s gets the reply %s', async (mechanism, code) => {
    const client = await connect(await start());
    await client.reply();
    expect(await client.command(`AUTH ${mechanism}`)).toMatch(new RegExp(`^${code} `));
    if (code === '234') await client.startTls();
    expect(await client.command('NOOP')).toMatch(/^200/);
  });

  it('is rejected the second time', async () => {
    const client = await secure(await start());
    expect(await client.command('AUTH TLS')).toMatch(/^503/);
    expect(await client.command('NOOP')).toMatch(/^200/);
  });

  it('is rejected by a server without TLS', async () => {
    const server = await clear.start();
    const client = await clear.login(server);
    expect(server.certificate).toBeUndefined();
    for (const line of ['AUTH TLS', 'PBSZ 0', 'PROT P', 'CCC']) {
      expect(await client.command(line)).toMatch(/^502/);
    }
    expect(await client.command('FEAT')).not.toMatch(/AUTH|PBSZ|PROT/);
  });

  it('resets the state of the session (RFC 4217 §4.2)', async () => {
    const server = await start();
    const client = await connect(server);
    await client.reply();
    await client.command('USER user');
    for (const line of ['PASS password', 'CWD pub', 'TYPE A', 'REST 3']) await client.command(line);
    await client.command('AUTH TLS');
    await client.startTls();
    expect(await client.command('PWD')).toMatch(/^530/);
    expect(await client.command('PROT P')).toMatch(/^503/);
    expect(server.sessions[0]).toMatchObject({ cwd: '/', type: 'image', restart: 0 });
    expect(server.sessions[0]?.user).toBeUndefined();
  });

  it.each([
    ['first', '', ['234']],
    ['in its turn', 'NOOP\r\n', ['200', '234']],
  ])('ignores plaintext that was sent behind it, %s', async (_name, before, codes) => {
    const server = await start();
    const client = await connect(server);
    await client.reply();
    client.send(`${before}AUTH TLS\r\nUSER user\r\nPASS password\r\nPW`);
    expect(await client.codes(codes.length)).toEqual(codes);
    await client.startTls();
    expect(await client.command('PWD')).toMatch(/^530/);
    await server.idle();
    expect(server.replies).toHaveLength(codes.length + 2);
  });

  it('closes the connection if the handshake fails', async () => {
    const server = await start({ minVersion: 'TLSv1.3' });
    const client = await connect(server);
    await client.reply();
    await client.command('AUTH TLS');
    await expect(client.startTls({ maxVersion: 'TLSv1.2' })).rejects.toThrow(/alert|version/);
    await server.waitFor(() => server.sessions.length === 0);
    const other = await connect(server);
    await other.reply();
    await other.command('AUTH TLS');
    expect(await other.command('this is no hello')).toBe('closed');
  });

  it('survives clients that disconnect during the handshake', async () => {
    const server = await start();
    for (const leave of ['destroy', 'resetAndDestroy', 'end'] as const) {
      const client = await connect(server);
      await client.reply();
      await client.command('AUTH TLS');
      client.control[leave]();
      await server.waitFor(() => server.sessions.length === 0);
    }
    expect(server.errors).toEqual([]);
  });
});

describe.each(VERSIONS)('implicit %s', (version) => {
  it('begins with the first byte', async () => {
    const server = await start({ mode: 'implicit', minVersion: version, maxVersion: version });
    expect(server.url).toMatch(/^ftps:/);
    const client = await connect(server);
    await client.startTls();
    expect(await client.reply()).toMatch(/^220/);
    expect(client.tls.getProtocol()).toBe(version);
    expect(server.sessions[0]?.secure).toBe(true);
    expect(await client.command('AUTH TLS')).toMatch(/^503/);
    expect(await client.command('PROT P')).toMatch(/^200/);
    expect(await client.command('PBSZ 0')).toMatch(/^200/);
  });

  it('closes the connection if the client sends plaintext', async () => {
    const client = await connect(await start({ mode: 'implicit' }));
    expect(await client.command('USER user')).toBe('closed');
  });
});

describe('PBSZ and PROT', () => {
  it('are accepted after AUTH, in this order (RFC 4217 §8 and §9)', async () => {
    const client = await connect(await start());
    await client.reply();
    expect(await client.command('PBSZ 0')).toMatch(/^503/);
    expect(await client.command('PROT P')).toMatch(/^503/);
    await client.command('AUTH TLS');
    await client.startTls();
    expect(await client.command('PROT P')).toMatch(/^503/);
    expect(await client.command('PBSZ x')).toMatch(/^501/);
    expect(await client.command('PBSZ 0')).toBe('200 PBSZ=0');
    expect(await client.command('PROT p')).toMatch(/^200/);
    expect(await client.command('PROT C')).toMatch(/^200/);
    expect(await client.command('PROT S')).toMatch(/^536/);
    expect(await client.command('PROT E')).toMatch(/^536/);
    expect(await client.command('PROT X')).toMatch(/^504/);
  });

  it('remain after USER, but not after REIN', async () => {
    const server = await start();
    const client = await login(server);
    await client.command('USER user');
    await client.command('PASS password');
    expect(await client.secureUpload('STOR f', 'x')).toMatch(/^226/);
    expect(server.transfers[0]?.tls).toBeDefined();
    expect(await client.command('REIN')).toMatch(/^220/);
    expect(await client.command('PROT P')).toMatch(/^503/);
  });

  it('are listed by FEAT', async () => {
    const client = await secure(await start());
    const lines = (await client.command('FEAT')).split('\r\n ');
    expect(lines).toEqual(expect.arrayContaining(['AUTH TLS', 'PBSZ', 'PROT', 'SIZE']));
    const other = await secure(await start({}, { features: ['MDTM'] }));
    expect(await other.command('FEAT')).not.toContain('AUTH');
  });
});

describe('CCC', () => {
  it.each(VERSIONS)('ends %s, and the connection goes on in clear', async (version) => {
    const server = await start({ maxVersion: version });
    const client = await login(server);
    expect(await client.command('CCC')).toMatch(/^200/);
    await client.stopTls();
    expect(await client.command('PWD')).toBe('257 "/" is the current directory.');
    expect(server.sessions[0]?.secure).toBe(false);
    expect(await client.command('CCC')).toMatch(/^533/);
    expect(await client.command('QUIT')).toMatch(/^221/);
    await client.closed();
    await server.waitFor(() => server.sessions.length === 0);
  });

  it('keeps the data protected, and can be undone by AUTH', async () => {
    const server = await start();
    const client = await login(server);
    const session = client.tls.getSession();
    await client.command('CCC');
    await client.stopTls();
    expect((await client.secureDownload('RETR pub/a.txt', { session })).text).toBe('0123456789');
    expect(server.transfers[0]?.tls?.reused).toBe(true);
    expect(await client.command('PROT P')).toMatch(/^200/);
    expect(await client.command('AUTH TLS')).toMatch(/^234/);
    await client.startTls();
    expect(await client.command('PWD')).toMatch(/^530/);
    expect(server.sessions[0]?.secure).toBe(true);
  });

  it('accepts a command in one segment with the close_notify', async () => {
    const server = await start();
    const client = await login(server);
    await client.command('CCC');
    const { control } = client;
    const raw = client.tcp;
    raw.cork();
    control.end();
    if (!control.readableEnded) await once(control, 'end');
    raw.write('NOOP\r\nPWD\r\n');
    raw.uncork();
    expect(await server.received('PWD')).toBe('PWD');
    await server.idle();
    expect(server.replies.slice(-2).map((reply) => reply.slice(0, 3))).toEqual(['200', '257']);
  });

  it('ends when the client disconnects', async () => {
    const server = await start();
    for (const leave of ['destroy', 'resetAndDestroy'] as const) {
      const client = await login(server);
      await client.command('CCC');
      client.tcp[leave]();
      await server.waitFor(() => server.sessions.length === 0);
    }
  });
});

describe('the options', () => {
  it('requireTls: rejects a plaintext login, and CCC', async () => {
    const server = await start({ requireTls: true });
    const client = await connect(server);
    await client.reply();
    expect(await client.command('USER user')).toMatch(/^530/);
    expect(await client.command('PASS password')).toMatch(/^503/);
    await client.command('AUTH TLS');
    await client.startTls();
    await client.login();
    expect(await client.command('PWD')).toMatch(/^257/);
    expect(await client.command('CCC')).toMatch(/^534/);
  });

  it('requireProtection: rejects plaintext data', async () => {
    const client = await login(await start({ requireProtection: true }));
    await client.command('PROT C');
    await client.command('EPSV');
    for (const line of ['RETR pub/a.txt', 'LIST', 'STOR f']) {
      expect(await client.command(line)).toMatch(/^521/);
    }
    await client.command('PROT P');
    expect((await client.secureDownload('RETR pub/a.txt')).text).toBe('0123456789');
  });

  it('key and cert: use the certificate of the test', async () => {
    const own = makeCertificate({ names: ['files.test'] });
    const server = await start(own);
    expect(server.certificate).toBe(own.cert);
    const client = await secure(server, { servername: 'files.test' });
    expect(client.tls.authorized).toBe(true);
    await expect(secure(server)).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    await expect(TestServer.start({ tls: { key: own.key } })).rejects.toThrow(TypeError);
  });

  it.each(VERSIONS)('requestCert and ca: want a certificate of the client, %s', async (version) => {
    const client = makeCertificate({ names: [], commonName: 'client' });
    const server = await start({
      requestCert: true,
      ca: client.cert,
      maxVersion: version,
      requireSessionReuse: true,
    });
    const good = await login(server, client);
    expect((await good.secureDownload('RETR pub/a.txt')).text).toBe('0123456789');
    const without = await connect(server);
    await without.reply();
    await without.command('AUTH TLS');
    await without.startTls().catch(() => {});
    expect(await without.command('NOOP')).toBe('closed');
  });
});

describe('control faults over TLS', () => {
  it.each(['end', 'destroy', 'reset'] as const)('%s: drops the connection', async (control) => {
    const server = await start({}, { faults: [{ on: 'NOOP', control }] });
    const client = await secure(server);
    // Together with the session tickets, Node would take a reset for an end.
    await client.command('SYST');
    expect(await client.command('NOOP')).toBe('closed');
    expect(client.error).toBe(control === 'reset' ? 'ECONNRESET' : undefined);
    await server.waitFor(() => server.sessions.length === 0);
  });

  it('apply before implicit TLS, and after it', async () => {
    const tls = { mode: 'implicit' } as const;
    const dropped = await start(tls, { faults: [{ on: 'connect', control: 'end' }] });
    const client = await connect(dropped);
    await client.closed();
    const full = await start(tls, { faults: [{ on: 'connect', reply: '421 Full.' }] });
    const other = await connect(full);
    await other.startTls();
    expect(await other.reply()).toBe('421 Full.');
  });

  it('apply at the 234', async () => {
    const server = await start();
    for (const fault of [
      { on: 'AUTH', control: 'end', at: 'before-reply' },
      { on: 'AUTH', control: 'end', at: 'after-reply' },
      { on: 'AUTH', control: 'reset', at: 'after-reply' },
    ] as const) {
      const dispose = server.fault(fault);
      const client = await connect(server);
      await client.reply();
      client.send('AUTH TLS');
      await client.closed();
      await server.waitFor(() => server.sessions.length === 0);
      dispose();
    }
  });

  it('and reply faults: AUTH is rejected, replies are split', async () => {
    const refused = await start({}, { faults: [{ on: 'AUTH', reply: '534 Not now.' }] });
    const client = await connect(refused);
    await client.reply();
    expect(await client.command('AUTH TLS')).toBe('534 Not now.');
    expect(await client.command('NOOP')).toMatch(/^200/);
    const split = await secure(await start({}, { faults: [{ on: 'NOOP', split: 2 }] }));
    split.pieces.length = 0;
    await split.command('NOOP');
    expect(split.pieces).toEqual(['20', '0 NOOP ok.\r\n']);
  });
});

it('end when the server is closed during handshakes', async () => {
  const server = await start();
  const implicit = await start({ mode: 'implicit' });
  const clients = [await connect(server), await connect(implicit), await login(server)];
  await clients[0]?.reply();
  await clients[0]?.command('AUTH TLS');
  const raw = await clients[2]?.passive();
  clients[2]?.send('RETR pub/a.txt');
  await server.waitFor(() => server.replies.at(-1)?.startsWith('150'));
  await Promise.all([server.close(), implicit.close()]);
  await Promise.all(clients.map((client) => client.closed()));
  raw?.destroy();
});
