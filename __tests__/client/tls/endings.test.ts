import { describe, expect, it } from '@jest/globals';
import type { FTPTLSOptions } from 'ftpipe';
import type { Fault } from 'ftpipe/testing';
import { settled } from '../../helpers/promises';
import { login, only, start, text, VERSIONS } from './harness';

const CUT: Fault = { on: 'RETR', data: { action: 'no-close-notify' } }; // after the last byte
const SHORT: Fault = { on: 'RETR', data: { action: 'no-close-notify', after: 3 } };
const LISTING: Fault = { on: 'LIST', data: { action: 'no-close-notify' } };

describe.each(VERSIONS)('%s: an end without close_notify', (version) => {
  type Asked = { size?: number; verify?: 'size' };
  // biome-ignore format: a table
  it.each<[closeNotify: FTPTLSOptions['closeNotify'], asked: Asked, whole: object | string, short: object]>([
    ['auto',    {},                 { code: 'ERR_FTP_TRUNCATED' }, { code: 'ERR_FTP_TRUNCATED' }],
    ['auto',    { size: 5 },        'hello',                       { code: 'ERR_FTP_SIZE_MISMATCH' }],
    ['auto',    { verify: 'size' }, 'hello',                       { code: 'ERR_FTP_SIZE_MISMATCH' }],
    ['require', {},                 { code: 'ERR_FTP_TRUNCATED' }, { code: 'ERR_FTP_TRUNCATED' }],
    ['require', { size: 5 },        { code: 'ERR_FTP_TRUNCATED' }, { code: 'ERR_FTP_TRUNCATED' }],
    ['require', { verify: 'size' }, { code: 'ERR_FTP_TRUNCATED' }, { code: 'ERR_FTP_TRUNCATED' }],
    ['ignore',  {},                 'hello',                       { code: 'ERR_FTP_TRUNCATED' }],
    ['ignore',  { size: 5 },        'hello',                       { code: 'ERR_FTP_SIZE_MISMATCH' }],
    ['ignore',  { verify: 'size' }, 'hello',                       { code: 'ERR_FTP_SIZE_MISMATCH' }],
  ])('closeNotify %p, asked %j', async (closeNotify, asked, whole, short) => {
    for (const [fault, expected] of [[CUT, whole], [SHORT, short]] as const) {
      const server = await start(only(version), { faults: [{ ...fault, times: 1 }] });
      const ftp = await login(server, { closeNotify });
      const result = await settled(text(ftp.retrBinary('RETR a', asked)));
      if (typeof expected === 'string') expect(result).toBe(expected);
      else expect(result).toMatchObject(expected);
      expect(await text(ftp.retrBinary('RETR a', asked))).toBe('hello');
      ftp.close();
    }
  });

  it.each<[FTPTLSOptions['closeNotify'], boolean]>([
    ['auto', true],
    ['require', true],
    ['ignore', false],
  ])('of a listing, closeNotify %p, is an error: %p', async (closeNotify, isError) => {
    const server = await start(only(version), { faults: [LISTING] });
    const ftp = await login(server, { closeNotify });
    const result = await settled(ftp.dir().toArray());
    if (isError) {
      expect(result).toMatchObject({
        code: 'ERR_FTP_TRUNCATED',
        connectionUsable: true,
        message: expect.stringContaining("closeNotify: 'ignore'"),
      });
    } else expect(Array.isArray(result)).toBe(true);
    expect(await ftp.pwd()).toBe('/');
  });

  it('of an upload is accepted, because the reply decides', async () => {
    const faults: Fault[] = [{ on: 'STOR', data: { action: 'no-close-notify' } }];
    const server = await start(only(version), { faults });
    const ftp = await login(server, { closeNotify: 'require' });
    expect(await ftp.storBinary('STOR b', Buffer.from('x'))).toMatch(/^226/);
    expect(server.transfers[0]?.closeNotify).toBe(true);
  });

  it('never comes from the client: it sends close_notify before the server sends its 226', async () => {
    const server = await start({ ...only(version), waitForCloseNotify: true });
    const ftp = await login(server);
    for (const path of ['a', 'empty', 'big']) {
      for (const options of [{}, { verify: 'size' } as const])
        await ftp.retrBinary(`RETR ${path}`, options).resume().toArray();
    }
    await ftp.dir().toArray();
    await ftp.storBinary('STOR b', Buffer.alloc(0));
    await ftp.storBinary('STOR c', Buffer.alloc(200_000));
    expect(server.transfers.map(({ closeNotify }) => closeNotify)).toEqual(Array(9).fill(true));
  });

  it('is not reported if the 226 comes before, during or after the end of the data', async () => {
    const server = await start(only(version));
    const ftp = await login(server);
    const orders: ((end: () => void, done: () => Promise<void>) => Promise<void>)[] = [
      async (end, done) => done().then(end),
      async (end, done) => {
        end();
        await done();
      },
      async (end, done) => {
        end();
        await server.waitFor(() => true);
        await new Promise((resolve) => setImmediate(resolve));
        await done();
      },
    ];
    for (let round = 0; round < 30; round += 1) {
      const order = orders[round % orders.length] as (typeof orders)[number];
      server.handle('RETR', async (session) => {
        await session.reply('150 Opening.');
        const data = await session.openData();
        data.write(`round ${round}`);
        await order(
          () => data.end(),
          () => session.reply('226 Done.'),
        );
      });
      expect(await text(ftp.retrBinary('RETR a'))).toBe(`round ${round}`);
    }
  });

  it('of a slowly read download is reported after its last byte', async () => {
    const server = await start(only(version), {
      files: { '/big': Buffer.alloc(2_000_000, 'z') },
      faults: [{ on: 'RETR', data: { action: 'no-close-notify' } }],
    });
    const ftp = await login(server);
    let length = 0;
    const reading = async () => {
      for await (const block of ftp.retrBinary('RETR big')) {
        length += block.length;
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    expect(await settled(reading())).toMatchObject({ code: 'ERR_FTP_TRUNCATED' });
    expect(length).toBe(2_000_000);
  });
});

describe.each(VERSIONS)('%s: a session that is not resumed', (version) => {
  it.each([
    '522 SSL connection failed: session reuse required',
    '425 Unable to build data connection',
  ])('%p is explained, and the next one offers another session', async (reply) => {
    const server = await start(
      { ...only(version), requireSessionReuse: true },
      {
        faults: [
          { on: 'RETR', times: 1, tls: 'refuse-session' },
          { on: 'RETR', times: 1, code: 522, reply },
        ],
      },
    );
    const ftp = await login(server);
    expect(await settled(text(ftp.retrBinary('RETR a')))).toMatchObject({
      name: reply.startsWith('5') ? 'PermanentReplyError' : 'TransientReplyError',
      connectionUsable: true,
      message: expect.stringMatching(
        /^(522|425) .*resumed on the data connection.*tlsSession: 'rotate'/,
      ),
    });
    expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
    await ftp.storBinary('STOR b', Buffer.from('x'));
  });

  it('is explained for an upload too', async () => {
    const server = await start(
      { ...only(version), requireSessionReuse: true },
      { faults: [{ on: 'STOR', times: 1, tls: 'refuse-session' }] },
    );
    const ftp = await login(server);
    expect(await settled(ftp.storBinary('STOR b', Buffer.alloc(100_000)))).toMatchObject({
      reply: { code: 522 },
      message: expect.stringContaining("tlsSession: 'rotate'"),
      connectionUsable: true,
    });
    await ftp.storBinary('STOR b', Buffer.from('x'));
  });

  it.each([['control'], ['rotate']] as const)(
    'is resumed every time with tlsSession: %p',
    async (tlsSession) => {
      const server = await start({ ...only(version), requireSessionReuse: true });
      const ftp = await login(server, { tlsSession });
      for (let round = 0; round < 6; round += 1) {
        await ftp.storBinary('STOR b', Buffer.from(`round ${round}`));
        expect(await text(ftp.retrBinary('RETR b'))).toBe(`round ${round}`);
        await ftp.nlst();
      }
      expect(server.transfers.every(({ tls }) => tls?.reused)).toBe(true);
    },
  );

  it('is reported by stream.tls if the server does not require resumption', async () => {
    const server = await start(only(version), { faults: [{ on: 'RETR', tls: 'refuse-session' }] });
    const ftp = await login(server);
    const stream = ftp.retrBinary('RETR a');
    expect(await text(stream)).toBe('hello');
    expect(stream.tls).toMatchObject({ reused: false, authorized: true });
  });
});
