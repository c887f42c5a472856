import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Refusal, TestServer } from 'ftpipe/testing';
import { harness } from './harness';
import { RawClient, readAll } from './raw-client';

const { start, connect, login } = harness({ files: { '/a': '0123456789' } });

describe('a handler of the test', () => {
  it('can reply before the data ends, and write its own bytes', async () => {
    const server = await start();
    server.handle('RETR', async (session, argument) => {
      expect(argument).toBe('any name');
      await session.reply('150 Opening');
      const data = await session.openData();
      data.write('hel');
      await session.reply(Buffer.from('226 Do'));
      session.control.write('ne\r\n');
      await server.received('NOOP');
      data.end('lo');
    });
    const client = await login(server);
    const data = await client.passive();
    client.send('RETR any name');
    expect(await client.codes(2)).toEqual(['150', '226']);
    client.send('NOOP');
    expect(await readAll(data)).toBe('hello');
    expect(await client.reply()).toMatch(/^200/);
    expect(server.errors).toEqual([]);
  });

  it('can open the data connection in active mode, before its 150, and reset it', async () => {
    const server = await start();
    server.handle('LIST', async (session) => {
      const data = await session.openData();
      data.resetAndDestroy();
      await session.reply('150 Too late');
      await session.reply('426 Indeed');
    });
    const client = await login(server);
    const { port, connection } = await client.listen();
    await client.command(`EPRT |1|127.0.0.1|${port}|`);
    client.send('LIST');
    await once((await connection).resume(), 'error');
    expect(await client.codes(2)).toEqual(['150', '426']);
  });

  it('can call the standard handler, and be removed', async () => {
    const server = await start();
    const dispose = server.handle('retr', async (session, argument) => {
      await session.reply('110 MARK yyyy = 0');
      await session.perform('RETR', argument);
    });
    const client = await login(server);
    const data = await client.passive();
    client.send('RETR a');
    expect(await readAll(data)).toBe('0123456789');
    expect(await client.codes(3)).toEqual(['110', '150', '226']);
    dispose();
    expect((await client.download('RETR a')).last).toMatch(/^226/);
  });

  it('can reject, and its errors are kept for the test', async () => {
    const server = await start();
    const mistake = new Error('mistake');
    server.handle('SITE', () => {
      throw new Refusal('504 Not this.');
    });
    server.handle('HELP', () => Promise.reject(mistake));
    const client = await login(server);
    expect(await client.command('SITE x')).toBe('504 Not this.');
    expect(await client.command('HELP')).toMatch(/^451/);
    expect(server.errors).toEqual([mistake]);
  });

  it('can send the greeting', async () => {
    const server = await start();
    server.handle('connect', (session) => session.reply('120 Wait'));
    const client = await connect(server);
    expect(await client.reply()).toBe('120 Wait');
  });

  it('for ABOR runs beside the transfer, and sees its signal', async () => {
    const server = await start();
    server.handle('RETR', async (session) => {
      await session.reply('150 Opening');
      const data = await session.openData();
      await once(session.signal, 'abort');
      await session.reply('226 First');
      data.destroy();
    });
    server.handle('ABOR', (session) => session.reply('426 Second'));
    const client = await login(server);
    await client.passive();
    await client.command('RETR a');
    client.send('ABOR');
    expect((await client.codes(2)).sort()).toEqual(['226', '426']);
  });
});

describe('the record of the server', () => {
  it('can be read, in order', async () => {
    const server = await start();
    const client = await login(server);
    client.send('PWD\r\nNOOP\r\nCWD /\r\nFEAT');
    expect(await client.codes(4)).toEqual(['257', '200', '250', '211']);
    expect(server.commands).toEqual(['USER user', 'PASS password', 'PWD', 'NOOP', 'CWD /', 'FEAT']);
    expect(server.replies.slice(0, 2)).toEqual(['220 Ready.', '331 Password required.']);
  });

  it('can be awaited', async () => {
    const server = await start();
    const connected = server.waitFor('connect');
    const second = server.received(/^NOOP/, 2);
    const client = await login(server);
    await connected;
    expect(await server.received('user')).toBe('USER user');
    client.send('NOOP\r\nNOOP two');
    expect(await second).toBe('NOOP two');
    await server.idle();
    expect(server.replies.at(-1)).toMatch(/^200/);
    client.close();
    await server.waitFor(() => server.sessions.length === 0);
  });

  it('rejects pending waits when the server closes', async () => {
    const server = await start();
    const never = server.received('NEVER');
    const neither = server.waitFor('transfer');
    await server.close();
    await expect(never).rejects.toThrow('The test server was closed.');
    await expect(neither).rejects.toThrow('The test server was closed.');
  });
});

describe('closing the server', () => {
  const handles = (kind: string) =>
    process.getActiveResourcesInfo().filter((name) => name.startsWith(kind)).length;
  const turns = async (done: () => boolean) => {
    while (!done()) await new Promise((resolve) => setImmediate(resolve));
  };

  it('closes everything, even during transfers and commands', async () => {
    const [sockets, timers] = [handles('TCP'), handles('Timeout')];
    const server = await TestServer.start({
      files: { '/big': Buffer.alloc(5_000_000) },
      faults: [{ on: 'NOOP', delay: 60_000 }],
    });
    const clients = await Promise.all([1, 2, 3, 4].map(() => RawClient.login(server)));
    const [down, up, idle, slow] = clients;
    const data = [await down?.passive(), await up?.passive()];
    await down?.command('RETR big');
    await up?.command('STOR f');
    await idle?.command('EPSV');
    idle?.send('STOR g');
    slow?.send('NOOP');
    await server.received('NOOP');
    await server.received('STOR', 2);
    await server.close();
    await server.close();
    await Promise.all(clients.map((client) => client.closed()));
    for (const socket of data) socket?.destroy();
    // Sockets of tests before may still be closing, so there can only be fewer than at first.
    await turns(() => handles('TCP') <= sockets && handles('Timeout') <= timers);
    await expect(RawClient.connect(server)).rejects.toThrow('ECONNREFUSED');
  });

  it('happens at the end of an await using scope', async () => {
    const server = await TestServer.start();
    await server[Symbol.asyncDispose]();
    await expect(once(net.connect(server.port, server.host), 'connect')).rejects.toThrow();
  });

  it('answers a client that has ended its side', async () => {
    const client = await connect(await start());
    client.send('USER user\r\nPASS password\r\nPWD');
    client.control.end();
    expect(await client.codes(4)).toEqual(['220', '331', '230', '257']);
    await client.closed();
  });

  it('survives clients that disconnect at any moment', async () => {
    const server = await start();
    const lines = ['EPSV', 'RETR a', 'STOR f', 'LIST', 'NOOP', 'QUIT', 'ABOR'];
    for (const line of lines) {
      const client = await login(server);
      await client.passive();
      client.send(line);
      client.control.resetAndDestroy();
    }
    await server.waitFor(() => server.sessions.length === 0);
    expect((await login(server)).control.destroyed).toBe(false);
    expect(server.errors).toEqual([]);
  });
});

describe('the url', () => {
  it('contains the login and the address', async () => {
    expect((await start()).url).toMatch(/^ftp:\/\/user:password@127\.0\.0\.1:\d+\/$/);
    const server = await start({ host: '::1', users: { 'a@b': 'p/w' } });
    expect(server.url).toBe(`ftp://a%40b:p%2Fw@[::1]:${server.port}/`);
  });
});
