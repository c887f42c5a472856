/**
 * Processes a compressed file during the download: hashes it, decompresses it and counts its lines,
 * in constant memory and without a file on disk.
 *
 *     node examples/build/gunzip-hash.js ftp://user:password@host:port/path.gz
 *
 * The pipeline fails as a whole: a failed transfer or an incomplete gzip file stops all its stages,
 * so that no result of a part is printed.
 */
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { FTP } from 'ftpipe';
import { run, type Terminal } from './command-line';
import { parseFtpFileUrl } from './ftp-url';
import { hashing } from './hashing';

const NEWLINE = 0x0a;

export async function main(url: string, terminal: Terminal = process): Promise<void> {
  const { server, path } = parseFtpFileUrl(url);
  await using ftp = await FTP.connect({ ...server, signal: terminal.signal });

  const hash = createHash('sha256');
  const count = { bytes: 0, lines: 0 };
  await pipeline(
    ftp.retrBinary(`RETR ${path}`, { blocksize: 64 * 1024, verify: 'size' }),
    hashing(hash),
    createGunzip(),
    async function counted(blocks: AsyncIterable<Buffer>) {
      for await (const block of blocks) {
        count.bytes += block.length;
        count.lines += newlines(block);
      }
    },
  );

  terminal.stdout.write(`sha256 ${hash.digest('hex')} (compressed)\n`);
  terminal.stdout.write(`${count.lines} lines, ${count.bytes} bytes (uncompressed)\n`);
}

function newlines(block: Buffer): number {
  let found = 0;
  for (let at = block.indexOf(NEWLINE); at >= 0; at = block.indexOf(NEWLINE, at + 1)) found += 1;
  return found;
}

if (require.main === module) {
  void run(['URL'], ([url], terminal) => main(url, terminal));
}
