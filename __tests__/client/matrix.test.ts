import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { DownloadStream, FileTransferResult } from 'ftpipe';
import { sink } from '../helpers/streams';
import {
  downloadOutcomes,
  downloadsSeen,
  type Known,
  uploadOutcomes,
  uploadsSeen,
} from './matrix-oracle';
import { type Happening, inOneTick, type Order, orders, ordersOfAll } from './matrix-orders';
import {
  bytesOf,
  type CountedStream,
  type MatrixCase,
  PIECE,
  runMatrix,
  type Setting,
  type Way,
} from './matrix-run';

// jest itself fails a test during which a rejection or an error goes unhandled. Listeners on the
// `process` object of a test are not called for one.

Error.stackTraceLimit = 0; // the thousands of errors here need no stack traces

/** A way to consume a stream. @param isSized - whether its size is known */
function reading(
  consume: (stream: DownloadStream, take: (block: Buffer) => void) => Promise<unknown>,
  isSized = false,
): Way {
  return (ftp, command, order) => {
    const blocks: Buffer[] = [];
    const stream = ftp.retrBinary(command, isSized ? { size: bytesOf(order) } : {});
    const result = consume(stream, (block) => blocks.push(block));
    return { stream: () => stream, received: () => Buffer.concat(blocks), result };
  };
}

function ended(stream: NodeJS.EventEmitter, event: string, failing = stream): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.on(event, () => resolve());
    failing.on('error', reject);
  });
}

const downloads: Record<string, Way> = {
  "'data'": reading((stream, take) => {
    stream.on('data', take);
    return ended(stream, 'end');
  }),
  'for await': reading(async (stream, take) => {
    for await (const block of stream) take(block);
  }),
  pipeline: reading((stream, take) => pipeline(stream, sink(take))),
  pipe: reading((stream, take) => ended(stream.pipe(sink(take)), 'finish', stream)),
  "'readable'": reading((stream, take) => {
    stream.on('readable', () => {
      for (let block = stream.read(); block !== null; block = stream.read()) take(block);
    });
    return ended(stream, 'end');
  }),
  toArray: reading(async (stream, take) => {
    for (const block of await stream.toArray()) take(block);
  }),
  callback: (ftp, command) => {
    const blocks: Buffer[] = [];
    const stream = streamOfNext(ftp);
    const result = ftp.retrBinary(command, (block) => blocks.push(block));
    return { stream, received: () => Buffer.concat(blocks), result };
  },
};

/** The same with a known size: a reset after the last byte is then no failure. */
const sizedDownloads: Record<string, Way> = {
  "'data'": reading((stream, take) => {
    stream.on('data', take);
    return ended(stream, 'end');
  }, true),
  pipeline: reading((stream, take) => pipeline(stream, sink(take)), true),
};

const folder = mkdtempSync(join(tmpdir(), 'ftpipe-matrix-'));
const nameIn = (command: string) => command.slice(5);

/** Transfers to and from files, which bypass Node's streams. */
const fileDownloads: Record<string, Way> = {
  'download()': (ftp, command) => {
    const name = nameIn(command);
    const local = join(folder, name);
    const result = ftp.download(name, local, { verify: false });
    return { stream: streamOfNext(ftp), received: contentOf(local), result };
  },
  'downloadMany()': (ftp, command) => {
    const name = nameIn(command);
    const local = join(folder, name);
    const pairs = [[name, local] as const, ['another', join(folder, 'another')] as const];
    const result = firstOf(ftp.downloadMany(pairs, { verify: false }));
    return { stream: streamOfNext(ftp), received: contentOf(local), result };
  },
};

const contentOf = (file: string) => () => (existsSync(file) ? readFileSync(file) : Buffer.alloc(0));

/** The result of the first of two files. The second, whose EPSV is already sent, never starts. */
async function firstOf(results: AsyncIterable<FileTransferResult>): Promise<void> {
  for await (const { error } of results) {
    if (error) throw error;
    return;
  }
}

const fileUploads: Record<string, Way> = {
  'upload()': (ftp, command) => {
    const { handle, go } = slowFile();
    const stream = streamOfNext(ftp);
    const result = ftp.upload(handle, nameIn(command), { verify: false });
    return { stream, received: nothing, source: go, result };
  },
  'uploadMany()': (ftp, command) => {
    const { handle, go } = slowFile();
    const stream = streamOfNext(ftp);
    const pairs = [[handle, nameIn(command)] as const, [handle, 'another'] as const];
    const result = firstOf(ftp.uploadMany(pairs, { verify: false }));
    return { stream, received: nothing, source: go, result };
  },
};

/** A pipe with controlled output. */
function slowFile() {
  const given: (Buffer | null)[] = [];
  let wanted = () => {};
  const read = async (buffer: Buffer) => {
    while (given.length === 0) {
      await new Promise<void>((resolve) => {
        wanted = resolve;
      });
    }
    const next = given.shift();
    return { bytesRead: next?.copy(buffer) ?? 0 };
  };
  const stat = async () => ({ isFile: () => false, isDirectory: () => false });
  const go = (what: 'write' | 'end') => {
    given.push(what === 'write' ? PIECE : null);
    wanted();
  };
  return { handle: { fd: 0, stat, read } as unknown as FileHandle, go };
}

