import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { ConnectionError, type FTP, FTPError } from '../../../lib';
import { rejection } from '../../helpers/promises';
import { describeServers } from '../real-servers';
import { clientsOf, Dialogue, patternOf, sha256, type Way } from './ways';

const MIB = 1024 * 1024;
/** More than the buffers of a loopback connection hold: the server must not be done with it. */
const SIZE = 32 * MIB;
const CONTENT = patternOf(SIZE);
const SMALL = patternOf(10_000);

const endless = (block = CONTENT.subarray(0, 65_536)) =>
  Readable.from(
    (function* () {
      for (;;) yield block;
    })(),
    { objectMode: false },
  );

/** Bytes of CONTENT, and then a failure. */
function failing(length: number, error: Error, until?: () => Promise<unknown>): Readable {
  return Readable.from(
    (async function* () {
      for (let sent = 0; sent < length; sent += 65_536) {
        yield CONTENT.subarray(sent, Math.min(sent + 65_536, length));
      }
      await until?.();
      throw error;
    })(),
    { objectMode: false },
  );
}

/** The client must answer the next commands, in time and each with its own reply. */
async function expectUsable(ftp: FTP): Promise<void> {
  const began = performance.now();
  expect(await ftp.pwd()).toBe('/');
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(await ftp.size('small')).toBe(SMALL.length);
  const blocks = await ftp.retrBinary('RETR small').toArray();
  expect(sha256(Buffer.concat(blocks))).toBe(sha256(SMALL));
  await ftp.storBinary('STOR small2', SMALL);
  expect(await ftp.size('small2')).toBe(SMALL.length);
  expect(await ftp.pwd()).toBe('/');
}

