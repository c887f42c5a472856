import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { type FileHandle, open, readFile, truncate, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import type { FTP, LocalFile, Path } from '../../lib';
import { rejection } from '../helpers/promises';
import { patterned } from '../streams/harness';
import { all, filesHarness, KINDS } from './files-harness';

const MIB = 1024 * 1024;
const { path, start, connect } = filesHarness();
const CLOSED = { code: 'EBADF', message: expect.stringContaining('FileHandle was closed') };

/** Closes a handle, and gives its number to another file at once. */
async function replaced(handle: FileHandle, name: string, flags: string): Promise<number> {
  const { fd } = handle;
  await handle.close();
  const other = openSync(path(name), flags);
  expect(other).toBe(fd);
  return other;
}

async function isUsable(ftp: FTP): Promise<void> {
  expect(await ftp.pwd()).toBe('/');
}

describe.each(KINDS)('a FileHandle that its owner closes, over %s', (kind) => {
  it('during a download: writes nothing into a file that reuses its descriptor', async () => {
    const server = await start(kind, { files: { '/f': Buffer.alloc(4 * MIB, 'A'), '/g': 'good' } });
    server.fault({ on: 'RETR', nth: 1, data: { action: 'slow', after: 200_000, rate: 2 * MIB } });
    const ftp = await connect(server);
    const handle = await open(path('f'), 'w');
    const error = rejection(ftp.download('f', handle));
    await server.received('RETR');
    const other = await replaced(handle, 'precious', 'w');
    writeSync(other, 'precious');
    expect(await error).toMatchObject(CLOSED);
    expect(readFileSync(path('precious'), 'latin1')).toBe('precious');
    closeSync(other);
    await ftp.download('g', path('g'));
    expect(await readFile(path('g'), 'utf8')).toBe('good');
  });

  it('during an upload: sends nothing of a file that reuses its descriptor', async () => {
    const server = await start(kind);
    server.fault({ on: 'STOR', nth: 1, data: { action: 'slow', after: 100_000, rate: 20 * MIB } });
    const ftp = await connect(server);
    await writeFile(path('f'), '');
    await truncate(path('f'), 64 * MIB); // more than the buffers on the way take
    await writeFile(path('secret'), Buffer.alloc(64 * MIB, 'S'));
    const handle = await open(path('f'), 'r');
    const error = rejection(ftp.upload(handle, 'x'));
    await server.received('STOR');
    const other = await replaced(handle, 'secret', 'r');
    expect(await error).toMatchObject(CLOSED);
    await isUsable(ftp);
    closeSync(other);
    expect(server.storage.readFile('/x').includes('S')).toBe(false);
    expect(server.transfers.at(-1)).toMatchObject({ outcome: 'failed' });
  });

  it.each<[string, (ftp: FTP, handle: FileHandle) => Promise<unknown>]>([
    ['RETR', (ftp, handle) => ftp.download('f', handle)],
    ['STOR', (ftp, handle) => ftp.upload(handle, 'x')],
  ])('while the server stalls in %s: the call rejects at once', async (verb, transfer) => {
    const server = await start(kind, { files: { '/f': patterned(MIB) } });
    server.fault({ on: verb, nth: 1, data: { action: 'stall', after: 1000 } });
    const ftp = await connect(server, { timeouts: { dataIdle: 60_000, abort: 300 } });
    await writeFile(path('f'), '');
    await truncate(path('f'), 64 * MIB);
    const handle = await open(path('f'), 'r+');
    const error = rejection(transfer(ftp, handle));
    await server.waitFor(() => server.sessions.some(({ transfer }) => (transfer?.bytes ?? 0) > 0));
    await handle.close();
    expect(await error).toMatchObject(CLOSED);
  });

  it('before the call, or while it waits for its turn: nothing is sent', async () => {
    const server = await start(kind, { files: { '/f': 'hello' } });
    const ftp = await connect(server);
    const closed = await open(path('closed'), 'w+');
    await closed.close();
    const before = server.commands.length;
    const message = 'The FileHandle is closed';
    const bad = { code: 'EBADF', message };
    expect(await rejection(ftp.download('f', closed))).toMatchObject(bad);
    expect(await rejection(ftp.upload(closed, 'x'))).toMatchObject(bad);
    expect(server.commands.length).toBe(before);

    server.fault({ on: 'PWD', delay: 50 });
    const handle = await open(path('waits'), 'w+');
    const first = ftp.pwd();
    const errors = [rejection(ftp.download('f', handle)), rejection(ftp.upload(handle, 'x'))];
    await handle.close();
    for (const error of errors) expect(await error).toMatchObject(CLOSED);
    await first;
    await isUsable(ftp);
    expect(server.commands.slice(before)).toEqual(['PWD', 'PWD']);
  });
});

it('does not matter once the whole file was read', async () => {
  const server = await start('plain');
  server.fault({ on: 'STOR', code: '2xx', delay: 100 });
  const ftp = await connect(server);
  await writeFile(path('f'), 'hello');
  const handle = await open(path('f'), 'r');
  const done = ftp.upload(handle, 'x');
  await server.waitFor(() => server.transfers.length === 1);
  await handle.close();
  expect(await done).toMatchObject({ bytesTransferred: 5 });
});

it('fails only its own file of downloadMany()', async () => {
  const ftp = await connect(await start('plain', { files: { '/f': 'hello' } }));
  const closed = await open(path('closed'), 'w+');
  await closed.close();
  const handle = await open(path('f'), 'w+');
  const pairs: [Path, LocalFile][] = [
    ['f', closed],
    ['f', handle],
  ];
  const [bad, good] = await all(ftp.downloadMany(pairs));
  expect(bad).toMatchObject({ error: { code: 'EBADF' } });
  expect(good).toMatchObject({ bytesTransferred: 5 });
  await handle.close();
});

it('is watched by one listener, which the last transfer removes', async () => {
  const server = await start('plain', { files: { '/f': 'hello' } });
  await writeFile(path('f'), 'hello');
  const handle = await open(path('f'), 'r');
  const listeners = () => (handle as unknown as NodeJS.EventEmitter).listenerCount('close');
  const before = listeners();
  const clients = await Promise.all(Array.from({ length: 12 }, () => connect(server)));
  const uploads = clients.map((ftp, i) => ftp.upload(handle, `x${i}`));
  expect(listeners()).toBe(before + 1);
  await Promise.all(uploads);
  expect(listeners()).toBe(before);
  await handle.close();
});

it('is used through its own methods, as is an object that only resembles one', async () => {
  const ftp = await connect(await start('plain', { files: { '/f': 'hello' } }));
  const written: string[] = [];
  const file = {
    fd: 0, // whatever that may be
    stat: async () => ({ isFile: () => false, size: 0 }),
    write: async (bytes: Buffer, from: number, length: number) => {
      written.push(bytes.toString('latin1', from, from + length));
      return { bytesWritten: length };
    },
  };
  await ftp.download('f', file as unknown as FileHandle);
  expect(written.join('')).toBe('hello');
});
