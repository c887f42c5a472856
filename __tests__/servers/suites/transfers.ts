import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from '@jest/globals';
import { type FTP, PermanentReplyError, TransferError, type UploadSource } from '../../../lib';
import { rejection } from '../../helpers/promises';
import { slowSink } from '../../streams/harness';
import { describeServers } from '../real-servers';
import { blocksOf, clientsOf, Dialogue, patternOf, sha256, type Way } from './ways';

const ALL_BYTES = Buffer.from(Array.from({ length: 3 * 256 }, (_, i) => i % 256));
const CONTENTS: readonly [string, Buffer][] = [
  ['no byte', Buffer.alloc(0)],
  ['1 byte', Buffer.from([0xff])],
  ['all byte values', ALL_BYTES],
  [
    'line ends of all kinds',
    Buffer.from('\r\n\n\r\r\r\n\n\0\r\0\n\u00ff\u00ff\x1a\x04'.repeat(999)),
  ],
  ['65,537 bytes', patternOf(65_537)],
  ['3 MiB and a bit', patternOf(3 * 1024 * 1024 + 17)],
];
const SOURCES: readonly [string, (bytes: Buffer) => UploadSource][] = [
  ['a Readable', (bytes) => Readable.from(blocksOf(bytes, 5_000), { objectMode: false })],
  [
    'a web ReadableStream',
    (bytes) => new Blob([Uint8Array.from(bytes)]).stream() as ReadableStream,
  ],
  [
    'an async iterable',
    (bytes) =>
      (async function* () {
        yield* blocksOf(bytes, 10_001);
      })(),
  ],
  ['an iterable', (bytes) => [...blocksOf(bytes, 40_000)]],
  ['a generator of Uint8Array', (bytes) => blocksOf(bytes, 1_000)],
  ['a Blob', (bytes) => new Blob([Uint8Array.from(bytes)])],
  ['a Buffer', (bytes) => bytes],
  ['a Uint8Array', (bytes) => Uint8Array.from(bytes)],
  // Its buffer holds more than the bytes that are to be sent.
  ['a window on a larger ArrayBuffer', windowOn],
];

function windowOn(bytes: Buffer): Uint8Array {
  const larger = new Uint8Array(bytes.length + 200).fill(0xee);
  larger.set(bytes, 100);
  return larger.subarray(100, 100 + bytes.length);
}

const isUsable = (ftp: FTP) =>
  ftp.pwd().then(
    () => true,
    () => false,
  );