/** Transfers that are abandoned halfway, by the stream or by the client. */
export function interrupted(way: Way): void {
  describeServers(
    `interrupted transfers, ${way.title}`,
    (get, name) => {
      const { connect } = clientsOf(way, get);

      let uploads = 0;
      /** A name that no file has yet. */
      const unused = () => `partial${++uploads}`;

      /** Resolves when the server has stored bytes of the file, and so has taken its connection. */
      const untilStored = async (path: string, bytes = 1) => {
        for (;;) {
          const stats = await stat(join(get().root, path)).catch(() => undefined);
          if (stats !== undefined && stats.size >= bytes) return;
        }
      };

      /** The server must have noticed: what it says to the partial upload is no 2yz. */
      const expectFailed = (dialogue: Dialogue, path: string) => {
        const [first, ...codes] = dialogue.codesBeforeNoop(`STOR ${path}`);
        expect([125, 150]).toContain(first);
        expect(codes.length).toBeGreaterThanOrEqual(1);
        // pyftpdlib takes even a reset for the end of the file: its recv() knows ECONNRESET as EOF.
        const failures = name === 'pyftpdlib' ? [226, 425, 426] : [425, 426, 450, 451, 550, 551];
        for (const code of codes) expect(failures).toContain(code);
      };

      beforeAll(async () => {
        await get().putFile('big', CONTENT);
        await get().putFile('small', SMALL);
      });

      describe.each([
        ['passive', true],
        ['active', false],
      ])('in %s mode', (_, passive) => {
        // pyftpdlib says nothing at all when the connection that it accepts has been reset by
        // then; in active mode it cannot happen. Two tests show it.
        const isHurried = name === 'pyftpdlib' && passive;
        // Pure-FTPd forgets a download that breaks off early (see `Resync`): silence, of which half
        // the timeout is awaited.
        const mayBeSilent = isHurried || name === 'pureftpd';
        // A disk that other tests keep busy can hold a server up for seconds.
        const timeouts = mayBeSilent ? {} : { abort: 10_000 };

        const start = async () => {
          const ftp = await connect({ passive, timeouts });
          return { ftp, dialogue: new Dialogue(ftp) };
        };

        it('end a download that is destroyed after 1 MiB', async () => {
          const { ftp } = await start();
          const stream = ftp.retrBinary('RETR big');
          const blocks: Buffer[] = [];
          let length = 0;
          const reason = new Error('enough');
          const error = await rejection(
            new Promise((resolve, reject) => {
              stream.on('data', (block: Buffer) => {
                blocks.push(block);
                length += block.length;
                if (length >= MIB) stream.destroy(reason);
              });
              stream.on('end', resolve);
              stream.on('error', reject);
            }),
          );
          expect(error).toBe(reason);
          expect(sha256(Buffer.concat(blocks))).toBe(sha256(CONTENT.subarray(0, length)));
          await expectUsable(ftp);
        });

        it('end a download by a break out of for await', async () => {
          const { ftp } = await start();
          let length = 0;
          for await (const block of ftp.retrBinary('RETR big')) {
            length += block.length;
            if (length >= MIB) break;
          }
          await expectUsable(ftp);
        });

        it('end a download whose destination fails', async () => {
          const { ftp } = await start();
          const broken = pipeline(ftp.retrBinary('RETR big'), async (blocks) => {
            let length = 0;
            for await (const block of blocks) {
              length += block.length;
              if (length >= MIB) throw new Error('the disk is full');
            }
          });
          expect((await rejection(broken)).message).toBe('the disk is full');
          await expectUsable(ftp);
        });

        it('end a download whose callback throws', async () => {
          const { ftp } = await start();
          const broken = ftp.retrBinary('RETR big', () => {
            throw new Error('no thanks');
          });
          expect((await rejection(broken)).message).toBe('no thanks');
          await expectUsable(ftp);
        });

        it('end a download whose signal is aborted after 1 MiB', async () => {
          const { ftp } = await start();
          const aborter = new AbortController();
          const reason = new Error('aborted by the user');
          let length = 0;
          const aborted = ftp.retrBinary(
            'RETR big',
            (block) => {
              length += block.length;
              if (length >= MIB) aborter.abort(reason);
            },
            { signal: aborter.signal },
          );
          const error = await rejection(aborted);
          expect([error, error.cause]).toContain(reason);
          await expectUsable(ftp);
        });

        /**
         * False where it is silent so: it would give the transfer the next data connection, and the
         * client must be closed.
         */
        const isUsable = async (ftp: FTP) => {
          const path = await ftp.pwd().catch((error) => error);
          if (isHurried && path instanceof ConnectionError) {
            expect(ftp.connected).toBe(false);
            return false;
          }
          expect(path).toBe('/');
          return true;
        };

        it.each(isHurried ? [MIB, 9 * MIB] : [0, 1, MIB, 9 * MIB])(
          'report an upload as failed when its source fails after %d bytes',
          async (length) => {
            const { ftp, dialogue } = await start();
            const path = unused();
            const reason = new Error('the disk is gone');
            const stream = ftp.storBinary(`STOR ${path}`);
            let isFinished = false;
            stream.on('finish', () => {
              isFinished = true;
            });
            const until = () => (length < MIB ? stream.opened() : untilStored(path));
            const source = failing(length, reason, until);
            expect(await rejection(pipeline(source, stream))).toBe(reason);
            await expectUsable(ftp);
            expect(isFinished).toBe(false);
            expectFailed(dialogue, path);
          },
        );

        it('leave the client usable when uploads are reset directly after the opening', async () => {
          let { ftp, dialogue } = await start();
          // In TLS each of them waits for a ticket, which not all servers send.
          const times = way.secure ? 20 : isHurried ? 200 : 50;
          let silences = 0;
          for (let i = 0; i < times; i++) {
            const stream = ftp.storBinary('STOR reset');
            await stream.opened();
            stream.destroy();
            if (!(await isUsable(ftp))) {
              ({ ftp, dialogue } = await start());
              // Each of them costs 2 s, and a busy machine has many.
              if (++silences === 3) return;
              continue;
            }
            expectFailed(dialogue, 'reset');
          }
        });

        it('report an upload as failed when it is destroyed after 1 MiB', async () => {
          const { ftp, dialogue } = await start();
          const path = unused();
          const stream = ftp.storBinary(`STOR ${path}`);
          const ended = rejection(pipeline(endless(), stream));
          await untilStored(path, MIB);
          const reason = new Error('enough');
          stream.destroy(reason);
          expect(await ended).toBe(reason);
          await expectUsable(ftp);
          expectFailed(dialogue, path);
        });

        it('report an upload as failed when its signal is aborted after 1 MiB', async () => {
          const { ftp, dialogue } = await start();
          const path = unused();
          const aborter = new AbortController();
          const { signal } = aborter;
          const reason = new Error('aborted by the user');
          let length = 0;
          const onBlock = async (block: Buffer) => {
            length += block.length;
            if (length < MIB || signal.aborted) return;
            await untilStored(path);
            aborter.abort(reason);
          };
          const aborted = ftp.storBinary(`STOR ${path}`, endless(), { signal, onBlock });
          const error = await rejection(aborted);
          expect([error, error.cause]).toContain(reason);
          await expectUsable(ftp);
          expectFailed(dialogue, path);
        });

        it('send nothing if the signal is already aborted', async () => {
          const { ftp, dialogue } = await start();
          const signal = AbortSignal.abort(new Error('too late'));
          const download = ftp.retrBinary('RETR big', { signal });
          const errors = [
            await rejection(download.toArray()),
            await rejection(ftp.storBinary('STOR unsent', SMALL, { signal })),
            await rejection(ftp.pwd({ signal })),
          ];
          for (const error of errors) expect([error, error.cause]).toContain(signal.reason);
          expect(dialogue.commands).toEqual([]);
          await expectUsable(ftp);
        });

        it('may be destroyed at any moment of the opening', async () => {
          let { ftp, dialogue } = await start();
          const verbs: string[] = [];
          const moments = ['TYPE', 'EPSV', 'EPRT', 'RETR', ...(isHurried ? [] : ['STOR'])];
          for (const moment of moments) {
            for (const command of ['RETR big', 'STOR partial']) {
              const stream = command.startsWith('RETR')
                ? ftp.retrBinary(command)
                : ftp.storBinary(command);
              stream.on('error', () => {}); // the one that it is destroyed with
              const destroy = (label: string) => {
                if (label.startsWith(moment)) stream.destroy(new Error(`at ${label}`));
              };
              ftp.on('command', destroy);
              if ('write' in stream) stream.end(SMALL);
              else stream.resume();
              await new Promise((resolve) => stream.once('close', resolve));
              ftp.off('command', destroy);
              verbs.push(...dialogue.verbs);
              // Only then can the server be in the middle of accepting.
              const isReset = command.startsWith(moment);
              if (!isReset) expect(await ftp.pwd()).toBe('/');
              else if (!(await isUsable(ftp))) ({ ftp, dialogue } = await start());
            }
            await ftp.voidCmd('TYPE A'); // so that the next transfer sends TYPE again
          }
          await expectUsable(ftp);
          expect(verbs).toContain(passive ? 'EPSV' : 'EPRT');
        });

        it('can be made ten times in a row on one connection', async () => {
          const { ftp, dialogue } = await start();
          for (let i = 0; i < 5; i++) {
            for await (const _ of ftp.retrBinary('RETR big')) break;
            const path = unused();
            const source = failing((1 + i) * MIB, new Error('again'), () => untilStored(path));
            await rejection(pipeline(source, ftp.storBinary(`STOR ${path}`)));
          }
          await expectUsable(ftp);
          expect(dialogue.verbs.filter((verb) => verb === 'NOOP').length).toBe(10);
        });

        it('end a download by abort()', async () => {
          const { ftp } = await start();
          const stream = ftp.retrBinary('RETR big');
          const ended = rejection(
            pipeline(stream, async (blocks) => {
              for await (const _ of blocks) if (stream.bytesTransferred >= MIB) await aborting();
            }),
          );
          let reply: Promise<string> | undefined;
          const aborting = () => {
            reply ??= ftp.abort();
            return reply;
          };
          expect(await ended).toBeInstanceOf(FTPError);
          expect(await reply).toMatch(/^2\d\d/);
          expect(stream.bytesTransferred).toBeLessThan(SIZE);
          await expectUsable(ftp);
        });

        it('end an upload by abort()', async () => {
          const { ftp, dialogue } = await start();
          const path = unused();
          const stream = ftp.storBinary(`STOR ${path}`);
          const ended = rejection(pipeline(endless(), stream));
          await untilStored(path, MIB);
          const aborted = ftp.abort();
          expect(await ended).toBeInstanceOf(FTPError);
          // Pure-FTPd has no 2yz for it: 426 and 451.
          expect(await aborted).toMatch(name === 'pureftpd' ? /^[24]\d\d/ : /^2\d\d/);
          await expectUsable(ftp);
          // pyftpdlib sees the reset before the ABOR.
          if (name !== 'pyftpdlib') {
            const codes = dialogue.codesBeforeNoop(`STOR ${path}`);
            expect(codes.some((code) => code >= 400)).toBe(true);
          }
        });

        it('end by close() with a ConnectionError', async () => {
          const first = await start();
          const down = first.ftp.retrBinary('RETR big');
          const ended = rejection(
            pipeline(down, async (blocks) => {
              for await (const _ of blocks) if (down.bytesTransferred >= MIB) first.ftp.close();
            }),
          );
          expect(await ended).toBeInstanceOf(ConnectionError);
          await first.ftp.closed;
          expect(first.ftp.connected).toBe(false);
          expect(await rejection(first.ftp.pwd())).toBeInstanceOf(ConnectionError);

          const second = await start();
          const path = unused();
          const up = second.ftp.storBinary(`STOR ${path}`);
          const failed = rejection(pipeline(endless(), up));
          await untilStored(path, MIB);
          const waiting = rejection(second.ftp.pwd());
          second.ftp.close();
          expect(await failed).toBeInstanceOf(ConnectionError);
          expect(await waiting).toBeInstanceOf(ConnectionError);
          // After close() the client starts afresh.
          await second.ftp.connect();
          await second.ftp.login(get().user, get().password);
          await expectUsable(second.ftp);
        });

        it('are completed before quit() sends QUIT', async () => {
          const { ftp } = await start();
          const up = ftp.storBinary('STOR quitted', CONTENT);
          const blocks = ftp.retrBinary('RETR small').toArray();
          const quitted = ftp.quit();
          expect(await up).toMatch(/^226/);
          expect(sha256(Buffer.concat(await blocks))).toBe(sha256(SMALL));
          expect(await quitted).toMatch(/^221/);
          expect(ftp.connected).toBe(false);
          expect((await stat(join(get().root, 'quitted'))).size).toBe(SIZE);
        });

        it('end when the client is disposed of', async () => {
          const { ftp } = await start();
          const path = unused();
          const up = ftp.storBinary(`STOR ${path}`);
          const failed = rejection(pipeline(endless(), up));
          await untilStored(path, MIB);
          const began = performance.now();
          await ftp[Symbol.asyncDispose]();
          expect(performance.now() - began).toBeLessThan(2_000);
          expect(await failed).toBeInstanceOf(ConnectionError);
          expect(ftp.connected).toBe(false);
        });
      });
    },
    way.server,
  );
}
