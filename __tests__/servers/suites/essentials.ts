import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from '@jest/globals';
import { PermanentReplyError, type TransferStream } from '../../../lib';
import { rejection } from '../../helpers/promises';
import { describeServers } from '../real-servers';
import { blocksOf, clientsOf, patternOf, sha256, type Way } from './ways';

const BIG = patternOf(8 * 1024 * 1024);

/**
 * A handful of all that the other suites try, for a way that differs from another one in little.
 */
export function essentials(way: Way): void {
  const isClear = way.secure?.dataProtection === 'clear';
  describeServers(
    `the essentials, ${way.title}`,
    (get) => {
      const { connect } = clientsOf(way, get);

      describe.each([
        ['passive', true],
        ['active', false],
      ])('in %s mode', (_mode, passive) => {
        it('transfers files and listings in both directions', async () => {
          const ftp = await connect({ passive });
          const streams: TransferStream[] = [];
          ftp.on('transfer', (stream) => streams.push(stream));
          for (const length of [0, 16_385, 300_000]) {
            const bytes = patternOf(length);
            await ftp.storBinary(`STOR piece${length}`, bytes);
            const piped = ftp.storBinary('STOR piped');
            await pipeline(Readable.from(blocksOf(bytes, 10_000), { objectMode: false }), piped);
            for (const path of [`piece${length}`, 'piped']) {
              const blocks = await ftp.retrBinary(`RETR ${path}`).toArray();
              expect(sha256(Buffer.concat(blocks))).toBe(sha256(bytes));
            }
          }
          await ftp.storLines('STOR text', Buffer.from('one\ntwo\n'));
          expect(await ftp.retrLines('RETR text').toArray()).toEqual(['one', 'two']);
          expect(await ftp.nlst()).toEqual(expect.arrayContaining(['piece0', 'text']));
          expect((await ftp.dir().toArray()).join('\n')).toMatch(/ 300000 .* piece300000\b/);
          expect(await rejection(ftp.retrBinary('RETR missing').toArray())).toBeInstanceOf(
            PermanentReplyError,
          );
          // In TLS each of them, or none.
          expect(streams.length).toBe(16);
          expect(streams.filter(({ tls }) => tls !== undefined).length).toBe(isClear ? 0 : 16);
        });

        it('continues after abandoned transfers', async () => {
          await get().putFile('big', BIG);
          const ftp = await connect({ passive });
          for (let i = 0; i < 2; i++) {
            for await (const _ of ftp.retrBinary('RETR big')) break;
            expect(await ftp.pwd()).toBe('/');
            const broken = Readable.from(
              (async function* () {
                yield* blocksOf(BIG, 65_536);
                throw new Error('the disk is gone');
              })(),
            );
            const error = await rejection(pipeline(broken, ftp.storBinary('STOR part')));
            expect(error.message).toBe('the disk is gone');
            expect(await ftp.pwd()).toBe('/');
          }
          const blocks = await ftp.retrBinary('RETR big').toArray();
          expect(sha256(Buffer.concat(blocks))).toBe(sha256(BIG));
        });
      });
    },
    way.server,
  );
}
