import { runInNewContext } from 'node:vm';
import { expect, it } from '@jest/globals';
import { type FTP, parseListing, type UploadSource } from 'ftpipe';
import { rejection } from '../helpers/promises';
import { harness } from '../streams/harness';

const { start, connect } = harness();

/** Evaluates an expression in another realm, as in a vm context or jsdom. */
const foreign = <T>(expression: string): T => runInNewContext(expression, { AbortController });

const TEXT = 'from elsewhere\r\n';
const CODES = `[${[...Buffer.from(TEXT)]}]`;

const SOURCES: [string, () => UploadSource][] = [
  ['a string', () => TEXT],
  ['an ArrayBuffer', () => new Uint8Array(Buffer.from(TEXT)).buffer],
  ['a SharedArrayBuffer', () => shared(TEXT)],
  ['a Uint8Array from another realm', () => foreign(`new Uint8Array(${CODES})`)],
  ['an ArrayBuffer from another realm', () => foreign(`new Uint8Array(${CODES}).buffer`)],
  [
    'a generator from another realm',
    () => foreign(`(function* () { yield new Uint8Array(${CODES}) })()`),
  ],
  ['a Blob', () => new Blob([TEXT])],
  ['an array of strings', () => TEXT.match(/.{1,5}|\s+/g) as string[]],
  ['an array of ArrayBuffers', () => [new Uint8Array(Buffer.from(TEXT)).buffer]],
  ['an array of promises', () => [Promise.resolve(TEXT)] as never],
  ['a Blob from another realm', () => new OtherBlob() as unknown as Blob],
];

function shared(text: string): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(text.length);
  Buffer.from(buffer).write(text);
  return buffer;
}

/** A Blob from another copy of Node's classes. */
class OtherBlob {
  readonly #blob = new Blob([TEXT]);
  readonly size = TEXT.length;
  readonly stream = () => this.#blob.stream();
}

const CALLS: [string, (ftp: FTP, source: UploadSource) => Promise<unknown>][] = [
  ['storBinary', (ftp, source) => ftp.storBinary('STOR x', source)],
  ['storBinary with a callback', (ftp, source) => ftp.storBinary('STOR x', source, 3, () => {})],
  ['storLines', (ftp, source) => ftp.storLines('STOR x', source)],
  ['storLines with a callback', (ftp, source) => ftp.storLines('STOR x', source, () => {})],
];

for (const [call, store] of CALLS) {
  it.each(SOURCES)(`${call} sends %s`, async (_, make) => {
    const server = await start();
    const ftp = await connect(server);
    await store(ftp, make());
    expect(server.storage.readFile('/x').toString().trimEnd()).toBe(TEXT.trimEnd());
  });
}

it('text is sent in the encoding of the client, or rejected if it cannot be encoded', async () => {
  const server = await start();
  const ftp = await connect(server, { encoding: 'latin1' });
  for (const source of [
    'é',
    ['é'],
    (async function* () {
      yield 'é';
    })(),
  ]) {
    await ftp.storBinary('STOR x', source);
    expect(server.storage.readFile('/x')).toEqual(Buffer.of(0xe9));
  }
  const before = server.commands.length;
  expect(await rejection(ftp.storBinary('STOR x', 'я'))).toMatchObject({
    code: 'ERR_INVALID_ARG_VALUE',
  });
  expect(server.commands.slice(before)).toEqual([]);
  ftp.encoding = 'utf8';
  await ftp.storLines('STOR x', 'я');
  expect(server.storage.readFile('/x').toString()).toBe('я\n');
});

it('storBinary stores an empty string, buffer or array as an empty file', async () => {
  const server = await start();
  const ftp = await connect(server);
  for (const source of ['', new ArrayBuffer(0), []]) {
    await ftp.storBinary('STOR x', source);
    expect(server.storage.readFile('/x')).toHaveLength(0);
  }
});

it('storBinary rejects a detached ArrayBuffer', async () => {
  const ftp = await connect(await start());
  const buffer = new ArrayBuffer(10);
  structuredClone(buffer, { transfer: [buffer] });
  expect(await rejection(ftp.storBinary('STOR x', buffer))).toMatchObject({
    code: 'ERR_INVALID_STATE',
  });
});

it('calls accept paths, options, dates and signals from another realm', async () => {
  const server = await start({ files: { '/é': 'x' } });
  const ftp = await connect(server);
  const path = foreign<Uint8Array>('new Uint8Array([0xc3, 0xa9])');
  expect(await ftp.size(path)).toBe(1);
  expect(await ftp.nlst(path)).toHaveLength(1);
  expect(() => ftp.list(path).destroy()).not.toThrow();
  const signal = foreign<AbortSignal>(
    '({ aborted: false, addEventListener() {}, removeEventListener() {} })',
  );
  await ftp.rename(path, 'é2', { signal });
  const upload = ftp.storBinary('STOR y', foreign<object>('({ blocksize: 3 })'));
  expect(upload.writableHighWaterMark).toBe(3);
  upload.end('x');
  const line = '-rw-r--r-- 1 o g 5 Jan 15 10:00 f';
  const now = foreign<Date>("new Date('2024-06-01T00:00:00Z')");
  expect(parseListing(line, { now })[0]?.modified?.getUTCFullYear()).toBe(2024);
});
