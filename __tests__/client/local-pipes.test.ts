import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  createReadStream,
  createWriteStream,
  openSync,
  readdirSync,
  readSync,
} from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { CallOptions, FTP } from 'ftpipe';
import type { TestServer } from 'ftpipe/testing';
import { rejection, turns } from '../helpers/promises';
import { patterned } from '../streams/harness';
import { all, filesHarness, KINDS } from './files-harness';

const { path, start, connect } = filesHarness();
const linux = process.platform === 'linux' ? describe : describe.skip;
const content = patterned(300_000); // more than a pipe buffers

function makePipe(name = 'pipe'): string {
  execFileSync('mkfifo', [path(name)]);
  return path(name);
}

type Call = (ftp: FTP, pipe: string, options: CallOptions) => Promise<unknown>;
const CALLS: Record<string, Call> = {
  'download()': (ftp, pipe, options) => ftp.download('f', pipe, options),
  'download() at an offset': (ftp, pipe, options) =>
    ftp.download('f', pipe, { ...options, rest: 9 }),
  'downloadMany()': (ftp, pipe, options) => all(ftp.downloadMany([['f', pipe]], options)),
  'upload()': (ftp, pipe, options) => ftp.upload(pipe, 'x', options),
  'uploadMany()': (ftp, pipe, options) => all(ftp.uploadMany([[pipe, 'x']], options)),
};
/** Opens the other end of the pipe, or does not. Returns what closes it. */
const OTHERS: Record<string, (pipe: string) => () => void> = {
  'that nothing else has open': () => () => {},
  'whose other end is idle': (pipe) => {
    const descriptor = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    return () => closeSync(descriptor);
  },
};
const reason = new Error('enough');
const ENDS: Record<string, [(ftp: FTP, c: AbortController, server: TestServer) => void, object]> = {
  'the signal is aborted': [(_ftp, control) => control.abort(reason), reason],
  'the client is closed': [(ftp) => ftp.close(), { name: 'ConnectionError' }],
  'the connection is lost': [
    (_ftp, _control, server) => {
      for (const session of server.sessions) session.drop('reset');
    },
    { name: 'ConnectionError' },
  ],
};

linux.each(KINDS)('pipes and devices as local files, over %s', (kind) => {
  for (const [other, join] of Object.entries(OTHERS)) {
    for (const [how, [end, error]] of Object.entries(ENDS)) {
      it.each(Object.keys(CALLS))(
        `let %s on a pipe ${other} reject when ${how}`,
        async (name) => {
          const server = await start(kind, { files: { '/f': content } });
          const ftp = await connect(server);
          const pipe = makePipe();
          const leave = join(pipe);
          const control = new AbortController();
          const failed = rejection((CALLS[name] as Call)(ftp, pipe, { signal: control.signal }));
          await sleep(60);
          end(ftp, control, server);
          expect(await failed).toMatchObject(error);
          leave();
          if (how === 'the signal is aborted') expect(await ftp.pwd()).toBe('/');
        },
        5000,
      );
    }
  }

  it('do not block regular files when more pipes wait than there are threads', async () => {
    const server = await start(kind, { files: { '/f': content } });
    const control = new AbortController();
    const waiting: Promise<unknown>[] = [];
    for (let i = 0; i < 6; i++) {
      const ftp = await connect(server);
      const { signal } = control;
      const pipe = makePipe(`pipe${i}`);
      waiting.push(
        rejection(
          i % 2 ? ftp.download('f', pipe, { signal }) : ftp.upload(pipe, `x${i}`, { signal }),
        ),
      );
    }
    const ftp = await connect(server);
    await ftp.download('f', path('f'));
    await ftp.upload(path('f'), 'y');
    control.abort(reason);
    for (const each of waiting) expect(await each).toBe(reason);
  }, 10_000);

  it('carry all bytes no matter when the other end is opened', async () => {
    const server = await start(kind, { files: { '/f': content } });
    const ftp = await connect(server);
    const pipe = makePipe();
    const down = ftp.download('f', pipe);
    await sleep(50);
    expect((await buffer(createReadStream(pipe))).equals(content)).toBe(true);
    expect(await down).toMatchObject({ bytesTransferred: content.length });
    const early = buffer(createReadStream(pipe));
    await sleep(20);
    expect(await ftp.download('f', pipe, { rest: 10 })).toMatchObject({
      bytesTransferred: content.length - 10,
    });
    expect((await early).equals(content.subarray(10))).toBe(true);

    const up = ftp.upload(pipe, 'x');
    await sleep(50);
    const writer = createWriteStream(pipe);
    writer.write(content.subarray(0, 1000));
    await sleep(50);
    writer.end(content.subarray(1000));
    expect(await up).toMatchObject({ bytesTransferred: content.length });
    expect(server.storage.readFile('/x').equals(content)).toBe(true);
    const empty = ftp.upload(pipe, 'x');
    createWriteStream(pipe).end();
    expect(await empty).toMatchObject({ bytesTransferred: 0 });
  });

  it('deliver the bytes of a writer that opens and closes the pipe at once', async () => {
    const server = await start(kind);
    const ftp = await connect(server);
    const pipe = makePipe();
    for (let i = 0; i < 30; i++) {
      const up = ftp.upload(pipe, 'x');
      await writeFile(pipe, 'short');
      expect(await up).toMatchObject({ bytesTransferred: 5 });
    }
  });

  it("make download() reject with Node's EPIPE when the reader closes the pipe", async () => {
    const ftp = await connect(await start(kind, { files: { '/f': patterned(4_000_000) } }));
    const pipe = makePipe();
    const failed = rejection(ftp.download('f', pipe));
    const reader = await open(pipe, 'r');
    await reader.read(Buffer.alloc(10), 0, 10);
    await reader.close();
    expect(await failed).toMatchObject({ code: 'EPIPE' });
    expect(await ftp.pwd()).toBe('/');
  });

  it('do not delay an abort when nobody reads from a pipe behind a FileHandle', async () => {
    const ftp = await connect(
      await start(kind, { files: { '/f': patterned(4_000_000), '/g': 'g' } }),
    );
    const pipe = makePipe();
    const other = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    const handle = await open(pipe, 'w');
    const control = new AbortController();
    const results = all(
      ftp.downloadMany(
        [
          ['f', handle],
          ['g', path('g')],
        ],
        { signal: control.signal },
      ),
    );
    await sleep(60);
    control.abort(reason);
    expect(await rejection(results)).toBe(reason);
    expect(await ftp.pwd()).toBe('/');
    let isClosed = false;
    const closed = handle.close().then(() => {
      isClosed = true;
    });
    while (!isClosed) {
      await turns(1);
      try {
        readSync(other, Buffer.alloc(100_000)); // unblocks the pending write
      } catch {} // the pipe is empty
    }
    await closed;
    closeSync(other);
  });

  it('may be /dev/null for both downloads and uploads', async () => {
    const ftp = await connect(await start(kind, { files: { '/f': content } }));
    await ftp.download('f', '/dev/null');
    expect(await ftp.upload('/dev/null', 'x')).toMatchObject({ bytesTransferred: 0 });
    await writeFile(path('g'), content);
    await ftp.upload(path('g'), 'g');
    expect(readdirSync('/proc/self/fd').length).toBeLessThan(200);
  });
});
