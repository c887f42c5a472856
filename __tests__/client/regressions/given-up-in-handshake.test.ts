import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { type FTPOptions, FTPTLS } from '../../../lib';
import { afterwards } from '../../helpers/afterwards';
import { turns } from '../../helpers/promises';
import { BIG, closeOf, FILES, serve, TIMEOUTS } from './harness';

async function secured(version: 'TLSv1.2' | 'TLSv1.3', options: FTPOptions) {
  const server = await serve({ tls: { maxVersion: version, minVersion: version } });
  const { host, port, certificate } = server;
  const tls = { ca: certificate as string };
  const ftp = new FTPTLS({ host, port, timeouts: TIMEOUTS, tls, ...options });
  afterwards(() => ftp.close());
  await ftp.connect();
  await ftp.login('user', 'password');
  return { server, ftp };
}

// vsftpd, ProFTPD and Pure-FTPd end the session if the TLS handshake of a data connection fails.
describe.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'a transfer abandoned in its TLS handshake, %s',
  (version) => {
    describe.each([
      ['passive', true],
      ['active', false],
    ])('in %s mode', (_mode, passive) => {
      it.each(['RETR /big.bin', 'STOR /up.bin'])(
        'completes the handshake of %s before it closes the data connection',
        async (command) => {
          // On a busy machine, a handshake may take long.
          const timeouts = { ...TIMEOUTS, abort: 5000 };
          const { server, ftp } = await secured(version, { passive, timeouts });
          ftp.on('command', (label) => {
            if (label === command) stream.destroy();
          });
          const isUpload = command.startsWith('STOR');
          const stream = isUpload ? ftp.storBinary(command) : ftp.retrBinary(command);
          if ('end' in stream) stream.end(BIG);
          else stream.resume();
          await closeOf(stream);
          expect(await ftp.pwd()).toBe('/');
          // A download may have been sent completely by then.
          const outcome = isUpload ? 'failed' : expect.any(String);
          await server.waitFor(() => server.transfers[0]?.tls !== undefined);
          expect(server.transfers).toMatchObject([{ outcome, tls: { protocol: version } }]);
          const blocks = await ftp.retrBinary('RETR /a.txt').toArray();
          expect(String(Buffer.concat(blocks))).toBe(FILES['/a.txt']);
        },
      );
    });

    it('waits at most timeouts.abort for a handshake that never ends', async () => {
      const { server, ftp } = await secured(version, {});
      server.fault({ on: 'RETR', tls: 'stall-handshake' });
      const stream = ftp.retrBinary('RETR /big.bin');
      stream.on('error', () => {});
      await server.received('RETR');
      const began = performance.now();
      stream.destroy();
      await ftp.pwd().catch(() => {});
      expect(performance.now() - began).toBeLessThan(TIMEOUTS.abort + 400);
    });
  },
);

it('a refused TLS transfer leaves no timer', async () => {
  const { ftp } = await secured('TLSv1.3', {});
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  await ftp.pwd();
  await turns();
  const before = timers();
  for (let i = 0; i < 5; i++)
    await ftp
      .retrBinary('RETR /missing')
      .toArray()
      .catch(() => {});
  // The server, in the same process, may still be closing; the client's timers would stay for
  // seconds.
  for (let i = 0; i < 100 && timers() > before; i++) await delay(10);
  expect(timers()).toBeLessThanOrEqual(before);
});
