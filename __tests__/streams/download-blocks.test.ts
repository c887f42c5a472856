import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { DownloadStream } from 'ftpipe';
import { uncaughtErrors } from '../client/regressions/harness';
import { rejection, turns } from '../helpers/promises';
import { untilEvent } from '../helpers/streams';
import { FakeTransfer } from './fake-transfer';
import { patterned, random } from './harness';

const BLOCK = 1000;
const PIECE = 70;

interface Options {
  readonly patience?: number;
  readonly inPlace?: boolean;
}

async function download({ patience, inPlace = false }: Options = {}) {
  const transfer = new FakeTransfer(patience);
  const stream = new DownloadStream(transfer, { blocksize: BLOCK, inPlace });
  await stream.opened();
  return { transfer, stream };
}

/** A destination that keeps each block until the test releases it. */
class SlowWriter extends Writable {
  readonly blocks: Buffer[] = [];
  #goOn: (() => void) | undefined;

  constructor() {
    super({ highWaterMark: 1 });
  }

  override _write(block: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.blocks.push(block);
    this.#goOn = callback;
  }

  async goOn(): Promise<void> {
    const goOn = this.#goOn;
    this.#goOn = undefined;
    goOn?.();
    await turns(2);
  }
}

const lengths = (blocks: Buffer[]) => blocks.map(({ length }) => length);

/**
 * Pieces that lie one after the other in memory, as a socket reads them; or each in memory of its
 * own.
 */
function cut(bytes: Buffer, size: number, isApart = false): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    pieces.push(isApart ? Buffer.from(Uint8Array.from(piece).buffer) : piece);
  }
  return pieces;
}

describe.each([
  ['side by side', false],
  ['apart', true],
])('a pipe into a slow destination, from chunks that lie %s in memory', (_name, isApart) => {
  it('gets full blocks', async () => {
    const bytes = patterned(5 * BLOCK);
    const { transfer, stream } = await download();
    const writer = stream.pipe(new SlowWriter());
    const isWritten = untilEvent(writer, 'finish', stream);
    await transfer.give(cut(bytes, PIECE, isApart));
    expect(lengths(writer.blocks)).toEqual([PIECE]);
    transfer.end();
    while (!writer.writableEnded) await writer.goOn();
    await writer.goOn();
    await isWritten;
    expect(Buffer.concat(writer.blocks).equals(bytes)).toBe(true);
    expect(writer.blocks.length).toBeLessThanOrEqual(12); // it would be 72 pieces
    expect(Math.max(...lengths(writer.blocks))).toBe(BLOCK);
    const inPlace = writer.blocks.every(({ buffer }) => buffer === bytes.buffer);
    expect(inPlace).toBe(!isApart);
  });

  it('stops the source', async () => {
    const { transfer, stream } = await download();
    const writer = stream.pipe(new SlowWriter());
    await transfer.give(cut(patterned(5 * BLOCK), PIECE, isApart));
    expect(transfer.data.isPaused()).toBe(true);
    const taken = 5 * BLOCK - transfer.data.readableLength;
    expect(taken).toBeLessThan(2 * PIECE + BLOCK + PIECE);
    expect(transfer.watcher.idleSince()).toBeDefined();
    await writer.goOn();
    await writer.goOn();
    expect(transfer.data.readableLength).toBeLessThan(5 * BLOCK - taken);
    stream.destroy();
  });

  it('may be slow without a limit, even if replies arrive', async () => {
    const { transfer, stream } = await download({ patience: 20 });
    const writer = stream.pipe(new SlowWriter());
    await transfer.give(cut(patterned(3 * BLOCK), PIECE, isApart));
    await sleep(60);
    transfer.confirm();
    await sleep(60);
    transfer.data.push(null);
    while (!writer.writableEnded) await writer.goOn();
    expect(stream.errored).toBeNull();
    expect(lengths(writer.blocks).reduce((sum, length) => sum + length)).toBe(3 * BLOCK);
  });

  it('still ends with a timeout if no data arrives', async () => {
    const { transfer, stream } = await download({ patience: 20 });
    stream.pipe(new SlowWriter());
    const error = untilEvent(stream, 'end');
    await transfer.give(cut(patterned(300), PIECE, isApart)); // less than a block: there is need of more
    await expect(error).rejects.toMatchObject({ code: 'ERR_FTP_TIMEOUT' });
  });
});

