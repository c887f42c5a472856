import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type FTP, ftpcp, PermanentReplyError } from '../../../lib';
import { rejection } from '../../helpers/promises';
import {
  type RealServer,
  SERVER_NAMES,
  type ServerName,
  startServer,
  whyMissing,
} from '../real-servers';
import { Dialogue, patternOf, sha256, type Way } from './ways';

const { FTPIPE_REQUIRE_SERVERS } = process.env;
const BYTES = patternOf(3_000_001);

type Host = '127.0.0.1' | '::1';

/** Copies from server to server, in both directions between each two of them. */
export function fxp(way: Way, hosts: readonly Host[] = ['127.0.0.1', '::1']): void {
  for (const host of hosts) {
    const missing = SERVER_NAMES.filter((name) => whyMissing(name, host) !== undefined);
    const isSkipped = missing.length > 0 && FTPIPE_REQUIRE_SERVERS !== '1';
    if (isSkipped) process.stderr.write(`SKIPPED: ftpcp over ${host}: no ${missing.join()}\n`);
    const describeIt = isSkipped ? describe.skip : describe;

    describeIt(`ftpcp over ${host}, ${way.title}`, () => {
      const servers = new Map<ServerName, RealServer>();
      // Two of each, for a copy from a server to itself.
      const clients = new Map<string, FTP>();
      beforeAll(async () => {
        await Promise.all(
          SERVER_NAMES.map(async (name) => {
            const server = await startServer(name, { ...way.server(name), host });
            servers.set(name, server);
            await server.putFile('source', BYTES);
          }),
        );
      }, 30_000);
      afterAll(async () => {
        for (const ftp of clients.values()) ftp.close();
        for (const server of servers.values()) await server.stop();
      }, 30_000);

      /** Why clients were closed in this test. */
      const closed: unknown[] = [];
      beforeEach(() => {
        closed.length = 0;
      });

      const serverOf = (name: ServerName) => servers.get(name) as RealServer;
      const clientOf = async (name: ServerName, role: 'source' | 'target') => {
        const key = `${name} ${role}`;
        const known = clients.get(key);
        if (known?.connected) return known;
        const server = serverOf(name);
        const ftp = way.client(server);
        clients.set(key, ftp);
        ftp.on('close', (error) => closed.push(error));
        await ftp.connect();
        await ftp.login(server.user, server.password);
        return ftp;
      };
      const expectUsable = async (...both: FTP[]) => {
        for (const ftp of both) {
          expect(await ftp.pwd()).toBe('/');
          const received = Buffer.concat(await ftp.retrBinary('RETR source').toArray());
          expect(sha256(received)).toBe(sha256(BYTES));
          await ftp.storBinary('STOR usable', BYTES.subarray(0, 1_000));
          expect(await ftp.size('usable')).toBe(1_000);
        }
      };

      const pairs = SERVER_NAMES.flatMap((from) => SERVER_NAMES.map((to) => [from, to] as const));
      describe.each(pairs)('from %s to %s', (from, to) => {
        const path = `from-${from}`;
        const stored = (name: string) => readFile(join(serverOf(to).root, name));

        it('copies a file, and leaves both clients usable', async () => {
          const source = await clientOf(from, 'source');
          const target = await clientOf(to, 'target');
          await ftpcp(source, 'source', target, path);
          expect(sha256(await stored(path))).toBe(sha256(BYTES));
          await expectUsable(source, target);
          await ftpcp(source, 'source', target, path, 'I');
          expect(sha256(await stored(path))).toBe(sha256(BYTES));
        });

        it('rejects for a missing source, and leaves both clients usable', async () => {
          const source = await clientOf(from, 'source');
          const target = await clientOf(to, 'target');
          for (let i = 0; i < 2; i++) {
            const error = await rejection(ftpcp(source, 'missing', target, 'unwanted'));
            expect(error).toBeInstanceOf(PermanentReplyError);
            expect(error).toMatchObject({ reply: { code: 550 }, connectionUsable: true });
            expect([source.connected, target.connected, closed]).toEqual([true, true, []]);
            await expectUsable(source, target);
          }
          await ftpcp(source, 'source', target, path);
          expect(sha256(await stored(path))).toBe(sha256(BYTES));
        });

        it('rejects for a target that cannot be written, and leaves both clients usable', async () => {
          const source = await clientOf(from, 'source');
          const target = await clientOf(to, 'target');
          const error = await rejection(ftpcp(source, 'source', target, 'no/such/folder'));
          expect(error).toBeInstanceOf(PermanentReplyError);
          expect([source.connected, target.connected, closed]).toEqual([true, true, []]);
          await expectUsable(source, target);
          await ftpcp(source, 'source', target, path);
          expect(sha256(await stored(path))).toBe(sha256(BYTES));
        });
      });

      it('uses the name of the source if no target is given', async () => {
        const source = await clientOf('proftpd', 'source');
        const target = await clientOf('pyftpdlib', 'target');
        await target.storBinary('STOR source', Buffer.from('something else'));
        await ftpcp(source, 'source', target);
        const copy = await readFile(join(serverOf('pyftpdlib').root, 'source'));
        expect(sha256(copy)).toBe(sha256(BYTES));
      });

      it('copies text with type A', async () => {
        const source = await clientOf('vsftpd', 'source');
        const target = await clientOf('proftpd', 'target');
        await source.storLines('STOR text', Buffer.from('one\ntwo\n'));
        const dialogues = [new Dialogue(source), new Dialogue(target)];
        await source.voidCmd('TYPE I');
        await target.voidCmd('TYPE I');
        await ftpcp(source, 'text', target, 'text', 'A');
        for (const { commands } of dialogues) expect(commands).toContain('TYPE A');
        expect(await target.retrLines('RETR text').toArray()).toEqual(['one', 'two']);
        await expectUsable(source, target);
      });

      it('makes ten copies in a row, and two in opposite directions at the same time', async () => {
        const a = await clientOf('vsftpd', 'source');
        const b = await clientOf('proftpd', 'source');
        for (let i = 0; i < 10; i++) await ftpcp(a, 'source', b, `row${i}`);
        await Promise.all([ftpcp(a, 'source', b, 'there'), ftpcp(b, 'source', a, 'back')]);
        expect(await b.size('there')).toBe(BYTES.length);
        expect(await a.size('back')).toBe(BYTES.length);
        await expectUsable(a, b);
      });
    });
  }
}
