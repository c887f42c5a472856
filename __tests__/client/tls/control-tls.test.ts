import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { FTP } from 'ftpipe';
import { makeCertificate, TestServer } from 'ftpipe/testing';
import { afterwards } from '../../helpers/afterwards';
import { client, login, only, start, TIMEOUTS, VERSIONS } from './harness';

describe('ftp.tls', () => {
  it.each(VERSIONS)('tells of the control connection (%s)', async (version) => {
    const server = await start(only(version));
    const ftp = client(server);
    expect(ftp.tls).toBeUndefined();
    await ftp.connect();
    expect(ftp.tls).toBeUndefined(); // before AUTH
    await ftp.auth();
    const { fingerprint256 } = new X509Certificate(server.certificate as string);
    expect(ftp.tls).toMatchObject({
      protocol: version,
      cipher: expect.stringMatching(/^TLS_/),
      authorized: true,
      authorizationError: undefined,
      peerCertificate: { fingerprint256 },
    });
    expect(ftp.tls).toBe(ftp.tls);
    await ftp.login('user', 'password');
    expect(Buffer.concat(await ftp.retrBinary('RETR a').toArray()).toString()).toBe('hello');
    expect(ftp.tls?.protocol).toBe(version);
    await ftp.ccc();
    expect(ftp.tls).toBeUndefined();
    expect(await ftp.pwd()).toBe('/');
    expect(Buffer.concat(await ftp.retrBinary('RETR a').toArray()).toString()).toBe('hello');
    expect(ftp.tls).toBeUndefined();
  });

  it('is set from the greeting on with implicit TLS', async () => {
    const ftp = client(await start({ mode: 'implicit' }));
    await ftp.connect();
    expect(ftp.tls).toMatchObject({ authorized: true });
    ftp.close();
    expect(ftp.tls).toBeUndefined();
  });

  it('is undefined at the 234, and after a failed handshake', async () => {
    const server = await start({}, { faults: [{ on: 'AUTH', tls: 'reset-in-handshake' }] });
    const ftp = client(server);
    await ftp.connect();
    const seen: unknown[] = [];
    ftp.on('reply', () => seen.push(ftp.tls));
    await expect(ftp.auth()).rejects.toThrow();
    expect(seen).toEqual([undefined]);
    expect(ftp.tls).toBeUndefined();
  });

  it('is new after another connection', async () => {
    const ftp = await login(await start());
    const before = ftp.tls;
    await ftp.quit();
    expect(ftp.tls).toBeUndefined();
    await ftp.connect();
    expect(ftp.tls).toBeUndefined();
    await ftp.login('user', 'password');
    expect(ftp.tls).toEqual(before);
  });

  it('says what is wrong with a certificate that is accepted anyway', async () => {
    const server = await start(makeCertificate({ names: ['other.example'] }));
    const ftp = await login(server, { tls: { rejectUnauthorized: false, ca: undefined } as never });
    expect(ftp.tls).toMatchObject({
      authorized: false,
      authorizationError: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      peerCertificate: { subject: { CN: 'other.example' } },
    });
  });

  it('is undefined without TLS', async () => {
    const server = await TestServer.start();
    afterwards(() => server.close());
    const { host, port } = server;
    const options = { host, port, user: 'user', password: 'password', timeouts: TIMEOUTS };
    const ftp = await FTP.connect(options);
    afterwards(() => ftp.close());
    expect(ftp.tls).toBeUndefined();
  });
});
