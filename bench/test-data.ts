import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const MIB = 1024 * 1024;
const BLOCK = randomBytes(MIB);

/** The block of a large file that begins at so many MiB: all differ in their first eight bytes. */
function blockAt(index: number): Buffer {
  BLOCK.writeBigUInt64LE(BigInt(index));
  return BLOCK;
}

/** Writes a file without holes, so that reading it costs what reading a file costs. */
export async function writeLarge(path: string, mebibytes: number): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (let i = 0; i < mebibytes; i++) await file.write(blockAt(i));
  } finally {
    await file.close();
  }
}

/**
 * Looks at the size and at both ends of each MiB: a block that is missing, double, out of place or
 * of another file shows; hashing it all would take as long as the transfer.
 * @throws Error when the file is not what `writeLarge` wrote
 */
export async function checkLarge(path: string, mebibytes: number): Promise<void> {
  const { size } = await stat(path);
  if (size !== mebibytes * MIB) throw new Error(`${path} has ${size} bytes`);
  const file = await open(path, 'r');
  const part = Buffer.alloc(4096);
  try {
    for (let i = 0; i < mebibytes; i++) {
      const block = blockAt(i);
      for (const from of [0, MIB - part.length]) {
        await file.read(part, 0, part.length, i * MIB + from);
        if (!part.equals(block.subarray(from, from + part.length))) {
          throw new Error(`${path} is wrong in its MiB number ${i}`);
        }
      }
    }
  } finally {
    await file.close();
  }
}

/** The content of every small file; the clients' `contentOf` gives the same. */
export const contentOf = (size: number) => Buffer.alloc(size, 'small file ');

export const smallNames = (count: number) =>
  Array.from({ length: count }, (_, i) => `file-${String(i).padStart(6, '0')}.bin`);

export async function writeSmall(
  folder: string,
  names: readonly string[],
  size: number,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const content = contentOf(size);
  for (const name of names) await writeFile(join(folder, name), content);
}

/** @throws Error when one is missing or wrong */
export async function checkSmall(
  folder: string,
  names: readonly string[],
  size: number,
): Promise<void> {
  const content = contentOf(size);
  for (const name of names) {
    const found = await readFile(join(folder, name)).catch(() => undefined);
    if (!found?.equals(content)) throw new Error(`${join(folder, name)} is missing or wrong`);
  }
}
