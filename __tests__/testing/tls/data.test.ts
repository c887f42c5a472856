import { once } from 'node:events';
import { TLSSocket } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { readAll } from '../raw-client';
import { secureHarness, VERSIONS } from './secure-harness';

const { start, login } = secureHarness({
  files: { '/a': '0123456789', '/empty': '', '/big': Buffer.alloc(5_000_000, 'x') },
});

describe.each(VERSIONS)('data connections of %s', (version) => {
  const versions = { minVersion: version, maxVersion: version };

  it.each(['explicit', 'implicit'] as const)('serve transfers, %s', async (mode) => {
    const server = await start({ ...versions, mode });
    const client = await login(server);
    const down = await client.secureDownload('RETR a');
    expect(down.text).toBe('0123456789');
    expect([down.opened.slice(0, 3), down.last]).toEqual(['150', '226 Transfer complete.']);
    expect((await client.secureDownload('LIST')).text).toContain(' big\r\n');
    expect((await client.secureDownload('RETR empty')).last).toMatch(/^226/);
    expect(await client.secureUpload('STOR f', 'content')).toMatch(/^226/);
    expect(await client.secureUpload('STOR nothing', '')).toMatch(/^226/);
    expect(server.storage.readFile('/f').toString()).toBe('content');
    expect(server.storage.readFile('/nothing').toString()).toBe('');
    const tls = { protocol: version, reused: true };
    expect(server.transfers).toEqual([
      { command: 'RETR', path: '/a', bytes: 10, outcome: 'complete', tls },
      expect.objectContaining({ command: 'LIST', outcome: 'complete', tls }),
      { command: 'RETR', path: '/empty', bytes: 0, outcome: 'complete', tls },
      { command: 'STOR', path: '/f', bytes: 7, outcome: 'complete', tls, closeNotify: true },
      { command: 'STOR', path: '/nothing', bytes: 0, outcome: 'complete', tls, closeNotify: true },
    ]);
  });

  it('use the server side of TLS in active mode too', async () => {
    const server = await start({ ...versions, requireSessionReuse: true });
    const client = await login(server);
    const down = await client.activeData('RETR a');
    expect(await readAll(down.socket)).toBe('0123456789');
    expect(await client.codes(2)).toEqual(['150', '226']);
    const up = await client.activeData('STOR f');
    up.socket.resume().end('active');
    expect(await client.codes(2)).toEqual(['150', '226']);
    expect(server.storage.readFile('/f').toString()).toBe('active');
    expect(server.transfers[1]).toMatchObject({ closeNotify: true, tls: { reused: true } });
  });

  it('transfer many buffers in both directions', async () => {
    const server = await start(versions);
    const client = await login(server);
    const { text } = await client.secureDownload('RETR big');
    expect(text.length).toBe(5_000_000);
    expect(await client.secureUpload('STOR copy', text)).toMatch(/^226/);
    expect(server.storage.readFile('/copy').equals(server.storage.readFile('/big'))).toBe(true);
  });

  it('end with a close_notify before the FIN', async () => {
    const client = await login(await start(versions));
    const { records } = await client.secureDownload('RETR a');
    // An alert is two bytes; TLS 1.3 adds its type and seals all as application data.
    const alert = version === 'TLSv1.3' ? { type: 23, length: 2 + 1 + 16 } : { type: 21 };
    expect(records().at(-1)).toMatchObject({ ...alert, whole: true });
  });

  it('report an upload that ends without a close_notify', async () => {
    const server = await start(versions);
    const client = await login(server);
    for (const content of ['content', '']) {
      const { socket, raw } = await client.secureData('STOR f');
      await once(socket, 'secureConnect');
      if (content) await new Promise((resolve) => socket.write(content, resolve));
      raw.end();
      expect(await client.codes(2)).toEqual(['150', '226']);
      expect(server.transfers.at(-1)).toMatchObject({
        bytes: content.length,
        outcome: 'complete',
        closeNotify: false,
      });
    }
  });

  it('report an upload that is cut inside a record', async () => {
    const server = await start(versions);
    const client = await login(server);
    const { socket, raw } = await client.secureData('STOR f');
    await once(socket, 'secureConnect');
    await new Promise((resolve) => socket.write('content', resolve));
    raw.end(Buffer.from([23, 3, 3, 0, 100, 1, 2, 3]));
    expect(await client.codes(2)).toEqual(['150', '226']);
    expect(server.transfers[0]).toMatchObject({ bytes: 7, closeNotify: false });
  });

  it('report an upload that is reset', async () => {
    const server = await start(versions);
    const client = await login(server);
    const { socket, raw } = await client.secureData('STOR f');
    socket.write('part');
    await server.waitFor(() => server.sessions[0]?.transfer?.bytes === 4);
    raw.resetAndDestroy();
    expect(await client.codes(2)).toEqual(['150', '426']);
    expect(server.transfers[0]).toMatchObject({ bytes: 4, outcome: 'failed' });
  });

  it('requireSessionReuse: accepts only the session of the control connection', async () => {
    const server = await start({ ...versions, requireSessionReuse: true });
    const [client, other] = [await login(server), await login(server)];
    const session = other.tls.getSession();
    for (const foreign of [{ session: undefined }, { ...(session && { session }) }]) {
      const { last, opened, text } = await client.secureDownload('RETR a', foreign as object);
      expect([opened.slice(0, 3), text]).toEqual(['150', '']);
      expect(last).toBe('522 SSL connection failed: session reuse required');
    }
    expect((await client.secureDownload('RETR a')).text).toBe('0123456789');
    expect(server.transfers.map(({ outcome }) => outcome)).toEqual([
      'failed',
      'failed',
      'complete',
    ]);
    expect(await client.command('NOOP')).toMatch(/^200/);
  });

  it('report that no session was resumed, if none is required', async () => {
    const server = await start(versions);
    const client = await login(server);
    await client.secureDownload('RETR a', { session: undefined } as object);
    expect(server.transfers[0]?.tls?.reused).toBe(false);
  });
});

