import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from '@jest/globals';
import type { FTP, UploadSource } from 'ftpipe';
import { rejection } from '../helpers/promises';
import { harness } from '../streams/harness';

const { start, connect } = harness();

async function read(): Promise<Readable> {
  const source = new PassThrough();
  source.end('content');
  source.resume();
  await once(source, 'end');
  return source;
}

async function destroyed(): Promise<Readable> {
  const source = Readable.from([Buffer.from('content')]);
  source.destroy();
  await once(source, 'close');
  return source;
}

const READABLES: [string, () => Promise<Readable>][] = [
  ['a Readable that was read to its end', read],
  ['a Readable that was destroyed', destroyed],
  [
    'a Readable whose for await loop was left',
    async () => {
      const source = Readable.from([Buffer.from('a'), Buffer.from('b')]);
      for await (const _ of source) break;
      return source;
    },
  ],
];
const WEB: [string, () => Promise<ReadableStream<Uint8Array>>][] = [
  [
    'a ReadableStream that was read to its end',
    async () => {
      const source = new Blob(['content']).stream() as ReadableStream<Uint8Array>;
      const reader = source.getReader();
      while (!(await reader.read()).done);
      reader.releaseLock();
      return source;
    },
  ],
  ['a closed ReadableStream', async () => new ReadableStream({ start: (it) => it.close() })],
  ['a failed ReadableStream', async () => new ReadableStream({ start: (it) => it.error('x') })],
  [
    'a locked ReadableStream',
    async () => {
      const source = new ReadableStream<Uint8Array>();
      source.getReader();
      return source;
    },
  ],
  [
    'a cancelled ReadableStream',
    async () => {
      const source = new ReadableStream<Uint8Array>();
      await source.cancel();
      return source;
    },
  ],
];

type Store = (ftp: FTP, source: UploadSource) => Promise<unknown>;
const CALLS: [string, Store][] = [
  ['storBinary', (ftp, source) => ftp.storBinary('STOR x', source)],
  ['storBinary with a callback', (ftp, source) => ftp.storBinary('STOR x', source, 10, () => {})],
  ['storLines', (ftp, source) => ftp.storLines('STOR x', source)],
];
const PIPES: [string, (ftp: FTP, source: Readable) => Promise<unknown>][] = [
  ['pipeline()', (ftp, source) => pipeline(source, ftp.storBinary('STOR x'))],
  [
    'pipe()',
    async (ftp, source) => {
      const upload = source.pipe(ftp.storLines('STOR x'));
      const [error] = await once(upload, 'error');
      throw error;
    },
  ],
];

describe.each(CALLS)('%s', (_, store) => {
  it.each<[string, () => Promise<UploadSource>]>([...READABLES, ...WEB])(
    'refuses %s before anything is sent',
    async (_, make) => {
      const server = await start();
      const ftp = await connect(server);
      const before = server.commands.length;
      const error = await rejection(store(ftp, await make()));
      expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_STATE' });
      expect(error.message).toMatch(/^The source of the upload (was|is|has) /);
      expect(server.commands.slice(before)).toEqual([]);
      expect(await ftp.pwd()).toBe('/');
    },
  );

  it('sends the rest of a source that was partly read before', async () => {
    const server = await start();
    const ftp = await connect(server);
    const sniffed = Readable.from([Buffer.from('head'), Buffer.from('body\r\n')], {
      objectMode: false,
    });
    await once(sniffed, 'readable');
    expect(String(sniffed.read(4))).toBe('head');
    await store(ftp, sniffed);
    const text = () => server.storage.readFile('/x').toString().trimEnd();
    expect(text()).toBe('body');

    const web = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const text of ['head', 'web body\r\n']) controller.enqueue(Buffer.from(text));
        controller.close();
      },
    });
    const reader = web.getReader();
    await reader.read();
    reader.releaseLock();
    await store(ftp, web);
    expect(text()).toBe('web body');

    const generator = (function* () {
      yield 'head';
      yield 'rest\r\n';
    })();
    generator.next();
    await store(ftp, generator);
    expect(text()).toBe('rest');
  });

  it.each([true, false])(
    'sends the rest of a source whose iterator has stopped (objectMode: %p)',
    async (objectMode) => {
      const server = await start();
      const ftp = await connect(server);
      const source = new PassThrough({ objectMode });
      source.write('head');
      const iterator = source[Symbol.asyncIterator]();
      expect(String((await iterator.next()).value)).toBe('head');
      source.write('body ');
      source.end('and end\r\n');
      await store(ftp, source);
      expect(server.storage.readFile('/x').toString().trimEnd()).toBe('body and end');
    },
  );
});

describe.each(PIPES)('%s into an upload', (_, store) => {
  it('refuses a source that was read to its end, and sends nothing', async () => {
    const server = await start();
    const ftp = await connect(server);
    const before = server.commands.length;
    const error = await rejection(store(ftp, await read()));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_STATE' });
    expect(server.commands.slice(before)).toEqual([]);
    expect(server.storage.list('/')).toEqual([]);
    expect(await ftp.pwd()).toBe('/');
  });
});

it('a source that was read to its end fails the stream of transferCmd()', async () => {
  const server = await start();
  const ftp = await connect(server);
  const connection = await ftp.transferCmd('STOR x');
  const error = await rejection(pipeline(await read(), connection));
  expect(error).toMatchObject({ code: 'ERR_INVALID_STATE' });
  expect(await ftp.pwd()).toBe('/');
  expect(server.transfers.map(({ outcome }) => outcome)).not.toContain('complete');
});
