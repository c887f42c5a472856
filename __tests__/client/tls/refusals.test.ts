import { describe, expect, it } from '@jest/globals';
import { FTPTLS } from 'ftpipe';
import type { Fault } from 'ftpipe/testing';
import { afterwards } from '../../helpers/afterwards';
import { settled } from '../../helpers/promises';
import { client, deserted, login, optionsFor, start, TIMEOUTS, text, verbs } from './harness';

const SECRETS = { user: 'user-c4n4ry', password: 'password-c4n4ry' };

describe('a server that refuses AUTH', () => {
  // biome-ignore format: a table
  it.each<[answer: string | null, error: object]>([
    ['200 ok',              { name: 'ReplyError', reply: { code: 200 } }],
    ['220 ok',              { name: 'ProtocolError', code: 'ERR_FTP_PLAINTEXT_AFTER_AUTH' }],
    ['230 You are in.',     { name: 'ProtocolError', code: 'ERR_FTP_PLAINTEXT_AFTER_AUTH' }],
    ['235 ok',              { name: 'ReplyError', reply: { code: 235 } }],
    ['331 password?',       { name: 'ReplyError', reply: { code: 331 } }],
    ['334 ADAT?',           { name: 'ReplyError', reply: { code: 334 } }],
    ['421 too many',        { name: 'TransientReplyError', reply: { code: 421 }, connectionUsable: false }],
    ['431 no resource',     { name: 'TransientReplyError', reply: { code: 431 } }],
    ['500 what?',           { name: 'PermanentReplyError', reply: { code: 500 } }],
    ['502 not here',        { name: 'PermanentReplyError', reply: { code: 502 } }],
    ['504 not TLS',         { name: 'PermanentReplyError', reply: { code: 504 } }],
    ['530 log in first',    { name: 'PermanentReplyError', reply: { code: 530 } }],
    ['534 by policy',       { name: 'PermanentReplyError', reply: { code: 534 } }],
    ['SSH-2.0',             { name: 'ProtocolError', code: 'ERR_FTP_PROTOCOL' }],
    [null,                  { name: 'TimeoutError', phase: 'secure' }],
  ])('%p: sends nothing in plaintext', async (reply, expected) => {
    const fault: Fault = reply === null ? { on: 'AUTH', drop: true } : { on: 'AUTH', reply };
    const faults: Fault[] = [fault, ...(reply === null ? [{ on: 'AUTH', code: 234, drop: true } as const] : [])];
    const server = await start({}, { faults });
    const timeouts = { ...TIMEOUTS, ...(reply === null && { reply: 100, tls: 100 }) };
    const all = optionsFor(server, { timeouts });
    const error = await settled(FTPTLS.connect({ ...all, ...SECRETS }));
    expect(error).toMatchObject({ ...expected, phase: 'secure' });
    await deserted(server); // nothing is left open
    expect(server.commands).toEqual(['AUTH TLS']);

    const ftp = client(server, { timeouts });
    await ftp.connect();
    const again = [
      await settled(ftp.login(SECRETS.user, SECRETS.password)),
      await settled(ftp.sendCmd(`USER ${SECRETS.user}`)),
      await settled(ftp.sendCmd(`PASS ${SECRETS.password}`)),
      await settled(ftp.acct(SECRETS.password)),
      await settled(ftp.storBinary('STOR x', Buffer.from(SECRETS.password))),
      await settled(ftp.retrBinary(`RETR ${SECRETS.password}`).toArray()),
      await settled(ftp.nlst()),
      await settled(ftp.abort()),
      await settled(ftp.protP()),
      await settled(ftp.quit()),
    ];
    expect(again[0]).toMatchObject(expected);
    for (const each of again.slice(1, -1)) expect(each).toMatchObject({ name: 'ConnectionError' });
    await deserted(server);
    expect(server.commands.filter((line) => !/^(AUTH TLS|QUIT)$/.test(line))).toEqual([]);
    expect(server.transfers).toEqual([]);
  });

  it.each(['230 Logged in already.', '230-\r\n230 in', ['120 wait', '230 in']])(
    'greets with %p: the client still sends AUTH (CVE-2021-22946)',
    async (greeting) => {
      const server = await start({}, { greeting: [greeting].flat().join('\r\n') });
      const all = optionsFor(server);
      const ftp = await FTPTLS.connect({ ...all, user: 'user', password: 'password' });
      afterwards(() => ftp.close());
      expect(server.commands[0]).toBe('AUTH TLS');
      expect(server.sessions[0]?.secure).toBe(true);
    },
  );

  it('rejects even raw commands of the user, with the reason', async () => {
    const server = await start();
    const ftp = client(server);
    await ftp.connect();
    for (const call of [
      () => ftp.pwd(),
      () => ftp.sendCmd('NOOP'),
      () => ftp.voidCmd('pass x'),
      () => ftp.retrBinary('RETR a').toArray(),
      () => ftp.storBinary('STOR a', Buffer.from('x')),
      () => ftp.dir().toArray(),
    ]) {
      expect(await settled(call())).toMatchObject({
        name: 'ConnectionError',
        phase: 'secure',
        connectionUsable: true,
        message: expect.stringMatching(/was not sent: the control connection is not encrypted/),
      });
    }
    expect(server.commands).toEqual([]);
    expect(await ftp.sendCmd('FEAT')).toContain('AUTH TLS');
    await ftp.login('user', 'password');
    expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
  });
});

