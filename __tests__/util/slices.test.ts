import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DownloadStream, ListingStream } from 'ftpipe';
import { LineEncoder } from '../../lib/protocol/line-encoder';
import { rejection, turns } from '../helpers/promises';
import { closed, sink, untilEvent } from '../helpers/streams';
import { FakeTransfer } from '../streams/fake-transfer';
import { countingClock, harness, patterned, turnMeter } from '../streams/harness';

// What a server sends in one piece, however much it is, is handed on in slices, and the event loop
// turns between them. The clock of these tests counts how often it is looked at, so that slices
// have the same length each time.

const MOST = 600; // in one turn; without slices it would be all of them
const LINES = 20_000;
const wanted = Array.from({ length: LINES }, (_, index) => `line ${index}`);
const listed = Buffer.from(`${wanted.join('\r\n')}\r\n`);

let clock: ReturnType<typeof countingClock>;
beforeEach(() => {
  clock = countingClock();
});
afterEach(() => clock.restore());

function listing(parse = (line: Buffer): string | undefined => line.toString('latin1')) {
  const transfer = new FakeTransfer();
  const limits = { maxListingLine: 1000, maxReadAhead: 1_000_000 };
  return { transfer, stream: new ListingStream<string>(transfer, { parse, ...limits }) };
}

function download(blocksize: number) {
  const transfer = new FakeTransfer();
  return { transfer, stream: new DownloadStream(transfer, { blocksize }) };
}

// biome-ignore lint/suspicious/noExplicitAny: lines, or blocks
type Reading = (stream: Readable, take: (item: any) => void) => Promise<unknown>;

const READERS: Record<string, Reading> = {
  'for await': async (stream, take) => {
    for await (const item of stream) take(item);
  },
  "'data'": (stream, take) => {
    stream.on('data', take);
    return untilEvent(stream, 'end');
  },
  "'readable'": (stream, take) => {
    stream.on('readable', () => {
      for (let item = stream.read(); item !== null; item = stream.read()) take(item);
    });
    return untilEvent(stream, 'end');
  },
  pipeline: (stream, take) => {
    const write = (item: unknown, _encoding: unknown, callback: () => void) => {
      take(item);
      callback();
    };
    return pipeline(stream, new Writable({ objectMode: true, write }));
  },
  'a generator in a pipeline': (stream, take) =>
    pipeline(
      stream,
      async function* each(items: AsyncIterable<unknown>) {
        for await (const item of items) {
          take(item);
          yield* [];
        }
      },
      sink(() => {}),
    ),
  'next() called ahead': async (stream, take) => {
    const iterator = stream[Symbol.asyncIterator]();
    for (let isDone = false; !isDone; ) {
      const asked = Array.from({ length: 5000 }, async () => {
        const { value, done } = await iterator.next();
        if (done) isDone = true;
        else take(value);
      });
      await Promise.all(asked);
    }
  },
};

describe.each(Object.entries(READERS))('read by %s', (_name, read) => {
  it('delivers the lines of one chunk in many turns, each once, in order', async () => {
    const { transfer, stream } = listing();
    const meter = turnMeter();
    const lines: string[] = [];
    const isRead = read(stream, (line: string) => {
      meter.add();
      lines.push(line);
    });
    await stream.opened();
    transfer.data.push(listed);
    transfer.end();
    await isRead;
    const { most } = meter.stop();
    expect(most).toBeLessThan(MOST);
    expect(lines).toEqual(wanted);
    expect(transfer.released).toEqual([true]);
  });

  it('delivers lines before the failure of their transfer', async () => {
    const { transfer, stream } = listing();
    const lines: string[] = [];
    const failed = rejection(read(stream, (line: string) => lines.push(line)));
    await stream.opened();
    transfer.data.push(listed.subarray(0, 60_000)); // less than a block: the stream has all of it
    await turns(3);
    transfer.watcher.onEvent('refusal', { code: 426, lines: ['426 Broken.'] });
    expect(lines.length).toBeLessThan(5000);
    expect(await failed).toMatchObject({ code: 'ERR_FTP_REPLY_TRANSIENT' });
    expect(lines.length).toBeGreaterThan(5000);
    expect(lines).toEqual(wanted.slice(0, lines.length));
  });

  it('delivers tiny blocks in many turns, each once, in order', async () => {
    const bytes = patterned(10_000);
    const { transfer, stream } = download(1);
    const meter = turnMeter();
    const blocks: Buffer[] = [];
    const isRead = read(stream, (block: Buffer) => {
      meter.add();
      blocks.push(block);
    });
    await stream.opened();
    transfer.data.push(bytes);
    transfer.end();
    await isRead;
    const { most } = meter.stop();
    expect(most).toBeLessThan(MOST);
    expect(blocks).toHaveLength(bytes.length);
    expect(Buffer.concat(blocks).equals(bytes)).toBe(true);
  });
});

