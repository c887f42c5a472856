import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FTP } from 'ftpipe';
import { TestServer } from 'ftpipe/testing';

const MIB = 1024 * 1024;
const FILE = Buffer.alloc(3 * MIB + 5, 'content ');

let server: TestServer;
let ftp: FTP;
beforeEach(async () => {
  server = await TestServer.start({ files: { '/file': FILE } });
  const { host, port } = server;
  ftp = await FTP.connect({ host, port, user: 'user', password: 'password' });
});
afterEach(async () => {
  ftp.close();
  await server.close();
});

async function lengths(blocks: AsyncIterable<Buffer>): Promise<number[]> {
  const all: number[] = [];
  for await (const block of blocks) all.push(block.length);
  return all;
}

const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0);

describe('without the option blocksize', () => {
  it('a download stream has blocks of at most 1 MiB, as they arrive', async () => {
    const download = ftp.retrBinary('RETR file');
    expect(download.readableHighWaterMark).toBe(MIB);
    const all = await lengths(download);
    expect(sum(all)).toBe(FILE.length);
    expect(Math.max(...all)).toBeLessThanOrEqual(MIB);
    expect(Math.max(...all)).toBeGreaterThan(8192);
  });

  it('an upload stream buffers 1 MiB before write() returns false', async () => {
    const upload = ftp.storBinary('STOR new');
    expect(upload.writableHighWaterMark).toBe(MIB);
    upload.end(FILE.subarray(0, 5 * 8192));
    await new Promise((resolve) => upload.on('finish', resolve));
    expect(server.storage.readFile('/new')?.length).toBe(5 * 8192);
  });

  it('transferCmd() has the same limits', async () => {
    const connection = await ftp.transferCmd('RETR file');
    const { readableHighWaterMark, writableHighWaterMark } = connection;
    expect([readableHighWaterMark, writableHighWaterMark]).toEqual([MIB, MIB]);
    expect(sum(await lengths(connection))).toBe(FILE.length);
  });

  it("callbacks get ftplib's blocks of at most 8192 bytes", async () => {
    const received: number[] = [];
    await ftp.retrBinary('RETR file', ({ length }) => received.push(length));
    expect([sum(received), Math.max(...received)]).toEqual([FILE.length, 8192]);
    const sent: number[] = [];
    await ftp.storBinary('STOR new', FILE, undefined, ({ length }) => sent.push(length));
    expect([sum(sent), Math.max(...sent)]).toEqual([FILE.length, 8192]);
  });
});

it('transferCmd() has blocks of at most blocksize bytes', async () => {
  const connection = await ftp.transferCmd('RETR file', { blocksize: 1000 });
  const all = await lengths(connection);
  expect([sum(all), Math.max(...all)]).toEqual([FILE.length, 1000]);
});

it('transferCmd() stops the server when its consumer stops reading', async () => {
  await using large = await TestServer.start({ files: { '/file': Buffer.alloc(64 * MIB) } });
  const { host, port } = large;
  const client = await FTP.connect({ host, port, user: 'user', password: 'password' });
  const connection = await client.transferCmd('RETR file', { blocksize: 1000 });
  let taken = 0;
  for await (const { length } of connection) {
    taken += length;
    if (taken < 100_000) continue;
    // Many turns of the event loop, in which nothing more may be read.
    for (let i = 0; i < 200; i++) await new Promise(setImmediate);
    expect(connection.readableLength).toBeLessThanOrEqual(1000);
    break;
  }
  client.close();
});

it('passes on the first bytes before a block is full', async () => {
  await using slow = await TestServer.start({
    files: { '/file': FILE },
    faults: [{ on: 'RETR', data: { action: 'stall', after: 10 } }],
  });
  const { host, port } = slow;
  const client = await FTP.connect({ host, port, user: 'user', password: 'password' });
  for await (const block of client.retrBinary('RETR file')) {
    expect(block.length).toBe(10);
    break;
  }
  client.close();
});