describe('waitForCloseNotify', () => {
  it('records for downloads how the client ended', async () => {
    const server = await start({ waitForCloseNotify: true });
    const client = await login(server);
    await client.secureDownload('RETR a');
    const { socket, raw } = await client.secureData('RETR a');
    socket.removeAllListeners('end').once('end', () => raw.end());
    await readAll(socket);
    expect(await client.codes(2)).toEqual(['150', '226']);
    expect(server.transfers.map(({ closeNotify }) => closeNotify)).toEqual([true, false]);
  });

  it('stops waiting after a second', async () => {
    const server = await start({ waitForCloseNotify: true });
    const client = await login(server);
    const { socket, raw } = await client.secureData('RETR a');
    raw.allowHalfOpen = true;
    socket.removeAllListeners('end').resume();
    expect(await client.codes(2)).toEqual(['150', '226']);
    expect(server.transfers[0]).not.toHaveProperty('closeNotify');
  });
});

describe('PROT C', () => {
  it('returns to plaintext data', async () => {
    const server = await start();
    const client = await login(server);
    await client.command('PROT C');
    expect((await client.download('RETR a')).text).toBe('0123456789');
    expect(server.transfers[0]).not.toHaveProperty('tls');
  });
});

describe('a failed handshake', () => {
  it('gets a 425 if the client sends something else', async () => {
    const server = await start();
    const client = await login(server);
    expect(await client.upload('STOR f', 'in clear')).toMatch(/^425 TLS handshake failed/);
    expect(server.transfers).toEqual([
      { command: 'STOR', path: '/f', bytes: 0, outcome: 'failed' },
    ]);
    expect((await client.secureDownload('RETR a')).last).toMatch(/^226/);
  });

  it('gets a 425 if the client sends nothing in time', async () => {
    const server = await start({}, { dataTimeout: 50 });
    const client = await login(server);
    await client.passive();
    client.send('RETR a');
    expect(await client.codes(2)).toEqual(['150', '425']);
  });

  it.each(['destroy', 'resetAndDestroy', 'end'] as const)(
    'gets a 425 if the client does %s',
    async (leave) => {
      const client = await login(await start());
      const data = await client.passive();
      await client.command('RETR a');
      data[leave]();
      expect(await client.reply()).toMatch(/^425/);
    },
  );

  it('gets a 426 after ABOR', async () => {
    const client = await login(await start());
    await client.passive();
    await client.command('RETR a');
    client.send('ABOR');
    expect(await client.codes(2)).toEqual(['426', '226']);
  });

  it('gets a 426 if the client rejects the certificate', async () => {
    const client = await login(await start());
    const { error, last } = await client.secureDownload('RETR big', {
      session: undefined,
      ca: [],
    } as object);
    expect(error()).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(last).toMatch(/^42[56]/);
  });
});

describe('a handler of the test', () => {
  it('gets a TLSSocket, which it can end, destroy and reset', async () => {
    const server = await start();
    const client = await login(server);
    for (const [index, how] of (['end', 'destroy', 'resetAndDestroy'] as const).entries()) {
      const nth = index + 1;
      const dispose = server.handle('RETR', async (session) => {
        await session.reply('150 Opening.');
        const data = await session.openData();
        expect(data).toBeInstanceOf(TLSSocket);
        await new Promise((resolve) => data.write('hello', resolve));
        await server.received('NOOP', nth);
        data.resume()[how]();
        await session.reply('226 Done.');
      });
      const data = await client.secureData('RETR a');
      const text = readAll(data.socket);
      await once(data.socket, 'data');
      client.send('NOOP');
      expect(await text).toBe('hello');
      expect(data.error()).toBe(how === 'resetAndDestroy' ? 'ECONNRESET' : undefined);
      expect(await client.codes(3)).toEqual(['150', '226', '200']);
      dispose();
    }
    expect(server.errors).toEqual([]);
  });
});

it('works at ::1', async () => {
  const client = await login(await start({ requireSessionReuse: true }, { host: '::1' }));
  expect((await client.secureDownload('RETR a')).text).toBe('0123456789');
  expect(await readAll((await client.activeData('RETR a')).socket)).toBe('0123456789');
});
