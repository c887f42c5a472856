import { getEventListeners, once } from 'node:events';
import net from 'node:net';
import { Duplex } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { type CallOptions, type FTP, type FTPOptions, ftpcp } from '../../../lib';
import type { TestServer } from '../../../lib/testing';
import { afterwards } from '../../helpers/afterwards';
import { settled, turns } from '../../helpers/promises';
import { text } from '../../helpers/streams';
import { clientOf, closeOf, loggedIn, serve, TIMEOUTS, tolerant, uncaughtErrors } from './harness';

const listenersOf = ({ signal }: AbortController) => getEventListeners(signal, 'abort').length;

describe('sendCmd', () => {
  it('does not make later calls hang when aborted in the tick of a preliminary reply', async () => {
    const timeouts = { ...TIMEOUTS, completion: 100 };
    const { server, ftp } = await loggedIn({ timeouts });
    server.handle('SLOW', (session) => session.reply('150 Wait.')); // never completes
    const abort = new AbortController();
    ftp.on('reply', ({ code }) => {
      if (code === 150) abort.abort(new Error('enough'));
    });
    const error = await settled(ftp.sendCmd('SLOW', { signal: abort.signal }));
    expect(error).toBe(abort.signal.reason);
    // The reply to the aborted call belongs to no other call.
    const owed = await settled(ftp.voidResp());
    expect(owed).toMatchObject({ code: 'ERR_INVALID_STATE' });

    const next = await settled(ftp.pwd());
    if (ftp.connected) expect(next).toBe('/');
    else expect(next).toMatchObject({ connectionUsable: false });
    expect(listenersOf(abort)).toBe(0);
  });
});

describe('abort()', () => {
  it("closes the stream when called from the 'command' event of the RETR", async () => {
    const { ftp } = await loggedIn();
    let aborted: Promise<unknown> | undefined;
    ftp.on('command', (line) => {
      if (line.startsWith('RETR')) aborted = settled(ftp.abort());
    });
    const download = tolerant(ftp.retrBinary('RETR a.txt'));
    await closeOf(download);
    await aborted;

    expect(aborted).toBeDefined();
    expect(download.destroyed).toBe(true);
    expect(await ftp.pwd()).toBe('/');
  });

  /** A running transfer whose server has stopped replying. */
  async function silent() {
    const { server, ftp } = await loggedIn({
      timeouts: { ...TIMEOUTS, reply: 60_000, abort: 60_000 },
    });
    for (const on of ['ABOR', 'NOOP']) server.fault({ on, drop: true });
    for (const code of ['2xx', '4xx'] as const) server.fault({ on: 'RETR', code, drop: true });
    const download = tolerant(ftp.retrBinary('RETR big.bin'));
    await download.opened();
    return { server, ftp };
  }

  it('rejects after its own timeout during a transfer', async () => {
    const { ftp } = await silent();
    const error = await settled(ftp.abort({ timeout: 50 }));
    expect(error).toMatchObject({ name: 'TimeoutError', connectionUsable: false });
  });

  it('rejects with the reason of its own signal during a transfer', async () => {
    const { server, ftp } = await silent();
    const abort = new AbortController();
    const aborted = settled(ftp.abort({ signal: abort.signal }));
    await server.received('ABOR');
    abort.abort(new Error('enough'));
    expect(await aborted).toBe(abort.signal.reason);
    expect(listenersOf(abort)).toBe(0);
  });

  it('causes no uncaught error on a stream without listeners', async () => {
    const uncaught = uncaughtErrors();
    const { ftp } = await loggedIn();
    const download = ftp.retrBinary('RETR big.bin');
    await download.opened();
    const closed = closeOf(download);
    await ftp.abort();
    await turns(20);
    expect(uncaught).toEqual([]);
    await closed;
    expect(await ftp.pwd()).toBe('/');
  });
});

describe("a 'data' listener that throws", () => {
  it.each([undefined, 1000])(
    'neither stops the download nor loses bytes (blocksize %p)',
    async (blocksize) => {
      const uncaught = uncaughtErrors();
      const { server, ftp } = await loggedIn();
      const download = ftp.retrBinary('RETR big.bin', { blocksize });
      const blocks: Buffer[] = [];
      download.on('data', (block: Buffer) => {
        blocks.push(block);
        if (blocks.length % 3 === 1) throw new Error('from a listener');
      });
      const result = await settled(once(download, 'end'));
      expect(result).toEqual([]);
      const whole = server.storage.readFile('/big.bin');
      expect(Buffer.concat(blocks).equals(whole)).toBe(true);
      expect(uncaught).toHaveLength(Math.ceil(blocks.length / 3));
      expect(await ftp.pwd()).toBe('/');
    },
  );
});

