import { describe, expect, it } from '@jest/globals';
import type { TestServer } from '../../../lib/testing';
import { settled } from '../../helpers/promises';
import { text } from '../../helpers/streams';
import { connectScripted, loggedIn, tolerant } from './harness';

const SLOW = 20; // milliseconds by which a reply is delayed

const sent = (server: TestServer, verb: string) =>
  server.commands.filter((line) => line.startsWith(verb));

describe('a TYPE that is aborted before its reply', () => {
  it('makes the next transfer send its own TYPE', async () => {
    const { server, ftp } = await loggedIn();
    expect(await text(ftp.retrBinary('RETR a.txt'))).toBe('l1\nl2\nl3\n');
    server.fault({ on: 'TYPE', delay: SLOW, nth: 2 });
    const listing = tolerant(ftp.retrLines('LIST'));
    await server.received('TYPE', 2);
    listing.destroy(new Error('enough'));

    expect(await text(ftp.retrBinary('RETR a.txt'))).toBe('l1\nl2\nl3\n');
    expect(sent(server, 'TYPE')).toEqual(['TYPE I', 'TYPE A', 'TYPE I']);
  });
});

describe('an ACCT that is aborted before its reply', () => {
  it('makes the next transfer send TYPE, which a new account may have reset', async () => {
    const { server, ftp } = await loggedIn();
    await text(ftp.retrBinary('RETR a.txt'));
    server.handle('ACCT', (session) => session.reply('230 Welcome.'));
    server.fault({ on: 'ACCT', delay: SLOW });
    const abort = new AbortController();
    const acct = settled(ftp.acct('other', { signal: abort.signal }));
    await server.received('ACCT');
    abort.abort(new Error('enough'));
    expect(await acct).toBe(abort.signal.reason);

    await text(ftp.retrBinary('RETR a.txt'));
    expect(sent(server, 'TYPE')).toEqual(['TYPE I', 'TYPE I']);
  });
});

describe('a restart marker', () => {
  it('does not affect the next upload when aborted before the 350', async () => {
    const { server, ftp } = await loggedIn();
    server.fault({ on: 'REST', delay: SLOW, nth: 1 });
    const download = tolerant(ftp.retrBinary('RETR a.txt', { rest: 5 }));
    await server.received('REST');
    download.destroy(new Error('enough'));

    await ftp.storBinary('STOR a.txt', Buffer.from('NEW'));
    expect(server.storage.readFile('/a.txt').toString()).toBe('NEW');
  });

  it('does not affect the next upload when aborted in the tick of the 350', async () => {
    const { server, ftp } = await loggedIn();
    const download = tolerant(ftp.retrBinary('RETR a.txt', { rest: 5 }));
    ftp.on('reply', ({ code }) => {
      if (code === 350) download.destroy(new Error('enough'));
    });
    await server.received('REST');
    await settled(text(download));

    await ftp.storBinary('STOR a.txt', Buffer.from('NEW'));
    expect(server.storage.readFile('/a.txt').toString()).toBe('NEW');
  });

  it('is not reset with REST 0 after it was refused', async () => {
    const { server, ftp } = await loggedIn();
    server.fault({ on: 'REST', reply: '502 No REST.', nth: 1 });
    const error = await settled(text(ftp.retrBinary('RETR a.txt', { rest: 5 })));
    expect(error).toMatchObject({ name: 'PermanentReplyError' });

    await ftp.storBinary('STOR a.txt', Buffer.from('NEW'));
    expect(sent(server, 'REST')).toEqual(['REST 5']);
    expect(server.storage.readFile('/a.txt').toString()).toBe('NEW');
  });

  it('is read from the fourth argument of retrBinary', async () => {
    const { ftp } = await loggedIn();
    const blocks: Buffer[] = [];
    await ftp.retrBinary('RETR a.txt', (block) => blocks.push(block), undefined, 6);
    expect(Buffer.concat(blocks).toString()).toBe('l3\n');
  });
});

describe('a second 226 that comes late', () => {
  it('is dropped with a warning, and not taken for the reply to PWD', async () => {
    const { server, ftp } = await loggedIn();
    server.handle('RETR', async (session) => {
      await session.reply('150 Opening.');
      (await session.openData()).end('abc');
      await session.reply('226 Done.');
    });
    server.handle('PWD', async (session) => {
      await session.reply('226 Done, as said.');
      await session.reply('257 "/here"');
    });
    const warnings: string[] = [];
    ftp.on('warning', (message) => warnings.push(message));
    expect(await text(ftp.retrBinary('RETR x'))).toBe('abc');

    expect(await ftp.pwd()).toBe('/here');
    expect(warnings).toEqual([expect.stringContaining('226')]);
  });
});

describe('garbage after a reply in the same segment', () => {
  it('closes the connection with a ProtocolError after the reply has been used', async () => {
    const ftp = await connectScripted(() => '257 "/here"\r\ngarbage\r\n');
    const reasons: unknown[] = [];
    ftp.on('close', (reason) => reasons.push(reason));

    expect(await ftp.pwd()).toBe('/here');
    await ftp.closed;
    expect(reasons).toMatchObject([{ name: 'ProtocolError', code: 'ERR_FTP_PROTOCOL' }]);
    expect(ftp.connected).toBe(false);
  });
});

describe('the size in a 150', () => {
  it('is not taken from the middle of a file name', async () => {
    const { server, ftp } = await loggedIn();
    const reply = '150 Opening BINARY mode data connection for x (1000 bytes) copy.txt.';
    server.fault({ on: 'RETR', code: 150, reply });
    const download = ftp.retrBinary('RETR a.txt');

    expect(await text(download)).toBe('l1\nl2\nl3\n');
    expect(download.size).toBeNull();
  });

  it('is taken from the end of the reply', async () => {
    const { server, ftp } = await loggedIn();
    const reply = '150 Opening BINARY mode data connection for x (1000 bytes) (9 bytes).';
    server.fault({ on: 'RETR', code: 150, reply });
    const download = ftp.retrBinary('RETR a.txt');

    expect(await text(download)).toBe('l1\nl2\nl3\n');
    expect(download.size).toBe(9);
  });
});
