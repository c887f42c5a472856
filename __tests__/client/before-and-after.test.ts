import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FTP, FTPTLS } from 'ftpipe';
import { TestServer, type TestServerOptions } from 'ftpipe/testing';
import { TIMEOUTS } from './tls/harness';

let closing: (() => unknown)[];
beforeEach(() => {
  closing = [];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
});

async function serve(options: TestServerOptions = {}): Promise<TestServer> {
  const server = await TestServer.start({ files: { '/a': 'hello', '/b/c': 'x' }, ...options });
  closing.push(() => server.close());
  return server;
}

function client({ host, port, url, certificate: ca }: TestServer): FTP {
  const options = { host, port, timeouts: TIMEOUTS };
  const implicit = url.startsWith('ftps:');
  const ftp = ca ? new FTPTLS({ ...options, implicit, tls: { ca } }) : new FTP(options);
  closing.push(() => ftp.close());
  return ftp;
}

const KINDS = [
  ['in clear', {}],
  ['over TLS', { tls: {} }],
  ['over implicit TLS', { tls: { mode: 'implicit' } }],
] as const;

describe('quit()', () => {
  it('resolves on a client that never connected', async () => {
    expect(await new FTP().quit()).toBe('');
    expect(await new FTPTLS().quit()).toBe('');
    expect(await new FTP().quit({ signal: AbortSignal.abort() })).toBe('');
  });

  it('still rejects invalid options', async () => {
    await expect(new FTP().quit({ timeout: -1 })).rejects.toThrow(RangeError);
  });

  it.each(KINDS)('resolves on a client that is closed, %s', async (_, options) => {
    const ftp = client(await serve(options));
    await ftp.connect();
    await ftp.login('user', 'password');
    ftp.close();
    expect(await ftp.quit()).toBe('');
    await ftp.closed;
    expect(await ftp.quit()).toBe('');
  });

  it('resolves when it is called twice, in a row or at once', async () => {
    const ftp = client(await serve());
    await ftp.connect();
    const [first, second] = await Promise.all([ftp.quit(), ftp.quit()]);
    expect(first).toMatch(/^221/);
    expect(second).toBe('');
    expect(await ftp.quit()).toBe('');
  });

  it('resolves after another quit() was refused', async () => {
    const ftp = client(await serve({ faults: [{ on: 'QUIT', reply: '500 What?' }] }));
    await ftp.connect();
    const [first, second] = [ftp.quit(), ftp.quit()];
    await expect(first).rejects.toThrow('500 What?');
    expect(await second).toBe('');
  });

  it('resolves when the server has closed the connection', async () => {
    const server = await serve({ faults: [{ on: 'NOOP', control: 'end' }] });
    const ftp = client(server);
    await ftp.connect();
    await expect(ftp.voidCmd('NOOP')).rejects.toThrow();
    expect(await ftp.quit()).toBe('');
  });

  it('resolves when the connection is lost while the call waits for its turn', async () => {
    const server = await serve({ faults: [{ on: 'NOOP', control: 'end' }] });
    const ftp = client(server);
    await ftp.connect();
    const noop = ftp.voidCmd('NOOP');
    const quit = ftp.quit();
    await expect(noop).rejects.toThrow();
    expect(await quit).toBe('');
  });

  it('rejects when the server closes the connection without a reply to QUIT', async () => {
    const server = await serve({ faults: [{ on: 'QUIT', control: 'end' }] });
    const ftp = client(server);
    await ftp.connect();
    await expect(ftp.quit()).rejects.toMatchObject({ code: 'ERR_FTP_CONNECTION' });
    expect(ftp.connected).toBe(false);
  });

  it('does not close a connection that is opened after it', async () => {
    const ftp = client(await serve());
    await ftp.connect();
    ftp.close();
    const quit = ftp.quit();
    const welcome = ftp.connect();
    expect(await quit).toBe('');
    expect(await welcome).toMatch(/^220/);
    expect(ftp.connected).toBe(true);
  });
});

