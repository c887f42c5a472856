import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from '@jest/globals';
import { type DownloadStream, FTP } from '../../../lib';
import { afterwards } from '../../helpers/afterwards';
import { settled, turns } from '../../helpers/promises';
import { text } from '../../helpers/streams';
import { BIG, connectScripted, eprtPort, loggedIn, TIMEOUTS, uncaughtErrors } from './harness';

describe('a listing in active mode', () => {
  it('rejects instead of being empty when only a foreign host has connected', async () => {
    let port = 0;
    const timeouts = { ...TIMEOUTS, dataConnect: 100, abort: 100 };
    const answer = (line: string, control: net.Socket) => {
      if (line.startsWith('EPRT')) port = eprtPort(line);
      if (!line.startsWith('NLST')) return '200 Okay.\r\n';
      const stranger = net.connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' });
      stranger.on('error', () => {}).resume();
      stranger.on('close', () => control.write('226 Done.\r\n')); // after it was rejected
      stranger.end('file1\r\nfile2\r\n');
      return '150 Opening.\r\n';
    };
    const ftp = await connectScripted(answer, { passive: false, timeouts });
    const result = await settled(ftp.nlst());
    expect(result).toMatchObject({ name: 'TransferError', code: 'ERR_FTP_EARLY_COMPLETION' });
  });
});

describe('transferCmd', () => {
  it('still delivers unread bytes after the transfer has ended', async () => {
    const { ftp } = await loggedIn();
    const connection = await ftp.transferCmd('RETR a.txt');
    connection.read(0); // requests data without consuming it
    await ftp.pwd(); // runs after the transfer has ended
    expect(await text(connection)).toBe('l1\nl2\nl3\n');
  });
});

describe('unshift()', () => {
  it('does not stall a download when a whole block is put back', async () => {
    const { ftp } = await loggedIn();
    const download = ftp.retrBinary('RETR big.bin');
    expect(await bytesAfterUnshift(download)).toBe(BIG.length);
  });

  function bytesAfterUnshift(download: DownloadStream): Promise<number> {
    let bytes = 0;
    let isPutBack = false;
    return new Promise((resolve, reject) => {
      download.on('error', reject);
      download.on('end', () => resolve(bytes));
      download.on('readable', () => {
        for (let block = download.read(); block !== null; block = download.read()) {
          if (!isPutBack) {
            isPutBack = true;
            download.unshift(block);
            return;
          }
          bytes += block.length;
        }
      });
    });
  }
});

describe('a listener for the start of a transfer that throws', () => {
  it.each(['open', 'transfer'])(
    "does not block the next command if it is for '%s'",
    async (event) => {
      const uncaught = uncaughtErrors();
      const { ftp } = await loggedIn();
      const thrown = new Error('of the listener');
      const fail = () => {
        throw thrown;
      };
      if (event === 'transfer') ftp.on('transfer', fail);
      const download = ftp.retrBinary('RETR a.txt');
      if (event === 'open') download.on('open', fail);
      await settled(text(download));

      expect(await ftp.pwd()).toBe('/');
      expect(uncaught).toEqual([thrown]);
    },
  );
});