it('a consumer that was slow gets no larger block when it changes how it reads', async () => {
  const bytes = patterned(2 * BLOCK - 50);
  const { transfer, stream } = await download();
  stream.pause();
  await transfer.give(cut(bytes, PIECE));
  transfer.end();
  await turns(5);
  const blocks: Buffer[] = [];
  for await (const block of stream) blocks.push(block);
  expect(Buffer.concat(blocks).equals(bytes)).toBe(true);
  expect(Math.max(...lengths(blocks))).toBeLessThanOrEqual(BLOCK);
});

it('a paused stream can be read in small amounts, across blocks', async () => {
  const bytes = patterned(4 * BLOCK);
  const { transfer, stream } = await download();
  stream.pause();
  await transfer.give(cut(bytes, PIECE));
  transfer.end();
  const parts: Buffer[] = [];
  for (const size of [10, 1, 1500, 600, 1800, 89]) {
    let part: Buffer | null = null;
    for (let tries = 0; part === null && tries < 50; tries += 1) {
      part = stream.read(size);
      await turns(1);
    }
    expect(part).toHaveLength(size);
    parts.push(part as Buffer);
  }
  expect(Buffer.concat(parts).equals(bytes)).toBe(true);
  await Promise.all([untilEvent(stream, 'end'), stream.resume()]);
});

it('a consumer with inPlace gets each chunk in the memory it was read into, even if it is slow', async () => {
  const pieces = cut(patterned(2 * BLOCK), PIECE, true);
  const { transfer, stream } = await download({ inPlace: true });
  const writer = stream.pipe(new SlowWriter());
  await transfer.give(pieces);
  transfer.end();
  while (!writer.writableEnded) await writer.goOn();
  expect(Buffer.concat(writer.blocks).equals(Buffer.concat(pieces))).toBe(true);
  const memory = new Set(pieces.map(({ buffer }) => buffer));
  expect(writer.blocks.filter(({ buffer }) => !memory.has(buffer))).toEqual([]);
});

it('bytes that were kept back are available once a paused consumer has read the first block', async () => {
  const { transfer, stream } = await download();
  stream.pause();
  stream.on('data', () => {});
  stream.read(0); // begins to fill the buffer
  await transfer.give(cut(patterned(5 * PIECE), PIECE));
  expect(stream.readableLength).toBe(PIECE);
  stream.read();
  expect(stream.readableLength).toBe(4 * PIECE);
  stream.destroy();
});

it('keeps nothing back from a paused stream without listeners', async () => {
  const { transfer, stream } = await download();
  stream.pause();
  stream.read(0);
  await transfer.give(cut(patterned(2 * BLOCK), PIECE));
  expect(stream.readableLength).toBe(BLOCK); // and not a piece, for ever
  stream.destroy();
});

describe.each([1.1, 1.5, 1.9, 2.5])('a file of %d blocks', (blocks) => {
  const bytes = patterned(blocks * BLOCK);
  const sizes = [10, 700, 1000, 1000]; // less than a block is kept, and then more than one
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += sizes[pieces.length - 1] as number)
    pieces.push(bytes.subarray(at, at + (sizes[pieces.length] as number)));

  it.each([
    ['before', ['226', 'end']],
    ['behind', ['end', '226']],
  ])(
    'waits for a slow destination after the end of the data, with the 226 %s',
    async (_name, order) => {
      const { transfer, stream } = await download({ patience: 30 });
      const writer = stream.pipe(new SlowWriter());
      await transfer.give(pieces);
      for (const each of order) each === 'end' ? transfer.data.push(null) : transfer.confirm();
      await sleep(90);
      expect(stream.errored).toBeNull();
      while (!writer.writableEnded) await writer.goOn();
      expect(Buffer.concat(writer.blocks).equals(bytes)).toBe(true);
      expect(transfer.released).toEqual([true]);
    },
  );
});

