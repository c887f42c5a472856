/**
 * Updates a folder from a directory of a server: downloads files that are missing, or whose size or
 * time differs. Files that the server no longer has are kept.
 *
 *     node examples/build/mirror.js ftp://user:password@host:port/directory FOLDER
 *
 * Names from a server cannot be trusted. An `unsafe` one, such as `../../.bashrc`, could lead out
 * of the folder, and is skipped.
 */
import { mkdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { type Entry, FTP } from 'ftpipe';
import { run, type Terminal } from './command-line';
import { parseFtpUrl } from './ftp-url';

export async function main(
  url: string,
  folder: string,
  { signal, stdout, stderr }: Terminal = process,
): Promise<void> {
  const { server, path } = parseFtpUrl(url);
  const directory = path === '' || path.endsWith('/') ? path : `${path}/`;
  await mkdir(folder, { recursive: true });
  await using ftp = await FTP.connect({ ...server, signal, pipelining: true });

  const stale: Entry[] = [];
  for await (const entry of ftp.list(path)) {
    if (entry.type !== 'file') continue;
    const isUsable = !entry.unsafe && entry.rawName === undefined;
    if (!isUsable) stderr.write(`Left out: ${JSON.stringify(entry.name)}\n`);
    else if (!(await isCurrent(entry, join(folder, entry.name)))) stale.push(entry);
  }

  // Under a temporary name until it is complete.
  const partOf = ({ name }: Entry) => join(folder, `${name}.part`);
  const pairs = stale.map((entry) => [directory + entry.name, partOf(entry)] as const);
  const failed: Error[] = [];
  let index = 0;
  for await (const result of ftp.downloadMany(pairs, { signal })) {
    const entry = stale[index++] as Entry; // the results come in order
    if (result.error) {
      await rm(partOf(entry), { force: true });
      failed.push(result.error);
      stderr.write(`${entry.name}: ${result.error.message}\n`);
      continue;
    }
    if (entry.modified) await utimes(partOf(entry), entry.modified, entry.modified);
    await rename(partOf(entry), join(folder, entry.name));
    stdout.write(`${entry.name}: ${result.bytesTransferred} bytes\n`);
  }
  if (failed.length > 0)
    throw new AggregateError(failed, `Not downloaded: ${failed.length} of ${pairs.length}`);
}

/** Whether a local file has the size and the time of the entry, if the server reports them. */
async function isCurrent({ size, modified }: Entry, file: string): Promise<boolean> {
  const local = await stat(file).catch(() => undefined); // it does not exist
  if (!local || size === undefined || local.size !== size) return false;
  return modified === undefined || Math.abs(local.mtimeMs - modified.getTime()) < 1000;
}

if (require.main === module) {
  void run(['URL', 'FOLDER'], ([url, folder], terminal) => main(url, folder, terminal));
}
