import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { Fault } from 'ftpipe/testing';
import { readAll } from '../raw-client';
import { secureHarness, VERSIONS } from './secure-harness';

const { start, connect, login } = secureHarness({
  files: { '/a': '0123456789', '/big': Buffer.alloc(1_000_000, 'x') },
});

describe.each(VERSIONS)('a data fault under %s', (version) => {
  const versions = { minVersion: version, maxVersion: version };
  const isAlert = ({ type, length }: { type: number; length: number }) =>
    version === 'TLSv1.3' ? length === 2 + 1 + 16 : type === 21;

  it.each([0, 4, 10])('end: closes at %d with a close_notify', async (after) => {
    const faults: Fault[] = [{ on: 'RETR', data: { action: 'end', after } }];
    const server = await start(versions, { faults });
    const client = await login(server);
    const { text, last, records } = await client.secureDownload('RETR a');
    expect([text, last.slice(0, 3)]).toEqual(['0123456789'.slice(0, after), '226']);
    expect(records().at(-1)).toMatchObject({ whole: true });
    expect(isAlert(records().at(-1)!)).toBe(true);
    expect(server.transfers[0]).toMatchObject({ bytes: after, outcome: 'failed' });
  });

  it.each([
    [undefined, 'complete'],
    [4, 'failed'],
    [0, 'failed'],
  ])('no-close-notify: ends with a bare FIN after %s bytes', async (after, outcome) => {
    const data = { action: 'no-close-notify', ...(after !== undefined && { after }) } as const;
    const server = await start(versions, { faults: [{ on: 'RETR', data }] });
    const client = await login(server);
    const { text, last, records } = await client.secureDownload('RETR a');
    expect([text, last.slice(0, 3)]).toEqual(['0123456789'.slice(0, after), '226']);
    expect(records().some(isAlert)).toBe(false);
    expect(records().every(({ whole }) => whole)).toBe(true);
    expect(server.transfers[0]).toMatchObject({ bytes: text.length, outcome });
    expect(await client.command('NOOP')).toMatch(/^200/);
  });

  it.each([
    ['a', undefined, 'complete'],
    ['a', 4, 'failed'],
    ['big', 500_000, 'failed'],
  ])('cut-record: ends %s inside a record after %s bytes', async (name, after, outcome) => {
    const data = { action: 'cut-record', ...(after !== undefined && { after }) } as const;
    const server = await start(versions, { faults: [{ on: 'RETR', data }] });
    const client = await login(server);
    const { text, last, records } = await client.secureDownload(`RETR ${name}`);
    expect([text.length, last.slice(0, 3)]).toEqual([after ?? 10, '226']);
    const short = records().filter(({ whole }) => !whole);
    expect(short).toEqual([{ type: 23, length: expect.any(Number), whole: false }]);
    expect(server.transfers[0]).toMatchObject({ bytes: text.length, outcome });
  });

  it.each(['no-close-notify', 'cut-record'] as const)(
    '%s: ends an upload early',
    async (action) => {
      const faults: Fault[] = [{ on: 'STOR', data: { action, after: 4 } }];
      const server = await start(versions, { faults });
      const client = await login(server);
      const { socket, records } = await client.secureData('STOR f');
      socket.resume().write('0123456789');
      expect(await client.codes(2)).toEqual(['150', '226']);
      await readAll(socket);
      expect(server.storage.readFile('/f').toString()).toBe('0123');
      expect(records().at(-1)?.whole).toBe(action === 'no-close-notify');
      expect(server.transfers[0]?.outcome).toBe('failed');
    },
  );

  it.each([0, 4, 10])('reset: breaks a download at %d', async (after) => {
    const faults: Fault[] = [{ on: 'RETR', data: { action: 'reset', after } }];
    const client = await login(await start(versions, { faults }));
    const data = await client.secureData('RETR a');
    expect(await readAll(data.socket)).toBe('0123456789'.slice(0, after));
    if (after > 0) expect(data.error()).toBe('ECONNRESET');
    expect(await client.codes(2)).toEqual(['150', '426']);
  });

  it('reset: resets an upload', async () => {
    const faults: Fault[] = [{ on: 'STOR', data: { action: 'reset', after: 4 } }];
    const server = await start(versions, { faults });
    const client = await login(server);
    expect(await client.secureUpload('STOR f', '0123456789')).toMatch(/^426/);
    expect(server.storage.readFile('/f').toString()).toBe('0123');
  });

  it('stall: waits until the client disconnects', async () => {
    const faults: Fault[] = [{ on: 'RETR', data: { action: 'stall', after: 4 } }];
    const client = await login(await start(versions, { faults }));
    const { socket } = await client.secureData('RETR a');
    expect(String(await once(socket, 'data'))).toBe('0123');
    socket.end();
    expect(await client.codes(2)).toEqual(['150', '426']);
  });

  it('stall: ends with ABOR', async () => {
    const faults: Fault[] = [{ on: 'STOR', data: { action: 'stall', after: 4 } }];
    const server = await start(versions, { faults });
    const client = await login(server);
    const { socket } = await client.secureData('STOR f');
    socket.write('0123456789');
    await server.waitFor(() => server.sessions[0]?.transfer?.bytes === 4);
    client.send('ABOR');
    expect(await client.codes(3)).toEqual(['150', '426', '226']);
  });

  it('slow: limits the rate', async () => {
    const faults: Fault[] = [{ on: 'RETR', data: { action: 'slow', after: 4, rate: 100 } }];
    const client = await login(await start(versions, { faults }));
    const before = performance.now();
    expect((await client.secureDownload('RETR a')).text).toBe('0123456789');
    expect(performance.now() - before).toBeGreaterThan(50);
  });
});

