import { once } from 'node:events';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { dial } from '../../lib/transport/socket/dial';
import { type ReadMemory, ReusableReadBuffer, Slab } from '../../lib/transport/socket/read-buffers';
import { SocketReader } from '../../lib/transport/socket/socket-reader';
import { afterwards } from '../helpers/afterwards';
import { listen } from './helpers/scripted-server';

const dns = jest.requireActual<typeof import('node:dns')>('node:dns'); // itself, to be spied on

afterEach(() => {
  jest.restoreAllMocks();
});

/** A connection that is read into this memory; what it has read, and a wait for more. */
async function reading(memory: ReadMemory, host = '127.0.0.1') {
  const { port, peers } = await listen();
  const reader = new SocketReader(memory);
  const limits = { purpose: 'control' as const, timeout: 2000 };
  const socket = await dial({ host, port, reader }, limits, undefined);
  afterwards(() => socket.destroy());
  const chunks: Buffer[] = [];
  let read = 0;
  let told = (): unknown => undefined;
  reader.start((chunk) => {
    chunks.push(chunk);
    read += chunk.length;
    told();
    return true;
  });
  /** Resolves when so many bytes are there. */
  const bytes = (count: number) =>
    new Promise<void>((resolve) => {
      told = () => read >= count && resolve();
      told();
    });
  return { socket, reader, chunks, bytes, peer: peers[0] as (typeof peers)[0] };
}

describe.each<[string, () => ReadMemory]>([
  ['a Slab', () => new Slab()],
  ['a ReusableReadBuffer', () => new ReusableReadBuffer()],
])('a socket that is read into %s', (_name, make) => {
  it('does not read before resume()', async () => {
    const { reader, chunks, bytes, peer } = await reading(make());
    peer.socket.write('early');
    await new Promise(setImmediate);
    expect(chunks).toEqual([]);
    reader.resume();
    await bytes(5);
    expect(String(Buffer.concat(chunks))).toBe('early');
  });

  it('passes on chunks that later reads do not change', async () => {
    const { reader, chunks, bytes, peer } = await reading(make());
    reader.resume();
    peer.socket.write('one');
    await bytes(3);
    peer.socket.write('two');
    await bytes(6);
    peer.socket.write('three');
    await bytes(11);
    expect(chunks.map(String)).toEqual(['one', 'two', 'three']);
  });

  it('passes on more than fits into its memory, in order', async () => {
    const { reader, chunks, bytes, peer } = await reading(make());
    const sent = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => i % 251));
    reader.resume();
    peer.socket.write(sent);
    await bytes(sent.length);
    expect(Buffer.concat(chunks).equals(sent)).toBe(true);
  });

  it('keeps reading, and loses nothing, when its callback throws', async () => {
    const uncaught: unknown[] = [];
    process.setUncaughtExceptionCaptureCallback((error) => uncaught.push(error));
    afterwards(() => process.setUncaughtExceptionCaptureCallback(null));
    const { reader, socket, peer } = await reading(make());
    const chunks: Buffer[] = [];
    const all = new Promise<void>((resolve) => {
      reader.start((chunk) => {
        if (chunks.push(chunk) === 3) resolve();
        else peer.socket.write(`next ${chunks.length}, of eight bytes or more`);
        throw new Error(`at ${chunks.length}`);
      });
    });
    reader.resume();
    peer.socket.write('the first, of eight bytes or more');
    await Promise.race([all, once(socket, 'error').then(([error]) => Promise.reject(error))]);
    expect(chunks.map((chunk) => String(chunk).split(',')[0])).toEqual([
      'the first',
      'next 1',
      'next 2',
    ]);
    while (uncaught.length < 3) await new Promise(setImmediate);
    expect(uncaught.map(String)).toEqual(['Error: at 1', 'Error: at 2', 'Error: at 3']);
  });

  it('reports the end', async () => {
    const { socket, reader, peer } = await reading(make());
    reader.resume();
    peer.socket.end();
    await once(socket, 'end');
  });

  it('reads from the second address of a name if the first one refuses (RFC 8305)', async () => {
    const addresses = [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ];
    const lookup = dns.lookup as (...args: unknown[]) => void;
    const found = jest.spyOn(dns, 'lookup').mockImplementation(((
      host: string,
      ...args: [object, (...found: unknown[]) => void]
    ) => {
      if (host !== 'both.test') return lookup(host, ...args);
      process.nextTick(args[1], null, addresses);
    }) as typeof dns.lookup);
    const { reader, chunks, bytes, peer } = await reading(make(), 'both.test');
    expect(found.mock.calls.map(([host]) => host)).toContain('both.test');
    reader.resume();
    peer.socket.write('here');
    await bytes(4);
    expect(String(Buffer.concat(chunks))).toBe('here');
  });
});

it('does not take zeros for lost bytes if random() is stubbed when it is loaded', () => {
  jest.spyOn(Math, 'random').mockReturnValue(0);
  jest.isolateModules(() => {
    const { SocketReader: Loaded } = jest.requireActual<
      typeof import('../../lib/transport/socket/socket-reader')
    >('../../lib/transport/socket/socket-reader');
    const reader = new Loaded(new Slab());
    const chunks: Buffer[] = [];
    reader.start((chunk) => chunks.push(chunk) > 0);
    const { buffer, callback } = reader.onread;
    const room = (buffer as () => Uint8Array)();
    room.fill(0, 0, 100);
    expect(callback(100, room)).toBe(true);
    expect(Buffer.concat(chunks)).toEqual(Buffer.alloc(100));
  });
});