describe('a stream listener that throws', () => {
  const thrown = new Error('of the listener');
  const fail = () => {
    throw thrown;
  };

  it("loses no bytes if it is for 'data' and pauses the stream", async () => {
    const uncaught = uncaughtErrors();
    const { server, ftp } = await loggedIn();
    const content = Buffer.from('0123456789'.repeat(2000));
    server.storage.writeFile('/a.txt', content);
    const download = ftp.retrBinary('RETR a.txt', { blocksize: 1000 });
    const blocks: Buffer[] = [];
    download.on('data', (block) => {
      blocks.push(block);
      download.pause();
      setImmediate(() => download.resume());
      if (blocks.length % 3 === 1) fail();
    });
    await new Promise((resolve) => download.once('end', resolve));
    expect(Buffer.concat(blocks).equals(content)).toBe(true);
    await turns(2);
    expect(uncaught.length).toBe(Math.ceil(blocks.length / 3));
  });

  it.each(['retrBinary', 'storBinary'])(
    "does not make %s hang if it is for 'progress'",
    async (method) => {
      const uncaught = uncaughtErrors();
      const { ftp } = await loggedIn();
      const folder = await mkdtemp(join(tmpdir(), 'ftpipe-'));
      afterwards(() => rm(folder, { recursive: true }));
      const local = join(folder, 'file');
      await writeFile(local, 'hello');
      const transfers: Record<string, () => Promise<unknown>> = {
        retrBinary: () => text(ftp.retrBinary('RETR a.txt').on('progress', fail)),
        storBinary: () =>
          pipeline(createReadStream(local), ftp.storBinary('STOR b').on('progress', fail)),
      };
      await transfers[method]?.();
      expect(await ftp.pwd()).toBe('/');
      await turns(2);
      expect(new Set(uncaught)).toEqual(new Set([thrown]));
    },
  );

  it("skips no entry if it is for 'unparsed' or 'warning'", async () => {
    const uncaught = uncaughtErrors();
    const { server, ftp } = await loggedIn();
    server.handle('LIST', async (session) => {
      await session.reply('150 Here.');
      const data = await session.openData();
      data.end('what is this?\r\n-rw-r--r-- 1 me us 5 Jan 29 03:26 file\r\n');
      await session.reply('226 Done.');
    });
    server.handle('FEAT', (session) => session.reply('502 No.'));
    ftp.on('warning', fail);
    const listed = await ftp.list().toArray();
    const observed = await ftp.list().on('unparsed', fail).toArray();
    for (const entries of [listed, observed])
      expect(entries.map(({ name }) => name)).toEqual(['file']);
    await turns(2);
    expect(uncaught).toEqual([thrown, thrown]);
  });
});

describe('a client listener that throws', () => {
  it.each(['reply', 'command', 'warning'])(
    "does not keep replies in one chunk from reaching their calls if it is for '%s'",
    async (event) => {
      const uncaught = uncaughtErrors();
      const { server, ftp } = await loggedIn();
      server.handle('RETR', async (session) => {
        const data = await session.openData();
        session.control.write('150 Opening.\r\n226 Done.\r\n226 Twice, which is odd.\r\n');
        data.end('hello');
      });
      const thrown = new Error('of the listener');
      ftp.on(event as 'command', () => {
        throw thrown;
      });
      expect(`${await settled(text(ftp.retrBinary('RETR a.txt')))}`).toBe('hello');
      expect(await settled(ftp.pwd())).toBe('/');
      await turns(2);
      expect(uncaught.length).toBeGreaterThan(0);
      expect(new Set(uncaught)).toEqual(new Set([thrown]));
    },
  );

  it("does not make a pending call hang if it is for 'close'", async () => {
    const uncaught = uncaughtErrors();
    const { server, ftp } = await loggedIn();
    server.handle('NOOP', (session) => session.drop('end'));
    const thrown = new Error('of the listener');
    ftp.on('close', () => {
      throw thrown;
    });
    expect(await settled(ftp.voidCmd('NOOP'))).toMatchObject({ code: 'ERR_FTP_CONNECTION' });
    await ftp.closed;
    await turns(2);
    expect(uncaught).toEqual([thrown]);
  });
});

describe('invalid arguments', () => {
  it('throw a TypeError when passive is not a boolean', () => {
    const make = () => new FTP({ passive: 'no' as never });
    expect(make).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }),
    );
  });

  it('throw a TypeError and send nothing when the options of retrBinary are null', async () => {
    const { server, ftp } = await loggedIn();
    const call = async () => ftp.retrBinary('RETR a.txt', null as never);
    expect(await settled(call())).toMatchObject({
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_TYPE',
    });
    expect(await ftp.pwd()).toBe('/');
    expect(server.commands.filter((line) => line.startsWith('RETR'))).toEqual([]);
  });
});