it('no-close-notify and cut-record end normally without TLS', async () => {
  for (const action of ['no-close-notify', 'cut-record'] as const) {
    const server = await start({}, { faults: [{ on: 'RETR', data: { action, after: 4 } }] });
    const client = await login(server);
    await client.command('PROT C');
    expect(await client.download('RETR a')).toEqual({
      text: '0123',
      last: '226 Transfer complete.',
    });
  }
});

describe.each(VERSIONS)('a fault of the data handshake of %s', (version) => {
  const faultsOf = (fault: Fault['tls']): { faults: Fault[] } => ({
    faults: [{ on: /^(RETR|STOR)/, times: 1, tls: fault! }],
  });
  const versions = { minVersion: version, maxVersion: version };

  it('foreign-certificate: uses another certificate, and resumes nothing', async () => {
    const server = await start(versions, faultsOf('foreign-certificate'));
    const client = await login(server);
    const bad = await client.secureDownload('RETR a');
    expect(bad.error()).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(bad.text).toBe('');
    const good = await client.secureDownload('RETR a');
    expect(good.last).toMatch(/^226/);
  });

  it('foreign-certificate: is valid by itself', async () => {
    const server = await start(versions, faultsOf('foreign-certificate'));
    const client = await login(server);
    const { socket } = await client.secureData('RETR a', { rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const own = client.tls.getPeerCertificate().fingerprint256;
    expect(socket.getPeerCertificate().fingerprint256).not.toBe(own);
    expect(await readAll(socket)).toBe('0123456789');
    expect(server.transfers[0]).toMatchObject({ outcome: 'complete', tls: { reused: false } });
  });

  it('refuse-session: has no effect, or gives a 522', async () => {
    const lax = await login(await start(versions, faultsOf('refuse-session')));
    expect((await lax.secureDownload('RETR a')).text).toBe('0123456789');
    const server = await start(
      { ...versions, requireSessionReuse: true },
      faultsOf('refuse-session'),
    );
    const strict = await login(server);
    const { last, text } = await strict.secureDownload('RETR a');
    expect([text, last.slice(0, 3)]).toEqual(['', '522']);
    expect((await strict.secureDownload('RETR a')).text).toBe('0123456789');
  });

  it('plaintext: sends and receives data without TLS', async () => {
    const server = await start(versions, faultsOf('plaintext'));
    const client = await login(server);
    const bad = await client.secureDownload('RETR big');
    expect(bad.error()).toMatch(/^(ERR_SSL_|EPROTO|ECONNRESET)/);
    server.fault({ on: 'STOR', tls: 'plaintext' });
    expect(await client.upload('STOR f', 'in clear')).toMatch(/^226/);
    expect(server.storage.readFile('/f').toString()).toBe('in clear');
    expect(server.transfers[1]).not.toHaveProperty('tls');
  });

  it.each(['destroy', 'resetAndDestroy', 'end'] as const)(
    'stall-handshake: waits until the client does %s',
    async (leave) => {
      const server = await start(versions, {
        ...faultsOf('stall-handshake'),
        dataTimeout: 1,
      });
      const client = await login(server);
      const { socket, raw, records } = await client.secureData('RETR a');
      expect(await client.reply()).toMatch(/^150/);
      expect(await client.command('STAT')).toContain('RETR in progress');
      expect(records()).toEqual([]);
      raw[leave]();
      expect(await client.reply()).toMatch(/^425/);
      socket.destroy();
      expect(server.transfers[0]).toMatchObject({ bytes: 0, outcome: 'failed' });
    },
  );

  it('stall-handshake: ends with ABOR', async () => {
    const client = await login(await start(versions, faultsOf('stall-handshake')));
    await client.secureData('RETR a');
    expect(await client.reply()).toMatch(/^150/);
    client.send('ABOR');
    expect(await client.codes(2)).toEqual(['426', '226']);
  });

  it.each(['close', 'reset'] as const)('%s-in-handshake: breaks it off', async (how) => {
    const server = await start(versions, faultsOf(`${how}-in-handshake`));
    const client = await login(server);
    const bad = await client.secureDownload('RETR a');
    expect(bad.error()).toBe('ECONNRESET');
    expect(bad.records()).toEqual([]);
    expect(bad.last).toMatch(/^425/);
    expect(server.transfers[0]).toMatchObject({ bytes: 0, outcome: 'failed' });
    expect((await client.secureDownload('RETR a')).text).toBe('0123456789');
  });

  it('work in active mode, and for uploads', async () => {
    const server = await start(versions, faultsOf('close-in-handshake'));
    const client = await login(server);
    const { socket } = await client.activeData('STOR f');
    await readAll(socket);
    expect(await client.codes(2)).toEqual(['150', '425']);
  });

  it('work together with reply faults', async () => {
    const server = await start(versions, {
      faults: [
        { on: 'RETR', tls: 'close-in-handshake' },
        { on: 'RETR', code: 425, reply: '226 Done.' },
      ],
    });
    const client = await login(server);
    expect((await client.secureDownload('RETR a')).last).toBe('226 Done.');
  });
});

describe.each(['explicit', 'implicit'] as const)('a fault of the %s handshake', (mode) => {
  const on = mode === 'explicit' ? 'AUTH' : 'connect';

  /** A client that has agreed on TLS, and its server. */
  async function agreed(...faults: Fault[]) {
    const server = await start({ mode }, { faults });
    const client = await connect(server);
    if (mode === 'explicit') {
      await client.reply();
      expect(await client.command('AUTH TLS')).toMatch(/^234/);
    }
    return { server, client };
  }

  it('foreign-certificate: uses another certificate', async () => {
    const { server, client } = await agreed({ on, tls: 'foreign-certificate' });
    await expect(client.startTls()).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    await server.waitFor(() => server.sessions.length === 0);
  });

  it('plaintext: sends plaintext', async () => {
    const reply = '500 What?';
    const { server, client } = await agreed({ on, tls: 'plaintext', reply });
    if (mode === 'implicit') expect(await client.reply()).toMatch(/^220/);
    else expect(await client.command('\x16\x03\x01')).toBe(reply);
    expect(await client.command('NOOP')).toMatch(/^200/);
    expect(server.sessions[0]?.secure).toBe(false);
    const other = (await agreed({ on, tls: 'plaintext' })).client;
    await expect(other.startTls()).rejects.toMatchObject({ code: 'ERR_SSL_WRONG_VERSION_NUMBER' });
  });

  it('stall-handshake: waits until the client disconnects', async () => {
    const { server, client } = await agreed({ on, tls: 'stall-handshake' });
    client.beginTls();
    const { tcp } = client;
    await server.waitFor(() => tcp.bytesWritten > 100);
    tcp.destroy();
    await server.waitFor(() => server.sessions.length === 0);
  });

  it.each(['close', 'reset'] as const)('%s-in-handshake: breaks it off', async (how) => {
    const { server, client } = await agreed({ on, tls: `${how}-in-handshake` });
    await expect(client.startTls()).rejects.toMatchObject({ code: 'ECONNRESET' });
    await server.waitFor(() => server.sessions.length === 0);
  });

  it('refuse-session: has no effect', async () => {
    const { client } = await agreed({ on, tls: 'refuse-session' });
    await client.startTls();
    if (mode === 'implicit') await client.reply();
    expect(await client.command('NOOP')).toMatch(/^200/);
  });
});

describe('plaintext behind the 234', () => {
  it('arrives in one segment with it', async () => {
    const server = await start(
      {},
      { faults: [{ on: 'AUTH', code: 234, reply: '234 ok\r\n331 x' }] },
    );
    const client = await connect(server);
    await client.reply();
    client.pieces.length = 0;
    expect(await client.command('AUTH TLS')).toBe('234 ok');
    expect(await client.reply()).toBe('331 x');
    expect(client.pieces).toEqual(['234 ok\r\n331 x\r\n']);
    await client.startTls();
    expect(await client.command('NOOP')).toMatch(/^200/);
  });

  it('arrives in the next segment, before the ServerHello', async () => {
    const fault: Fault = { on: 'AUTH', code: 234, reply: '234 ok\r\n331 x', split: 8 };
    const client = await connect(await start({}, { faults: [fault] }));
    await client.reply();
    client.pieces.length = 0;
    expect(await client.command('AUTH TLS')).toBe('234 ok');
    expect(await client.reply()).toBe('331 x');
    expect(client.pieces).toEqual(['234 ok\r\n', '331 x\r\n']);
  });
});

describe('plaintext-control', () => {
  it.each(VERSIONS)('speaks in clear on the TCP connection under %s', async (version) => {
    const faults: Fault[] = [{ on: 'RETR', tls: 'plaintext-control' }];
    const server = await start({ maxVersion: version }, { faults });
    const client = await login(server);
    const heard: Buffer[] = [];
    client.tcp.on('data', (chunk: Buffer) => heard.push(chunk));
    expect(await client.command('RETR a')).toBe('closed');
    expect(Buffer.concat(heard).toString()).toBe('500 OOPS: priv_sock_get_result\r\n');
    // Which one depends on the version of OpenSSL.
    expect(client.error).toMatch(/^ERR_SSL_(WRONG_VERSION_NUMBER|BAD_RECORD_TYPE)$/);
    await server.waitFor(() => server.sessions.length === 0);
  });

  it('sends the given text for any command', async () => {
    const faults: Fault[] = [{ on: 'NOOP', tls: 'plaintext-control', reply: '421 Bye.' }];
    // Logged in, it has got its session tickets.
    const client = await login(await start({}, { faults }));
    const heard: Buffer[] = [];
    client.tcp.on('data', (chunk: Buffer) => heard.push(chunk));
    await client.command('NOOP');
    expect(Buffer.concat(heard).toString()).toBe('421 Bye.\r\n');
  });
});
