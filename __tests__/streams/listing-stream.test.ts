import { describe, expect, it } from '@jest/globals';
import { ListingStream } from 'ftpipe';
import { rejection, turns } from '../helpers/promises';
import { closed, untilEvent } from '../helpers/streams';
import { FakeTransfer } from './fake-transfer';
import { counted, harness, random, standstill } from './harness';

interface Limits {
  readonly maxListingLine?: number;
  readonly maxReadAhead?: number;
}

function listing(limits: Limits = {}) {
  const transfer = new FakeTransfer();
  const stream = new ListingStream(transfer, {
    parse: (line) => line.toString('latin1'),
    maxListingLine: 1000,
    maxReadAhead: 1_000_000,
    ...limits,
  });
  return { transfer, stream, counts: counted(stream) };
}

async function linesOf(pieces: Iterable<Buffer>, limits?: Limits, readsAhead = false) {
  const { transfer, stream } = listing(limits);
  await stream.opened();
  if (readsAhead) transfer.watcher.onQueued();
  const lines = stream.toArray();
  lines.catch(() => {});
  await transfer.give(pieces);
  transfer.end();
  return lines;
}

function* pieces(bytes: Buffer, ...ends: number[]): Generator<Buffer> {
  let start = 0;
  for (const end of [...ends, bytes.length]) {
    if (end > start) yield bytes.subarray(start, end);
    start = Math.max(start, end);
  }
}

const TEXTS: [name: string, text: string, lines: string[]][] = [
  ['CRLF', 'one\r\ntwo\r\nthree\r\n', ['one', 'two', 'three']],
  ['LF', 'one\ntwo\nthree\n', ['one', 'two', 'three']],
  ['both', 'one\ntwo\r\nthree\n', ['one', 'two', 'three']],
  ['no last line end', 'one\r\ntwo', ['one', 'two']],
  ['a CR without its LF at the end', 'one\r\ntwo\r', ['one', 'two']],
  ['empty lines', '\r\none\r\n\r\n\n', ['', 'one', '', '']],
  ['a CR in a line', 'o\rne\r\r\ntwo\r\n', ['o\rne\r', 'two']],
  ['other bytes', '\x00\xff\xfe\r\n caf\xe9 \r\n', ['\x00\xff\xfe', ' caf\xe9 ']],
  ['nothing', '', []],
];

describe.each(TEXTS)('a listing with %s', (_name, text, lines) => {
  const bytes = Buffer.from(text, 'latin1');

  it.each([false, true])(
    'gives the same lines for any segmentation (reading ahead: %s)',
    async (readsAhead) => {
      const cuts = [[], [...bytes.keys()], ...[...bytes.keys()].map((cut) => [cut])];
      for (const ends of cuts) {
        const seen = await linesOf(pieces(bytes, ...ends), {}, readsAhead);
        expect({ ends, seen }).toEqual({ ends, seen: lines });
      }
    },
  );
});

it('gives the same lines for 200 random segmentations', async () => {
  const { SEED } = process.env;
  const seed = Number(SEED ?? Math.floor(Math.random() * 2 ** 31));
  const below = random(seed);
  const wanted = Array.from({ length: 300 }, (_, index) => `${index}`.padEnd(below(400), '.'));
  const bytes = Buffer.from(wanted.map((line) => line + (below(2) ? '\r\n' : '\n')).join(''));
  for (let run = 0; run < 200; run += 1) {
    const ends = Array.from({ length: below(20) }, () => below(bytes.length)).sort((a, b) => a - b);
    const seen = await linesOf(pieces(bytes, ...ends), {}, below(2) === 0);
    expect({ seed, run, isSame: seen.join('\n') === wanted.join('\n') }).toEqual({
      seed,
      run,
      isSame: true,
    });
  }
});

