import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { array, assert, asyncProperty, boolean, constantFrom, integer, tuple } from 'fast-check';
import { FileWriter } from '../../lib/files/file-writer';
import { patterned } from '../streams/harness';

const MIB = 1024 * 1024;
const nobody = () => {
  throw new Error('told of a failure');
};
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ftpipe-writer-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Reads bytes into the writer's memory, as a socket does. Returns the chunk to add. */
function taken(writer: FileWriter, bytes: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const length = rest.copy(writer.free);
    chunks.push(writer.take(length));
    rest = rest.subarray(length);
  }
  return chunks;
}

const roomFor = (writer: FileWriter) => new Promise<void>((resolve) => writer.whenNotFull(resolve));

describe('FileWriter', () => {
  it('writes what was read in order, for all sizes, pauses and disk speeds', async () => {
    const file = await open(join(folder, 'f'), 'w');
    const original = fs.write;
    const real = original as unknown as (...args: unknown[]) => void;
    const step = tuple(integer({ min: 1, max: 700_000 }), boolean(), boolean());
    const disk = array(constantFrom(0, 1, 2, 5), { minLength: 1, maxLength: 5 });
    const run = asyncProperty(array(step, { maxLength: 24 }), disk, async (steps, delays) => {
      const writer = new FileWriter();
      await file.truncate(0);
      writer.start(file.fd, 0, nobody);
      let writes = 0;
      // A disk that takes its time, and seldom all that it is given.
      (fs as { write: unknown }).write = (
        ...[fd, buffer, start, length, position, done]: [
          number,
          Buffer,
          number,
          number,
          number,
          unknown,
        ]
      ) => {
        const delay = delays[writes++ % delays.length] as number;
        const part = delay === 0 ? length : Math.ceil(length / delay);
        setTimeout(() => real(fd, buffer, start, part, position, done), delay);
      };
      const expected: Buffer[] = [];
      let total = 0;
      for (const [size, isForeign, waits] of steps) {
        const bytes = patterned(size + (total % 251)).subarray(total % 251);
        total += size;
        expected.push(bytes);
        const chunks = isForeign ? [bytes] : taken(writer, bytes);
        for (const chunk of chunks) writer.add(chunk);
        if (writer.isFull || waits) await roomFor(writer);
      }
      await writer.finish();
      expect((await readFile(join(folder, 'f'))).equals(Buffer.concat(expected))).toBe(true);
    });
    try {
      await assert(run, { numRuns: 25 });
    } finally {
      (fs as { write: unknown }).write = original;
      await file.close();
    }
  });

  it('reports a failed write at once, and only once', async () => {
    const full = await open('/dev/full', 'w');
    const told: Error[] = [];
    const writer = new FileWriter();
    writer.start(full.fd, 0, (error) => told.push(error));
    for (let i = 0; i < 3; i += 1)
      for (const chunk of taken(writer, patterned(MIB))) writer.add(chunk);
    await expect(writer.finish()).rejects.toMatchObject({ code: 'ENOSPC' });
    for (const chunk of taken(writer, patterned(10))) writer.add(chunk);
    await roomFor(writer);
    expect(told).toEqual([expect.objectContaining({ code: 'ENOSPC' })]);
    await full.close();
  });

  it('carries nothing over from a failed file to the next one', async () => {
    const full = await open('/dev/full', 'w');
    const file = await open(join(folder, 'f'), 'w');
    const writer = new FileWriter();
    for (let i = 0; i < 10; i += 1) {
      writer.start(full.fd, 0, () => {});
      for (const chunk of taken(writer, patterned(2 * MIB)).slice(1)) writer.add(chunk);
      await expect(writer.finish()).rejects.toMatchObject({ code: 'ENOSPC' });
      expect(writer.reset()).toBeUndefined();
      expect(writer.isFull).toBe(false);
    }
    writer.start(file.fd, 0, nobody);
    for (const chunk of taken(writer, Buffer.from('clean'))) writer.add(chunk);
    await writer.finish();
    expect(await readFile(join(folder, 'f'), 'utf8')).toBe('clean');
    await full.close();
    await file.close();
  });

  it('is full when the disk is slow, and accepts what is read meanwhile', async () => {
    const file = await open(join(folder, 'f'), 'w');
    const writer = new FileWriter();
    const chunks: Buffer[] = [];
    while (!writer.isFull) {
      chunks.push(...taken(writer, patterned(100_000)));
      expect(chunks.length).toBeLessThan(100);
    }
    chunks.push(...taken(writer, patterned(100_000)));
    writer.start(file.fd, 0, nobody);
    for (const chunk of chunks) writer.add(chunk);
    await roomFor(writer);
    expect(writer.isFull).toBe(false);
    await writer.finish();
    expect((await file.stat()).size).toBe(chunks.reduce((sum, { length }) => sum + length, 0));
    await file.close();
  });

  it('writes into a pipe, which has no positions', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const [read, write] = await Promise.all([open(pipe, 'r'), open(pipe, 'w')]);
    const writer = new FileWriter();
    writer.start(write.fd, 0, nobody);
    for (const chunk of taken(writer, patterned(MIB + 7))) writer.add(chunk);
    const got = read.readFile();
    await writer.finish();
    await write.close();
    expect((await got).equals(patterned(MIB + 7))).toBe(true);
    await read.close().catch(() => {});
  });
});
