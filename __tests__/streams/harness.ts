import type { Readable } from 'node:stream';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach } from '@jest/globals';
import { type ConnectOptions, FTP, FTPTLS } from 'ftpipe';
import { TestServer, type TestServerOptions } from 'ftpipe/testing';
import { turns } from '../helpers/promises';
import { sink, untilEvent } from '../helpers/streams';

export type Kind = 'plain' | 'TLS';

/** A server and its clients for each test of the file, all closed after it. */
export function harness(defaults: TestServerOptions = {}, kind: Kind = 'plain') {
  let closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    closing = [];
  });
  return {
    async start(options: TestServerOptions = {}): Promise<TestServer> {
      const server = await TestServer.start({
        ...defaults,
        ...options,
        ...(kind === 'TLS' && { tls: {} }),
      });
      closing.push(() => server.close());
      return server;
    },
    async connect(server: TestServer, options: ConnectOptions = {}): Promise<FTP> {
      const { host, port, certificate } = server;
      const given = { host, port, user: 'user', password: 'password', ...options };
      const ftp = certificate
        ? await FTPTLS.connect({ ...given, tls: { ca: certificate } })
        : await FTP.connect(given);
      closing.unshift(() => ftp.close());
      return ftp;
    },
  };
}

/** Bytes that tell their place: a shift or a gap would show. */
export function patterned(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let index = 0; index < length; index += 1) bytes[index] = (index * 31 + (index >> 8)) & 0xff;
  return bytes;
}

/** Counts the events of a stream without listening, which would change what happens to an error. */
export function counted<S extends NodeJS.EventEmitter>(stream: S): Record<string, number> {
  const counts: Record<string, number> = { end: 0, finish: 0, error: 0, close: 0 };
  const { emit } = stream;
  stream.emit = (event: string | symbol, ...args: unknown[]) => {
    const name = String(event);
    if (name in counts) counts[name] = (counts[name] ?? 0) + 1;
    return emit.call(stream, event, ...args);
  };
  return counts;
}

/** Has each block for some turns of the event loop: by the last one the server is done. */
export function slowSink(take: (block: Buffer) => void): Writable {
  return new Writable({
    highWaterMark: 1,
    async write(block, _encoding, callback) {
      take(block);
      await turns(20);
      callback();
    },
  });
}

type Reading = (stream: Readable, take: (block: Buffer) => void) => Promise<unknown>;

/** The ways to read a stream to its end; each settles with the reader's outcome. */
export const READERS: Record<string, Reading> = {
  'for await': async (stream, take) => {
    for await (const block of stream) take(block);
  },
  "'data'": (stream, take) => {
    stream.on('data', take);
    return untilEvent(stream, 'end');
  },
  pipeline: (stream, take) => pipeline(stream, sink(take)),
  pipe: (stream, take) => untilEvent(stream.pipe(sink(take)), 'finish', stream),
  "'readable'": (stream, take) => {
    stream.on('readable', () => {
      for (let block = stream.read(); block !== null; block = stream.read()) take(block);
    });
    return untilEvent(stream, 'end');
  },
};

/** Waits until a number has stood still for so long. */
export async function standstill(count: () => number, milliseconds = 60): Promise<number> {
  let last = count();
  let since = performance.now();
  while (performance.now() - since < milliseconds) {
    await turn();
    if (count() === last) continue;
    last = count();
    since = performance.now();
  }
  return last;
}

let clockCount = 1e9; // it never goes back

/**
 * A clock that advances by a millisecond each time it is read, so that the length of a slice depends
 * on the number of checks only.
 */
export function countingClock(): { restore(): void } {
  const { hrtime } = process;
  const counting = () => {
    clockCount += 1;
    return [Math.floor(clockCount / 1000), (clockCount % 1000) * 1e6] as [number, number];
  };
  process.hrtime = Object.assign(counting, { bigint: hrtime.bigint });
  return {
    restore() {
      process.hrtime = hrtime;
    },
  };
}

/** Counts what happens in each turn of the event loop. */
export function turnMeter() {
  let count = 0;
  let total = 0;
  let most = 0;
  let seen = 0;
  const look = () => {
    most = Math.max(most, count);
    if (count > 0) seen += 1;
    count = 0;
    next = setImmediate(look).unref(); // a test that fails does not stop it
  };
  let next = setImmediate(look).unref();
  return {
    add(): void {
      count += 1;
      total += 1;
    },
    get total() {
      return total;
    },
    /** The most in one turn, and how many turns had any. */
    stop(): { most: number; turns: number } {
      clearImmediate(next);
      return { most: Math.max(most, count), turns: seen + (count > 0 ? 1 : 0) };
    },
  };
}

/** Numbers below `limit`, the same for the same seed (mulberry32). */
export function random(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}