describe('a line that is too long', () => {
  it.each(['\r\n', '\n', ''])(
    'is one with more bytes than the limit, not counting its end %j',
    async (end) => {
      const exact = Buffer.from(`${'x'.repeat(10)}${end}`);
      const longer = Buffer.from(`${'x'.repeat(11)}${end}`);
      for (const ends of [[], [...longer.keys()]]) {
        expect(await linesOf(pieces(exact, ...ends), { maxListingLine: 10 })).toEqual([
          'x'.repeat(10),
        ]);
        const error = await rejection(linesOf(pieces(longer, ...ends), { maxListingLine: 10 }));
        expect(error).toMatchObject({ name: 'ProtocolError', code: 'ERR_FTP_PROTOCOL' });
      }
    },
  );

  const [before, long, next] = ['one\r\ntwo\r\n', 'x'.repeat(20), '\r\nthree\r\n'];
  it.each([
    ['in a chunk of its own', [before, long]],
    ['with its end', [before, long + next]],
    ['in the chunk of the lines before', [before + long]],
    ['with its end in the chunk of the lines before', [before + long + next]],
  ])('fails the listing at once, after the lines before it: %s', async (_, chunks) => {
    const { transfer, stream, counts } = listing({ maxListingLine: 10 });
    await stream.opened();
    const lines: string[] = [];
    stream.on('data', (line) => lines.push(line));
    const error = rejection(untilEvent(stream, 'end'));
    await transfer.give(chunks.map((chunk) => Buffer.from(chunk)));
    expect(await error).toMatchObject({ name: 'ProtocolError', connectionUsable: true });
    await closed(stream);
    expect(lines).toEqual(['one', 'two']);
    expect(counts).toMatchObject({ end: 0, error: 1, close: 1 });
    expect(transfer.released).toEqual([false]);
  });
});

it("emits 'data' directly, without the buffer", async () => {
  const { transfer, stream } = listing();
  await stream.opened();
  let given = 0;
  let most = 0;
  stream.on('data', () => {
    given++;
    most = Math.max(most, stream.readableLength);
  });
  await transfer.give(Array(20).fill(Buffer.from('line\r\n'.repeat(20_000))));
  transfer.end();
  await untilEvent(stream, 'end');
  expect([given, most]).toEqual([400_000, 0]);
});

describe("a listener for 'data'", () => {
  const wanted = Array.from({ length: 400 }, (_, index) => `line ${index}`);
  const bytes = Buffer.from(wanted.map((line) => `${line}\r\n`).join(''));

  it('gets every line once, in order, in 200 random runs', async () => {
    const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    const below = random(seed);
    for (let run = 0; run < 200; run += 1) {
      const { transfer, stream } = listing();
      await stream.opened();
      const expected = [...wanted];
      const lines: unknown[] = [];
      let isRead = false; // by readAll(), which tells the listener, too
      const take = (line: unknown) =>
        lines.push(stream.isPaused() && !isRead ? `paused: ${line}` : line);
      const another = (line: unknown) => take(line);
      let isPending = false; // one thing at a time: what flows with nobody to listen is lost
      const later = (work: () => void) => {
        isPending = true;
        const done = () => {
          isPending = false;
          work();
        };
        if (below(2) === 0) process.nextTick(done);
        else setImmediate(done);
      };
      const readAll = () => {
        isRead = true;
        while (stream.read() !== null);
        isRead = false;
        stream.off('readable', readAll);
        later(() => stream.resume());
      };
      const doings = [
        () => stream.pause().resume(),
        () => {
          stream.pause();
          later(() => stream.resume());
        },
        () => {
          stream.pause().off('data', listener);
          later(() => stream.on('data', listener).resume());
        },
        () => {
          stream.off('data', listener).on('data', another);
          later(() => stream.off('data', another).on('data', listener));
        },
        () => {
          stream.on('readable', readAll);
          isPending = true;
        },
        () => {
          expected.splice(lines.length, 0, 'again');
          stream.pause().unshift('again');
          stream.resume();
        },
        () => transfer.watcher.onQueued(),
      ];
      const listener = (line: unknown) => {
        take(line);
        if (!isPending && below(30) === 0) doings[below(doings.length)]?.();
      };
      stream.on('data', listener);
      const ends = Array.from({ length: 9 }, () => below(bytes.length)).sort((a, b) => a - b);
      const ended = untilEvent(stream, 'end');
      await transfer.give(pieces(bytes, ...ends));
      transfer.end();
      await ended;
      expect({ seed, run, lines }).toEqual({ seed, run, lines: expected });
      expect(stream).toMatchObject({ readableDidRead: true, readableLength: 0 });
    }
  });

  it('loses nothing when it is removed and added in the same tick', async () => {
    const { transfer, stream } = listing();
    await stream.opened();
    const lines: unknown[] = [];
    const listener = (line: unknown) => {
      if (lines.push(line) !== 7) return;
      stream.off('data', listener);
      process.nextTick(() => stream.on('data', listener));
    };
    stream.on('data', listener);
    const ended = untilEvent(stream, 'end');
    await transfer.give([bytes]);
    transfer.end();
    await ended;
    expect(lines).toEqual(wanted);
  });

  it('gets nothing after destroy(), or after it was removed', async () => {
    const { transfer, stream } = listing();
    await stream.opened();
    const lines: unknown[] = [];
    const others: unknown[] = [];
    const other = (line: unknown) => others.push(line) === 7 && stream.off('data', other);
    stream.on('data', other);
    stream.on('data', (line) => lines.push(line) === 20 && stream.destroy());
    await transfer.give([bytes]);
    await closed(stream);
    expect(lines).toEqual(wanted.slice(0, 20));
    expect(others).toEqual(wanted.slice(0, 7));
  });
});

