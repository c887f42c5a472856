import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkLarge, checkSmall, smallNames, writeLarge, writeSmall } from '../../bench/test-data';

const MIB = 1024 * 1024;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ftpipe-bench-data-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a large file', () => {
  const write = async () => {
    const path = join(folder, 'large');
    await writeLarge(path, 3);
    return path;
  };

  it('is accepted as it was written', async () => {
    await checkLarge(await write(), 3);
  });

  it('is rejected when it is too short', async () => {
    const path = await write();
    await truncate(path, 3 * MIB - 1);
    await expect(checkLarge(path, 3)).rejects.toThrow(/has 3145727 bytes/);
  });

  it.each([0, 2 * MIB - 1, 2 * MIB])('is wrong when byte %d is another', async (position) => {
    const path = await write();
    const file = await open(path, 'r+');
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, position);
    await file.write(Buffer.of((buffer[0] as number) ^ 1), 0, 1, position);
    await file.close();
    await expect(checkLarge(path, 3)).rejects.toThrow(/wrong in its MiB/);
  });
});

it('checks every small file', async () => {
  const names = smallNames(3);
  await writeSmall(folder, names, 100);
  await checkSmall(folder, names, 100);
  await writeFile(join(folder, names[1] as string), 'other');
  await expect(checkSmall(folder, names, 100)).rejects.toThrow(/missing or wrong/);
});
