import { checkServerIdentity } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { ConnectionError, FTPTLS, type FTPTLSOptions } from 'ftpipe';
import { makeCertificate } from 'ftpipe/testing';
import { afterwards } from '../../helpers/afterwards';
import { settled } from '../../helpers/promises';
import { client, deserted, login, only, optionsFor, start, text, VERSIONS } from './harness';

const MODES = ['explicit', 'implicit'] as const;
const YESTERDAY = new Date(Date.now() - 3600_000);

describe.each(VERSIONS)('%s: a server that proves who it is', (version) => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['localhost', '127.0.0.1'],
    ['::1', '::1'],
    ['[::1]', '::1'],
  ])('is accepted as %s, at %s', async (host, address) => {
    const server = await start({ ...only(version), requireSessionReuse: true }, { host: address });
    const family = address === '::1' ? 6 : 4;
    for (const passive of [true, false]) {
      const ftp = await login(server, { host, family, passive });
      const stream = ftp.retrBinary('RETR a');
      expect(await text(stream)).toBe('hello');
      expect(stream.tls).toMatchObject({ reused: true, authorized: true });
      await ftp.quit();
    }
  });

  it.each(['127.0.0.1', '::1'])('may be known by servername, at %s', async (host) => {
    const names = makeCertificate({ names: ['files.test'] });
    const server = await start({ ...only(version), ...names, requireSessionReuse: true }, { host });
    const ftp = await login(server, { tls: { servername: 'files.test' } });
    expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
    expect(server.transfers[0]?.tls?.reused).toBe(true);
  });

  it('can be checked by checkServerIdentity', async () => {
    const names = makeCertificate({ names: ['files.test'] });
    const server = await start({ ...only(version), ...names });
    const asked: string[] = [];
    const ftp = await login(server, {
      tls: {
        checkServerIdentity(host, certificate) {
          asked.push(host);
          return checkServerIdentity('files.test', certificate);
        },
      },
    });
    expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
    expect(asked[0]).toBe('127.0.0.1');
  });

  it('may require a client certificate', async () => {
    const own = makeCertificate({ names: ['me'] });
    const server = await start({ ...only(version), requestCert: true, ca: own.cert });
    const ftp = await login(server, { tls: own });
    expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
    await ftp.storBinary('STOR b', Buffer.from('mine'));
    expect(server.storage.readFile('/b').toString()).toBe('mine');
  });

  it('rejects a client without a certificate', async () => {
    const own = makeCertificate({ names: ['me'] });
    const server = await start({ ...only(version), requestCert: true, ca: own.cert });
    const ftp = client(server);
    await ftp.connect();
    const error = await settled(ftp.login('user', 'password'));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ connectionUsable: false });
    expect(ftp.connected).toBe(false);
    await deserted(server);
    expect(server.commands).toEqual(['AUTH TLS']);
  });

  // biome-ignore format: a table
  const IMPOSTORS: [what: string, made: () => object, options: FTPTLSOptions, code: string][] = [
    ['self-signed, and unknown', () => ({}),                                        { tls: { ca: '' } },      'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['of another authority',     () => ({}),                                        { tls: { ca: makeCertificate().cert } }, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['expired',                  () => makeCertificate({ notAfter: YESTERDAY }),    {},                       'CERT_HAS_EXPIRED'],
    ['of another address',       () => makeCertificate({ names: ['127.0.0.2'] }),   {},                       'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['of a name only',           () => makeCertificate({ names: ['localhost'] }),   {},                       'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['of another name',          () => makeCertificate({ names: ['127.0.0.1'] }),   { host: 'localhost', family: 4 }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['of another servername',    () => ({}),                                        { tls: { servername: 'files.test' } }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['that the user cannot judge', () => ({}),                                      { tls: { checkServerIdentity: () => { throw Object.assign(new Error('no'), { code: 'MINE' }); } } }, 'MINE'],
    ['not liked by the user',    () => ({}),                                        { tls: { checkServerIdentity: () => Object.assign(new Error('no'), { code: 'MINE' }) } }, 'MINE'],
  ];

  describe.each(MODES)('%s: an impostor', (mode) => {
    it.each(IMPOSTORS)(
      '%s, is rejected before any secret is sent',
      async (_what, made, options, code) => {
        const server = await start({ mode, ...only(version), ...made() });
        const all = optionsFor(server, options);
        const ftp = new FTPTLS(all);
        afterwards(() => ftp.close());
        const whole = await settled(FTPTLS.connect({ ...all, user: 'user', password: 'password' }));
        const byHand = await settled(ftp.connect().then(() => ftp.login('user', 'password')));
        for (const error of [whole, byHand]) {
          expect(error).toBeInstanceOf(ConnectionError);
          expect(error).toMatchObject({
            phase: 'secure',
            connectionUsable: false,
            cause: { code },
          });
        }
        expect(ftp.connected).toBe(false);
        await deserted(server);
        expect(server.commands.filter((line) => line !== 'AUTH TLS')).toEqual([]);
      },
    );
  });

  it('is not checked with rejectUnauthorized: false, and ftp.tls says so', async () => {
    const server = await start(
      { ...only(version), ...makeCertificate({ names: ['x'], notAfter: YESTERDAY }) },
      { faults: [{ on: 'LIST', tls: 'foreign-certificate' }] },
    );
    const ftp = await login(server, { tls: { rejectUnauthorized: false, ca: '' } });
    const stream = ftp.retrBinary('RETR a');
    expect(await text(stream)).toBe('hello');
    expect(stream.tls).toMatchObject({ authorized: false, reused: true });
    // It is still one server: another certificate on the data connection is another server.
    expect(await settled(ftp.dir().toArray())).toMatchObject({
      message: expect.stringContaining(
        'its certificate differs from that of the control connection',
      ),
      connectionUsable: true,
    });
    expect(await ftp.pwd()).toBe('/');
  });
});

it.each([true, false])('speaks no TLS older than 1.2 (implicit: %p)', async (implicit) => {
  const server = await start({ mode: implicit ? 'implicit' : 'explicit', ...only('TLSv1.2') });
  const all = optionsFor(server, { tls: { minVersion: 'TLSv1.3' } });
  const error = await settled(FTPTLS.connect({ ...all, user: 'user', password: 'password' }));
  expect(error).toMatchObject({ name: 'ConnectionError', phase: 'secure' });
});
