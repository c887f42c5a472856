/**
 * Downloads a file, with a progress bar: `pipeline` from the server into a file on disk.
 *
 *     node examples/build/download.js ftp://user:password@host:port/path FILE
 *
 * The pipeline succeeds only if the server has confirmed that it sent everything. Any failure,
 * including a lost connection, ends in the `catch`, so no partial file is left.
 */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { FTP } from 'ftpipe';
import { run, type Terminal } from './command-line';
import { parseFtpFileUrl } from './ftp-url';
import { showProgress } from './progress-bar';

export async function main(url: string, file: string, terminal: Terminal = process): Promise<void> {
  const { server, path } = parseFtpFileUrl(url);
  await using ftp = await FTP.connect({ ...server, signal: terminal.signal });

  const target = createWriteStream(file, { flags: 'wx' });
  await once(target, 'open'); // fails if the file exists: it must not be overwritten
  try {
    const download = ftp.retrBinary(`RETR ${path}`, { blocksize: 64 * 1024, verify: 'size' });
    showProgress(download, terminal);
    await pipeline(download, target);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

if (require.main === module) {
  void run(['URL', 'FILE'], ([url, file], terminal) => main(url, file, terminal));
}
