import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import type { CallOptions, FTP, LocalFile, Path, UploadSource } from 'ftpipe';
import type { TestServer } from 'ftpipe/testing';
import { rejection } from '../helpers/promises';

import { all, filesHarness, KINDS } from './files-harness';

const { start, connect } = filesHarness();
const files = { '/big': Buffer.alloc(400_000, 'a line\n'), '/small': 'a line\n' };
const never = () => new Promise<never>(() => {});

/** Receives the moment at which the user's code begins to wait. */
interface Waited {
  begun(): void;
}

async function* waitingGenerator({ begun }: Waited): AsyncGenerator<Buffer> {
  yield Buffer.alloc(9);
  begun();
  await never();
}

/** An iterator whose methods never settle. */
function waitingIterable({ begun }: Waited): AsyncIterable<Buffer> {
  const next = () => {
    begun();
    return never();
  };
  return { [Symbol.asyncIterator]: () => ({ next, return: never }) };
}

function failingReturn({ begun }: Waited, fail: () => never): AsyncIterable<Buffer> {
  const next = () => {
    begun();
    return never();
  };
  return { [Symbol.asyncIterator]: () => ({ next, return: fail as never }) };
}

function silent({ begun }: Waited): PassThrough {
  const source = new PassThrough();
  source.write('x');
  source.once('drain', begun);
  setTimeout(begun, 50);
  return source;
}

const SOURCES: Record<string, (waited: Waited) => UploadSource> = {
  'a generator': waitingGenerator,
  'an iterator whose return() also waits': waitingIterable,
  'an iterator whose return() throws': (waited) =>
    failingReturn(waited, () => {
      throw new Error('of return()');
    }),
  'an iterator whose return() rejects': (waited) =>
    failingReturn(waited, (() => Promise.reject(new Error('of return()'))) as never),
  'Readable.from(a generator)': (waited) => Readable.from(waitingGenerator(waited)),
  'Readable.from(a generator), of bytes': (waited) =>
    Readable.from(waitingGenerator(waited), { objectMode: false }),
  'stream.iterator()': (waited) => silent(waited).iterator(),
  'a stream': silent,
  'a stream that cannot be destroyed': (waited) => {
    const source = new Readable({ read: () => waited.begun(), destroy: () => {} });
    source.push('x');
    return source;
  },
  'a ReadableStream that cannot be cancelled': (waited) =>
    new ReadableStream({
      pull: () => {
        waited.begun();
        return never();
      },
      cancel: never,
    }),
  'an array of promises': (waited) => {
    setTimeout(waited.begun, 50);
    return [Buffer.alloc(9), never()] as never;
  },
};

type Call = (ftp: FTP, options: CallOptions, waited: Waited) => Promise<unknown>;
const CALLS: Record<string, Call> = {};
for (const [name, source] of Object.entries(SOURCES)) {
  CALLS[`storBinary of ${name}`] = (ftp, options, waited) =>
    ftp.storBinary('STOR x', source(waited), options);
  CALLS[`storBinary of ${name}, with onBlock`] = (ftp, options, waited) =>
    ftp.storBinary('STOR x', source(waited), { ...options, onBlock: () => {} });
  CALLS[`storLines of ${name}`] = (ftp, options, waited) =>
    ftp.storLines('STOR x', source(waited), undefined, options);
}

/** A callback that never settles. */
const waiting =
  ({ begun }: Waited) =>
  () => {
    begun();
    return never();
  };
Object.assign(CALLS, {
  'storBinary with an onBlock': (ftp, options, waited) =>
    ftp.storBinary('STOR x', Buffer.alloc(100_000), { ...options, onBlock: waiting(waited) }),
  'storLines with a callback': (ftp, options, waited) =>
    ftp.storLines('STOR x', 'text', waiting(waited), options),
  'retrBinary with a callback': (ftp, options, waited) =>
    ftp.retrBinary('RETR big', waiting(waited), options),
  'retrBinary of a small file': (ftp, options, waited) =>
    ftp.retrBinary('RETR small', waiting(waited), options),
  retrLines: (ftp, options, waited) => ftp.retrLines('RETR big', waiting(waited), options),
  'retrLines of a small file': (ftp, options, waited) =>
    ftp.retrLines('RETR small', waiting(waited), options),
  dir: (ftp, options, waited) =>
    ftp.dir(...([options, waiting(waited)] as never as [() => unknown])),
} satisfies Record<string, Call>);

const PAIRS: Record<string, (waited: Waited) => AsyncIterable<never>> = {
  'a generator': (waited) => waitingGenerator(waited) as never,
  'an iterator whose return() also waits': (waited) => waitingIterable(waited) as never,
};
for (const [name, pairs] of Object.entries(PAIRS)) {
  const lazily = (waited: Waited) => pairs(waited);
  CALLS[`downloadMany over ${name}`] = (ftp, options, waited) =>
    all(ftp.downloadMany(skipFirst(lazily(waited)), options));
  CALLS[`uploadMany over ${name}`] = (ftp, options, waited) =>
    all(ftp.uploadMany(skipFirst(lazily(waited)), options));
}

/** Skips the first item, which is not a pair. */
function skipFirst(items: AsyncIterable<unknown>): AsyncIterable<[never, never]> {
  const iterator = items[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await iterator.next();
    return value ? iterator.next() : { value, done };
  };
  return {
    [Symbol.asyncIterator]: () => ({ next, return: () => iterator.return?.() }),
  } as AsyncIterable<[never, never]>;
}

interface End {
  end(ftp: FTP, control: AbortController, server: TestServer): void;
  readonly error: object;
}
const reason = new Error('enough');
const ENDS: Record<string, End> = {
  'the signal is aborted': { end: (_, control) => control.abort(reason), error: reason },
  'the client is closed': { end: (ftp) => ftp.close(), error: { name: 'ConnectionError' } },
  'the connection is lost': {
    end: (_ftp, _control, server) => {
      for (const session of server.sessions) session.drop('reset');
    },
    error: { name: 'ConnectionError', connectionUsable: false },
  },
};

describe.each(KINDS)("a call that waits for the user's code, over %s", (kind) => {
  describe.each(Object.keys(CALLS))('%s', (name) => {
    it.each(Object.keys(ENDS))(
      'rejects when %s',
      async (how) => {
        const { end, error } = ENDS[how] as End;
        const server = await start(kind, { files });
        const ftp = await connect(server);
        const control = new AbortController();
        let begun = () => {};
        const waits = new Promise<void>((resolve) => {
          begun = resolve;
        });
        const call = (CALLS[name] as Call)(ftp, { signal: control.signal }, { begun });
        const failed = rejection(call);
        await waits;
        await new Promise((resolve) => setTimeout(resolve, 30));
        end(ftp, control, server);
        expect(await failed).toMatchObject(error);
        if (how === 'the signal is aborted') expect(await ftp.pwd()).toBe('/');
      },
      5000,
    );
  });
});

it('downloadMany() does not deadlock when its input waits for the previous result', async () => {
  const ftp = await connect(await start('plain', { files }), { pipelining: true });
  let goOn = () => {};
  const pairs = async function* (): AsyncGenerator<[Path, LocalFile]> {
    yield ['small', '/dev/null'];
    await new Promise<void>((resolve) => {
      goOn = resolve;
    });
    yield ['big', '/dev/null'];
  };
  const done: unknown[] = [];
  for await (const { remotePath } of ftp.downloadMany(pairs())) {
    done.push(remotePath);
    goOn();
  }
  expect(done).toEqual(['small', 'big']);
});