it('loses nothing when a listener throws between blocks that were kept back', async () => {
  const uncaught = uncaughtErrors();
  const bytes = patterned(5 * BLOCK);
  const { transfer, stream } = await download();
  const blocks: Buffer[] = [];
  stream.on('data', (block) => {
    blocks.push(block);
    if (blocks.length === 1) throw new Error('of the listener');
  });
  stream.pause();
  stream.read(0);
  await transfer.give(cut(bytes, PIECE));
  transfer.end();
  stream.resume();
  await turns(50);
  expect(Buffer.concat(blocks).equals(bytes)).toBe(true);
  expect(uncaught).toHaveLength(1);
});

it('a consumer that calls read() repeatedly does not hide a stalled server', async () => {
  const { transfer, stream } = await download({ patience: 40 });
  stream.on('data', () => {});
  stream.pause();
  stream.read(0);
  let error: Error | undefined;
  stream.on('error', (met) => {
    error = met;
  });
  await transfer.give([patterned(100), patterned(100)]);
  for (let looks = 0; looks < 20 && !error; looks += 1) {
    stream.read(0);
    await sleep(10);
  }
  expect(error).toMatchObject({ code: 'ERR_FTP_TIMEOUT' });
});

it('read(n) with more bytes than are buffered returns what was kept back', async () => {
  const { transfer, stream } = await download();
  stream.pause();
  stream.on('data', () => {});
  stream.read(0);
  await transfer.give(cut(patterned(10 * PIECE), PIECE));
  expect(stream.read(5 * PIECE)).toBeNull();
  expect(stream.read(5 * PIECE)).toHaveLength(5 * PIECE);
  stream.destroy();
});

it('waits for the server, not for its user, once all bytes are buffered', async () => {
  const { transfer, stream } = await download();
  stream.pipe(new SlowWriter());
  await transfer.give([PIECE, PIECE, BLOCK - PIECE].map(patterned)); // exactly a block
  transfer.data.push(null);
  await turns(3);
  expect(stream.readableLength).toBe(BLOCK);
  expect(transfer.watcher.idleSince()).toBeUndefined();
  stream.destroy();
});

it('idleSince is set since the last read that returned bytes', async () => {
  const { transfer, stream } = await download();
  stream.pipe(new SlowWriter());
  await transfer.give(cut(patterned(3 * BLOCK), PIECE));
  const since = transfer.watcher.idleSince();
  expect(since).toBeDefined();
  await sleep(2);
  stream.read(0);
  expect(transfer.watcher.idleSince()).toBe(since);
  stream.read(10);
  expect(transfer.watcher.idleSince()).toBeGreaterThan(since as number);
  stream.destroy();
});

it('a whole block is available to a consumer that has a listener, and has not read yet', async () => {
  const { transfer, stream } = await download();
  stream.on('readable', () => {});
  await transfer.give(cut(patterned(2 * BLOCK), PIECE));
  expect(stream.readableLength).toBe(BLOCK);
  stream.destroy();
});

it('a paused stream that has its whole file does not block the connection', async () => {
  const bytes = patterned(5 * PIECE);
  const { transfer, stream } = await download();
  stream.pause();
  stream.read(0);
  await transfer.give(cut(bytes, PIECE));
  transfer.end();
  await turns(5);
  expect(transfer.released).toEqual([true]);
  expect(stream.readableLength).toBe(bytes.length);
  expect(Buffer.concat(await stream.toArray()).equals(bytes)).toBe(true);
});

it('detects a reset between the end of the data and its report', async () => {
  const { transfer, stream } = await download();
  const writer = stream.pipe(new SlowWriter());
  const pieces = [10, 700, 790].map(patterned); // more than there is room for
  await transfer.give(pieces);
  transfer.end();
  await turns(5);
  expect(transfer.released).toEqual([]);
  transfer.data.destroy(new Error('reset'));
  const failed = rejection(untilEvent(stream, 'end'));
  for (let blocks = 0; blocks < 5; blocks += 1) await writer.goOn();
  expect(await failed).toMatchObject({ code: 'ERR_FTP_TRANSFER' });
});