it('parses lines without an item in many turns', async () => {
  const meter = turnMeter();
  const { transfer, stream } = listing(() => {
    meter.add();
    return undefined;
  });
  const lines = stream.toArray();
  await stream.opened();
  transfer.data.push(listed);
  transfer.end();
  expect(await lines).toEqual([]);
  expect(meter.total).toBe(LINES);
  expect(meter.stop().most).toBeLessThan(MOST);
});

it('reads two listings alternately', async () => {
  const both = [listing(), listing()];
  const counts = [0, 0];
  let apart = 0;
  for (const [i, { stream }] of both.entries()) {
    stream.on('data', () => {
      counts[i] = (counts[i] as number) + 1;
      apart = Math.max(apart, Math.abs((counts[0] as number) - (counts[1] as number)));
    });
    await stream.opened();
  }
  for (const { transfer } of both) {
    transfer.data.push(listed);
    transfer.end();
  }
  await Promise.all(both.map(({ stream }) => untilEvent(stream, 'end')));
  expect(counts).toEqual([LINES, LINES]);
  expect(apart).toBeLessThan(2 * MOST);
});

it('a stream that is paused between two slices delivers nothing, and continues where it was', async () => {
  const { transfer, stream } = listing();
  const lines: string[] = [];
  stream.on('data', (line) => lines.push(line));
  await stream.opened();
  transfer.data.push(listed);
  transfer.end();
  for (let stops = 0; !stream.readableEnded; stops += 1) {
    await turns(1);
    stream.pause();
    const before = lines.length;
    await turns(3);
    expect(lines.length).toBe(before);
    stream.resume();
    expect(stops).toBeLessThan(LINES);
    await turns(1);
  }
  expect(lines).toEqual(wanted);
});

it('a stream that is destroyed between two slices delivers nothing more', async () => {
  const { transfer, stream } = listing();
  let lines = 0;
  stream.on('data', () => {
    lines += 1;
  });
  await stream.opened();
  transfer.data.push(listed);
  while (lines === 0) await turns(1);
  const before = lines;
  expect(before).toBeLessThan(LINES);
  stream.destroy();
  await closed(stream);
  await turns(10);
  expect(lines).toBe(before);
});

it("delivers blocks to 'data' before the failure of their transfer", async () => {
  const bytes = patterned(5000);
  const { transfer, stream } = download(1);
  const blocks: Buffer[] = [];
  stream.on('data', (block) => blocks.push(block));
  await stream.opened();
  const failed = rejection(untilEvent(stream, 'end'));
  transfer.data.push(bytes);
  await turns(2);
  transfer.watcher.onEvent('refusal', { code: 426, lines: ['426 Broken.'] });
  expect(blocks.length).toBeLessThan(bytes.length);
  expect(await failed).toMatchObject({ bytesTransferred: bytes.length });
  expect(Buffer.concat(blocks).equals(bytes)).toBe(true);
});

describe('storLines()', () => {
  const { start, connect } = harness();
  const text = 'a\n'.repeat(1_000_000);

  it.each([
    ['bytes', () => Buffer.from(text)],
    ['a stream of one chunk', () => Readable.from([Buffer.from(text)])],
    ['a stream of bytes', () => Readable.from(Buffer.from(text), { objectMode: false })],
  ])('encodes %s piece by piece, in many turns', async (_name, source) => {
    const server = await start();
    const ftp = await connect(server);
    const meter = turnMeter();
    const { push } = LineEncoder.prototype;
    const spy = jest.spyOn(LineEncoder.prototype, 'push').mockImplementation(function count(
      this: LineEncoder,
      chunk,
    ) {
      meter.add();
      expect(chunk.length).toBeLessThanOrEqual(65_536);
      return push.call(this, chunk);
    });
    await ftp.storLines('STOR /text', source());
    spy.mockRestore();
    expect(meter.stop().most).toBeLessThan(15); // of 31
    expect(String(server.storage.readFile('/text'))).toBe(text);
  });

  it('calls back for lines in many turns', async () => {
    const server = await start();
    const ftp = await connect(server);
    const meter = turnMeter();
    await ftp.storLines('STOR /text', Buffer.from(text.slice(0, 40_000)), () => meter.add());
    expect(meter.total).toBe(20_000);
    expect(meter.stop().most).toBeLessThan(MOST);
  });
});

describe('a long reply', () => {
  const { start, connect } = harness();

  it('is read in many turns', async () => {
    const count = 300_000;
    const server = await start();
    const lines = '2\r\n'.repeat(count);
    server.handle('HELP', (session) => session.reply(`214-x\r\n${lines}214 end`));
    const meter = turnMeter();
    const encoding = {
      encode: (text: string) => Buffer.from(text),
      decode(bytes: Uint8Array) {
        meter.add();
        return Buffer.from(bytes).toString();
      },
    };
    const ftp = await connect(server, { maxReply: 10_000_000, encoding });
    expect(await ftp.sendCmd('HELP')).toHaveLength(count * 2 + '214-x\n214 end'.length);
    expect(meter.total).toBeGreaterThan(count);
    expect(meter.stop().most).toBeLessThan(40_000); // of those that the kernel holds
  });
});
