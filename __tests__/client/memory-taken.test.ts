import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { FTP } from 'ftpipe';
import { rejection } from '../helpers/promises';
import { patterned } from '../streams/harness';
import { filesHarness, KINDS } from './files-harness';

const { start, connect } = filesHarness();
const CONTENT = Buffer.alloc(5000, 'a line of the file\r\n'); // storLines sends it unchanged
const LINES = CONTENT.toString().replaceAll('\r', ''); // as the server stores them
const MUCH = patterned(48 * 1024 * 1024); // more than all buffers on the way hold

/** The ways to take memory away from an existing view. */
const TAKEN = {
  transferred: () => {
    const buffer = new ArrayBuffer(CONTENT.length);
    return { buffer, take: () => structuredClone(buffer, { transfer: [buffer] }) };
  },
  shrunk: () => {
    const options = { maxByteLength: CONTENT.length };
    const buffer = new (ArrayBuffer as unknown as Resizable)(CONTENT.length, options);
    return { buffer, take: () => buffer.resize(0) };
  },
};
type Resizable = new (
  length: number,
  options: object,
) => ArrayBuffer & { resize(to: number): void };

const WAYS = {
  storBinary: (ftp: FTP, bytes: Uint8Array) => ftp.storBinary('STOR x', bytes),
  'storBinary with a callback': (ftp: FTP, bytes: Uint8Array) =>
    ftp.storBinary('STOR x', bytes, { blocksize: 2000, onBlock: () => {} }),
  storLines: (ftp: FTP, bytes: Uint8Array) => ftp.storLines('STOR x', bytes),
  'storLines with a callback': (ftp: FTP, bytes: Uint8Array) =>
    ftp.storLines('STOR x', bytes, () => {}),
};

const microtasks = (count: number) => async () => {
  for (let i = 0; i < count; i++) await undefined;
};
const turns = (count: number) => async () => {
  for (let i = 0; i < count; i++) await turn();
};
const MOMENTS = [
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16].map(microtasks),
  () => new Promise<void>((resolve) => process.nextTick(resolve)),
  ...[1, 2, 3, 5].map(turns),
];

describe.each(KINDS)('memory that the user takes away before it is sent, over %s', (kind) => {
  const cases = (Object.keys(TAKEN) as (keyof typeof TAKEN)[]).flatMap((how) =>
    (Object.keys(WAYS) as (keyof typeof WAYS)[]).map((way) => ({ how, way })),
  );

  it.each(cases)('does not corrupt the file when $how during $way', async ({ how, way }) => {
    const server = await start(kind);
    const ftp = await connect(server);
    for (const moment of MOMENTS) {
      const { buffer, take } = TAKEN[how]();
      const bytes = new Uint8Array(buffer);
      bytes.set(CONTENT);
      const outcome = WAYS[way](ftp, bytes).then(
        () => [CONTENT.toString(), LINES].includes(server.storage.readFile('/x').toString()),
        ({ name }) => name === 'TypeError',
      );
      await moment();
      take();
      // All bytes are stored, or none: the call neither hangs nor stores a part.
      expect(await outcome).toBe(true);
      expect(await ftp.pwd()).toBe('/');
    }
  });

  it.each(cases)('causes a TypeError when $how before $way', async ({ how, way }) => {
    const server = await start(kind);
    const ftp = await connect(server);
    for (const view of [Uint8Array, Buffer]) {
      const { buffer, take } = TAKEN[how]();
      const bytes =
        view === Buffer
          ? Buffer.from(buffer, 0, CONTENT.length)
          : new Uint8Array(buffer, 0, CONTENT.length);
      take();
      expect(await rejection(WAYS[way](ftp, bytes))).toMatchObject({ name: 'TypeError' });
      expect(server.commands.join()).not.toMatch(/STOR/);
      expect(await ftp.pwd()).toBe('/');
    }
  });

  it.each(['storBinary with a callback', 'storBinary'] as const)(
    'is sent with its original length when grown during %s',
    async (way) => {
      const server = await start(kind);
      const ftp = await connect(server);
      const options = { maxByteLength: 2 * CONTENT.length };
      const buffer = new (ArrayBuffer as unknown as Resizable)(CONTENT.length, options);
      const bytes = new Uint8Array(buffer); // tracks the length of the buffer
      bytes.set(CONTENT);
      const call = WAYS[way](ftp, bytes);
      buffer.resize(2 * CONTENT.length);
      await call;
      expect(server.storage.readFile('/x').equals(CONTENT)).toBe(true);
    },
  );

  it('fails storBinary when transferred in the middle of the upload', async () => {
    const server = await start(kind);
    const ftp = await connect(server);
    const bytes = new Uint8Array(new ArrayBuffer(MUCH.length));
    bytes.set(MUCH);
    const opened = new Promise<void>((resolve) => ftp.once('transfer', () => resolve()));
    const call = ftp.storBinary('STOR x', bytes);
    const failed = rejection(call);
    await opened;
    await turn();
    const kept = structuredClone(bytes, { transfer: [bytes.buffer] });
    expect(await failed).toMatchObject({ code: 'ERR_INVALID_STATE' });
    expect(kept.length).toBe(MUCH.length);
    expect(await ftp.pwd()).toBe('/');
  });

  it('fails the upload stream when a written chunk is transferred', async () => {
    const server = await start(kind);
    const ftp = await connect(server);
    const first = new Uint8Array(CONTENT);
    const second = new Uint8Array(CONTENT);
    const stream = ftp.storBinary('STOR x');
    const failed = new Promise<NodeJS.ErrnoException>((resolve) => stream.once('error', resolve));
    stream.write(first);
    stream.end(second);
    structuredClone(second.buffer, { transfer: [second.buffer] });
    expect(await failed).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_STATE' });
    expect((await failed).message).toMatch(/STOR x/);
    expect(await ftp.pwd()).toBe('/');
  });
});

