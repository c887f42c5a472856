import { describe, expect, it } from '@jest/globals';
import type { FTPTLSOptions } from 'ftpipe';
import type { Fault, TestServer, TestServerOptions } from 'ftpipe/testing';
import { settled } from '../../helpers/promises';
import { client, login, start, text, verbs } from './harness';

const PROT = /^(PBSZ|PROT)/;
const asked = (server: TestServer) => server.commands.filter((line) => PROT.test(line));

/**
 * A server of implicit TLS whose data is in TLS until PROT C says otherwise, as of most of them.
 */
async function serve(options: TestServerOptions = {}): Promise<TestServer> {
  const server = await start({ mode: 'implicit' }, options);
  server.handle('connect', async (session) => {
    if (session.security) session.security.protectsData = true;
    await session.reply('220 Ready.');
  });
  return server;
}

const CLEAR: FTPTLSOptions = { dataProtection: 'clear' };

describe('implicit TLS with plaintext data', () => {
  it.each<[string, FTPTLSOptions]>([
    ['passive', CLEAR],
    ['active', { ...CLEAR, passive: false }],
    ['login in one write', { ...CLEAR, loginInOneWrite: true }],
  ])('sends PROT C at the login, %s', async (_, options) => {
    const server = await serve();
    const ftp = await login(server, options);
    expect(asked(server)).toEqual(['PBSZ 0', 'PROT C']);
    expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
    await ftp.storBinary('STOR b', Buffer.from('up'));
    expect(String(server.storage.readFile('/b'))).toBe('up');
    expect((await ftp.list('/folder').toArray()).length).toBe(0);
    expect(server.transfers.map(({ tls }) => tls)).toEqual([undefined, undefined, undefined]);
    expect(asked(server)).toEqual(['PBSZ 0', 'PROT C']);
    await ftp.protP();
    expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
    expect(server.transfers.at(-1)?.tls).toBeDefined();
  });

  it('sends it before the first transfer of a client that did not log in', async () => {
    const server = await serve({ users: { user: { password: null } } });
    const ftp = client(server, CLEAR);
    await ftp.connect();
    await ftp.sendCmd('USER user');
    expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
    expect(verbs(server).filter((verb) => verb === 'PROT')).toHaveLength(1);
  });

  it.each(['500 What?', '502 No.', '504 No.'])(
    'continues with plaintext data if the server does not know PROT (%s)',
    async (reply) => {
      const faults: Fault[] = [
        { on: 'PBSZ', reply },
        { on: 'PROT', reply },
      ];
      const server = await start({ mode: 'implicit' }, { faults });
      const ftp = await login(server, CLEAR);
      expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
      expect(server.transfers[0]?.tls).toBeUndefined();
    },
  );

  it.each(['534 Data must be private.', '536 No.', '431 Not now.'])(
    'fails at the login if the server refuses PROT C (%s)',
    async (reply) => {
      const server = await start({ mode: 'implicit' }, { faults: [{ on: 'PROT', reply }] });
      expect(await settled(login(server, CLEAR))).toMatchObject({
        command: 'PROT C',
        phase: 'secure',
        reply: { code: Number(reply.slice(0, 3)) },
      });
    },
  );

  it('is sent again after another login, and after another connection', async () => {
    const server = await serve();
    const ftp = await login(server, CLEAR);
    ftp.close();
    await ftp.connect();
    await ftp.login('user', 'password');
    expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
    expect(verbs(server).filter((verb) => verb === 'PROT')).toHaveLength(2);
  });
});

it('explicit TLS with plaintext data sends no PROT, because that is the default after AUTH', async () => {
  const server = await start();
  const ftp = await login(server, CLEAR);
  expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
  expect(asked(server)).toEqual([]);
});