it('detects a reset that looks like an end, for every kind of consumer', async () => {
  const { transfer, stream } = await download();
  let tell: (error: Error) => void = () => {};
  transfer.data._write = (_chunk, _encoding, callback) => {
    tell = callback;
  };
  stream.pause();
  await transfer.give([patterned(PIECE)]);
  transfer.end();
  await turns(5);
  const failed = untilEvent(stream, 'end');
  stream.resume();
  await turns(5);
  tell(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
  await expect(failed).rejects.toMatchObject({ code: 'ERR_FTP_TRANSFER' });
});

it('the error of a failed transfer counts bytes that the consumer has not read', async () => {
  const { transfer, stream } = await download();
  stream.pipe(new SlowWriter());
  await transfer.give(cut(patterned(500), PIECE));
  const failed = untilEvent(stream, 'end');
  transfer.data.destroy(new Error('reset'));
  transfer.watcher.onEvent('refusal', { code: 426, lines: ['426 Broken.'] });
  await expect(failed).rejects.toMatchObject({ bytesTransferred: 500 });
});

/** Lets a stream flow, stop, be piped and read, as the dice fall; collects what came, in order. */
async function consumeAtRandom(stream: DownloadStream, below: (limit: number) => number) {
  const blocks: { bytes: Buffer; limit: number }[] = [];
  let isOver = false;
  const end = untilEvent(stream, 'end').finally(() => {
    isOver = true;
  });
  const take = (bytes: Buffer) => blocks.push({ bytes, limit: BLOCK });
  const writer = new Writable({
    highWaterMark: 1,
    write(block, _encoding, callback) {
      take(block);
      if (below(2) === 0) callback();
      else setImmediate(callback);
    },
  });
  const onReadable = () => {};
  while (!isOver) {
    switch (below(7)) {
      case 0:
        stream.pipe(writer, { end: false });
        await turns(below(6));
        stream.unpipe(writer);
        break;
      case 1:
        stream.on('data', take);
        stream.resume();
        await turns(below(3));
        stream.off('data', take);
        stream.pause();
        break;
      case 2: {
        const limit = 1 + below(2 * BLOCK);
        const bytes: Buffer | null = stream.read(limit);
        if (bytes) blocks.push({ bytes, limit: Math.max(limit, BLOCK) });
        break;
      }
      case 3: {
        const bytes: Buffer | null = stream.read();
        // More than a block can be there only because read(n) has asked for it.
        if (bytes) blocks.push({ bytes, limit: Number.POSITIVE_INFINITY });
        break;
      }
      case 4: {
        const bytes: Buffer | null = stream.read(2);
        if (bytes && bytes.length > 1) stream.unshift(bytes.subarray(1));
        if (bytes) take(bytes.subarray(0, 1));
        break;
      }
      case 5:
        stream.on('readable', onReadable);
        await turns(below(3));
        stream.off('readable', onReadable);
        break;
      default:
        await turns(below(4));
    }
    await new Promise((resolve) => process.nextTick(resolve));
    if (below(4) === 0) await turns(1);
  }
  await end;
  return blocks;
}

it('loses nothing, and keeps the block size, in 300 random runs', async () => {
  const { SEED } = process.env;
  const seed = Number(SEED ?? Math.floor(Math.random() * 2 ** 31));
  const below = random(seed);
  for (let run = 0; run < 300; run += 1) {
    const bytes = patterned(below(8 * BLOCK));
    const { transfer, stream } = await download();
    const consumed = consumeAtRandom(stream, below);
    const pieces = cut(bytes, 1 + below(2 * BLOCK), below(2) === 0);
    for (const piece of pieces) {
      transfer.data.push(piece);
      if (below(3) === 0) await turns(below(3));
    }
    transfer.end();
    const blocks = await consumed;
    const seen = {
      run,
      seed,
      isWhole: Buffer.concat(blocks.map((block) => block.bytes)).equals(bytes),
      tooLong: blocks.filter((block) => block.bytes.length > block.limit).length,
      released: transfer.released,
    };
    expect(seen).toEqual({ run, seed, isWhole: true, tooLong: 0, released: [true] });
  }
});
