import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { type Certificate, makeCertificate } from 'ftpipe/testing';

const DAY = 24 * 3600 * 1000;

describe('makeCertificate', () => {
  it('makes a self-signed certificate', () => {
    const { key, cert } = makeCertificate();
    const parsed = new X509Certificate(cert);
    expect(parsed.verify(parsed.publicKey)).toBe(true);
    expect(parsed.checkIssued(parsed)).toBe(true);
    expect(parsed.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(parsed.ca).toBe(true);
    expect([parsed.subject, parsed.issuer]).toEqual(['CN=localhost', 'CN=localhost']);
    expect(parsed.checkHost('localhost')).toBe('localhost');
    expect(parsed.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(parsed.checkIP('::1')).toBe('::1');
    expect(parsed.checkHost('example.org')).toBeUndefined();
    expect(parsed.checkIP('127.0.0.2')).toBeUndefined();
  });

  it('makes a different one each time', () => {
    const [one, other] = [makeCertificate(), makeCertificate()];
    const serial = ({ cert }: Certificate) => new X509Certificate(cert).serialNumber;
    expect(serial(one)).not.toBe(serial(other));
    expect(one.key).not.toBe(other.key);
  });

  it.each([
    ['10.1.2.3', '10.1.2.3'],
    ['2001:db8::1:0:ff', '2001:db8::1:0:ff'],
    ['fe80::', 'fe80::'],
    ['::', '::'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['::ffff:10.1.2.3', '::ffff:a01:203'],
  ])('is valid for the address %s', (name, asked) => {
    const parsed = new X509Certificate(makeCertificate({ names: [name] }).cert);
    expect(parsed.checkIP(asked)).toBe(asked);
    expect(parsed.subjectAltName).toMatch(/^IP Address:/);
  });

  it('is valid for all given names, long ones too', () => {
    const names = Array.from({ length: 40 }, (_, index) => `${'x'.repeat(60)}.host-${index}.test`);
    const parsed = new X509Certificate(makeCertificate({ names: ['*.a.test', ...names] }).cert);
    for (const name of names) expect(parsed.checkHost(name)).toBe(name);
    expect(parsed.checkHost('b.a.test')).toBe('*.a.test');
  });

  it('accepts a common name without other names', () => {
    const parsed = new X509Certificate(makeCertificate({ names: [], commonName: 'Grüße' }).cert);
    expect(parsed.subject).toBe('CN=Grüße');
    expect(parsed.subjectAltName).toBeUndefined();
  });

  it('is valid from yesterday for the given days, beyond 2049 too', () => {
    const parsed = new X509Certificate(makeCertificate({ days: 20_000 }).cert);
    const [from, to] = [parsed.validFrom, parsed.validTo].map((text) => Date.parse(text));
    expect(Math.abs(Date.now() - DAY - (from ?? 0))).toBeLessThan(60_000);
    expect(Math.abs(Date.now() + 20_000 * DAY - (to ?? 0))).toBeLessThan(60_000);
  });
});

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a handshake of %s', (version) => {
  /** What a client that trusts `ca` makes of a server with this certificate. */
  async function verdict(identity: Certificate, options: tls.ConnectionOptions): Promise<string> {
    const versions = { minVersion: version, maxVersion: version };
    const server = tls.createServer({ ...identity, ...versions }, (socket) => socket.end());
    server.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = tls.connect({ port, host: '127.0.0.1', ca: identity.cert, ...options });
    try {
      await once(client, 'secureConnect');
      return client.authorized ? 'authorized' : String(client.authorizationError);
    } catch (error) {
      return String((error as NodeJS.ErrnoException).code);
    } finally {
      client.destroy();
      server.close();
      await once(server, 'close');
    }
  }

  it.each<[string, tls.ConnectionOptions, string]>([
    ['its name', { servername: 'files.test' }, 'authorized'],
    ['another name', { servername: 'other.test' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['its address', {}, 'authorized'],
    ['no authority', { ca: [] }, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ])('with %s', async (_name, options, expected) => {
    const identity = makeCertificate({ names: ['files.test', '127.0.0.1'] });
    expect(await verdict(identity, options)).toBe(expected);
  });

  it('is rejected by a client if it is not valid for the address', async () => {
    const identity = makeCertificate({ names: ['::1', '127.0.0.2'] });
    expect(await verdict(identity, {})).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('is rejected by a client if it has expired', async () => {
    const identity = makeCertificate({ notAfter: new Date(Date.now() - 1000) });
    expect(await verdict(identity, {})).toBe('CERT_HAS_EXPIRED');
  });
});
