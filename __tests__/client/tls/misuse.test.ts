import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { FTP, FTPTLS, ftpcp } from 'ftpipe';
import { makeCertificate, TestServer } from 'ftpipe/testing';
import { afterwards } from '../../helpers/afterwards';
import { settled } from '../../helpers/promises';
import { client, deserted, login, start, TIMEOUTS, text } from './harness';

describe('commands that change the connection itself', () => {
  it.each(['AUTH TLS', 'auth ssl', 'AUTH GSSAPI', 'CCC', 'ccc', 'REIN'])(
    '%p is rejected, and nothing is sent',
    async (cmd) => {
      const server = await start();
      const ftp = await login(server);
      const before = server.commands.length;
      const refused = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };
      expect(await settled(ftp.sendCmd(cmd))).toMatchObject(refused);
      expect(await settled(ftp.voidCmd(Buffer.from(cmd)))).toMatchObject(refused);
      expect(await settled(ftp.transferCmd(cmd))).toMatchObject(refused);
      expect(() => ftp.retrBinary(cmd)).toThrow(TypeError);
      expect(server.commands.length).toBe(before);
      expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
    },
  );
});

describe('ftpcp with a client whose data connections use TLS', () => {
  it('is rejected before anything is sent (RFC 4217 §7)', async () => {
    const server = await start();
    const [one, other] = [await login(server), await login(server)];
    const plain = await FTP.connect({
      host: server.host,
      port: server.port,
      user: 'user',
      password: 'password',
    });
    afterwards(() => plain.close());
    const before = server.commands.length;
    for (const [source, target] of [
      [one, other],
      [one, plain],
      [plain, one],
    ] as const) {
      expect(await settled(ftpcp(source, 'a', target, 'b'))).toMatchObject({
        name: 'TypeError',
        code: 'ERR_INVALID_STATE',
        message: expect.stringContaining('protC()'),
      });
    }
    expect(server.commands.length).toBe(before);
    expect(await one.pwd()).toBe('/');
  });

  it('works after protC() on both', async () => {
    const source = await start();
    const target = await TestServer.start({ allowForeignPort: true, tls: {} });
    afterwards(() => target.close());
    const [from, to] = [await login(source), await login(target)];
    await Promise.all([from.protC(), to.protC()]);
    await ftpcp(from, 'a', to, 'b');
    expect(target.storage.readFile('/b').toString()).toBe('hello');
  });
});

describe('a TLS stream of the user (createConnection)', () => {
  it('is not a TCP socket: a failed upload is aborted with ABOR, and the next command works', async () => {
    const { key, cert } = makeCertificate();
    const server = await TestServer.start({ files: { '/a': 'hello' } });
    afterwards(() => server.close());
    // Something that ends TLS before the server, as stunnel does.
    const relay = async (port: number) => {
      const front = tls.createServer({ key, cert, allowHalfOpen: true }, (socket) => {
        const back = net.connect({ port, host: server.host, allowHalfOpen: true });
        for (const each of [socket, back]) each.on('error', () => {});
        socket.pipe(back).pipe(socket);
        socket.on('close', () => back.destroy());
      });
      front.listen(0, '127.0.0.1');
      await once(front, 'listening');
      afterwards(() => front.close());
      return (front.address() as net.AddressInfo).port;
    };
    const ftp = new FTP({
      host: '127.0.0.1',
      port: server.port,
      timeouts: TIMEOUTS,
      async createConnection({ port }) {
        const socket = tls.connect({ port: await relay(port), host: '127.0.0.1', ca: cert });
        await once(socket, 'secureConnect');
        return socket;
      },
    });
    afterwards(() => ftp.close());
    await ftp.connect();
    await ftp.login('user', 'password');
    expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
    const upload = ftp.storBinary('STOR b');
    await upload.opened();
    upload.write(Buffer.alloc(1000));
    await server.waitFor('data');
    const over = settled(once(upload, 'close'));
    upload.destroy(new Error('given up'));
    await over;
    expect(await ftp.pwd()).toBe('/');
    expect(server.commands).toContain('ABOR');
    expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
  });
});

describe('waits without a limit', () => {
  it.each(['tls', 'greeting'])(
    'of %s do not shorten the time for the greeting of implicit TLS',
    async (name) => {
      const server = await start({ mode: 'implicit' }, { faults: [{ on: 'connect', delay: 600 }] });
      const ftp = client(server, {
        timeouts: { ...TIMEOUTS, tls: 500, greeting: 500, [name]: Number.POSITIVE_INFINITY },
      });
      if (name === 'greeting') expect(await ftp.connect()).toMatch(/^220/);
      else await settled(ftp.connect());
      ftp.close();
      await deserted(server);
    },
  );
});

it.each([
  { secure: false },
  { secure: 'tls' },
  { implicit: 1 },
  { tls: null, implicit: 'no' },
  { tls: 'x' },
  { tls: { host: 'x' } },
  { tls: { port: 1 } },
  { tls: { socket: {} } },
  { tls: { session: Buffer.alloc(1) } },
  { tls: { path: '/x' } },
  { tls: { lookup() {} } },
  { tls: { timeout: 1 } },
  { dataProtection: 'safe' },
  { closeNotify: 'never' },
  { closeNotify: true },
  { tlsSession: 'none' },
])('rejects the options %p', (options) => {
  expect(() => new FTPTLS(options as never)).toThrow(TypeError);
});

it('rejects an unusable key or cipher at once', () => {
  expect(() => new FTPTLS({ tls: { key: 'x', cert: 'y' } })).toThrow();
  expect(() => new FTPTLS({ tls: { ciphers: 'none such' } })).toThrow();
  expect(() => new FTPTLS(null as never)).toThrow(TypeError);
});
