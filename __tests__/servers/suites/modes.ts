import { once } from 'node:events';
import { connect as connectTcp, createServer } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  ConnectionError,
  type CreateConnection,
  type FTP,
  type FTPOptions,
  PermanentReplyError,
} from '../../../lib';
import { rejection } from '../../helpers/promises';
import { type PortBlock, reservePorts } from '../ports';
import { describeServers } from '../real-servers';
import { type Refuser, refuse } from './refuser';
import { blocksOf, clientsOf, Dialogue, patternOf, sha256, type Way } from './ways';

const BYTES = patternOf(300_000);
const DATA_VERBS = ['EPSV', 'PASV', 'EPRT', 'PORT'];

/** Uses a client in all ways that need a data connection, nine of them. */
async function exercise(ftp: FTP): Promise<void> {
  await ftp.storBinary('STOR bytes', BYTES);
  const up = ftp.storBinary('STOR bytes2');
  await pipeline(Readable.from(blocksOf(BYTES, 10_000), { objectMode: false }), up);
  for (const path of ['bytes', 'bytes2']) {
    const blocks = await ftp.retrBinary(`RETR ${path}`).toArray();
    expect(sha256(Buffer.concat(blocks))).toBe(sha256(BYTES));
  }
  await ftp.storBinary('STOR empty', Buffer.alloc(0));
  expect(await ftp.retrBinary('RETR empty').toArray()).toEqual([]);
  expect(await rejection(ftp.retrBinary('RETR missing').toArray())).toBeInstanceOf(
    PermanentReplyError,
  );
  expect(await ftp.nlst()).toEqual(expect.arrayContaining(['bytes', 'bytes2', 'empty']));
  expect((await ftp.dir().toArray()).join('\n')).toMatch(/\bbytes2\b/);
  expect(await ftp.size('bytes')).toBe(BYTES.length);
}

/** The commands that asked for data connections, each once. */
function waysUsed({ verbs }: Dialogue): string[] {
  return [...new Set(verbs.filter((verb) => DATA_VERBS.includes(verb)))];
}

