import { once } from 'node:events';
import { open, readFile, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from '@jest/globals';
import type { FTP } from 'ftpipe';
import type { TestServer, TestSession } from 'ftpipe/testing';
import { rejection, turns } from '../helpers/promises';
import { patterned, slowSink } from '../streams/harness';
import { all, filesHarness, KINDS, summary, verbsSince } from './files-harness';

const { path, start, connect } = filesHarness();
const CONTENT = patterned(300_000);
const SIZES = [0, 5, CONTENT.length];
const FAILED = { name: 'TransferError', code: 'ERR_FTP_TRANSFER', connectionUsable: true };

/**
 * When the data connection is reset: well before the final reply, together with it, or well after
 * it.
 */
const ORDERS = ['before', 'with', 'after'] as const;
type ResetAt = (typeof ORDERS)[number];

async function resetAt(
  when: ResetAt,
  session: TestSession,
  data: Socket,
  reply: string,
): Promise<void> {
  if (when === 'after') {
    await session.reply(reply);
    await turns(10);
  }
  data.resetAndDestroy();
  if (when === 'with') await session.reply(reply);
  // Until the client has noticed the reset.
  await Promise.all([data.closed || once(data, 'close'), turns(10)]);
  if (when === 'before') await session.reply(reply);
}

/** Makes the server store uploads, but reset the data connection instead of closing it. */
function resetUploads(
  server: TestServer,
  when: ResetAt,
  { verb = 'STOR', reply = '226 Stored.', begin = '150 Go.', keep = Number.POSITIVE_INFINITY } = {},
): void {
  server.handle(verb, async (session, name) => {
    const isLate = begin === 'late';
    if (!isLate) await session.reply(begin);
    const data = await session.openData();
    const chunks: Buffer[] = [];
    for await (const chunk of data.iterator({ destroyOnReturn: false })) chunks.push(chunk);
    const { storage } = server;
    const old = verb === 'APPE' ? storage.readFile(`/${name}`) : Buffer.alloc(0);
    storage.writeFile(`/${name}`, Buffer.concat([old, ...chunks]).subarray(0, keep));
    if (isLate && when === 'before') {
      data.resetAndDestroy();
      await Promise.all([data.closed || once(data, 'close'), turns(10)]);
    }
    if (isLate) await session.reply('150 Late.');
    await resetAt(when, session, data, reply);
  });
}

/** Makes the server reset the data connection of a download after its last byte. */
function resetDownloads(
  server: TestServer,
  when: ResetAt,
  {
    bytes = CONTENT,
    reply = '226 Sent.',
    arrived = async (_length: number): Promise<unknown> => turns(5),
  } = {},
): void {
  server.handle('RETR', async (session) => {
    await session.reply('150 Here it comes.');
    const data = await session.openData();
    data.resume();
    await new Promise((resolve) => data.write(bytes, resolve));
    await arrived(bytes.length); // a reset discards bytes in flight
    await resetAt(when, session, data, reply);
  });
}

/** Waits until the client has received that many bytes of its download. */
function arrival(ftp: FTP): (length: number) => Promise<void> {
  let stream: { bytesTransferred: number } | undefined;
  ftp.on('transfer', (started) => {
    stream = started;
  });
  return async (length) => {
    while ((stream?.bytesTransferred ?? -1) < length) await turns(1);
    stream = undefined;
  };
}

async function isUsable(ftp: FTP): Promise<void> {
  expect(await ftp.pwd()).toBe('/');
}

describe.each(KINDS)('a reset of the data connection over %s', (kind) => {
  describe.each([
    ['passive', true],
    ['active', false],
  ])('in %s mode', (_, passive) => {
    describe.each(['220 (vsFTPd 3.0.3)', '220 Hello.'])('after the greeting %j', (greeting) => {
      describe.each(ORDERS)('%s the final reply', (when) => {
        it.each(SIZES)(
          'does not fail an upload of %i bytes that the server has stored',
          async (length) => {
            const server = await start(kind, { greeting });
            const ftp = await connect(server, { passive });
            resetUploads(server, when);
            expect(await ftp.storBinary('STOR x', CONTENT.subarray(0, length))).toMatch(/^226/);
            expect(server.storage.readFile('/x').equals(CONTENT.subarray(0, length))).toBe(true);
            await isUsable(ftp);
          },
        );

        it.each(SIZES)(
          'does not fail a download of %i bytes whose size is known',
          async (length) => {
            const bytes = CONTENT.subarray(0, length);
            const server = await start(kind, { greeting, files: { '/x': bytes } });
            const ftp = await connect(server, { passive });
            resetDownloads(server, when, { bytes, arrived: arrival(ftp) });
            const whole = await ftp.retrBinary('RETR x', { size: length }).toArray();
            expect(Buffer.concat(whole).equals(bytes)).toBe(true);
            const verified = await ftp.retrBinary('RETR x', { verify: 'size' }).toArray();
            expect(Buffer.concat(verified).equals(bytes)).toBe(true);
            expect(await ftp.download('x', path('x'))).toMatchObject({ bytesTransferred: length });
            expect((await readFile(path('x'))).equals(bytes)).toBe(true);
            await isUsable(ftp);
          },
        );
      });
    });

    it('fails an upload before the final reply unless SIZE confirms its size', async () => {
      const server = await start(kind);
      const ftp = await connect(server, { passive });
      resetUploads(server, 'before');
      for (const reply of ['213 3', '213 7', '502 What?', '550 No.', '200 Well.', '213 some']) {
        const heal = server.fault({ on: 'SIZE', reply });
        const error = await rejection(ftp.storBinary('STOR x', CONTENT.subarray(0, 5)));
        expect(error).toMatchObject({ ...FAILED, message: expect.stringContaining('STOR x') });
        heal();
        await isUsable(ftp);
      }
      resetUploads(server, 'before', { keep: 4 });
      const error = await rejection(ftp.storBinary('STOR x', CONTENT.subarray(0, 5)));
      expect(error).toMatchObject({ ...FAILED, reply: { code: 226 } });
    });
  });

  it('does not hide a final reply that refuses the upload', async () => {
    const server = await start(kind);
    const ftp = await connect(server);
    resetUploads(server, 'before', { reply: '451 No.' });
    const error = await rejection(ftp.storBinary('STOR x', CONTENT));
    expect(error).toMatchObject({ reply: { code: 451 }, connectionUsable: true });
    expect(server.commands.join()).not.toContain('SIZE');
  });

  it.each(['before', 'with'] as const)(
    '%s the final reply fails a download that is incomplete or of unknown size',
    async (when) => {
      const bytes = CONTENT.subarray(0, 20_000);
      const server = await start(kind, { files: { '/x': bytes } });
      const ftp = await connect(server);
      resetDownloads(server, when, { bytes: bytes.subarray(1) });
      const short = ftp.retrBinary('RETR x', { verify: 'size' }).toArray();
      expect(await rejection(short)).toMatchObject(FAILED);
      resetDownloads(server, when, { bytes });
      expect(await rejection(ftp.retrBinary('RETR x').toArray())).toMatchObject(FAILED);
      resetDownloads(server, when, { bytes, reply: '426 Broken.' });
      const refused = ftp.retrBinary('RETR x', { verify: 'size' }).toArray();
      expect(await rejection(refused)).toMatchObject({ reply: { code: 426 } });
      await isUsable(ftp);
    },
  );

  it.each(ORDERS)('%s the final reply loses no bytes of a slow consumer', async (when) => {
    const bytes = CONTENT.subarray(0, 40_000); // what the client's side buffers unread
    const server = await start(kind, { files: { '/x': bytes } });
    const ftp = await connect(server);
    resetDownloads(server, when, { bytes });
    const blocks: Buffer[] = [];
    const sink = slowSink((block) => blocks.push(block));
    await pipeline(ftp.retrBinary('RETR x', { verify: 'size', blocksize: 4000 }), sink);
    expect(Buffer.concat(blocks).equals(bytes)).toBe(true);
    await isUsable(ftp);
  });

  it('is resolved by SIZE for upload(), uploadMany() and streams', async () => {
    const server = await start(kind);
    const ftp = await connect(server, { pipelining: true });
    resetUploads(server, 'before');
    await writeFile(path('f'), CONTENT);
    for (const verify of ['size', false] as const) {
      await ftp.upload(path('f'), 'a', { verify });
      const handle = await open(path('f'), 'r');
      const pairs = [
        [handle, 'b'],
        [path('f'), 'c'],
      ] as const;
      expect(summary(await all(ftp.uploadMany(pairs, { verify })))).toEqual([300_000, 300_000]);
      await handle.close();
    }
    await pipeline([CONTENT], ftp.storBinary('STOR d'));
    const connection = await ftp.transferCmd('STOR e');
    await pipeline([CONTENT], connection as unknown as Writable);
    for (const name of 'abcde')
      expect(server.storage.readFile(`/${name}`).equals(CONTENT)).toBe(true);
    await isUsable(ftp);
  });
});

describe('an upload whose bytes are sent before the 150', () => {
  it.each(SIZES)(
    'resolves after an early reset if SIZE confirms that all %i bytes are stored',
    async (length) => {
      const server = await start('plain');
      const ftp = await connect(server);
      resetUploads(server, 'before', { begin: 'late' });
      expect(await ftp.storBinary('STOR x', CONTENT.subarray(0, length))).toMatch(/^226/);
      expect(server.commands).toContain('SIZE x');
      const heal = server.fault({ on: 'SIZE', reply: '213 1' });
      const error = await rejection(ftp.storBinary('STOR x', CONTENT.subarray(0, length)));
      expect(error).toMatchObject(FAILED);
      heal();
      await isUsable(ftp);
    },
  );
});

it('an upload that was reset is checked with SIZE in TYPE I before the next call', async () => {
  const server = await start('plain');
  const ftp = await connect(server);
  resetUploads(server, 'before');
  const upload = ftp.storLines('STOR x', Buffer.from('a\r\nb\r\n'));
  const removal = ftp.delete('x');
  expect(await upload).toMatch(/^226/);
  await removal;
  expect(verbsSince(server, 'STOR')).toEqual(['STOR', 'TYPE', 'SIZE', 'DELE']);
});

it("the SIZE check after a reset restores the user's own TYPE", async () => {
  const server = await start('plain');
  const ftp = await connect(server);
  resetUploads(server, 'before');
  await ftp.sendCmd('TYPE A');
  const connection = await ftp.transferCmd('STOR x');
  await pipeline([Buffer.from('a\r\n')], connection as unknown as Writable);
  expect(server.commands.slice(-4)).toEqual(['STOR x', 'TYPE I', 'SIZE x', 'TYPE A']);
});

it('the SIZE check after a reset counts the offset, and the initial size of APPE', async () => {
  const server = await start('plain', { files: { '/log': 'old', '/x': 'abc' } });
  const ftp = await connect(server);
  resetUploads(server, 'before', { verb: 'APPE' });
  await ftp.storBinary('APPE log', Buffer.from('new'), { verify: 'size' });
  expect(server.storage.readFile('/log').toString()).toBe('oldnew');
  const blind = ftp.storBinary('APPE log', Buffer.from('new'));
  expect(await rejection(blind)).toMatchObject(FAILED);

  resetUploads(server, 'before');
  const heal = server.fault({ on: 'SIZE', reply: '213 6' });
  await ftp.storBinary('STOR x', Buffer.from('def'), { rest: 3 });
  heal();
  expect(await rejection(ftp.storBinary('STOR x', Buffer.from('def'), { rest: 3 }))).toMatchObject(
    FAILED,
  );
});

it('STOU rejects after a reset without SIZE, because the file name is unknown', async () => {
  const server = await start('plain');
  const ftp = await connect(server);
  resetUploads(server, 'before', { verb: 'STOU' });
  expect(await rejection(ftp.storBinary('STOU x', CONTENT))).toMatchObject(FAILED);
  expect(server.commands.join()).not.toContain('SIZE');
});

it('an upload rejects as unusable when the connection is lost during the SIZE check', async () => {
  const server = await start('plain');
  const ftp = await connect(server);
  resetUploads(server, 'before');
  server.fault({ on: 'SIZE', control: 'destroy', at: 'before-reply' });
  const error = await rejection(ftp.storBinary('STOR x', CONTENT));
  expect(error).toMatchObject({ ...FAILED, connectionUsable: false });
});

it('the final reply may take timeouts.completion after a reset of a complete upload', async () => {
  const server = await start('plain');
  const ftp = await connect(server, { timeouts: { abort: 50, completion: 10_000 } });
  server.fault({ on: 'STOR', code: '2xx', delay: 0 });
  server.handle('STOR', async (session) => {
    await session.reply('150 Go.');
    const data = await session.openData();
    for await (const _ of data.iterator({ destroyOnReturn: false }));
    server.storage.writeFile('/x', CONTENT);
    data.resetAndDestroy();
    await new Promise((resolve) => setTimeout(resolve, 200));
    await session.reply('226 Stored, at last.');
  });
  expect(await ftp.storBinary('STOR x', CONTENT)).toMatch(/^226/);
});

it("a complete TLS download that is reset rejects with closeNotify: 'require'", async () => {
  const server = await start('TLS', { files: { '/x': CONTENT } });
  const ftp = await connect(server, { closeNotify: 'require' } as object);
  resetDownloads(server, 'before');
  const read = ftp.retrBinary('RETR x', { verify: 'size' }).toArray();
  expect(await rejection(read)).toMatchObject(FAILED);
});
