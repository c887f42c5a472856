import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { DownloadStream, ListingStream } from 'ftpipe';
import { rejection, turns } from '../helpers/promises';
import { FakeTransfer } from './fake-transfer';
import { harness } from './harness';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that are held now, of the heap and of buffers, garbage left out. */
function held(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const SEGMENTS = 100_000;

/** One byte at a time, each in memory of its own, as TLS gives them. */
async function drip(transfer: FakeTransfer): Promise<void> {
  for (let i = 0; i < SEGMENTS; i += 1) {
    transfer.data.push(Buffer.from(Uint8Array.of(i % 50 === 0 ? 0x0a : 0x61).buffer));
    if (i % 100 === 0) await turns(1);
  }
  await turns(10);
}

describe('memory for one-byte segments is at most twice their bytes', () => {
  it('when a listing is read ahead', async () => {
    const transfer = new FakeTransfer();
    const limits = { maxListingLine: 1000, maxReadAhead: 10_000_000 };
    const stream = new ListingStream(transfer, { parse: String, ...limits });
    await stream.opened();
    transfer.watcher.onQueued();
    const before = held();
    await drip(transfer);
    expect(stream.bytesTransferred).toBe(SEGMENTS);
    expect(held() - before).toBeLessThan(2 * SEGMENTS + 700_000); // it was ten million
    stream.destroy();
  });

  it.each([
    ['a pipe that has stopped', (stream: DownloadStream) => stream.on('data', () => {}).pause()],
    ['an iterator', (stream: DownloadStream) => void stream[Symbol.asyncIterator]().next()],
    ['nobody yet', () => {}],
  ])('for %s', async (_name, consume) => {
    const transfer = new FakeTransfer();
    const stream = new DownloadStream(transfer, { blocksize: 2 * SEGMENTS });
    await stream.opened();
    consume(stream);
    stream.read(0);
    const before = held();
    await drip(transfer);
    expect(held() - before).toBeLessThan(2 * SEGMENTS + 300_000);
    stream.on('error', () => {}).destroy();
  });
});

describe('nlst()', () => {
  const { start, connect } = harness();

  it.each(['a\r\n', '\n', 'ab\n'])('counts what %j takes in memory', async (line) => {
    const server = await start();
    const names = (count: number) =>
      server.handle('NLST', async (session) => {
        await session.reply('150 Here they come.');
        const data = await session.openData();
        data.end(line.repeat(count), () => void session.reply('226 Done.'));
      });
    const ftp = await connect(server, { maxReadAhead: 100_000 });
    names(2000);
    expect(await ftp.nlst()).toHaveLength(2000);
    names(4000);
    const error = await rejection(ftp.nlst());
    expect(error).toMatchObject({ code: 'ERR_FTP_REPLY_TOO_LARGE', connectionUsable: true });
    expect(error.message).toMatch(/maxReadAhead.*retrLines/);
    expect(await ftp.pwd()).toBe('/');
  });

  it.each([4095, 4096, 4097, 20_000])('gives %d names, in their order', async (count) => {
    const names = Array.from({ length: count }, (_, index) => `name ${index}`);
    const server = await start();
    server.handle('NLST', async (session) => {
      await session.reply('150 Here they come.');
      const data = await session.openData();
      data.end(`${names.join('\r\n')}\r\n`, () => void session.reply('226 Done.'));
    });
    const ftp = await connect(server);
    expect(await ftp.nlst()).toEqual(names);
  });
});