describe('reading ahead', () => {
  const chunk = Buffer.from(`${'x'.repeat(98)}\r\n`.repeat(100)); // 10,000 bytes
  const unread = (stream: ListingStream<unknown>) => stream.bytesTransferred;

  it('begins only when another call waits', async () => {
    const { transfer, stream } = listing();
    await stream.opened();
    await transfer.give(Array(50).fill(chunk));
    transfer.end();
    expect(await standstill(() => unread(stream))).toBeLessThan(50 * chunk.length);
    expect(transfer.released).toEqual([]);
    transfer.watcher.onQueued();
    await standstill(() => unread(stream));
    expect(unread(stream)).toBe(50 * chunk.length);
    expect(transfer.released).toEqual([true]); // though nothing is read yet
    expect(await stream.toArray()).toHaveLength(50 * 100);
  });

  it('stops at its limit plus one block', async () => {
    const { transfer, stream } = listing({ maxReadAhead: 100_000 });
    await stream.opened();
    transfer.watcher.onQueued();
    await transfer.give(Array(100).fill(chunk));
    transfer.end();
    const kept = await standstill(() => unread(stream));
    expect(kept).toBeGreaterThanOrEqual(100_000);
    expect(kept).toBeLessThan(100_000 + 3 * 65_536); // what one block more, and one in the stream, hold
    expect(transfer.released).toEqual([]);
    expect(await stream.toArray()).toHaveLength(100 * 100);
    expect(transfer.released).toEqual([true]);
  });

  it('keeps nothing with a limit of 0', async () => {
    const { transfer, stream } = listing({ maxReadAhead: 0 });
    await stream.opened();
    transfer.watcher.onQueued();
    await transfer.give(Array(100).fill(chunk));
    transfer.end();
    expect(await standstill(() => unread(stream))).toBeLessThan(3 * 65_536);
    expect(await stream.toArray()).toHaveLength(100 * 100);
  });
});

describe('a failing listing', () => {
  it.each([false, true])(
    'never delivers a part of a line as a line (reading ahead: %s)',
    async (readsAhead) => {
      const { transfer, stream, counts } = listing();
      await stream.opened();
      if (readsAhead) transfer.watcher.onQueued();
      const lines: string[] = [];
      stream.on('data', (line) => lines.push(line));
      const error = rejection(untilEvent(stream, 'end'));
      await transfer.give([Buffer.from('one\r\ntwo\r\nthre')]);
      transfer.data.destroy(new Error('reset'));
      await turns(2);
      transfer.confirm();
      expect(await error).toMatchObject({ name: 'TransferError', code: 'ERR_FTP_TRANSFER' });
      await closed(stream);
      expect(lines).toEqual(['one', 'two']);
      expect(counts).toMatchObject({ end: 0, error: 1, close: 1 });
      expect(transfer.released).toEqual([false]);
    },
  );
});

it('omits lines without an item', async () => {
  const transfer = new FakeTransfer();
  const stream = new ListingStream<string>(transfer, {
    parse: (line) => (line.length === 3 ? line.toString() : undefined),
    maxListingLine: 1000,
    maxReadAhead: 1000,
  });
  const lines = stream.toArray();
  await stream.opened();
  await transfer.give([Buffer.from('one\r\nthree\r\n\r\ntwo\r\nfour\r\n')]);
  transfer.end();
  expect(await lines).toEqual(['one', 'two']);
});

