import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { type DownloadStream, type FTP, TransferError, type UploadStream } from 'ftpipe';
import type { Fault, TestServer, TestSession } from 'ftpipe/testing';
import { rejection, turns } from '../helpers/promises';
import { closed, sink, untilEvent } from '../helpers/streams';
import { counted, harness, type Kind, patterned, READERS, random, standstill } from './harness';

// jest itself fails the test during which a rejection or an error goes unhandled.

const FILE = patterned(100_000);
/** More than the buffers on the way can hold. */
const HUGE = Buffer.alloc(32 * 1024 * 1024, 'x');

/** What all streams of transfers promise. */
export function compliance(kind: Kind): void {
  const { start, connect } = harness(
    {
      files: { '/file': FILE, '/empty': '', '/folder': null },
    },
    kind,
  );

  const startHuge = () => start({ files: { '/huge': HUGE } });

  const TRANSIENT = { name: 'TransientReplyError', code: 'ERR_FTP_REPLY_TRANSIENT' };
  const PERMANENT = { name: 'PermanentReplyError', code: 'ERR_FTP_REPLY_PERMANENT' };
  const LOST = { name: 'ConnectionError', code: 'ERR_FTP_CONNECTION' };
  const BUSY = { name: 'BusyError', code: 'ERR_FTP_BUSY' };
  const SUCCESS = { end: 1, error: 0, close: 1 };
  const FAILURE = { end: 0, finish: 0, error: 1, close: 1 };
  const ABANDONED = { end: 0, finish: 0, error: 0, close: 1 };

  /**
   * The server has closed the data connection, and the client still assigns replies correctly.
   */
  async function expectInStep(server: TestServer, ftp: FTP): Promise<void> {
    server.handle('PWD', (session) => session.reply('257 "/in/step"'));
    expect(await ftp.pwd()).toBe('/in/step');
    await server.idle();
  }

  interface Scenario {
    readonly faults?: readonly Fault[];
    readonly command?: string;
    /** Answers the transfer command. */
    readonly answer?: (session: TestSession) => Promise<void>;
    /** The expected error; without one, the transfer succeeds. */
    readonly error?: object;
  }

  const DOWNLOADS: Record<string, Scenario> = {
    success: {},
    'refused before 150': { command: 'RETR /none', error: PERMANENT },
    '4yz after bytes': {
      faults: [{ on: 'RETR', code: 226, reply: '451 Disk.' }],
      error: TRANSIENT,
    },
    '5yz after bytes': {
      faults: [{ on: 'RETR', code: 226, reply: '552 Quota.' }],
      error: PERMANENT,
    },
    'reset, and a 426': {
      faults: [{ on: 'RETR', data: { action: 'reset', after: 50_000 } }],
      error: TRANSIENT,
    },
    'reset, and a 226': {
      faults: [
        { on: 'RETR', data: { action: 'reset', after: 50_000 } },
        { on: 'RETR', code: 426, reply: '226 Done.' },
      ],
      error: { name: 'TransferError', code: 'ERR_FTP_TRANSFER' },
    },
    'cut short, and a 226': {
      faults: [{ on: 'RETR', data: { action: 'end', after: 50_000 } }],
      error: { name: 'TransferError', code: 'ERR_FTP_TRUNCATED' },
    },
    'reply before the end of the data': {
      async answer(session) {
        await session.reply('150 Opening.');
        const data = await session.openData();
        data.write(FILE.subarray(0, 30_000));
        await session.reply('226 Done.');
        await turns(5);
        data.end(FILE.subarray(30_000));
      },
    },
    'end of the data before the reply': { faults: [{ on: 'RETR', code: 226, delay: 30 }] },
  };

  describe.each(Object.entries(DOWNLOADS))('a download: %s', (_name, scenario) => {
    it.each(Object.entries(READERS))('is told by %s', async (_way, read) => {
      const server = await start({ faults: scenario.faults ?? [] });
      if (scenario.answer) server.handle('RETR', scenario.answer);
      const ftp = await connect(server);
      const stream = ftp.retrBinary(scenario.command ?? 'RETR /file');
      const counts = counted(stream);
      const blocks: Buffer[] = [];
      const result = read(stream, (block) => blocks.push(block));
      if (scenario.error) {
        expect(await rejection(result)).toMatchObject(scenario.error);
      } else {
        await result;
      }
      await closed(stream);
      await turns(3);
      expect(counts).toMatchObject(scenario.error ? FAILURE : SUCCESS);
      const received = Buffer.concat(blocks);
      expect(received.equals(FILE.subarray(0, received.length))).toBe(true);
      if (!scenario.error) expect(received.length).toBe(FILE.length);
      if (!scenario.error) expect(stream.reply?.code).toBe(226);
      expect(stream.bytesTransferred).toBeGreaterThanOrEqual(received.length);
      await expectInStep(server, ftp);
    });
  });

  describe('a download that its consumer abandons', () => {
    const reason = new Error('enough');
    const leaving: Record<string, (stream: DownloadStream) => Promise<object>> = {
      break: async (stream) => {
        for await (const _block of stream) break;
        return { end: 0, close: 1 }; // Node tells it an AbortError, which nobody needs to hear
      },
      'a throw in for await': async (stream) => {
        const looping = async () => {
          for await (const _block of stream) throw reason;
        };
        expect(await rejection(looping())).toBe(reason);
        return {};
      },
      'destroy() at once': async (stream) => {
        stream.destroy();
        return ABANDONED;
      },
      'destroy() at the opening': async (stream) => {
        stream.once('open', () => stream.destroy());
        return ABANDONED;
      },
      'destroy() after a block': async (stream) => {
        stream.once('data', () => stream.destroy());
        return ABANDONED;
      },
      'destroy(error)': async (stream) => {
        stream.once('data', () => stream.destroy(reason));
        expect(await rejection(untilEvent(stream, 'end'))).toBe(reason);
        return FAILURE;
      },
      'a failing pipeline partner': async (stream) => {
        const partner = new Writable({ write: (_block, _encoding, callback) => callback(reason) });
        expect(await rejection(pipeline(stream, partner))).toBe(reason);
        return { end: 0, close: 1 };
      },
      'a pipeline partner that leaves': async (stream) => {
        const partner = sink(() => partner.destroy());
        expect(await rejection(pipeline(stream, partner))).toMatchObject({
          code: 'ERR_STREAM_PREMATURE_CLOSE',
        });
        return { end: 0, close: 1 };
      },
      'the signal of a pipeline': async (stream) => {
        const abort = new AbortController();
        const partner = sink(() => abort.abort());
        const piping = pipeline(stream, partner, { signal: abort.signal });
        expect(await rejection(piping)).toMatchObject({ name: 'AbortError' });
        return { end: 0, close: 1 };
      },
    };

    it.each(Object.entries(leaving))('by %s', async (_way, leave) => {
      const server = await startHuge();
      const ftp = await connect(server);
      const stream = ftp.retrBinary('RETR /huge');
      const counts = counted(stream);
      const wanted = await leave(stream);
      await closed(stream);
      await turns(3);
      expect(counts).toMatchObject(wanted);
      await expectInStep(server, ftp);
      expect(server.transfers.filter(({ outcome }) => outcome === 'complete')).toEqual([]);
    });

    const moments: Record<string, (abort: () => void, stream: () => DownloadStream) => void> = {
      'before the call': (abort) => abort(),
      'after the call': (abort, stream) => {
        stream();
        abort();
      },
      'at the opening': (abort, stream) => void stream().once('open', abort),
      'after a block': (abort, stream) => void stream().once('data', abort),
    };
    it.each(Object.entries(moments))('by a signal, %s', async (_name, when) => {
      const server = await startHuge();
      const ftp = await connect(server);
      const abort = new AbortController();
      let stream: DownloadStream | undefined;
      const make = () => {
        stream ??= ftp.retrBinary('RETR /huge', { signal: abort.signal });
        return stream;
      };
      when(() => abort.abort(reason), make);
      const counts = counted(make());
      expect(await rejection(untilEvent(make(), 'end'))).toBe(reason);
      await closed(make());
      await turns(3);
      expect(counts).toMatchObject(FAILURE);
      await expectInStep(server, ftp);
    });

    it('is reset, so that the server stops', async () => {
      const server = await startHuge();
      const ftp = await connect(server);
      for await (const _block of ftp.retrBinary('RETR /huge')) break;
      await server.waitFor(() => server.transfers.length === 1);
      expect(server.transfers[0]).toMatchObject({ outcome: 'failed' });
      expect(server.transfers[0]?.bytes).toBeLessThan(HUGE.length);
    });
  });

  type Writing = (
    ftp: FTP,
    command: string,
    source: Readable,
  ) => { stream?: UploadStream; result: Promise<unknown> };

  const WRITERS: Record<string, Writing> = {
    pipeline: (ftp, command, source) => {
      const stream = ftp.storBinary(command);
      return { stream, result: pipeline(source, stream) };
    },
    'write() and end()': (ftp, command, source) => {
      const stream = ftp.storBinary(command);
      source.on('data', (block) => stream.destroyed || stream.write(block));
      source.on('end', () => stream.destroyed || stream.end());
      source.on('error', (error) => stream.destroy(error));
      return { stream, result: untilEvent(stream, 'finish') };
    },
    'a source': (ftp, command, source) => ({ result: ftp.storBinary(command, source) }),
    'a source and a callback': (ftp, command, source) => ({
      result: ftp.storBinary(command, source, 1000, () => {}),
    }),
  };

  const UPLOADS: Record<string, Scenario> = {
    success: {},
    'refused before 150': { command: 'STOR /folder', error: PERMANENT },
    '4yz after all bytes': {
      faults: [{ on: 'STOR', code: 226, reply: '452 Full.' }],
      error: TRANSIENT,
    },
    '5yz in the middle': {
      async answer(session) {
        await session.reply('150 Opening.');
        const data = await session.openData();
        await new Promise((resolve) => data.once('data', resolve));
        data.pause();
        await session.reply('552 Quota.');
      },
      error: PERMANENT,
    },
    'reset, and a 426': {
      faults: [{ on: 'STOR', data: { action: 'reset', after: 50_000 } }],
      error: TRANSIENT,
    },
    'a 226 in the middle': {
      async answer(session) {
        await session.reply('150 Opening.');
        const data = await session.openData();
        data.once('data', () => data.pause());
        await session.reply('226 Done.');
      },
      error: { name: 'TransferError', code: 'ERR_FTP_EARLY_COMPLETION' },
    },
    'reply long after the end': { faults: [{ on: 'STOR', code: 226, delay: 30 }] },
  };

  describe.each(Object.entries(UPLOADS))('an upload: %s', (name, scenario) => {
    it.each(Object.entries(WRITERS))('is told by %s', async (_way, write) => {
      const server = await start({ faults: scenario.faults ?? [] });
      if (scenario.answer) server.handle('STOR', scenario.answer);
      const ftp = await connect(server);
      // More than all buffers hold, where it is not to be taken.
      const bytes = name.includes('middle') ? HUGE : FILE;
      const source = Readable.from(cut(bytes, 64 * 1024), { objectMode: false });
      const { stream, result } = write(ftp, scenario.command ?? 'STOR /new', source);
      const counts = stream && counted(stream);
      if (scenario.error) {
        expect(await rejection(result)).toMatchObject(scenario.error);
      } else {
        await result;
        expect(server.storage.readFile('/new').equals(FILE)).toBe(true);
      }
      if (stream) await closed(stream);
      await turns(3);
      if (counts)
        expect(counts).toMatchObject(scenario.error ? FAILURE : { finish: 1, error: 0, close: 1 });
      source.destroy();
      await expectInStep(server, ftp);
    });
  });

  function* cut(bytes: Buffer, size: number): Generator<Buffer> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }

  describe('an incomplete upload', () => {
    const reason = new Error('the disk is gone');
    /** Gives some bytes, and fails when they have arrived. */
    async function* failing(server: TestServer) {
      yield FILE;
      await server.waitFor(({ sessions }) => sessions[0]?.transfer?.bytes);
      throw reason;
    }
    const started = async (stream: UploadStream) => {
      stream.write(FILE);
      await stream.opened();
      await turns(5);
    };

    const failures: Record<string, (ftp: FTP, server: TestServer) => Promise<unknown>> = {
      'a failing source': (ftp, server) =>
        ftp.storBinary('STOR /new', Readable.from(failing(server))),
      'a failing iterable': (ftp, server) => ftp.storBinary('STOR /new', failing(server)),
      'a failing source, with a callback': (ftp, server) =>
        ftp.storBinary('STOR /new', failing(server), 1000, () => {}),
      'a callback that throws': (ftp) =>
        ftp.storBinary('STOR /new', FILE, 1000, () => {
          throw reason;
        }),
      'a failing pipeline partner': (ftp, server) =>
        pipeline(failing(server), ftp.storBinary('STOR /new')),
      'destroy(error)': async (ftp) => {
        const stream = ftp.storBinary('STOR /new');
        const finished = untilEvent(stream, 'finish');
        await started(stream);
        stream.destroy(reason);
        await finished;
      },
      'destroy()': async (ftp) => {
        const stream = ftp.storBinary('STOR /new');
        await started(stream);
        stream.destroy();
        await closed(stream);
        throw reason;
      },
      'a signal in the middle': async (ftp) => {
        const abort = new AbortController();
        const stream = ftp.storBinary('STOR /new', { signal: abort.signal });
        const finished = untilEvent(stream, 'finish');
        await started(stream);
        abort.abort(reason);
        await finished;
      },
      'a signal at the opening': async (ftp) => {
        const abort = new AbortController();
        const stream = ftp.storBinary('STOR /new', { signal: abort.signal });
        stream.once('open', () => abort.abort(reason));
        // A source that has not come to its end: else all is on its way before the 150.
        await pipeline(async function* unended() {
          yield FILE;
          await new Promise((resolve) => stream.once('close', resolve));
        }, stream);
      },
      'a signal while the end is not yet confirmed': async (ftp) => {
        const abort = new AbortController();
        const stream = ftp.storBinary('STOR /new', { signal: abort.signal });
        const finished = untilEvent(stream, 'finish');
        await started(stream);
        abort.abort(reason);
        stream.end();
        await finished;
      },
    };

    it.each(Object.entries(failures))('by %s, is no file to the server', async (_name, fail) => {
      const server = await start();
      const ftp = await connect(server);
      expect(await rejection(fail(ftp, server))).toBe(reason);
      await expectInStep(server, ftp);
      expect(server.transfers.map(({ outcome }) => outcome)).toEqual(['failed']);
    });

    it.each([
      ['before the call', true],
      ['after the call', false],
    ])('by a signal %s, is not begun', async (_name, isBefore) => {
      const server = await start();
      const ftp = await connect(server);
      const abort = new AbortController();
      if (isBefore) abort.abort(reason);
      const result = ftp.storBinary('STOR /new', FILE, { signal: abort.signal });
      if (!isBefore) abort.abort(reason);
      expect(await rejection(result)).toBe(reason);
      await expectInStep(server, ftp);
      expect(server.storage.exists('/new')).toBe(false);
    });

    it('calls the callbacks of each write and of the end exactly once', async () => {
      const server = await start();
      let goOn = () => {};
      const held = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      server.handle('STOR', async (session) => {
        await session.reply('150 Opening.');
        const data = await session.openData();
        await held;
        data.resume().on('end', () => data.destroy()); // a reset behind data looks like an end
        await new Promise((resolve) => data.once('close', resolve));
        await session.reply('426 Gone.');
      });
      const ftp = await connect(server);
      const stream = ftp.storBinary('STOR /new');
      stream.on('error', () => {});
      const calls: (string | undefined)[] = [];
      const note = (error?: Error | null) => calls.push(error?.message);
      for (let index = 0; index < 3; index += 1) stream.write(HUGE, note);
      stream.end(note);
      await stream.opened();
      await standstill(() => stream.bytesTransferred);
      stream.destroy(reason);
      goOn();
      await closed(stream);
      await turns(3);
      expect(calls).toHaveLength(4);
      expect(calls.every((message) => message !== undefined)).toBe(true);
      await expectInStep(server, ftp);
    });

    it('calls the callback of a write that waits for the opening', async () => {
      const server = await start();
      const ftp = await connect(server);
      const stream = ftp.storBinary('STOR /new');
      const called = new Promise((resolve) => stream.write('x', resolve));
      stream.destroy();
      expect(await called).toMatchObject({ code: 'ERR_STREAM_DESTROYED' });
      await expectInStep(server, ftp);
    });
  });

  describe('an abandoned transfer', () => {
    const endings: string[][] = [
      ['426 Gone.'],
      ['426 Gone.', '226 Aborted.'],
      ['226 Done.', '426 Gone.'],
      ['426 Gone.', '225 No transfer.'],
      ['451 Broken.', '226 Done.', '226 Aborted.'],
      ['150 0.007 seconds.'],
      ['150 0.007 seconds.', '226 Done.'],
      ['426-Gone', '426 for good.', '226 Done.'],
    ];
    /** Waits for the end of the data connection, and says the last words, each in its own time. */
    async function serve(session: TestSession, lastWords: readonly string[]): Promise<void> {
      await session.reply('150 Opening.');
      const data = await session.openData();
      data.write('some bytes');
      data.resume().on('end', () => data.destroy());
      await new Promise((resolve) => data.once('close', resolve));
      for (const words of lastWords) {
        await turns(3);
        await session.reply(words);
      }
    }

    it.each(endings.map((words) => [words.join(', '), words] as const))(
      'leaves the client in step: %s',
      async (_name, words) => {
        const server = await start();
        for (const verb of ['RETR', 'STOR', 'NLST']) {
          server.handle(verb, (session) => serve(session, words));
        }
        const ftp = await connect(server, { timeouts: { abort: 300 } });
        for await (const _block of ftp.retrBinary('RETR /file')) break;
        await expectInStep(server, ftp);
        const upload = ftp.storBinary('STOR /new');
        upload.write('some');
        await upload.opened();
        upload.destroy();
        await expectInStep(server, ftp);
        const listing = ftp.retrLines('NLST');
        await listing.opened();
        listing.destroy();
        await expectInStep(server, ftp);
        const again = ftp.retrBinary('RETR /file');
        again.once('data', () => again.destroy());
        await Promise.all([closed(again), expectInStep(server, ftp)]);
      },
    );
  });

  describe('an abandoned transfer to which the server sends no reply', () => {
    // The server may still perform it on the next data connection, as pyftpdlib does. Over TLS, the
    // handshake has proved that the server used this data connection, so the client sends NOOP.
    const outcome = kind === 'TLS' ? 'is asked, and goes on' : 'closes the control connection';
    it.each(['RETR', 'STOR'])(`${outcome} in time: %s`, async (verb) => {
      const server = await start();
      server.handle(verb, async (session) => {
        await session.reply('150 Opening.');
        await session.openData();
      });
      const ftp = await connect(server, { timeouts: { abort: 100 } });
      const stream = verb === 'RETR' ? ftp.retrBinary('RETR /file') : ftp.storBinary('STOR /new');
      await stream.opened();
      stream.destroy();
      if (kind === 'TLS') return await expectInStep(server, ftp);
      await expect(ftp.pwd()).rejects.toMatchObject({ code: 'ERR_FTP_CONNECTION' });
      expect(ftp.connected).toBe(false);
    });
  });

  describe('opened()', () => {
    it("resolves with the reply and the size, like 'open', also when called later", async () => {
      const ftp = await connect(await start());
      const stream = ftp.retrBinary('RETR /file');
      const opening = new Promise((resolve) => stream.once('open', resolve));
      expect(stream.size).toBeNull();
      const opened = await stream.opened();
      expect(opened).toMatchObject({ size: FILE.length, reply: { code: 150 } });
      expect(await opening).toEqual(opened);
      expect(stream.size).toBe(FILE.length);
      expect(Buffer.concat(await stream.toArray()).equals(FILE)).toBe(true);
      expect(await stream.opened()).toEqual(opened);
      expect(stream).toMatchObject({ command: 'RETR /file', bytesTransferred: FILE.length });
    });

    it.each<[string, (ftp: FTP) => DownloadStream | UploadStream]>([
      ['a download', (ftp) => ftp.retrBinary('RETR /none')],
      ['an upload', (ftp) => ftp.storBinary('STOR /folder')],
    ])('rejects when %s is refused, without an unhandled error', async (_name, open) => {
      const server = await start();
      const ftp = await connect(server);
      const stream = open(ftp);
      expect(await rejection(stream.opened())).toMatchObject(PERMANENT);
      await closed(stream);
      expect(await rejection(stream.opened())).toMatchObject(PERMANENT);
      await expectInStep(server, ftp);
    });

    it('rejects for a refused listing too', async () => {
      const server = await start();
      const ftp = await connect(server);
      const stream = ftp.mlsd('/none');
      expect(await rejection(stream.opened())).toMatchObject(PERMANENT);
      await closed(stream);
      await expectInStep(server, ftp);
    });

    it('does not keep an error from a listener', async () => {
      const ftp = await connect(await start());
      const stream = ftp.retrBinary('RETR /none');
      const error = rejection(untilEvent(stream, 'end'));
      expect(await rejection(stream.opened())).toBe(await error);
    });

    it.each([
      ['before', async (stream: DownloadStream) => stream.opened()],
      [
        'after',
        async (stream: DownloadStream) => {
          await closed(stream);
          await stream.opened();
        },
      ],
    ])('rejects when called %s the stream is destroyed', async (_name, ask) => {
      const server = await startHuge();
      const ftp = await connect(server);
      const stream = ftp.retrBinary('RETR /huge');
      const asked = ask(stream);
      asked.catch(() => {});
      stream.destroy();
      expect(await rejection(asked)).toBeInstanceOf(Error);
      await expectInStep(server, ftp);
    });
  });

  it("emits 'progress' a few times a second, with the rate, and at the end", async () => {
    const faults: Fault[] = [{ on: 'RETR', data: { action: 'slow', rate: 200_000 } }];
    const ftp = await connect(await start({ faults }));
    const stream = ftp.retrBinary('RETR /file');
    const untilEvent: number[] = [];
    stream.on('progress', ({ bytesTransferred, size, bytesPerSecond }) => {
      untilEvent.push(bytesTransferred);
      expect(size).toBe(FILE.length);
      expect(bytesPerSecond).toBeGreaterThan(50_000);
      expect(bytesPerSecond).toBeLessThan(400_000);
    });
    await stream.resume().toArray();
    expect(untilEvent.length).toBeGreaterThan(1);
    expect(untilEvent.length).toBeLessThan(6);
    expect(untilEvent).toEqual([...untilEvent].sort((a, b) => a - b));
    expect(untilEvent.at(-1)).toBe(FILE.length);
  });

  describe.each([1, 7, 1024, 8192, 65_536])('with a blocksize of %d', (blocksize) => {
    const content = FILE.subarray(0, blocksize < 100 ? 3000 : FILE.length);

    it.each(Object.entries(READERS))('%s sees no larger block', async (_way, read) => {
      const server = await start({ files: { '/file': content } });
      const ftp = await connect(server);
      const stream = ftp.retrBinary('RETR /file', { blocksize });
      expect(stream.readableHighWaterMark).toBe(blocksize);
      const blocks: Buffer[] = [];
      await read(stream, (block) => blocks.push(block));
      expect(Math.max(...blocks.map(({ length }) => length))).toBeLessThanOrEqual(blocksize);
      expect(Buffer.concat(blocks).equals(content)).toBe(true);
    });

    it('passes no larger block to a callback, for downloads and uploads', async () => {
      const server = await start({ files: { '/file': content } });
      const ftp = await connect(server);
      const blocks: Buffer[] = [];
      await ftp.retrBinary('RETR /file', (block) => blocks.push(block), blocksize);
      const sent: Buffer[] = [];
      await ftp.storBinary('STOR /copy', content, blocksize, (block) => sent.push(block));
      for (const each of [blocks, sent]) {
        expect(Math.max(...each.map(({ length }) => length))).toBeLessThanOrEqual(blocksize);
        expect(Buffer.concat(each).equals(content)).toBe(true);
      }
      expect(server.storage.readFile('/copy').equals(content)).toBe(true);
    });

    it('loses nothing for a consumer that reads random amounts', async () => {
      const { SEED } = process.env;
      const seed = Number(SEED ?? Math.floor(Math.random() * 2 ** 31));
      const below = random(seed);
      const server = await start({ files: { '/file': content } });
      server.handle('RETR', async (session) => {
        await session.reply('150 Opening.');
        const data = await session.openData();
        for (let at = 0; at < content.length; ) {
          const end = at + 1 + below(blocksize * 3);
          data.write(content.subarray(at, end));
          at = end;
          if (below(3) === 0) await turns(1);
        }
        const isEarly = below(2) === 0;
        if (isEarly) await session.reply('226 Done.');
        data.end();
        if (!isEarly) await session.reply('226 Done.');
      });
      const ftp = await connect(server);
      for (let run = 0; run < (blocksize < 100 ? 5 : 20); run += 1) {
        const stream = ftp.retrBinary('RETR /file', { blocksize });
        const { received, tooLong } = await readAtRandom(stream, blocksize, below);
        const seen = { seed, run, tooLong, isWhole: received.equals(content) };
        expect(seen).toEqual({ seed, run, tooLong: 0, isWhole: true });
      }
    });
  });

  /** Reads, peeks, waits, pauses and flows as the dice fall. */
  async function readAtRandom(
    stream: DownloadStream,
    blocksize: number,
    below: (n: number) => number,
  ) {
    const blocks: Buffer[] = [];
    let tooLong = 0;
    const take = (block: Buffer | null, limit = blocksize) => {
      if (block === null) return;
      if (block.length > limit) tooLong += 1;
      blocks.push(block);
    };
    let isOver = false;
    const end = untilEvent(stream, 'end').finally(() => {
      isOver = true;
    });
    stream.on('readable', () => {}); // the stream does not flow by itself
    while (!isOver) {
      switch (below(5)) {
        case 0:
          await turns(1 + below(3));
          break;
        case 1: {
          const wanted = 1 + below(blocksize * 2);
          take(stream.read(wanted), Math.max(wanted, blocksize));
          break;
        }
        case 2: {
          const block: Buffer | null = stream.read();
          // More than a block can be there only because read(n) has asked for it.
          take(block, Number.POSITIVE_INFINITY);
          break;
        }
        case 3: {
          const block: Buffer | null = stream.read();
          if (block !== null && block.length > 1) {
            stream.unshift(block.subarray(1));
            take(block.subarray(0, 1));
          } else take(block);
          break;
        }
        default:
          await new Promise((resolve) => process.nextTick(resolve));
      }
      if (stream.readableLength === 0) await turns(1);
    }
    await end;
    return { received: Buffer.concat(blocks), tooLong };
  }

  describe('backpressure', () => {
    const BUFFERS = HUGE.length / 2; // what the sockets of both ends may hold, and then some

    it('of a consumer that stops reading stops the server, and never times out', async () => {
      const server = await startHuge();
      const ftp = await connect(server, {
        timeouts: { dataIdle: 250, completion: 250, abort: 250 },
      });
      const stream = ftp.retrBinary('RETR /huge');
      await new Promise((resolve) => stream.once('readable', resolve));
      const sent = () => server.sessions[0]?.transfer?.bytes ?? 0;
      expect(await standstill(sent, 500)).toBeLessThan(BUFFERS);
      expect(stream.readableLength).toBeLessThanOrEqual(stream.readableHighWaterMark);
      expect(stream.destroyed).toBe(false);
      let received = 0;
      for await (const block of stream) received += block.length;
      expect(received).toBe(HUGE.length);
    });

    it('works for a consumer that is slow at every block', async () => {
      const server = await start();
      const ftp = await connect(server, {
        timeouts: { dataIdle: 100, completion: 100, abort: 100 },
      });
      let blocks = 0;
      for await (const _block of ftp.retrBinary('RETR /file', { blocksize: 40_000 })) {
        await sleep(150);
        blocks += 1;
      }
      expect(blocks).toBeGreaterThan(2);
    });

    it('continues when replies arrive on the control connection', async () => {
      const server = await start();
      let goOn = () => {};
      const held = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      server.handle('RETR', async (session) => {
        await session.reply('150 Opening.');
        (await session.openData()).end(FILE);
        await held;
        await session.reply('226 Done.');
      });
      const ftp = await connect(server, {
        timeouts: { dataIdle: 100, completion: 100, abort: 100 },
      });
      const stream = ftp.retrBinary('RETR /file', { blocksize: 1000 });
      await stream.opened();
      await sleep(200); // unread
      const confirmed = new Promise((resolve) => ftp.once('reply', resolve));
      await new Promise((resolve) => stream.once('readable', resolve));
      expect(stream.read(1)).toHaveLength(1);
      await turns(5);
      goOn();
      await confirmed;
      await sleep(200); // read a little
      expect(stream.destroyed).toBe(false);
      expect(Buffer.concat(await stream.toArray())).toHaveLength(FILE.length - 1);
    });

    it('of a slow callback stops the server', async () => {
      const server = await start();
      const ftp = await connect(server, {
        timeouts: { dataIdle: 100, completion: 100, abort: 100 },
      });
      let running = 0;
      let most = 0;
      const slow = async () => {
        running += 1;
        most = Math.max(most, running);
        await sleep(150);
        running -= 1;
      };
      await ftp.retrBinary('RETR /file', slow, 30_000);
      expect(most).toBe(1);
    });

    it('of the server stops the source', async () => {
      const server = await start();
      let goOn = () => {};
      const held = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      let stored = 0;
      server.handle('STOR', async (session) => {
        await session.reply('150 Opening.');
        const data = await session.openData();
        await held;
        for await (const block of data.iterator({ destroyOnReturn: false })) stored += block.length;
        data.end();
        await session.reply('226 Done.');
      });
      const ftp = await connect(server);
      let given = 0;
      const source = async function* () {
        for (const block of cut(HUGE, 64 * 1024)) {
          given += block.length;
          yield block;
        }
      };
      const stream = ftp.storBinary('STOR /new');
      const result = pipeline(source, stream);
      expect(await standstill(() => given, 200)).toBeLessThan(BUFFERS);
      expect(stream.writableLength).toBeLessThanOrEqual(stream.writableHighWaterMark + 64 * 1024);
      goOn();
      await result;
      expect(stored).toBe(HUGE.length);
      expect(stream.bytesTransferred).toBe(HUGE.length);
    });

    it('of a server that reads nothing ends with a timeout', async () => {
      const server = await start({
        faults: [{ on: 'STOR', data: { action: 'stall', after: 10 } }],
      });
      const ftp = await connect(server, { timeouts: { dataIdle: 80, abort: 80 } });
      const error = await rejection(ftp.storBinary('STOR /new', HUGE, 64 * 1024));
      expect(error).toMatchObject({ name: 'TimeoutError', code: 'ERR_FTP_TIMEOUT', phase: 'data' });
      await server.idle();
      expect(server.transfers[0]).toMatchObject({ outcome: 'failed' });
    });

    it('of a slow source is not an error', async () => {
      const server = await start();
      const ftp = await connect(server, {
        timeouts: { dataIdle: 100, completion: 100, abort: 100 },
      });
      async function* slow() {
        for (const block of cut(FILE, 40_000)) {
          await sleep(150);
          yield block;
        }
        await sleep(150);
      }
      await ftp.storBinary('STOR /new', slow());
      expect(server.storage.readFile('/new').equals(FILE)).toBe(true);
    });
  });

  describe('an empty file', () => {
    it.each(Object.entries(READERS))('is downloaded by %s', async (_way, read) => {
      const server = await start();
      const ftp = await connect(server);
      const stream = ftp.retrBinary('RETR /empty');
      const counts = counted(stream);
      await read(stream, () => {
        throw new Error('a block of nothing');
      });
      await closed(stream);
      expect(counts).toMatchObject(SUCCESS);
      expect(stream).toMatchObject({ bytesTransferred: 0, size: 0 });
      await expectInStep(server, ftp);
    });

    const uploads: Record<string, (ftp: FTP) => Promise<unknown>> = {
      'end()': (ftp) => untilEvent(ftp.storBinary('STOR /new').end(), 'finish'),
      'an empty Buffer': (ftp) => ftp.storBinary('STOR /new', Buffer.alloc(0)),
      'an empty Readable': (ftp) => ftp.storBinary('STOR /new', Readable.from([])),
      'an empty iterable': (ftp) => ftp.storBinary('STOR /new', []),
      'an empty Blob': (ftp) => ftp.storBinary('STOR /new', new Blob([])),
      'a pipeline': (ftp) => pipeline(Readable.from([]), ftp.storBinary('STOR /new')),
      'an empty write': async (ftp) => {
        const stream = ftp.storBinary('STOR /new');
        stream.write('');
        stream.end();
        await untilEvent(stream, 'finish');
      },
    };
    it.each(Object.entries(uploads))('is uploaded by %s', async (_name, upload) => {
      const server = await start();
      const ftp = await connect(server);
      await upload(ftp);
      expect(server.storage.readFile('/new')).toHaveLength(0);
      expect(server.transfers[0]).toMatchObject({ outcome: 'complete', bytes: 0 });
      await expectInStep(server, ftp);
    });
  });

  describe('calls behind a transfer', () => {
    const timeouts = { reply: 80 };

    it('keep their order', async () => {
      const server = await start();
      const ftp = await connect(server);
      const stream = ftp.retrBinary('RETR /file');
      const events: string[] = [];
      stream.once('end', () => events.push('end'));
      const path = ftp.pwd().then(() => events.push('PWD'));
      const second = ftp.retrBinary('RETR /empty').once('end', () => events.push('second'));
      const ended = untilEvent(second, 'end');
      await stream.toArray();
      second.resume();
      await Promise.all([path, ended]);
      expect(events).toEqual(['end', 'PWD', 'second']);
      const sent = server.commands.map((line) => line.split(' ')[0]);
      expect(sent.filter((verb) => verb === 'RETR' || verb === 'PWD')).toEqual([
        'RETR',
        'PWD',
        'RETR',
      ]);
    });

    it('reject as busy behind an unread download, which continues', async () => {
      const server = await startHuge();
      const ftp = await connect(server, { timeouts });
      const stream = ftp.retrBinary('RETR /huge');
      const error = await rejection(ftp.pwd());
      expect(error).toMatchObject({ ...BUSY, command: 'RETR /huge', connectionUsable: true });
      let received = 0;
      for await (const block of stream) received += block.length;
      expect(received).toBe(HUGE.length);
      await expectInStep(server, ftp);
    });

    it('reject as busy behind an unwritten upload, which continues', async () => {
      const server = await start();
      const ftp = await connect(server, { timeouts });
      const stream = ftp.storBinary('STOR /new');
      expect(await rejection(ftp.pwd())).toMatchObject({ ...BUSY, command: 'STOR /new' });
      stream.end('late');
      await untilEvent(stream, 'finish');
      expect(server.storage.readFile('/new').toString()).toBe('late');
      await expectInStep(server, ftp);
    });

    it('wait behind a download that is being read', async () => {
      const faults: Fault[] = [{ on: 'RETR', data: { action: 'slow', rate: 300_000 } }];
      const server = await start({ faults });
      const ftp = await connect(server, { timeouts });
      const reading = ftp.retrBinary('RETR /file').toArray();
      await expectInStep(server, ftp);
      await reading;
    });

    const names = Array.from({ length: 500 }, (_, index) => `name-of-a-file-${index}`);
    const files = Object.fromEntries(
      names.map((name, index) => [`/list/${name}`, 'x'.repeat(index)]),
    );

    it('proceed inside the loop over a listing', async () => {
      const ftp = await connect(await start({ files }), { timeouts });
      const seen: string[] = [];
      for await (const [name, { type, size }] of ftp.mlsd('/list')) {
        if (type !== 'file') continue;
        expect(await ftp.size(`/list/${name}`)).toBe(Number(size));
        seen.push(name);
      }
      expect(seen.sort()).toEqual([...names].sort());
    });

    it('reject as busy behind a listing longer than the read-ahead, which continues', async () => {
      // More than the sockets hold, too: otherwise the server is done, and nothing is in the way.
      const lines = Buffer.from(
        'type=file;size=1; a-file-with-a-rather-long-name\r\n'.repeat(500_000),
      );
      const server = await start();
      server.handle('MLSD', async (session) => {
        await session.reply('150 Opening.');
        const data = await session.openData();
        data.end(lines, () => void session.reply('226 Done.'));
        await new Promise((resolve) => data.once('close', resolve));
      });
      const ftp = await connect(server, { timeouts, maxReadAhead: 1000 });
      const listing = ftp.mlsd('/');
      expect(await rejection(ftp.pwd())).toMatchObject({ ...BUSY, command: 'MLSD /' });
      let count = 0;
      for await (const [name] of listing) {
        if (name === 'a-file-with-a-rather-long-name') count += 1;
      }
      expect(count).toBe(500_000);
      await expectInStep(server, ftp);
    });
  });

  describe('close()', () => {
    it.each<[string, (ftp: FTP) => DownloadStream | UploadStream | Readable]>([
      ['a download', (ftp) => ftp.retrBinary('RETR /huge')],
      ['an upload', (ftp) => ftp.storBinary('STOR /new')],
      ['a listing', (ftp) => ftp.retrLines('RETR /huge')],
    ])('fails %s that is open, and the calls behind it', async (_name, open) => {
      const server = await startHuge();
      const ftp = await connect(server);
      const stream = open(ftp);
      const counts = counted(stream);
      await new Promise((resolve) => stream.once('open', resolve));
      const waiting = open(ftp);
      const errors = Promise.all(
        [untilEvent(stream, 'never'), untilEvent(waiting, 'never'), ftp.pwd()].map(rejection),
      );
      await turns(3);
      ftp.close();
      for (const error of await errors) expect(error).toMatchObject(LOST);
      await Promise.all([closed(stream as never), closed(waiting as never)]);
      expect(counts).toMatchObject(FAILURE);
      await server.waitFor(({ sessions }) => sessions.length === 0);
      await server.idle();
      expect(server.transfers.filter(({ outcome }) => outcome === 'complete')).toEqual([]);
    });

    it('fails a call that waits for its reply', async () => {
      const server = await start();
      server.handle('NOOP', () => new Promise(() => {}));
      const ftp = await connect(server);
      const error = rejection(ftp.voidCmd('NOOP'));
      await server.received('NOOP');
      ftp.close();
      expect(await error).toMatchObject(LOST);
      expect(await rejection(ftp.pwd())).toMatchObject(LOST);
    });
  });

  describe('a signal', () => {
    type Call = (ftp: FTP, options: { signal: AbortSignal }) => Promise<unknown>;
    const calls: Record<string, [verb: string, call: Call]> = {
      sendCmd: ['SYST', (ftp, options) => ftp.sendCmd('SYST', options)],
      voidCmd: ['NOOP', (ftp, options) => ftp.voidCmd('NOOP', options)],
      login: ['USER', (ftp, options) => ftp.login('user', 'password', '', options)],
      acct: ['ACCT', (ftp, options) => ftp.acct('secret', options)],
      rename: ['RNFR', (ftp, options) => ftp.rename('/file', '/other', options)],
      delete: ['DELE', (ftp, options) => ftp.delete('/file', options)],
      cwd: ['CWD', (ftp, options) => ftp.cwd('/folder', options)],
      mkd: ['MKD', (ftp, options) => ftp.mkd('/made', options)],
      rmd: ['RMD', (ftp, options) => ftp.rmd('/folder', options)],
      pwd: ['PWD', (ftp, options) => ftp.pwd(options)],
      size: ['SIZE', (ftp, options) => ftp.size('/file', options)],
      nlst: ['NLST', (ftp, options) => ftp.nlst('/', options)],
      dir: ['LIST', (ftp, options) => ftp.dir('/', options).toArray()],
      mlsd: ['MLSD', (ftp, options) => ftp.mlsd('/', [], options).toArray()],
      'retrBinary with a callback': [
        'RETR',
        (ftp, options) => ftp.retrBinary('RETR /file', () => {}, options),
      ],
      'retrLines with a callback': [
        'RETR',
        (ftp, options) => ftp.retrLines('RETR /file', () => {}, options),
      ],
      'storBinary with a source': [
        'STOR',
        (ftp, options) => ftp.storBinary('STOR /new', FILE, options),
      ],
      'storLines with a source': [
        'STOR',
        (ftp, options) => ftp.storLines('STOR /new', FILE, null, options),
      ],
      transferCmd: ['RETR', (ftp, options) => ftp.transferCmd('RETR /file', options)],
      ntransferCmd: ['RETR', (ftp, options) => ftp.ntransferCmd('RETR /file', options)],
    };
    const reason = new Error('no more');

    it.each(Object.entries(calls))('ends %s before it is sent', async (_name, [verb, call]) => {
      const server = await start();
      const ftp = await connect(server);
      const before = server.commands.length;
      expect(await rejection(call(ftp, { signal: AbortSignal.abort(reason) }))).toBe(reason);
      await expectInStep(server, ftp);
      expect(server.commands.slice(before).filter((line) => line.startsWith(verb))).toHaveLength(
        verb === 'PWD' ? 1 : 0,
      );
    });

    it.each(Object.entries(calls))(
      'ends %s that waits behind a transfer',
      async (_name, [, call]) => {
        const server = await start();
        const ftp = await connect(server);
        const stream = ftp.retrBinary('RETR /file');
        await stream.opened();
        const abort = new AbortController();
        const error = rejection(call(ftp, { signal: abort.signal }));
        await turns(3);
        abort.abort(reason);
        expect(await error).toBe(reason);
        expect(Buffer.concat(await stream.toArray()).equals(FILE)).toBe(true);
        await expectInStep(server, ftp);
      },
    );

    it.each(Object.entries(calls))(
      'ends %s that waits for its reply',
      async (_name, [verb, call]) => {
        const server = await start();
        const ftp = await connect(server);
        let answer = () => {};
        const isAsked = new Promise<void>((resolve) => {
          answer = resolve;
        });
        const giveBack = server.handle(verb, async (session) => {
          await isAsked;
          await session.reply('500 Too late.');
        });
        const abort = new AbortController();
        const error = rejection(call(ftp, { signal: abort.signal }));
        await server.received(verb, verb === 'USER' ? 2 : 1);
        await turns(3);
        abort.abort(reason);
        expect(await error).toBe(reason);
        giveBack();
        answer();
        await expectInStep(server, ftp);
      },
    );

    it('stops connect()', async () => {
      const server = await start();
      server.handle(
        'connect',
        ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
      );
      const abort = new AbortController();
      const error = rejection(connect(server, { signal: abort.signal }));
      await server.waitFor(({ sessions }) => sessions.length === 1);
      abort.abort(reason);
      expect(await error).toBe(reason);
      await server.waitFor(({ sessions }) => sessions.length === 0);
    });

    it('keeps no listener', async () => {
      const server = await start();
      const ftp = await connect(server);
      const abort = new AbortController();
      const { signal } = abort;
      const listeners = new Map<unknown, number>();
      const { addEventListener, removeEventListener } = signal;
      signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
        listeners.set(args[1], (listeners.get(args[1]) ?? 0) + 1);
        addEventListener.apply(signal, args);
      };
      signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
        listeners.delete(args[1]);
        removeEventListener.apply(signal, args);
      };
      for (const [name, [, call]] of Object.entries(calls)) {
        if (name === 'transferCmd' || name === 'ntransferCmd') continue; // they go on
        await call(ftp, { signal }).catch(() => {});
      }
      await turns(3);
      expect(listeners.size).toBe(0);
    });
  });

  describe('a known size', () => {
    it.each([
      ['fewer', 99_999],
      ['more', 100_001],
    ])('fails a download of %s bytes', async (_name, size) => {
      const server = await start();
      const ftp = await connect(server);
      const error = await rejection(ftp.retrBinary('RETR /file', { size }).toArray());
      expect(error).toBeInstanceOf(TransferError);
      expect(error).toMatchObject({ code: 'ERR_FTP_SIZE_MISMATCH' });
      await expectInStep(server, ftp);
    });

    it('fails an upload of another size', async () => {
      const server = await start();
      const ftp = await connect(server);
      const error = await rejection(ftp.storBinary('STOR /new', FILE, { size: FILE.length + 1 }));
      expect(error).toMatchObject({ code: 'ERR_FTP_SIZE_MISMATCH' });
      await expectInStep(server, ftp);
    });
  });
}