describe("an exception from the user's code in the tick of a read", () => {
  it.each([
    [undefined, 2_000_000],
    [1000, 200_000], // each throw takes jest a millisecond or more
    [262_144, 2_000_000],
  ])('never lets a damaged download end successfully (blocksize %p)', async (blocksize, length) => {
    uncaughtErrors();
    const { server, ftp } = await loggedIn();
    const whole = Buffer.from(Array.from({ length }, (_, i) => (i * i) % 251));
    server.storage.writeFile('/whole.bin', whole);
    const download = ftp.retrBinary('RETR whole.bin', { blocksize });
    const blocks: Buffer[] = [];
    download.on('data', (block: Buffer) => {
      if (blocks.push(block) % 5 !== 0) return;
      process.nextTick(() => {
        throw new Error('of the user');
      });
    });
    const result = await settled(once(download, 'end'));
    if (result instanceof Error) expect(result.message).toMatch('bytes were lost');
    else expect(Buffer.concat(blocks).equals(whole)).toBe(true);
    expect(await ftp.pwd()).toBe('/');
  });
});

describe('a TransferDuplex without listeners', () => {
  it.each<[string, (ftp: FTP) => unknown]>([
    ['close()', (ftp) => ftp.close()],
    ['abort()', (ftp) => ftp.abort()],
    ['disposal', (ftp) => ftp[Symbol.asyncDispose]()],
  ])('is closed by %s without an uncaught error', async (_, end) => {
    const uncaught = uncaughtErrors();
    const { ftp } = await loggedIn();
    const connection = await ftp.transferCmd('RETR big.bin');
    const closed = closeOf(connection);
    await end(ftp);
    await turns(20);
    expect(uncaught).toEqual([]);
    await closed;
  });
});

describe('a client that is closed in the tick of the greeting', () => {
  it('does not become connected after close()', async () => {
    const ftp = clientOf(await serve());
    ftp.once('reply', () => ftp.close());
    const error = await settled(ftp.connect());
    expect(error).toMatchObject({ name: 'ConnectionError' });
    expect(ftp.connected).toBe(false);
  });

  it('does not become connected after an abort of its signal', async () => {
    const abort = new AbortController();
    const ftp = clientOf(await serve(), { signal: abort.signal });
    ftp.once('reply', () => abort.abort(new Error('enough')));
    const error = await settled(ftp.connect());
    expect(error).toBeInstanceOf(Error);
    expect(ftp.connected).toBe(false);
    expect(listenersOf(abort)).toBe(0);
  });
});

describe('a connection that closes late', () => {
  it('does not affect the connection that replaced it', async () => {
    const server = await serve();
    const late: (() => void)[] = [];
    const ftp = clientOf(server, { createConnection: ({ port }) => closingLate(port, late) });
    await ftp.connect();
    ftp.close();
    await ftp.connect();
    await ftp.login('user', 'password');
    expect(late).toHaveLength(1);
    for (const close of late) close();
    await turns();

    expect(ftp.connected).toBe(true);
    expect(await ftp.pwd()).toBe('/');
  });

  /** A connection whose destruction completes on demand. */
  function closingLate(port: number, late: (() => void)[]): Duplex {
    const socket = net.connect(port, '127.0.0.1');
    afterwards(() => socket.destroy());
    const duplex = new Duplex({
      read: () => {
        socket.resume();
      },
      write: (chunk, _encoding, callback) => {
        socket.write(chunk, callback);
      },
      destroy: (error, callback) => {
        socket.destroy();
        late.push(() => callback(error));
      },
    });
    socket.on('data', (chunk) => duplex.push(chunk));
    socket.on('error', () => {});
    return duplex;
  }
});

