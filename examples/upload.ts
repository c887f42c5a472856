/**
 * Uploads a file, with a progress bar: `pipeline` from a file on disk to the server.
 *
 *     node examples/build/upload.js FILE ftp://user:password@host:port/path
 *
 * A URL that ends with a slash is a folder; the file keeps its name. The pipeline succeeds if the
 * server has confirmed the file *and*, because of `verify: 'size'`, reports the same size. If
 * reading fails, the server sees a failed upload, not a short file.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FTP } from 'ftpipe';
import { run, type Terminal } from './command-line';
import { isFolder, parseFtpUrl } from './ftp-url';
import { showProgress } from './progress-bar';

export async function main(file: string, url: string, terminal: Terminal = process): Promise<void> {
  const { server, path } = parseFtpUrl(url);
  const target = isFolder(path) ? path + basename(file) : path;
  const { size } = await stat(file);
  await using ftp = await FTP.connect({ ...server, signal: terminal.signal });

  const upload = ftp.storBinary(`STOR ${target}`, { size, verify: 'size' });
  showProgress(upload, terminal);
  await pipeline(createReadStream(file), upload);
}

if (require.main === module) {
  void run(['FILE', 'URL'], ([file, url], terminal) => main(file, url, terminal));
}
