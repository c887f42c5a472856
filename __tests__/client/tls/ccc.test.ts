import { describe, expect, it } from '@jest/globals';
import { TestServer } from 'ftpipe/testing';
import { settled } from '../../helpers/promises';
import { client, deserted, login, only, start, TIMEOUTS, text, VERSIONS } from './harness';

const INVALID = { name: 'TypeError', code: 'ERR_INVALID_STATE' };

describe.each(VERSIONS)('ccc() under %s', (version) => {
  it.each([
    ['passive', true],
    ['active', false],
  ])(
    'returns to plaintext commands, with data in TLS and the same server and session, %s',
    async (_mode, passive) => {
      const server = await start({ ...only(version), requireSessionReuse: true });
      const ftp = await login(server, { passive });
      expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
      expect(await ftp.ccc()).toMatch(/^200/);
      expect(server.sessions[0]?.secure).toBe(false);
      expect(await ftp.pwd()).toBe('/');
      for (let round = 0; round < 3; round += 1) {
        const stream = ftp.retrBinary('RETR big');
        expect((await text(stream)).length).toBe(300_000);
        expect(stream.tls).toMatchObject({ protocol: version, reused: true, authorized: true });
        await ftp.storBinary('STOR b', Buffer.alloc(70_000));
        await ftp.storBinary('STOR c', Buffer.alloc(0));
        expect(await ftp.nlst()).toContain('b');
      }
      expect(server.transfers.every(({ tls }) => tls?.reused)).toBe(true);
      ftp.retrBinary('RETR big').destroy();
      expect(await ftp.pwd()).toBe('/');
      expect(await ftp.quit()).toMatch(/^221/);
    },
  );

  it('rejects data connections of another server', async () => {
    const server = await start(only(version), {
      faults: [{ on: 'RETR', times: 1, tls: 'foreign-certificate' }],
    });
    const ftp = await login(server);
    await ftp.ccc();
    expect(await settled(text(ftp.retrBinary('RETR a')))).toMatchObject({
      message: expect.stringContaining('certificate'),
    });
    expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
  });

  it('sends no credentials in plaintext afterwards, unless the user asks for it', async () => {
    const server = await start(only(version));
    const ftp = await login(server);
    await ftp.ccc();
    const before = server.commands.length;
    for (const call of [
      () => ftp.sendCmd('USER c4n4ry'),
      () => ftp.sendCmd('PASS c4n4ry'),
      () => ftp.voidCmd('acct c4n4ry'),
      () => ftp.acct('c4n4ry'),
      () => ftp.sendCmd('ADAT c4n4ry'),
    ]) {
      expect(await settled(call())).toMatchObject({
        name: 'ConnectionError',
        phase: 'secure',
        connectionUsable: true,
      });
    }
    expect(server.commands.length).toBe(before);
    expect(await ftp.pwd()).toBe('/');
  });

  it('can be undone: login() secures the control connection again', async () => {
    const server = await start(only(version));
    const ftp = await login(server);
    await ftp.ccc();
    await ftp.login('user', 'password');
    expect(server.sessions[0]?.secure).toBe(true);
    expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
    await ftp.ccc();
    expect(await ftp.pwd()).toBe('/');
  });

  it('is rejected before TLS and the second time, and nothing is sent', async () => {
    const server = await start(only(version));
    const ftp = client(server);
    await ftp.connect();
    expect(await settled(ftp.ccc())).toMatchObject(INVALID);
    await ftp.login('user', 'password');
    await ftp.ccc();
    const before = server.commands.length;
    expect(await settled(ftp.ccc())).toMatchObject(INVALID);
    expect(server.commands.length).toBe(before);
    expect(await ftp.pwd()).toBe('/');
  });

  it.each([500, 502, 533, 534])('refused with %d leaves TLS on', async (code) => {
    const server = await start(only(version), { faults: [{ on: 'CCC', reply: `${code} no` }] });
    const ftp = await login(server);
    expect(await settled(ftp.ccc())).toMatchObject({ reply: { code }, connectionUsable: true });
    expect(server.sessions[0]?.secure).toBe(true);
    await ftp.login('user', 'password');
    expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
  });

  it('accepts the 200 and the close_notify in one segment', async () => {
    const server = await start(only(version));
    server.handle('CCC', async (session) => {
      const { raw } = session.security!.control as { raw: import('node:net').Socket };
      raw.cork();
      process.nextTick(() => setImmediate(() => raw.uncork()));
      await session.perform('CCC');
    });
    const ftp = await login(server);
    await ftp.ccc();
    expect(await ftp.pwd()).toBe('/');
    expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
  });

  it.each(['end', 'resetAndDestroy', 'destroy'] as const)(
    'detects that the server has disconnected: %s',
    async (how) => {
      const server = await start(only(version));
      server.handle('CCC', async (session) => {
        const { raw } = session.security!.control as { raw: import('node:net').Socket };
        await session.reply('200 Clear from now on.');
        raw[how]();
      });
      const ftp = await login(server, { timeouts: { ...TIMEOUTS, tls: 1000, reply: 1000 } });
      const began = performance.now();
      const first = await settled(ftp.ccc());
      const second = await settled(ftp.pwd());
      if (first instanceof Error) expect(first).toMatchObject({ name: 'ConnectionError' });
      expect(second).toMatchObject({ name: 'ConnectionError' });
      expect(performance.now() - began).toBeLessThan(900); // it is seen, and not waited for
      await ftp.closed;
    },
  );

  it('continues with a server that does not end its TLS', async () => {
    const server = await start(only(version));
    server.handle('CCC', (session) => session.reply('200 Clear, or so I say.'));
    const ftp = await login(server, { timeouts: { ...TIMEOUTS, tls: 200 } });
    for (const session of server.sessions) {
      const { socket } = session.security!.control as { socket: import('node:tls').TLSSocket };
      socket.end = () => socket; // TLS would answer by itself
      socket.pause();
    }
    const error = await settled(ftp.ccc());
    if (error instanceof Error)
      expect(error).toMatchObject({ name: expect.stringMatching(/Timeout|Connection/) });
  });
});

it('is rejected for a server without TLS', async () => {
  const server = await TestServer.start();
  try {
    const ftp = client(server);
    await ftp.connect();
    await ftp.login('user', 'password', '', { secure: false });
    expect(await settled(ftp.ccc())).toMatchObject(INVALID);
    expect(await ftp.pwd()).toBe('/');
    await ftp.quit();
    await deserted(server);
  } finally {
    await server.close();
  }
});
