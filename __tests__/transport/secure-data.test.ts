import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { expect, it } from '@jest/globals';
import { makeCertificate } from 'ftpipe/testing';
import type { ControlTls } from '../../lib/transport/control/control-stream';
import { SecureData } from '../../lib/transport/tls/secure-data';
import { TlsClient } from '../../lib/transport/tls/tls-client';

// Where a reset meets the ticket of TLS 1.3, OpenSSL passes over it.
it.each([true, false])(
  'onceRead reports the session ticket of TLS 1.3 (directly on the socket: %p)',
  async (isDirect) => {
    const { key, cert } = makeCertificate();
    const server = createServer({ key, cert, minVersion: 'TLSv1.3' }).listen(0, '127.0.0.1');
    server.on('secureConnection', (socket: TLSSocket) => socket.on('error', () => {}));
    await once(server, 'listening');
    const raw: Socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(raw, 'connect');
    const tls = { client: new TlsClient({ rejectUnauthorized: false }), host: '127.0.0.1' };
    const fingerprint = new X509Certificate(cert).fingerprint256;
    const data = new SecureData(raw, { ...tls, fingerprint } as ControlTls, undefined, {
      isDirect,
    });
    let hasTicket = false;
    data.stream.on('session', () => {
      hasTicket = true;
    });
    await data.secured;
    expect(hasTicket).toBe(false);
    await new Promise<void>((resolve) => data.onceRead(resolve));
    if (!isDirect) await new Promise(setImmediate); // it is told of the bytes before TLS has read them
    expect(hasTicket).toBe(true);
    data.stream.destroy();
    server.close();
    await once(server, 'close');
  },
);