describe('calls during connect()', () => {
  it.each(KINDS)('wait for it, in their order, %s', async (_, options) => {
    const server = await serve(options);
    const ftp = client(server);
    const connect = ftp.connect();
    const calls = [
      ftp.login('user', 'password'),
      ftp.cwd('/b'),
      ftp.pwd(),
      ftp.retrBinary('RETR c').toArray(),
      ftp.voidCmd('NOOP'),
      ftp.list('/').toArray(),
      ftp.nlst('/'),
      ftp.stat('/a'),
      ftp.features(),
      ftp.storBinary('STOR d', Buffer.from('d')),
      ftp.size('/a'),
      ftp.download('/a', '/dev/null'),
      ftp.quit(),
    ];
    expect(await connect).toMatch(/^220/);
    const results = await Promise.all(calls);
    expect(results[2]).toBe('/b');
    expect(results[3]).toEqual([Buffer.from('x')]);
    expect((results[5] as { name: string }[]).map(({ name }) => name).sort()).toEqual(['a', 'b']);
    expect(results.at(-1)).toMatch(/^221/);
    expect(ftp.connected).toBe(false);
    const verbs = server.commands.map((line) => line.split(' ')[0]);
    const named = ['USER', 'PASS', 'CWD', 'PWD', 'RETR', 'NOOP', 'NLST', 'MLST', 'STOR', 'QUIT'];
    const seen = [...new Set(verbs.filter((verb) => named.includes(verb as string)))];
    expect(seen).toEqual(named);
  });

  it('keep their order, with signals and without, and directly after it', async () => {
    const server = await serve();
    const ftp = client(server);
    const { signal } = new AbortController();
    const order: string[] = [];
    const told = (name: string, promise: Promise<unknown>) => promise.then(() => order.push(name));
    const all = [
      told('connect', ftp.connect()).then(() => told('late', ftp.voidCmd('NOOP late'))),
      told('login', ftp.login('user', 'password', '', { signal })),
      told('a', ftp.voidCmd('NOOP a')),
      told('b', ftp.voidCmd('NOOP b', { signal })),
      told('c', ftp.sendCmd('NOOP c')),
    ];
    await Promise.all(all);
    expect(order).toEqual(['connect', 'login', 'a', 'b', 'c', 'late']);
  });

  it('reject with the reason when it fails', async () => {
    const server = await serve();
    await server.close();
    const ftp = client(server);
    const connect = ftp.connect();
    const stream = ftp.retrBinary('RETR a');
    const calls = [
      ftp.login('user', 'password'),
      ftp.voidCmd('NOOP'),
      ftp.stat('a'),
      ftp.features(),
      stream.toArray(),
      ftp.list().toArray(),
    ];
    const quit = ftp.quit();
    const error = await connect.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ERR_FTP_CONNECTION' });
    for (const call of calls) {
      await expect(call).rejects.toMatchObject({
        code: 'ERR_FTP_CONNECTION',
        message: expect.stringMatching(/^Not connected, because connect\(\) failed: Cannot open/),
        cause: error,
      });
    }
    expect(await quit).toBe('');
  });

  it('reject after close()', async () => {
    const ftp = client(await serve({ faults: [{ on: 'connect', drop: true }] }));
    const connect = ftp.connect();
    const login = ftp.login('user', 'password');
    const listing = ftp.list().toArray();
    const stream = ftp.retrBinary('RETR a'); // whose error nobody listens to
    ftp.close();
    for (const call of [connect, login, listing])
      await expect(call).rejects.toThrow('The client was closed');
    if (!stream.closed) await once(stream, 'close');
  });

  it('reject with their own signal only', async () => {
    const server = await serve({ faults: [{ on: 'connect', delay: 50 }] });
    const ftp = client(server);
    const reason = new Error('no more');
    const abort = new AbortController();
    const { signal } = abort;
    const connect = ftp.connect();
    const given = [
      ftp.voidCmd('NOOP given', { signal }),
      ftp.retrBinary('RETR a', { signal }).toArray(),
      ftp.list('', { signal }).toArray(),
    ];
    const destroyed = ftp.retrBinary('RETR b');
    destroyed.destroy();
    const login = ftp.login('user', 'password');
    abort.abort(reason);
    for (const call of given) await expect(call).rejects.toBe(reason);
    await connect;
    expect(await login).toMatch(/^230/);
    expect(await ftp.pwd()).toBe('/');
    expect(server.commands.filter((line) => /NOOP|RETR|MLSD/.test(line))).toEqual([]);
  });

  it('do not delay a quit() that is aborted: the connection attempt ends', async () => {
    const ftp = client(await serve({ faults: [{ on: 'connect', drop: true }] }));
    const reason = new Error('no more');
    const abort = new AbortController();
    const connect = ftp.connect();
    const quit = ftp.quit({ signal: abort.signal });
    abort.abort(reason);
    await expect(quit).rejects.toBe(reason);
    await expect(connect).rejects.toBe(reason);
  });

  it('reject another connect()', async () => {
    const ftp = client(await serve());
    const connect = ftp.connect();
    await expect(ftp.connect()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' });
    await connect;
  });
});