function streamOfNext(ftp: Parameters<Way>[0]): () => CountedStream | undefined {
  let stream: CountedStream | undefined;
  ftp.once('transfer', (started) => {
    stream = started as unknown as CountedStream;
  });
  return () => stream;
}

/** A Readable with controlled output. */
function slowSource() {
  const source = new Readable({ read() {} });
  const go = (what: 'write' | 'end') => void source.push(what === 'write' ? PIECE : null);
  return { source, go };
}

const nothing = () => Buffer.alloc(0);

const uploads: Record<string, Way> = {
  pipeline: (ftp, command) => {
    const { source, go } = slowSource();
    const stream = ftp.storBinary(command);
    const result = pipeline(source, stream);
    return { stream: () => stream, received: nothing, source: go, result };
  },
  'write and end': (ftp, command) => {
    const stream = ftp.storBinary(command);
    const go = (what: 'write' | 'end') => {
      if (stream.destroyed) return;
      if (what === 'write') stream.write(PIECE);
      else stream.end();
    };
    return { stream: () => stream, received: nothing, source: go, result: ended(stream, 'finish') };
  },
  source: (ftp, command) => {
    const { source, go } = slowSource();
    const stream = streamOfNext(ftp);
    return { stream, received: nothing, source: go, result: ftp.storBinary(command, source) };
  },
};

const DATA_ENDS: Happening[] = ['eof', 'rst'];
const CONTROL_ENDS: Happening[] = ['FIN', 'RST'];
const FINALS: Happening[] = ['226', '250', '426', '451', '552'];

/** Two final replies, of which the first may be noise, or the second too late. */
const PAIRS: [Happening, Happening][] = [
  ['226', '226'],
  ['226', '451'],
  ['226', '552'],
  ['250', '426'],
  ['200', '226'],
  ['451', '226'],
  ['426', '226'],
];

function downloadCases(way: string, all: readonly Order[], pace: MatrixCase['pace']): MatrixCase[] {
  const run = (downloads[way] ?? fileDownloads[way]) as Way;
  const hasNext = way.includes('Many');
  // Before its file is open, nothing is read from the data connection.
  const isLate = way in fileDownloads;
  const seen = (order: Order) => (pace === 'gaps' && !isLate ? [order] : downloadsSeen(order));
  return (pace === 'gaps' ? all : inOneTick(all)).map((order) => {
    const expected = downloadOutcomes(seen(order), { hasNext });
    return { direction: 'download', way, run, order, pace, hasNext, expected };
  });
}

/** The orders with a reset, for a download whose size is known. */
function sizedCases(way: string, all: readonly Order[], pace: MatrixCase['pace']): MatrixCase[] {
  const run = sizedDownloads[way] as Way;
  const reset = all.filter((order) => order.includes('rst'));
  return (pace === 'gaps' ? reset : inOneTick(reset)).map((order) => {
    const seen = pace === 'gaps' ? [order] : downloadsSeen(order);
    const expected = downloadOutcomes(seen, { hasSize: true });
    return { direction: 'download', way, run, order, pace, hasNext: false, expected };
  });
}

function uploadCases(
  way: string,
  all: readonly Order[],
  pace: MatrixCase['pace'],
  known: Known = {},
): MatrixCase[] {
  const run = (uploads[way] ?? fileUploads[way]) as Way;
  const hasNext = way.includes('Many');
  const seen = (order: Order) => (pace === 'gaps' ? [order] : uploadsSeen(order));
  return (pace === 'gaps' ? all : inOneTick(all)).map((order) => {
    const expected = uploadOutcomes(seen(order), { ...known, hasNext });
    return { direction: 'upload', way, run, order, pace, hasNext, expected };
  });
}

let count = 0;

/** A 200 and a 226 may each replace the 150. With both before the 150, no outcome is defined. */
function isSane(order: Order): boolean {
  const early = order.slice(0, order.indexOf('150') + 1);
  return !(early.includes('200') && early.includes('226'));
}

async function check(cases: readonly MatrixCase[], setting: Setting = {}): Promise<void> {
  count += cases.length;
  const wrong = await runMatrix(cases, setting);
  expect({ cases: cases.length, wrong }).toEqual({ cases: cases.length, wrong: [] });
}

// After some bytes, the error must say that nothing moved, not that no data came.
it('a download that stalls after a 226 without a 150 rejects with a data timeout', async () => {
  const still: Order[] = [
    ['data', '226'],
    ['226', 'data'],
  ];
  const expected = [{ result: 'failure', error: 'TimeoutError ERR_FTP_TIMEOUT data' }] as const;
  const cases = downloadCases("'data'", still, 'gaps');
  await check(
    cases.map((each) => ({
      ...each,
      expected: expected.map((one) => ({ ...one, bySilence: true })),
    })),
  );
});

