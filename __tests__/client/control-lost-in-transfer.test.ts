import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import type { ConnectOptions, FTP, FTPError } from 'ftpipe';
import type { TestServer, TestSession } from 'ftpipe/testing';
import { rejection } from '../helpers/promises';
import { patterned } from '../streams/harness';
import { filesHarness, KINDS } from './files-harness';
import { TIMEOUTS } from './tls/harness';

const { path, start, connect } = filesHarness();
const BIG = patterned(3_000_000);
const HALF = BIG.length / 2;

/** How the control connection ends in the middle of a transfer, and what the error then is. */
const ENDS: [string, (session: TestSession) => unknown, string][] = [
  ['its end', (session) => session.drop('end'), 'ERR_FTP_CONNECTION'],
  ['a reset', (session) => session.drop('reset'), 'ERR_FTP_CONNECTION'],
  [
    'a 421 and its end',
    async (session) => {
      await session.reply('421 Idle for too long.');
      session.drop('end');
    },
    'ERR_FTP_REPLY_TRANSIENT',
  ],
];

const lost = (ftp: FTP) => new Promise<void>((resolve) => ftp.once('close', () => resolve()));

/**
 * A server that closes the control connection after half of a file. It sends the rest when the
 * test allows it.
 */
async function serve(
  kind: 'plain' | 'TLS',
  end: (session: TestSession) => unknown,
  {
    opening = `150 Here it comes (${BIG.length} bytes).`,
    sent = BIG.length,
    options = {},
  } = {} as {
    opening?: string;
    sent?: number;
    options?: ConnectOptions;
  },
) {
  const server: TestServer = await start(kind, { files: { '/big': BIG } });
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  server.handle('RETR', async (session) => {
    const data = await session.openData();
    await session.reply(opening);
    data.write(BIG.subarray(0, HALF));
    await end(session);
    await finished;
    data.end(BIG.subarray(HALF, sent));
    await new Promise((resolve) => data.once('close', resolve));
  });
  const ftp = await connect(server, options);
  return { server, ftp, finish: () => finish() };
}

describe.each(KINDS)('over %s, a download whose control connection is lost', (kind) => {
  it.each(ENDS)('by %s goes on to its end, and then fails', async (_, end, code) => {
    const { ftp, finish } = await serve(kind, end);
    const closed = lost(ftp);
    const stream = ftp.retrBinary('RETR big');
    const blocks: Buffer[] = [];
    stream.on('data', (block) => blocks.push(block));
    const failed = rejection(
      new Promise((resolve, reject) => {
        stream.on('end', resolve).on('error', reject);
      }),
    );
    await closed;
    // Longer than the time that a failed transfer has: the server may be slow.
    await new Promise((resolve) => setTimeout(resolve, TIMEOUTS.abort + 200));
    finish();
    const error = (await failed) as unknown as FTPError;
    expect(error).toMatchObject({
      ...{ code, dataComplete: true, connectionUsable: false },
      ...{ bytesTransferred: BIG.length, phase: 'completion' },
    });
    expect(Buffer.concat(blocks).equals(BIG)).toBe(true);
    if (code === 'ERR_FTP_REPLY_TRANSIENT') expect(error.message).toContain('Idle for too long');
    expect(stream.readableEnded).toBe(false);
  });

  it.each(ENDS)('by %s leaves the whole file with download()', async (_, end, code) => {
    const { ftp, finish } = await serve(kind, end);
    const closed = lost(ftp);
    const failed = rejection(ftp.download('big', path('big')));
    await closed;
    finish();
    expect(await failed).toMatchObject({ code, dataComplete: true });
    expect((await readFile(path('big'))).equals(BIG)).toBe(true);
  });

  it('is not reported as complete if its size is not known', async () => {
    const [, [, end]] = ENDS as [unknown, (typeof ENDS)[number]];
    const { ftp, finish } = await serve(kind, end, { opening: '150 Here it comes.' });
    const closed = lost(ftp);
    const failed = rejection(ftp.retrBinary('RETR big').toArray());
    await closed;
    finish();
    const error = await failed;
    expect(error).toMatchObject({ code: 'ERR_FTP_CONNECTION', bytesTransferred: BIG.length });
    expect(error['dataComplete']).not.toBe(true);
  });

  it('is not reported as complete if bytes are missing', async () => {
    const [[, end]] = ENDS as [(typeof ENDS)[number]];
    const { ftp, finish } = await serve(kind, end, { sent: BIG.length - 1 });
    const closed = lost(ftp);
    const failed = rejection(ftp.retrBinary('RETR big').toArray());
    await closed;
    finish();
    const error = await failed;
    expect(error).toMatchObject({ code: 'ERR_FTP_CONNECTION' });
    expect(error['dataComplete']).not.toBe(true);
  });

  it('fails when no data arrives for timeouts.dataIdle', async () => {
    const [[, end]] = ENDS as [(typeof ENDS)[number]];
    const options = { timeouts: { ...TIMEOUTS, dataIdle: 200 } };
    const { ftp } = await serve(kind, end, { options });
    const error = await rejection(ftp.retrBinary('RETR big').toArray());
    expect(error).toMatchObject({ code: 'ERR_FTP_CONNECTION', bytesTransferred: HALF });
    expect(error['dataComplete']).not.toBe(true);
  });

  it('fails soon after a 421 when no data arrives', async () => {
    const [, , [, end]] = ENDS as [unknown, unknown, (typeof ENDS)[number]];
    const { ftp } = await serve(kind, end, {
      options: { timeouts: { ...TIMEOUTS, dataIdle: 60_000 } },
    });
    const began = performance.now();
    const error = await rejection(ftp.retrBinary('RETR big').toArray());
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(error).toMatchObject({ code: 'ERR_FTP_REPLY_TRANSIENT', bytesTransferred: HALF });
  });

  it.each(['close()', 'the signal of the client', 'the signal of the call', 'destroy()'])(
    'is ended by %s',
    async (way) => {
      const [[, end]] = ENDS as [(typeof ENDS)[number]];
      const [whole, call] = [new AbortController(), new AbortController()];
      const { ftp } = await serve(kind, end, { options: { signal: whole.signal } });
      const closed = lost(ftp);
      const stream = ftp.retrBinary('RETR big', { signal: call.signal });
      const failed = rejection(stream.toArray());
      await closed;
      if (way === 'close()') ftp.close();
      else if (way === 'the signal of the client') whole.abort();
      else if (way === 'the signal of the call') call.abort();
      else stream.destroy(new Error('enough'));
      await failed;
      expect(stream.destroyed).toBe(true);
    },
  );

  it('rejects the calls that wait behind it', async () => {
    const [[, end]] = ENDS as [(typeof ENDS)[number]];
    const { ftp, finish } = await serve(kind, end);
    const closed = lost(ftp);
    const failed = rejection(ftp.retrBinary('RETR big').toArray());
    const waiting = rejection(ftp.pwd());
    await closed;
    expect(await waiting).toMatchObject({ code: 'ERR_FTP_CONNECTION' });
    expect(await rejection(ftp.pwd())).toMatchObject({ code: 'ERR_FTP_CONNECTION' });
    finish();
    expect(await failed).toMatchObject({ dataComplete: true });
  });
});
