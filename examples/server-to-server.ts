/**
 * Copies a file from one server to another: a download is piped into an upload.
 *
 *     node examples/build/server-to-server.js ftp://SOURCE/path ftp://TARGET/path
 *
 * The bytes pass through this process, a few blocks at a time, at the speed of the slower server.
 * If the source fails, the target sees a failed upload, not the end of a short file. `ftpcp` copies
 * directly between servers that allow it.
 */
import { pipeline } from 'node:stream/promises';
import { FTP } from 'ftpipe';
import { run, type Terminal } from './command-line';
import { parseFtpFileUrl } from './ftp-url';
import { showProgress } from './progress-bar';

export async function main(
  sourceUrl: string,
  targetUrl: string,
  terminal: Terminal = process,
): Promise<void> {
  const [source, target] = [parseFtpFileUrl(sourceUrl), parseFtpFileUrl(targetUrl)];
  await using a = await FTP.connect({ ...source.server, signal: terminal.signal });
  await using b = await FTP.connect({ ...target.server, signal: terminal.signal });

  const download = a.retrBinary(`RETR ${source.path}`, { blocksize: 64 * 1024, verify: 'size' });
  showProgress(download, terminal);
  await pipeline(download, b.storBinary(`STOR ${target.path}`, { verify: 'size' }));
}

if (require.main === module) {
  void run(['SOURCE_URL', 'TARGET_URL'], ([source, target], terminal) =>
    main(source, target, terminal),
  );
}