afterAll(() => {
  rmSync(folder, { recursive: true });
  process.stdout.write(`matrix: ${count} cases\n`);
});

const PACES = ['gaps', 'tick'] as const;

/** All orders for one way of each direction, and the most important ones for the others. */
const ALL_DOWNLOADS = orders([['150'], ['data'], DATA_ENDS, FINALS, CONTROL_ENDS]);
const MOST_DOWNLOADS = orders([['150'], ['data'], DATA_ENDS, ['226', '451'], ['FIN']]);
const ALL_UPLOADS = [
  ...orders([['150'], ['write'], ['end'], DATA_ENDS, ['226', '451'], ['FIN']]),
  ...orders([['150'], ['write'], ['end'], ['250', '426', '552']]),
  ...orders([['150'], ['write'], ['end'], ['226'], ['RST']]),
];
const MOST_UPLOADS = orders([['150'], ['end'], DATA_ENDS, ['226', '451'], ['FIN']]);

/** One of the servers to which upload bytes and the next EPSV are sent early. */
const VSFTPD: Setting = { greeting: '220 (vsFTPd 3.0.3)' };
const PIPELINING: Setting = { ...VSFTPD, options: { pipelining: true } };

describe.each(PACES)('a transfer of a local file (pace: %s)', (pace) => {
  it.each(Object.keys(fileDownloads))(
    'ends as expected with %s',
    async (way) => {
      await check(downloadCases(way, MOST_DOWNLOADS, pace), PIPELINING);
    },
    180_000,
  );

  it.each(Object.keys(fileUploads))(
    'ends as expected with %s',
    async (way) => {
      await check(uploadCases(way, MOST_UPLOADS, pace), PIPELINING);
    },
    180_000,
  );

  it("ends as expected with 'write and end' when its bytes are sent before the 150", async () => {
    await check(uploadCases('write and end', MOST_UPLOADS, pace), VSFTPD);
  }, 180_000);
});

/** When a reset follows the last byte, the size decides. */
describe.each(PACES)('a reset when the size is known (pace: %s)', (pace) => {
  it.each(Object.keys(sizedDownloads))(
    'ends a download as expected with %s',
    async (way) => {
      await check(sizedCases(way, MOST_DOWNLOADS, pace));
    },
    180_000,
  );

  const RESET_UPLOADS = ALL_UPLOADS.filter((order) => order.includes('rst'));
  it.each<[string, Setting, Known]>([
    ['whose bytes are sent after the 150', {}, {}],
    ['whose bytes are sent before the 150', VSFTPD, { isEarly: true }],
  ])(
    'ends an upload %s as expected',
    async (_, setting, known) => {
      const cases = uploadCases('write and end', RESET_UPLOADS, pace, { ...known, hasSize: true });
      await check(cases, { ...setting, hasSize: true });
    },
    180_000,
  );
});

describe.each(PACES)('a download (pace: %s)', (pace) => {
  it.each(Object.keys(downloads))(
    'ends as expected with %s',
    async (way) => {
      await check(downloadCases(way, way === "'data'" ? ALL_DOWNLOADS : MOST_DOWNLOADS, pace));
    },
    180_000,
  );

  it.each(PAIRS)(
    'ends as expected with the final replies %s and %s',
    async (one, two) => {
      const pairs = [[], ...DATA_ENDS.map((each) => [each])].flatMap((end) => [
        ...ordersOfAll(['150', 'data', ...end, one, two]),
        ...ordersOfAll(['data', ...end, one, two]),
      ]);
      await check(downloadCases("'data'", pairs.filter(isSane), pace));
    },
    180_000,
  );

  it.each<[Happening]>([['200'], ['350'], ['421']])(
    'ends as expected with a %s',
    async (code) => {
      const some = orders([['150'], ['data'], DATA_ENDS, [code], ['FIN']]);
      await check(downloadCases("'data'", some, pace));
    },
    180_000,
  );
});

describe.each(PACES)('an upload (pace: %s)', (pace) => {
  it.each(Object.keys(uploads))(
    'ends as expected with %s',
    async (way) => {
      await check(uploadCases(way, way === 'pipeline' ? ALL_UPLOADS : MOST_UPLOADS, pace));
    },
    180_000,
  );

  it.each(PAIRS)(
    'ends as expected with the final replies %s and %s',
    async (one, two) => {
      const pairs = [[], ...DATA_ENDS.map((each) => [each])].flatMap((end) => [
        ...ordersOfAll(['150', 'end', ...end, one, two]),
        ...ordersOfAll(['write', 'end', ...end, one, two]),
      ]);
      await check(uploadCases('pipeline', pairs.filter(isSane), pace));
    },
    180_000,
  );

  it.each<[Happening]>([['200'], ['350'], ['421']])(
    'ends as expected with a %s',
    async (code) => {
      const some = orders([['150'], ['write'], ['end'], [code], ['FIN']]);
      await check(uploadCases('pipeline', some, pace));
    },
    180_000,
  );
});
