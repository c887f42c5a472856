/**
 * Needs no server: starts one in this process, uploads and downloads a large file, compares the
 * hashes, and shows a download that fails.
 *
 *     npm run demo
 */
import { createHash, randomFillSync } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FTP, TransferError } from 'ftpipe';
import { TestServer } from 'ftpipe/testing';
import { run, type Terminal } from './command-line';
import { parseFtpUrl } from './ftp-url';
import { hashing } from './hashing';
import { showProgress } from './progress-bar';

const MIB = 1024 * 1024;
const BLOCK = 64 * 1024;

export async function main(size = 64 * MIB, terminal: Terminal = process): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ftpipe-demo-'));
  try {
    await demonstrate(folder, size, terminal);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function demonstrate(folder: string, size: number, terminal: Terminal): Promise<void> {
  const say = (line: string) => terminal.stdout.write(`${line}\n`);
  await using server = await TestServer.start({ root: folder });
  await using ftp = await FTP.connect({
    ...parseFtpUrl(server.url).server,
    signal: terminal.signal,
  });
  say(`A server on ${server.host}:${server.port} says: ${ftp.welcome}`);

  say(`Uploading ${size} random bytes`);
  const sent = createHash('sha256');
  const source = Readable.from(randomBlocks(size));
  const upload = ftp.storBinary('STOR file.bin', { size, verify: 'size' });
  showProgress(upload, terminal);
  const uploadSeconds = await timed(pipeline(source, hashing(sent), upload));
  // The pipeline has ended, so the server has confirmed the file.
  check(upload.reply?.code === 226, 'the upload finished before the server had confirmed it');
  check(server.transfers.at(-1)?.outcome === 'complete', 'the server saw a broken upload');
  check((await stat(join(folder, 'file.bin'))).size === size, 'the stored file is not complete');

  say('Downloading them again');
  const received = createHash('sha256');
  const download = ftp.retrBinary('RETR file.bin', { blocksize: BLOCK, verify: 'size' });
  showProgress(download, terminal);
  const copy = createWriteStream(join(folder, 'copy.bin'));
  const downloadSeconds = await timed(pipeline(download, hashing(received), copy));
  check(download.reply?.code === 226, 'the download ended before the server had confirmed it');
  check((await stat(join(folder, 'copy.bin'))).size === size, 'the copy is not complete');

  const hashes = [sent.digest('hex'), received.digest('hex')];
  say(`sha256 sent      ${hashes[0]}\nsha256 received  ${hashes[1]}`);
  check(hashes[0] === hashes[1], 'the hashes differ');

  say('Downloading from a server that stops half-way and says that all went well');
  server.fault({ on: 'RETR', data: { action: 'end', after: Math.floor(size / 2) } });
  const cut = ftp.retrBinary('RETR file.bin', { blocksize: BLOCK, verify: 'size' });
  const failure = await pipeline(cut, async (blocks) => {
    for await (const _ of blocks);
  }).catch((error: unknown) => error);
  check(failure instanceof TransferError, 'a download that was cut short looked like a whole one');
  say(`It failed, as it must: ${(failure as Error).message}`);

  say(`Throughput: upload ${rate(size, uploadSeconds)}, download ${rate(size, downloadSeconds)}`);
  say('OK');
}

/** A stream of this many random bytes, generated on demand. */
function* randomBlocks(size: number): Generator<Buffer> {
  for (let left = size; left > 0; left -= BLOCK) {
    yield randomFillSync(Buffer.allocUnsafe(Math.min(left, BLOCK)));
  }
}

async function timed(work: Promise<void>): Promise<number> {
  const start = performance.now();
  await work;
  return (performance.now() - start) / 1000;
}

function rate(bytes: number, seconds: number): string {
  return `${Math.round(bytes / MIB / seconds)} MiB/s`;
}

function check(holds: boolean, complaint: string): void {
  if (!holds) throw new Error(complaint);
}

if (require.main === module) {
  void run([], (_, terminal) => main(undefined, terminal));
}