/** Transfers of whole and of partial files, in all the ways in which they can be asked for. */
export function transfers(way: Way): void {
  describeServers(
    `transfers, ${way.title}`,
    (get, name) => {
      const { connect, shared } = clientsOf(way, get);
      const stored = (path: string) => readFile(join(get().root, path));

      describe.each(CONTENTS)('a file of %s', (_, bytes) => {
        it('can be downloaded with pipeline()', async () => {
          await get().putFile('down', bytes);
          const ftp = await shared();
          const hash = createHash('sha256');
          const stream = ftp.retrBinary('RETR down');
          await pipeline(stream, hash);
          expect(hash.digest('hex')).toBe(sha256(bytes));
          expect(stream.bytesTransferred).toBe(bytes.length);
          expect(stream.reply?.code).toBe(226);
        });

        it('can be downloaded into a destination that is slower than the server', async () => {
          await get().putFile('down', bytes);
          const ftp = await shared();
          for (const blocksize of [1000, 8192, 50_000]) {
            if (bytes.length / blocksize > 1000) continue;
            const blocks: Buffer[] = [];
            await pipeline(
              ftp.retrBinary('RETR down', { blocksize }),
              slowSink((block) => blocks.push(block)),
            );
            expect(sha256(Buffer.concat(blocks))).toBe(sha256(bytes));
            expect(Math.max(0, ...blocks.map((block) => block.length))).toBeLessThanOrEqual(
              blocksize,
            );
          }
        });

        it('can be downloaded with a callback for each block, and with for await', async () => {
          await get().putFile('down', bytes);
          const ftp = await shared();
          const blocks: Buffer[] = [];
          const reply = await ftp.retrBinary('RETR down', (block) => blocks.push(block), 1000);
          expect(reply).toMatch(/^226/);
          expect(sha256(Buffer.concat(blocks))).toBe(sha256(bytes));
          expect(Math.max(0, ...blocks.map((block) => block.length))).toBeLessThanOrEqual(1000);
          const chunks: Buffer[] = [];
          for await (const chunk of ftp.retrBinary('RETR down')) chunks.push(chunk);
          expect(sha256(Buffer.concat(chunks))).toBe(sha256(bytes));
        });

        it('can be uploaded with pipeline()', async () => {
          const ftp = await shared();
          const stream = ftp.storBinary('STOR up');
          await pipeline(Readable.from(blocksOf(bytes, 12_345), { objectMode: false }), stream);
          // No waiting: the file is there when the pipeline ends.
          expect(sha256(await stored('up'))).toBe(sha256(bytes));
          expect(stream.bytesTransferred).toBe(bytes.length);
          expect(await ftp.size('up')).toBe(bytes.length);
        });

        it.each(SOURCES)('goes up from %s', async (_kind, sourceOf) => {
          const ftp = await shared();
          expect(await ftp.storBinary('STOR up', sourceOf(bytes))).toMatch(/^226/);
          expect(sha256(await stored('up'))).toBe(sha256(bytes));
        });

        it('can be uploaded with a callback for each block', async () => {
          const ftp = await shared();
          const blocks: Buffer[] = [];
          await ftp.storBinary('STOR up', Readable.from([bytes]), 700, (block) =>
            blocks.push(block),
          );
          expect(sha256(await stored('up'))).toBe(sha256(bytes));
          expect(sha256(Buffer.concat(blocks))).toBe(sha256(bytes));
          expect(Math.max(0, ...blocks.map((block) => block.length))).toBeLessThanOrEqual(700);
        });
      });

      describe.each([
        ['LF', 'one\ntwo\n\nfour\n'],
        ['CRLF', 'one\r\ntwo\r\n\r\nfour\r\n'],
        ['mixed line ends', 'one\ntwo\r\n\nfour\r\n'],
        ['no last line end', 'one\ntwo\n\nfour'],
        ['CRLF but no last line end', 'one\r\ntwo\r\n\r\nfour'],
      ])('a text with %s', (_, text) => {
        const lines = ['one', 'two', '', 'four'];

        it.each([
          ['at once', [text]],
          ['character by character', [...text]],
        ])('keeps its lines when sent %s', async (_how, pieces) => {
          const ftp = await shared();
          const source = Readable.from(pieces.map((piece) => Buffer.from(piece)));
          expect(await ftp.storLines('STOR text', source)).toMatch(/^226/);
          expect(await ftp.retrLines('RETR text').toArray()).toEqual(lines);
          const called: string[] = [];
          expect(await ftp.retrLines('RETR text', (line) => called.push(line))).toMatch(/^226/);
          expect(called).toEqual(lines);
          await pipeline(
            source.destroyed ? Readable.from([text]) : source,
            ftp.storLines('STOR text2'),
          );
          expect(await ftp.retrLines('RETR text2').toArray()).toEqual(lines);
        });
      });

      it('may be empty, have long lines, and be UTF-8', async () => {
        const ftp = await connect();
        await ftp.storLines('STOR text', Buffer.alloc(0));
        expect(await ftp.retrLines('RETR text').toArray()).toEqual([]);
        const lines = ['x'.repeat(50_000), 'Grüße, 世界 🎉', '', ' y '];
        await ftp.storLines('STOR text', Buffer.from(lines.join('\n')));
        expect(await ftp.retrLines('RETR text').toArray()).toEqual(lines);
      });

      it('can be followed by bytes on one connection', async () => {
        await get().putFile('bytes', ALL_BYTES);
        const ftp = await connect();
        for (let i = 0; i < 3; i++) {
          await ftp.storLines('STOR text', Buffer.from('a\nb\n'));
          expect(Buffer.concat(await ftp.retrBinary('RETR bytes').toArray())).toEqual(ALL_BYTES);
          expect(await ftp.retrLines('RETR text').toArray()).toEqual(['a', 'b']);
          await ftp.storBinary('STOR bytes2', ALL_BYTES);
          expect(await stored('bytes2')).toEqual(ALL_BYTES);
        }
      });

      it('can be appended with APPE', async () => {
        const ftp = await connect();
        await ftp.storBinary('APPE log', Buffer.from('one,'));
        await pipeline(Readable.from([Buffer.from('two,')]), ftp.storBinary('APPE log'));
        await ftp.storBinary('APPE log', Buffer.from('three'), { verify: 'size' });
        expect(String(await stored('log'))).toBe('one,two,three');
      });

      it('can be stored under a name of the server with STOU', async () => {
        const ftp = await connect();
        await ftp.mkd('stou');
        await ftp.cwd('stou');
        const first = patternOf(10_000);
        const second = patternOf(20_000);
        await ftp.storBinary('STOU', first);
        await pipeline(Readable.from([second]), ftp.storBinary('STOU'));
        const names = await readdir(join(get().root, 'stou'));
        const hashes = await Promise.all(
          names.map(async (each) => sha256(await stored(join('stou', each)))),
        );
        expect(hashes.sort()).toEqual([sha256(first), sha256(second)].sort());
      });

      it.each([1, 40_000, 65_536, 65_537])('resumes a download at %d', async (rest) => {
        const bytes = patternOf(65_537);
        await get().putFile('resume', bytes);
        const ftp = await connect();
        const chunks = await ftp.retrBinary('RETR resume', { rest }).toArray();
        expect(sha256(Buffer.concat(chunks))).toBe(sha256(bytes.subarray(rest)));
        const verified = ftp.retrBinary('RETR resume', { rest, verify: 'size' });
        expect(Buffer.concat(await verified.toArray()).length).toBe(bytes.length - rest);
        expect(verified.size).toBe(bytes.length - rest);
        const blocks: Buffer[] = [];
        await ftp.retrBinary('RETR resume', (block) => blocks.push(block), 8192, rest);
        expect(sha256(Buffer.concat(blocks))).toBe(sha256(bytes.subarray(rest)));
      });

      it('is not affected by the marker of an earlier resumed transfer', async () => {
        const bytes = patternOf(5_000);
        await get().putFile('marked', bytes);
        const ftp = await connect();
        const dialogue = new Dialogue(ftp);
        await ftp.retrBinary('RETR marked', { rest: 1_000 }).toArray();
        expect(Buffer.concat(await ftp.retrBinary('RETR marked').toArray()).length).toBe(5_000);
        await ftp.retrBinary('RETR marked', { rest: 2_000 }).toArray();
        await ftp.storBinary('STOR marked2', bytes);
        expect(await stored('marked2')).toEqual(bytes);
        expect(dialogue.verbs.filter((verb) => verb === 'REST').length).toBe(2);
      });

      it('uses an explicit REST once', async () => {
        const bytes = patternOf(5_000);
        await get().putFile('marked', bytes);
        const ftp = await connect();
        await ftp.voidCmd('TYPE I'); // some servers take no marker in TYPE A
        await ftp.sendCmd('REST 4000');
        expect(Buffer.concat(await ftp.retrBinary('RETR marked').toArray()).length).toBe(1_000);
        expect(Buffer.concat(await ftp.retrBinary('RETR marked').toArray()).length).toBe(5_000);
      });

      it.each([1, 30_000, 65_537])('resumes an upload at %d', async (rest) => {
        const bytes = patternOf(65_537);
        const ftp = await connect();
        await ftp.storBinary('STOR part', bytes.subarray(0, rest));
        expect(await ftp.size('part')).toBe(rest);
        await ftp.storBinary('STOR part', bytes.subarray(rest), { rest, verify: 'size' });
        expect(sha256(await stored('part'))).toBe(sha256(bytes));
        await ftp.storBinary('STOR part', bytes.subarray(0, rest));
        await pipeline(
          Readable.from([bytes.subarray(rest)], { objectMode: false }),
          ftp.storBinary('STOR part', { rest }),
        );
        expect(sha256(await stored('part'))).toBe(sha256(bytes));
      });

      it('is not affected by the marker of an earlier refused download', async () => {
        const bytes = patternOf(5_000);
        await get().putFile('whole', bytes);
        const ftp = await connect();
        await rejection(ftp.retrBinary('RETR missing', { rest: 1_000 }).toArray());
        expect(Buffer.concat(await ftp.retrBinary('RETR whole').toArray())).toEqual(bytes);
        await rejection(ftp.retrBinary('RETR missing', { rest: 1_000 }).toArray());
        await ftp.storBinary('STOR whole2', bytes);
        expect(await stored('whole2')).toEqual(bytes);
      });

      it('accepts the right size, and reports a wrong one', async () => {
        const bytes = patternOf(100_000);
        await get().putFile('sized', bytes);
        let ftp = await connect();
        const down = ftp.retrBinary('RETR sized', { size: bytes.length, verify: 'size' });
        expect(sha256(Buffer.concat(await down.toArray()))).toBe(sha256(bytes));
        expect(down.size).toBe(bytes.length);
        await ftp.storBinary('STOR sized2', bytes, { size: bytes.length, verify: 'size' });
        for (const size of [bytes.length - 1, bytes.length + 1]) {
          const error = await rejection(ftp.retrBinary('RETR sized', { size }).toArray());
          expect(error).toBeInstanceOf(TransferError);
          expect(error.code).toBe('ERR_FTP_SIZE_MISMATCH');
          const refused = await rejection(ftp.storBinary('STOR sized3', bytes, { size }));
          expect(refused).toBeInstanceOf(TransferError);
          expect(refused.code).toBe('ERR_FTP_SIZE_MISMATCH');
          // Reset before it has accepted the connection, pyftpdlib says nothing more of it.
          if (name === 'pyftpdlib' && !(await isUsable(ftp))) ftp = await connect();
          expect(await ftp.pwd()).toBe('/');
        }
        const again = await ftp.retrBinary('RETR sized').toArray();
        expect(sha256(Buffer.concat(again))).toBe(sha256(bytes));
      });

      it('can be transferred with transferCmd and ntransferCmd', async () => {
        const bytes = patternOf(1_000_000);
        await get().putFile('connection', bytes);
        const ftp = await connect();
        await ftp.voidCmd('TYPE I');
        const down = await ftp.transferCmd('RETR connection');
        expect(sha256(Buffer.concat(await down.toArray()))).toBe(sha256(bytes));
        const up = await ftp.transferCmd('STOR connection2');
        await pipeline(Readable.from(blocksOf(bytes, 50_000), { objectMode: false }), up);
        expect(sha256(await stored('connection2'))).toBe(sha256(bytes));

        const { connection, size } = await ftp.ntransferCmd('RETR connection2', { rest: 0 });
        // Pure-FTPd announces kilobytes, pyftpdlib nothing.
        expect(size).toBe(name === 'vsftpd' || name === 'proftpd' ? bytes.length : null);
        expect(sha256(Buffer.concat(await connection.toArray()))).toBe(sha256(bytes));
        const again = await ftp.ntransferCmd('STOR connection3');
        again.connection.end(bytes);
        await new Promise((resolve, reject) => {
          again.connection.on('finish', resolve);
          again.connection.on('error', reject);
        });
        expect(again.size).toBe(null);
        expect(sha256(await stored('connection3'))).toBe(sha256(bytes));
        const tail = await ftp.transferCmd('RETR connection', { rest: 999_000 });
        expect(Buffer.concat(await tail.toArray())).toEqual(bytes.subarray(999_000));
        expect(await rejection(ftp.transferCmd('RETR missing'))).toBeInstanceOf(
          PermanentReplyError,
        );
        expect(await ftp.pwd()).toBe('/');
      });

      it('can be listed and read by name with transferCmd', async () => {
        const ftp = await connect();
        await ftp.mkd('named');
        await ftp.storBinary('STOR named/file', Buffer.from('x'));
        await ftp.voidCmd('TYPE A');
        const listing = await ftp.transferCmd('NLST named');
        expect(String(Buffer.concat(await listing.toArray()))).toMatch(/^(named\/)?file\r\n/m);
      });

      it('can be overwritten by a shorter file, and by an empty one', async () => {
        const ftp = await connect();
        for (const length of [100_000, 10, 50_000, 0]) {
          await ftp.storBinary('STOR over', patternOf(length));
          expect(sha256(await stored('over'))).toBe(sha256(patternOf(length)));
          const back = await ftp.retrBinary('RETR over').toArray();
          expect(sha256(Buffer.concat(back))).toBe(sha256(patternOf(length)));
        }
      });

      describe('a refused transfer', () => {
        it('of a missing file rejects with a PermanentReplyError, and the client continues', async () => {
          await get().putFile('there', 'text');
          const ftp = await connect();
          for (let i = 0; i < 3; i++) {
            const error = await rejection(ftp.retrBinary('RETR missing').toArray());
            expect(error).toBeInstanceOf(PermanentReplyError);
            expect(error).toMatchObject({
              code: 'ERR_FTP_REPLY_PERMANENT',
              message: expect.stringMatching(/^550[ -]/),
              command: 'RETR missing',
              connectionUsable: true,
              reply: { code: 550 },
            });
            const unopened = ftp.retrBinary('RETR missing');
            expect(await rejection(unopened.opened())).toBeInstanceOf(PermanentReplyError);
            expect(await rejection(ftp.retrBinary('RETR missing', () => {}))).toBeInstanceOf(
              PermanentReplyError,
            );
            expect(await rejection(ftp.retrLines('RETR missing').toArray())).toBeInstanceOf(
              PermanentReplyError,
            );
            expect(Buffer.concat(await ftp.retrBinary('RETR there').toArray())).toEqual(
              Buffer.from('text'),
            );
          }
        });

        it('to a missing folder rejects with a PermanentReplyError, and the client continues', async () => {
          const ftp = await connect();
          const error = await rejection(ftp.storBinary('STOR no/such/folder', patternOf(100_000)));
          expect(error).toBeInstanceOf(PermanentReplyError);
          expect(await ftp.storBinary('STOR here', patternOf(10))).toMatch(/^226/);
        });

        it('to a write-protected folder rejects with a PermanentReplyError', async () => {
          const ftp = await connect();
          await ftp.mkd('locked');
          await ftp.sendCmd('SITE CHMOD 555 locked');
          const source = Readable.from(blocksOf(patternOf(1_000_000), 1000));
          const error = await rejection(pipeline(source, ftp.storBinary('STOR locked/file')));
          expect(error).toBeInstanceOf(PermanentReplyError);
          expect(source.destroyed).toBe(true);
          expect(await rejection(ftp.storBinary('STOR locked/file').opened())).toBeInstanceOf(
            PermanentReplyError,
          );
          expect(await rejection(ftp.storBinary('STOR locked', patternOf(5)))).toBeInstanceOf(
            PermanentReplyError,
          );
          expect(await readdir(join(get().root, 'locked'))).toEqual([]);
          expect(await ftp.storBinary('STOR here', patternOf(10))).toMatch(/^226/);
        });
      });

      it('can be made 20 times in a row, and 20 times with all calls made at once', async () => {
        const ftp = await connect();
        for (let i = 0; i < 20; i++) {
          const bytes = patternOf(i * 7_001);
          await ftp.storBinary(`STOR row${i}`, bytes);
          const back = await ftp.retrBinary(`RETR row${i}`).toArray();
          expect(sha256(Buffer.concat(back))).toBe(sha256(bytes));
        }
        const numbers = Array.from({ length: 20 }, (_, i) => i);
        await Promise.all(
          numbers.map((i) => ftp.storBinary(`STOR once${i}`, patternOf(i * 3_001))),
        );
        const dialogue = new Dialogue(ftp);
        const all = await Promise.all(
          numbers.map((i) => ftp.retrBinary(`RETR once${i}`).toArray()),
        );
        for (const i of numbers) {
          expect(sha256(Buffer.concat(all[i] as Buffer[]))).toBe(sha256(patternOf(i * 3_001)));
        }
        const commands = dialogue.commands.filter((command) => command.startsWith('RETR'));
        expect(commands).toEqual(numbers.map((i) => `RETR once${i}`));
      });
    },
    way.server,
  );
}