describe('a server that does not protect its data', () => {
  const CODES = [431, 500, 502, 503, 504, 521, 534, 536];

  it.each(CODES)('PROT P answered %d is the end of the login', async (code) => {
    const server = await start({}, { faults: [{ on: 'PROT', reply: `${code} no` }] });
    const error = await settled(
      FTPTLS.connect({ ...optionsFor(server), user: 'user', password: 'password' }),
    );
    expect(error).toMatchObject({ reply: { code }, phase: 'secure', command: 'PROT P' });
    await deserted(server);
    expect(verbs(server)).toEqual(['AUTH', 'USER', 'PASS', 'PBSZ', 'PROT']);
  });

  it.each(CODES)(
    'refuses PROT P with %d: no data is sent in plaintext after the failed login',
    async (code) => {
      const server = await start({}, { faults: [{ on: /^PROT P/, reply: `${code} no` }] });
      const ftp = client(server);
      await ftp.connect();
      await settled(ftp.login('user', 'password'));
      for (const call of [
        () => ftp.storBinary('STOR x', Buffer.from('secret')),
        () => ftp.retrBinary('RETR a').toArray(),
        () => ftp.dir().toArray(),
      ]) {
        expect(await settled(call())).toMatchObject({ reply: { code }, connectionUsable: true });
      }
      expect(verbs(server)).not.toContain('EPSV');
      expect(await ftp.pwd()).toBe('/');
      await ftp.protC(); // which the user may choose
      await settled(ftp.retrBinary('RETR a').toArray());
    },
  );

  it.each([500, 502, 504])(
    'replies %d with implicit TLS, which only means that it does not know PROT',
    async (code) => {
      const server = await start({ mode: 'implicit' });
      server.handle('PBSZ', (session) => session.reply(`${code} unknown`));
      server.handle('PROT', async (session) => {
        if (session.security) session.security.protectsData = true;
        await session.reply(`${code} unknown`);
      });
      const ftp = await login(server);
      const stream = ftp.retrBinary('RETR a');
      expect(await text(stream)).toBe('hello');
      expect(stream.tls?.reused).toBe(true);
    },
  );

  it.each([431, 503, 534, 536])('where TLS is implicit, %d is a refusal', async (code) => {
    const server = await start(
      { mode: 'implicit' },
      { faults: [{ on: 'PROT', reply: `${code} no` }] },
    );
    const error = await settled(
      FTPTLS.connect({ ...optionsFor(server), user: 'user', password: 'password' }),
    );
    expect(error).toMatchObject({ reply: { code } });
    await deserted(server);
  });

  it('accepts PROT, but then sends plaintext: nothing is sent or received', async () => {
    const server = await start({ mode: 'implicit' }, { faults: [{ on: 'PROT', reply: '200 ok' }] });
    const timeouts = { ...TIMEOUTS, tls: 300, dataIdle: 300, completion: 300, reply: 1000 };
    const ftp = await login(server, { timeouts });
    expect(await settled(ftp.retrBinary('RETR a').toArray())).toBeInstanceOf(Error);
    const refused = await settled(ftp.storBinary('STOR b', Buffer.from('secret-c4n4ry')));
    expect(refused).toBeInstanceOf(Error);
    expect(
      server.storage.exists?.('/b') ? server.storage.readFile('/b').toString('latin1') : '',
    ).not.toContain('c4n4ry');
  });

  it.each([500, 501, 503, 536])('PBSZ answered %d leaves it to PROT', async (code) => {
    const refused = await start({}, { faults: [{ on: 'PBSZ', reply: `${code} no` }] });
    const all = optionsFor(refused);
    const error = await settled(FTPTLS.connect({ ...all, user: 'user', password: 'password' }));
    expect(error).toMatchObject({ reply: { code: 503 }, command: 'PROT P' });

    const server = await start();
    server.handle('PBSZ', async (session) => {
      if (session.security) session.security.bufferSize = true;
      await session.reply(`${code} no`);
    });
    const ftp = await login(server);
    expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
    expect(server.transfers[0]?.tls?.reused).toBe(true);
  });
});