describe.each(KINDS)('a chunk that is transferred while a Readable buffers it, over %s', (kind) => {
  const PUSHES: Record<string, (source: Readable, bytes: Buffer) => void> = {
    alone: (source, bytes) => {
      source.push(bytes);
    },
    'behind another chunk': (source, bytes) => {
      source.push(Buffer.from('before'));
      source.push(bytes);
    },
    'before another chunk': (source, bytes) => {
      source.push(bytes);
      source.push(Buffer.from('behind'));
    },
  };
  const UPLOADS: Record<string, (ftp: FTP, source: Readable) => Promise<unknown>> = {
    storBinary: (ftp, source) => ftp.storBinary('STOR x', source),
    'storBinary with a callback': (ftp, source) => ftp.storBinary('STOR x', source, 99, () => {}),
    storLines: (ftp, source) => ftp.storLines('STOR x', source),
    'pipeline()': (ftp, source) => pipeline(source, ftp.storBinary('STOR x')),
    'pipeline() of lines': (ftp, source) => pipeline(source, ftp.storLines('STOR x')),
    'pipe()': async (ftp, source) => {
      const [error] = await once(source.pipe(ftp.storBinary('STOR x')), 'error');
      throw error;
    },
    'pipeline() into transferCmd': async (ftp, source) =>
      pipeline(source, await ftp.transferCmd('STOR x')),
  };

  for (const [way, store] of Object.entries(UPLOADS)) {
    it.each(Object.keys(PUSHES))(`fails ${way} when pushed %s`, async (how) => {
      const server = await start(kind);
      const ftp = await connect(server);
      for (const isOver of [true, false]) {
        const source = new Readable({ read() {} });
        source.on('error', () => {});
        const bytes = Buffer.from(new ArrayBuffer(100_000));
        PUSHES[how]?.(source, bytes);
        structuredClone(bytes.buffer, { transfer: [bytes.buffer as ArrayBuffer] });
        if (isOver) source.push(null);
        expect(await rejection(store(ftp, source))).toMatchObject({ code: 'ERR_INVALID_STATE' });
        expect(await ftp.pwd()).toBe('/');
      }
      expect(server.transfers.map(({ outcome }) => outcome)).not.toContain('complete');
    });
  }

  it('fails storBinary when transferred directly after each push', async () => {
    const ftp = await connect(await start(kind));
    const source = new Readable({
      read() {
        const bytes = Buffer.from(new ArrayBuffer(10_000));
        this.push(bytes);
        structuredClone(bytes.buffer, { transfer: [bytes.buffer as ArrayBuffer] });
      },
    });
    expect(await rejection(ftp.storBinary('STOR x', source))).toMatchObject({
      code: 'ERR_INVALID_STATE',
    });
    expect(await ftp.pwd()).toBe('/');
  });
});