/** Passive and active mode in both address families. */
export function modes(way: Way): void {
  for (const host of ['127.0.0.1', '::1'] as const) {
    const family = host === '::1' ? 2 : 1;
    describeServers(
      `data connections over ${host}, ${way.title}`,
      (get, name) => {
        const { connect } = clientsOf(way, get);
        const opened: { close(): unknown }[] = [];
        const blocks: PortBlock[] = [];
        afterEach(async () => {
          for (const each of opened.splice(0)) each.close();
          for (const block of blocks.splice(0)) await block.release();
        });
        const start = async (options?: FTPOptions) => {
          const ftp = await connect(options);
          return { ftp, dialogue: new Dialogue(ftp) };
        };
        const refusing = async (...verbs: string[]): Promise<Refuser> => {
          const refuser = await refuse(get(), verbs);
          opened.push(refuser);
          return refuser;
        };
        const ports = async () => {
          const block = await reservePorts();
          blocks.push(block);
          return block.passive;
        };

        it('are passive with EPSV', async () => {
          const { ftp, dialogue } = await start();
          await exercise(ftp);
          expect(waysUsed(dialogue)).toEqual(['EPSV']);
        });

        it('are active with EPRT', async () => {
          const { ftp, dialogue } = await start({ passive: false });
          await exercise(ftp);
          expect(waysUsed(dialogue)).toEqual(['EPRT']);
          const eprt = dialogue.commands.find((command) => command.startsWith('EPRT'));
          expect(eprt).toMatch(new RegExp(`^EPRT \\|${family}\\|${host}\\|\\d+\\|$`));
        });

        it('are announced by PRET if FEAT lists it', async () => {
          const { ftp, dialogue } = await start();
          const hasPret = (await ftp.features()).has('PRET');
          expect(hasPret).toBe(name === 'pureftpd');
          await exercise(ftp);
          const prets = dialogue.commands.filter((command) => command.startsWith('PRET'));
          expect(prets.length > 0).toBe(hasPret);
          expect((await ftp.list().toArray()).map(({ name }) => name)).toContain('bytes2');
        });

        it('change with setPasv between transfers', async () => {
          const { ftp, dialogue } = await start();
          for (const passive of [false, true, true, false, false, true]) {
            ftp.setPasv(passive);
            dialogue.clear();
            await exercise(ftp);
            expect(waysUsed(dialogue)).toEqual([passive ? 'EPSV' : 'EPRT']);
          }
        });

        it('are active on the ports of a range, even of one port', async () => {
          const { first } = await ports();
          for (const last of [first + 3, first]) {
            const { ftp, dialogue } = await start({ passive: false, activePorts: [first, last] });
            await exercise(ftp);
            const used = dialogue.commands
              .map((command) => /^EPRT .*\|(\d+)\|$/.exec(command)?.[1])
              .filter((port) => port !== undefined)
              .map(Number);
            expect(used.length).toBeGreaterThanOrEqual(9);
            expect(Math.min(...used)).toBeGreaterThanOrEqual(first);
            expect(Math.max(...used)).toBeLessThanOrEqual(last);
          }
        });

        it('are active on the free port of a range, and fail if there is none', async () => {
          const { first } = await ports();
          const taken = createServer().listen(first, host);
          opened.push(taken);
          await once(taken, 'listening');
          const { ftp, dialogue } = await start({
            passive: false,
            activePorts: [first, first + 1],
          });
          await exercise(ftp);
          expect(dialogue.commands.join()).toMatch(new RegExp(`EPRT [^,]*\\|${first + 1}\\|`));

          const stuck = await start({ passive: false, activePorts: [first, first] });
          const error = await rejection(stuck.ftp.nlst());
          expect(error).toBeInstanceOf(ConnectionError);
          expect(error).toMatchObject({ phase: 'data', connectionUsable: true });
          expect(await stuck.ftp.pwd()).toBe('/');
          stuck.ftp.setPasv(true);
          await exercise(stuck.ftp);
        });

        it('are active in both directions with transferCmd', async () => {
          const { ftp } = await start({ passive: false });
          await ftp.voidCmd('TYPE I');
          await pipeline(Readable.from([BYTES]), await ftp.transferCmd('STOR active'));
          const down = await ftp.transferCmd('RETR active');
          expect(sha256(Buffer.concat(await down.toArray()))).toBe(sha256(BYTES));
        });

        if (host === '127.0.0.1') {
          it('use the commands that the options name', async () => {
            const passive = await start({ passiveCommands: ['PASV'] });
            await exercise(passive.ftp);
            expect(waysUsed(passive.dialogue)).toEqual(['PASV']);
            const active = await start({ passive: false, activeCommands: ['PORT'] });
            await exercise(active.ftp);
            expect(waysUsed(active.dialogue)).toEqual(['PORT']);
          });

          it('are passive with PASV after one refusal of EPSV', async () => {
            const { port } = await refusing('EPSV');
            const { ftp, dialogue } = await start({ port });
            await exercise(ftp);
            expect(waysUsed(dialogue)).toEqual(['EPSV', 'PASV']);
            expect(dialogue.verbs.filter((verb) => verb === 'EPSV').length).toBe(1);
          });

          it('are active with PORT after one refusal of EPRT', async () => {
            const { port } = await refusing('EPRT');
            const { ftp, dialogue } = await start({ port, passive: false });
            await exercise(ftp);
            expect(waysUsed(dialogue)).toEqual(['EPRT', 'PORT']);
            expect(dialogue.verbs.filter((verb) => verb === 'EPRT').length).toBe(1);
            ftp.setPasv(true);
            await exercise(ftp);
            ftp.setPasv(false);
            await exercise(ftp);
            expect(dialogue.verbs.filter((verb) => verb === 'EPRT').length).toBe(1);
          });

          it('are passive with PASV if the port of EPSV is unreachable', async () => {
            let attempts = 0;
            const createConnection: CreateConnection = async ({ purpose, ...where }) => {
              if (purpose === 'data' && ++attempts === 1) throw new Error('no way through');
              const socket = connectTcp({ ...where, allowHalfOpen: purpose === 'data' });
              await once(socket, 'connect');
              return socket;
            };
            const { ftp, dialogue } = await start({ createConnection });
            await exercise(ftp);
            expect(waysUsed(dialogue)).toEqual(['EPSV', 'PASV']);
            expect(dialogue.verbs.filter((verb) => verb === 'EPSV').length).toBe(1);
          });

          it.each([true, false])('come from localAddress, passive: %s', async (passive) => {
            const localAddress = '127.0.0.2';
            const { ftp, dialogue } = await start({ passive, localAddress });
            // Each of the servers refuses a data connection from another address than the client's.
            await exercise(ftp);
            ftp.setPasv(false);
            await ftp.nlst();
            expect(dialogue.commands.join()).toMatch(/EPRT \|1\|127\.0\.0\.2\|/);
          });
        } else {
          it('fail, and leave the client usable, if the server knows neither EPSV nor EPRT', async () => {
            const { port } = await refusing('EPSV', 'EPRT');
            const { ftp, dialogue } = await start({ port });
            for (const passive of [true, false, true]) {
              ftp.setPasv(passive);
              expect(await rejection(ftp.nlst())).toBeInstanceOf(PermanentReplyError);
              expect(await ftp.pwd()).toBe('/');
            }
            // PASV and PORT know no IPv6.
            expect(waysUsed(dialogue)).toEqual(['EPSV', 'EPRT']);
          });

          it('work for a host in brackets, and from localAddress', async () => {
            const { ftp } = await start({ host: '[::1]', localAddress: '::1' });
            await exercise(ftp);
          });
        }

        describe('in both modes at the same time', () => {
          it('serve six clients', async () => {
            const clients = await Promise.all(
              [true, false, true, false, true, false].map((passive) => connect({ passive })),
            );
            await Promise.all(
              clients.map(async (ftp, i) => {
                await ftp.mkd(`client${i}`);
                await ftp.cwd(`client${i}`);
                await exercise(ftp);
              }),
            );
          });
        });
      },
      (name) => {
        const start = way.server(name);
        return start && { ...start, host };
      },
    );
  }
}
