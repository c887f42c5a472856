import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from '@jest/globals';
import { slowSink } from '../../streams/harness';
import { login, only, start, VERSIONS } from './harness';

const CONTENT = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 31) & 0xff));

describe.each(VERSIONS)('a slow reader, %s', (version) => {
  // The lengths leave different rests in the last TLS record, which is decrypted without demand.
  it.each([1, 100, 8191, 8192, 8193, 16_384, 20_000, 16_385 * 2, 50_001, 100_000])(
    'gets all of %d bytes',
    async (length) => {
      const content = CONTENT.subarray(0, length);
      const server = await start({}, { files: { '/file': content } });
      // The 150 announces no size: the stream must not need one.
      server.handle('RETR', async (session) => {
        await session.reply('150 Opening.');
        (await session.openData()).end(content);
        await session.reply('226 Done.');
      });
      const ftp = await login(server, { tls: only(version) });
      // With a size that is known, TLS uses the socket itself.
      const sizes = [{}, { size: length }];
      const blocksizes = [{}, { blocksize: 1000 }, { blocksize: 12_000 }];
      for (const options of sizes.flatMap((size) =>
        blocksizes.map((each) => ({ ...each, ...size })),
      )) {
        const blocks: Buffer[] = [];
        await pipeline(
          ftp.retrBinary('RETR file', options),
          slowSink((block) => blocks.push(block)),
        );
        const received = Buffer.concat(blocks);
        expect({ ...options, length: received.length }).toEqual({ ...options, length });
        expect(received.equals(content)).toBe(true);
      }
    },
  );
});
