import { createHash, randomFillSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FTPTLS, type FTPTLSOptions, type TransferStream } from '../../../lib';
import type { RealServer } from '../start-server';
import type { Random } from './random';

/** What has become of a number of transfers in a row, on one control connection. */
export interface Figures {
  readonly asked: number;
  /** Confirmed, and every byte right. */
  right: number;
  /** Whose data connection resumed the TLS session of the control connection. */
  resumed: number;
  /** What was wrong with the others. */
  readonly problems: string[];
  seconds: number;
}

const MIB = 1024 * 1024;
/** Round the bounds of a TLS record (16,384 bytes), and more than the buffers on the way hold. */
const SIZES = [0, 1, 16_383, 16_384, 16_385, 65_537, 8 * MIB];
const LISTED = 100;
/** Bytes of which every file is a part that begins somewhere else: no two uploads are alike. */
const POOL = randomFillSync(Buffer.alloc(9 * MIB));

/** RETR, STOR and LIST in a random order, of all sizes. */
export async function mixed(server: RealServer, random: Random, count: number): Promise<Figures> {
  const files = new Map(SIZES.map((size) => [`down${size}`, part(random, size)]));
  for (const [path, bytes] of files) await server.putFile(path, bytes);
  await putListed(server);
  return run(server, {}, count, async (ftp) => {
    const kind = random.pick(['RETR', 'STOR', 'LIST'] as const);
    if (kind === 'LIST') return list(ftp);
    const size = random.pick(SIZES);
    if (kind === 'RETR') return download(ftp, `down${size}`, files.get(`down${size}`) as Buffer);
    return upload(ftp, server, `up${random.below(5)}`, part(random, size), random.below(2) === 0);
  });
}

/** Empty files: the TLS of the data connection ends as soon as it has begun. */
export async function emptyUploads(server: RealServer, random: Random, count: number) {
  return run(server, {}, count, (ftp, i) =>
    upload(ftp, server, `empty${i}`, Buffer.alloc(0), random.below(2) === 0),
  );
}

/** Files of 5 MiB: their tails are what gets lost where TLS and TCP end in the wrong order. */
export async function largeUploads(server: RealServer, random: Random, count: number) {
  return run(server, {}, count, (ftp, i) =>
    upload(ftp, server, `large${i % 3}`, part(random, 5 * MIB), random.below(2) === 0),
  );
}

/** Downloads and listings that must end with close_notify: none of them may be taken for cut. */
export async function cleanDownloads(server: RealServer, random: Random, count: number) {
  const sizes = SIZES.filter((size) => size < MIB);
  const files = new Map(sizes.map((size) => [`clean${size}`, part(random, size)]));
  for (const [path, bytes] of files) await server.putFile(path, bytes);
  await putListed(server);
  return run(server, { closeNotify: 'require' }, count, async (ftp, i) => {
    if (i % 5 === 4) return list(ftp);
    const path = `clean${random.pick(sizes)}`;
    return download(ftp, path, files.get(path) as Buffer);
  });
}

async function run(
  server: RealServer,
  options: FTPTLSOptions,
  count: number,
  transfer: (ftp: FTPTLS, i: number) => Promise<string | undefined>,
): Promise<Figures> {
  const { host, port, user, password, ca } = server;
  const figures: Figures = { asked: count, right: 0, resumed: 0, problems: [], seconds: 0 };
  const began = performance.now();
  const ftp = await FTPTLS.connect({ host, port, user, password, tls: { ca }, ...options });
  ftp.on('transfer', ({ tls }: TransferStream) => {
    if (tls?.reused) figures.resumed++;
  });
  try {
    for (let i = 0; i < count && ftp.connected; i++) {
      const problem = await transfer(ftp, i).catch((error) => String(error));
      if (problem === undefined) figures.right++;
      else figures.problems.push(`${i}: ${problem}`);
    }
    if (!ftp.connected) figures.problems.push('the control connection was lost');
  } finally {
    await ftp.quit().catch((error) => figures.problems.push(`QUIT: ${error}`));
  }
  figures.seconds = (performance.now() - began) / 1000;
  return figures;
}

async function download(ftp: FTPTLS, path: string, bytes: Buffer): Promise<string | undefined> {
  const hash = createHash('sha256');
  const stream = ftp.retrBinary(`RETR ${path}`);
  await pipeline(stream, hash);
  if (hash.digest('hex') === sha256(bytes)) return undefined;
  return `RETR ${path}: ${stream.bytesTransferred} bytes, and another hash`;
}

async function upload(
  ftp: FTPTLS,
  server: RealServer,
  path: string,
  bytes: Buffer,
  isPiped: boolean,
): Promise<string | undefined> {
  if (isPiped) await pipeline(Readable.from(blocksOf(bytes)), ftp.storBinary(`STOR ${path}`));
  else await ftp.storBinary(`STOR ${path}`, bytes);
  // No waiting: the file is there when the promise resolves.
  const stored = await readFile(join(server.root, path));
  if (sha256(stored) === sha256(bytes)) return undefined;
  return `STOR ${path}: ${stored.length} of ${bytes.length} bytes, and another hash`;
}

/** A folder whose listing is some kilobytes long. */
async function putListed(server: RealServer): Promise<void> {
  for (let i = 0; i < LISTED; i++) await server.putFile(`listed/file${i}`, 'x'.repeat(i));
}

async function list(ftp: FTPTLS): Promise<string | undefined> {
  const lines = await ftp.dir('listed').toArray();
  const found = new Map(
    lines.map((line) => {
      const fields = line.split(/ +/);
      return [fields.at(-1), Number(fields[4])];
    }),
  );
  for (let i = 0; i < LISTED; i++) {
    if (found.get(`file${i}`) !== i) return `LIST: file${i} is missing or of another size`;
  }
  return undefined;
}

function part(random: Random, size: number): Buffer {
  const start = random.below(POOL.length - size);
  return POOL.subarray(start, start + size);
}

function* blocksOf(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += 50_000) {
    yield bytes.subarray(start, start + 50_000);
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
