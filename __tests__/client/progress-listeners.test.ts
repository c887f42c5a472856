import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { UploadStream } from 'ftpipe';
import { rejection } from '../helpers/promises';
import { patterned } from '../streams/harness';
import { all, filesHarness, KINDS } from './files-harness';

const { path, start, connect } = filesHarness();
const DUE = 210; // milliseconds after which a 'progress' event is due

const ACTS: Record<string, (stream: UploadStream) => unknown> = {
  'write()': (stream) => stream.write('more'),
  'write() and end()': (stream) => {
    stream.write('more');
    stream.end();
  },
  'end()': (stream) => stream.end(),
  'end(chunk)': (stream) => stream.end('more'),
  'destroy()': (stream) => stream.destroy(),
  'cork() and write()': (stream) => {
    stream.cork();
    stream.write('more');
    stream.write('and more');
    stream.uncork();
  },
};
const WRITES: Record<string, (stream: UploadStream) => unknown> = {
  'one chunk': (stream) => stream.write(Buffer.alloc(100)),
  'one corked chunk': (stream) => {
    stream.cork();
    stream.write(Buffer.alloc(100));
    stream.uncork();
  },
  'several chunks': (stream) => {
    for (let i = 0; i < 3; i++) stream.write(Buffer.alloc(100_000));
  },
  'corked chunks': (stream) => {
    stream.cork();
    for (let i = 0; i < 3; i++) stream.write(Buffer.alloc(100));
    stream.uncork();
  },
};

describe.each(KINDS)("a 'progress' listener of an upload over %s", (kind) => {
  it.each(Object.keys(ACTS))('may call %s', async (act) => {
    const server = await start(kind);
    const ftp = await connect(server);
    for (const write of Object.values(WRITES)) {
      const stream = ftp.storBinary('STOR x');
      let isInWrite = false;
      const calledInWrite: boolean[] = [];
      stream.once('progress', () => {
        calledInWrite.push(isInWrite);
        ACTS[act]?.(stream);
        if (!act.includes('end') && !stream.destroyed) setImmediate(() => stream.end());
      });
      stream.on('error', () => {});
      await stream.opened();
      await sleep(DUE);
      isInWrite = true;
      write(stream);
      isInWrite = false;
      await once(stream, 'close');
      expect(calledInWrite).toEqual([false]);
      expect(stream.writableFinished).toBe(act !== 'destroy()');
      expect(await ftp.pwd()).toBe('/');
    }
  });
});

describe.each(KINDS)('onProgress over %s', (kind) => {
  const error = new Error('of the listener');
  const LISTENERS: Record<string, () => unknown> = {
    throws: () => {
      throw error;
    },
    rejects: async () => {
      throw error;
    },
    'rejects late': async () => {
      await sleep(20);
      throw error;
    },
  };

  it.each(Object.keys(LISTENERS))('rejects the call with its own error when it %s', async (how) => {
    const onProgress = LISTENERS[how] as () => void;
    const server = await start(kind, {
      files: { '/f': patterned(1000), '/large': patterned(3e6) },
    });
    const ftp = await connect(server);
    await writeFile(path('f'), patterned(1000));
    const pairs = ['f', 'large'].map((name): [string, string] => [name, path('to')]);
    for (const [remote, local] of pairs)
      expect(await rejection(ftp.download(remote, local, { onProgress }))).toBe(error);
    expect(await rejection(ftp.upload(path('f'), 'up', { onProgress }))).toBe(error);
    expect(await rejection(all(ftp.downloadMany(pairs, { onProgress })))).toBe(error);
    const up: [string, string][] = [[path('f'), 'up']];
    expect(await rejection(all(ftp.uploadMany(up, { onProgress })))).toBe(error);
    expect(await ftp.pwd()).toBe('/');
    await ftp.download('f', path('to'));
    expect((await readFile(path('to'))).equals(patterned(1000))).toBe(true);
  });

  it('rejects the call even with a value that is not an Error', async () => {
    const ftp = await connect(await start(kind, { files: { '/f': 'x' } }));
    for (const thrown of [undefined, null, 0, 'text']) {
      const onProgress = () => {
        throw thrown;
      };
      expect(await rejection(ftp.download('f', path('f'), { onProgress }))).toBe(thrown);
      expect(await rejection(ftp.upload(path('f'), 'g', { onProgress }))).toBe(thrown);
    }
    expect(await ftp.pwd()).toBe('/');
  });
});

it("the last 'progress' event precedes 'end' and 'finish', and counts all bytes", async () => {
  const ftp = await connect(await start('plain', { files: { '/f': patterned(100_000) } }));
  const events: unknown[] = [];
  const download = ftp.retrBinary('RETR f');
  download.on('progress', ({ bytesTransferred }) => events.push(bytesTransferred));
  download.on('end', () => events.push('end'));
  download.resume();
  await finished(download);
  const upload = ftp.storBinary('STOR g');
  upload.on('progress', ({ bytesTransferred }) => events.push(bytesTransferred));
  upload.on('finish', () => events.push('finish'));
  upload.end(patterned(5000));
  await finished(upload);
  expect(events).toEqual([100_000, 'end', 5000, 'finish']);
});