describe('ftpcp', () => {
  it('withdraws its queued command from a busy server when the other one refuses', async () => {
    const from = await loggedIn({}, { allowForeignPort: true });
    const to = await loggedIn({}, { allowForeignPort: true });
    from.server.fault({ on: 'TYPE', reply: '500 No.' });
    const download = to.ftp.retrBinary('RETR big.bin'); // keeps the client busy until it is read
    await download.opened();
    const abort = new AbortController();
    const copy = ftpcp(from.ftp, 'a.txt', to.ftp, 'c.txt', 'I', { signal: abort.signal });

    expect(await settled(copy)).toMatchObject({ name: 'PermanentReplyError' });
    expect(await from.ftp.pwd()).toBe('/');
    expect((await text(download)).length).toBe(300_000);
    expect(await to.ftp.pwd()).toBe('/');
    expect(to.server.commands.filter((line) => line.startsWith('TYPE'))).toHaveLength(1);
    expect(listenersOf(abort)).toBe(0);
  });

  // A source that refuses closes its port. A target that is connecting might never notice.
  it('sends RETR to the source only after the target has connected', async () => {
    const from = await loggedIn({}, { allowForeignPort: true });
    const to = await loggedIn({}, { allowForeignPort: true });
    const asked = () => from.server.commands.filter((line) => line.startsWith('RETR'));
    const before: string[] = [];
    to.server.handle('STOR', async (session) => {
      await turns(20);
      before.push(...asked());
      await session.reply('150 The data connection is open.');
      await from.server.received('RETR');
      await session.reply('426 The data connection is gone.');
    });

    const error = await settled(ftpcp(from.ftp, 'none', to.ftp, 'c.txt'));
    expect(error).toMatchObject({ name: 'PermanentReplyError', command: 'RETR none' });
    expect([before, asked()]).toEqual([[], ['RETR none']]);
    expect(await from.ftp.pwd()).toBe('/');
    expect(await to.ftp.pwd()).toBe('/');
  });

  it('sends no RETR to the source when the target refuses the STOR', async () => {
    const opened: string[] = [];
    const createConnection: FTPOptions['createConnection'] = ({ purpose, ...target }) => {
      opened.push(purpose);
      return net.connect(target);
    };
    const from = await loggedIn({ createConnection }, { allowForeignPort: true });
    const to = await loggedIn({}, { allowForeignPort: true });
    to.server.fault({ on: 'STOR', reply: '553 No.' });
    const error = await settled(ftpcp(from.ftp, 'a.txt', to.ftp, 'c.txt'));
    expect(error).toMatchObject({ name: 'PermanentReplyError', command: 'STOR c.txt' });
    expect(await from.ftp.pwd()).toBe('/');
    expect(await to.ftp.pwd()).toBe('/');
    expect(from.server.commands.filter((line) => /^(RETR|PASV)/.test(line))).toEqual(['PASV']);
    expect(opened).toEqual(['control']);
  });

  it('does not wait long for a silent target after the source has refused', async () => {
    const from = await loggedIn();
    const to = await loggedIn({ timeouts: { ...TIMEOUTS, reply: 60_000 } });
    from.server.fault({ on: 'RETR', reply: '550 No.' });
    to.server.handle('STOR', () => new Promise<void>(() => {}));
    const error = await settled(ftpcp(from.ftp, 'none', to.ftp, 'c.txt'));
    expect(error).toMatchObject({ name: 'PermanentReplyError' });
    expect(await from.ftp.pwd()).toBe('/');
    expect(to.ftp.connected).toBe(false);
  });

  it('leaves no listener on its signal when the source refuses the file', async () => {
    const from = await loggedIn({}, { allowForeignPort: true });
    const to = await loggedIn({}, { allowForeignPort: true });
    const abort = new AbortController();
    const copy = ftpcp(from.ftp, 'none', to.ftp, 'c.txt', 'I', { signal: abort.signal });

    expect(await settled(copy)).toMatchObject({ name: 'PermanentReplyError' });
    expect(await from.ftp.pwd()).toBe('/');
    expect(await to.ftp.pwd()).toBe('/');
    expect(listenersOf(abort)).toBe(0);
  });
});

describe('an aborted signal', () => {
  it.each<[string, string, (ftp: FTP, options: CallOptions) => Promise<unknown>]>([
    ['rename', 'RNFR', (ftp, options) => ftp.rename('a.txt', 'b.txt', options)],
    ['login', 'USER', (ftp, options) => ftp.login('user', 'password', '', options)],
    ['size', 'SIZE', (ftp, options) => ftp.size('a.txt', options)],
    ['mlsd', 'MLSD', (ftp, options) => ftp.mlsd('', [], options).toArray()],
  ])('has no listener left after %s', async (_, verb, call) => {
    const { server, ftp } = await loggedIn();
    const nth = server.commands.filter((line) => line.startsWith(verb)).length + 1;
    server.fault({ on: verb, delay: 20 });
    const abort = new AbortController();
    const called = settled(call(ftp, { signal: abort.signal }));
    await server.received(verb, nth);
    abort.abort(new Error('enough'));

    await called;
    expect(listenersOf(abort)).toBe(0);
  });

  it('ends a listing whose data has all been read ahead', async () => {
    const count = 2000;
    const files = Object.fromEntries(Array.from({ length: count }, (_, i) => [`/n/${i}`, '']));
    const { server, ftp } = await loggedIn({}, { files });
    const abort = new AbortController();
    const read: unknown[] = [];
    const list = async () => {
      for await (const entry of ftp.mlsd('n', [], { signal: abort.signal })) {
        if (read.push(entry) !== 5) continue;
        await ftp.pwd(); // runs after the whole listing has arrived
        expect(finishedAt(server)).toBe('complete');
        abort.abort(new Error('enough'));
      }
    };

    expect(await settled(list())).toBe(abort.signal.reason);
    expect(read.length).toBeLessThan(count);
  });
});

function finishedAt(server: TestServer): string | undefined {
  return server.transfers[0]?.outcome;
}