it.each(['lines', 'an error'])(
  'several pending next() calls settle in order, %s at the end',
  async (end) => {
    const { transfer, stream } = listing();
    const iterator = stream[Symbol.asyncIterator]();
    await stream.opened();
    const { next } = iterator;
    let calls = 0;
    iterator.next = () => {
      calls += 1;
      return next.call(iterator);
    };
    const settled: string[] = [];
    const ask = (name: string) =>
      iterator.next().then(
        ({ value, done }) => settled.push(`${name}: ${done ? 'done' : value}`),
        () => settled.push(`${name}: failed`),
      );
    const asked = ['a', 'b', 'c', 'd'].map(ask);
    for (const line of ['1\n', '2\n', '3\n']) await transfer.give([Buffer.from(line)]);
    await turns(3); // 'd' has been woken three times for nothing
    asked.push(ask('e'));
    await turns(3);
    if (end === 'lines') await transfer.give([Buffer.from('4\n5\n')]);
    else stream.on('error', () => {}).destroy(new Error('broken'));
    await Promise.all(asked);
    const last = end === 'lines' ? ['d: 4', 'e: 5'] : ['d: failed', 'e: done'];
    expect(settled).toEqual(['a: 1', 'b: 2', 'c: 3', ...last]);
    expect(calls).toBe(asked.length); // its user's, and no other
    stream.destroy();
  },
);

it('serves tens of thousands of pending next() calls', async () => {
  const { transfer, stream } = listing();
  const iterator = stream[Symbol.asyncIterator]();
  await stream.opened();
  const asked = Array.from({ length: 20_000 }, () => iterator.next());
  const lines = asked.slice(2).map((_, i) => `line ${i}\n`);
  await transfer.give([Buffer.from(lines.slice(0, 9000).join(''))]);
  await transfer.give([Buffer.from(lines.slice(9000).join(''))]);
  transfer.end();
  const values = (await Promise.all(asked)).map(({ value }) => value);
  expect(values.slice(0, -2)).toEqual(lines.map((line) => line.trim()));
  expect(values.slice(-2)).toEqual([undefined, undefined]);
});

it('abandons the transfer when its loop is left', async () => {
  const { transfer, stream } = listing();
  await stream.opened();
  await transfer.give([Buffer.from('one\r\ntwo\r\n')]);
  for await (const line of stream) {
    expect(line).toBe('one');
    break;
  }
  await closed(stream);
  expect(transfer.released).toEqual([false]);
});

describe('from a server', () => {
  const { start, connect } = harness({ files: { '/list/a': 'x', '/list/b': 'y', '/empty': null } });

  it('has no size, and has bytesTransferred and the reply', async () => {
    const server = await start();
    const ftp = await connect(server);
    const stream = ftp.retrLines('NLST /list');
    const opened = await stream.opened();
    expect(opened).toMatchObject({ size: null, reply: { code: 150 } });
    expect(await stream.toArray()).toEqual(['/list/a', '/list/b']);
    expect(stream).toMatchObject({
      size: null,
      bytesTransferred: '/list/a\r\n/list/b\r\n'.length,
      reply: { code: 226 },
      command: 'NLST /list',
    });
    expect(await ftp.nlst('/empty')).toEqual([]);
  });

  it('is empty if the server sends 226 and opens no data connection', async () => {
    const server = await start();
    server.handle('LIST', (session) => session.reply('226 Nothing here.'));
    const ftp = await connect(server, { timeouts: { abort: 50 } });
    expect(await ftp.dir('/empty').toArray()).toEqual([]);
    expect(await ftp.pwd()).toBe('/');
  });

  it.each([
    ['a cut connection', { data: { action: 'end', after: 4 } }, undefined],
    ['a 451', { code: 226, reply: '451 Disk.' }, 'ERR_FTP_REPLY_TRANSIENT'],
    ['a refusal', { reply: '550 No.' }, 'ERR_FTP_REPLY_PERMANENT'],
    ['a reset', { data: { action: 'reset', after: 4 } }, 'ERR_FTP_REPLY_TRANSIENT'],
  ] as const)('with %s', async (_name, fault, code) => {
    const server = await start({ faults: [{ on: 'NLST', ...fault }] });
    const ftp = await connect(server);
    if (code === undefined)
      expect(await ftp.nlst('/list')).toEqual(['/lis']); // nothing can tell
    else expect(await rejection(ftp.nlst('/list'))).toMatchObject({ code });
    expect(await ftp.pwd()).toBe('/');
  });
});
