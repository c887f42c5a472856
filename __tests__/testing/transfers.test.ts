import { once } from 'node:events';
import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { receiveFile } from '../../lib/testing/transfer';
import { harness } from './harness';
import { readAll } from './raw-client';

const { start, login } = harness({
  files: { '/pub/a.txt': 'one\ntwo\r\nthree', '/pub/sub/': null, '/big': Buffer.alloc(20_000_000) },
});

describe.each(['127.0.0.1', '::1'])('transfers at %s', (host) => {
  it('RETR sends 150, the data, the end of the data and 226', async () => {
    const server = await start({ host });
    const client = await login(server);
    const data = await client.passive();
    expect(await client.command('RETR pub/a.txt')).toBe(
      '150 Opening BINARY mode data connection for pub/a.txt (14 bytes).',
    );
    expect(await readAll(data)).toBe('one\ntwo\r\nthree');
    expect(await client.reply()).toBe('226 Transfer complete.');
    expect(server.transfers).toEqual([
      { command: 'RETR', path: '/pub/a.txt', bytes: 14, outcome: 'complete' },
    ]);
  });

  it('STOR keeps what was received when it ended', async () => {
    const server = await start({ host });
    const client = await login(server);
    expect(await client.upload('STOR new', 'content')).toBe('226 Transfer complete.');
    expect(server.storage.readFile('/new').toString()).toBe('content');
    expect(await client.upload('STOR new', '')).toMatch(/^226/);
    expect(server.storage.stat('/new').size).toBe(0);
  });

  it('works in active mode', async () => {
    const client = await login(await start({ host }));
    const { port, connection } = await client.listen();
    const protocol = host === '::1' ? 2 : 1;
    expect(await client.command(`EPRT |${protocol}|${host}|${port}|`)).toMatch(/^200/);
    expect(await client.command('RETR pub/a.txt')).toMatch(/^150/);
    expect(await readAll(await connection)).toBe('one\ntwo\r\nthree');
    expect(await client.reply()).toMatch(/^226/);
  });

  it('transfers many buffers in both directions', async () => {
    const server = await start({ host });
    const client = await login(server);
    const { text } = await client.download('RETR big');
    expect(text.length).toBe(20_000_000);
    expect(await client.upload('STOR copy', text)).toMatch(/^226/);
    expect(server.storage.stat('/copy').size).toBe(20_000_000);
  });
});

describe('TYPE A', () => {
  it('sends LF as CRLF and stores CRLF as LF', async () => {
    const server = await start();
    const client = await login(server);
    await client.command('TYPE A');
    expect((await client.download('RETR pub/a.txt')).text).toBe('one\r\ntwo\r\nthree');
    expect(await client.upload('STOR t', 'a\r\nb\rc\r\r\nd\r')).toMatch(/^226/);
    expect(server.storage.readFile('/t').toString()).toBe('a\nb\rc\r\nd\r');
  });
});

describe('REST', () => {
  it('sets the start of one RETR', async () => {
    const client = await login(await start());
    expect(await client.command('REST 8')).toMatch(/^350/);
    expect((await client.download('RETR pub/a.txt')).text).toBe('\nthree');
    expect((await client.download('RETR pub/a.txt')).text.length).toBe(14);
  });

  it('sets the start of a STOR, and keeps the bytes around it', async () => {
    const server = await start();
    const client = await login(server);
    await client.upload('STOR f', '0123456789');
    await client.command('REST 4');
    expect(await client.upload('STOR f', 'ab')).toMatch(/^226/);
    expect(server.storage.readFile('/f').toString()).toBe('0123ab6789');
  });

  it('is rejected beyond the end', async () => {
    const client = await login(await start());
    await client.command('REST 15');
    expect((await client.download('RETR pub/a.txt')).last).toMatch(/^554/);
  });
});

describe('APPE and STOU', () => {
  it('APPE appends, and creates a file', async () => {
    const server = await start();
    const client = await login(server);
    await client.upload('APPE f', 'one');
    await client.upload('APPE f', 'two');
    expect(server.storage.readFile('/f').toString()).toBe('onetwo');
  });

  it('STOU names the file in its 150 (RFC 1123 §4.1.2.9)', async () => {
    const server = await start();
    const client = await login(server);
    const data = await client.passive();
    const opened = await client.command('STOU');
    const name = /^150 FILE: (\S+)$/.exec(opened)?.[1] ?? '';
    data.end('x');
    expect(await client.reply()).toMatch(/^226/);
    expect(server.storage.readFile(`/${name}`).toString()).toBe('x');
    const again = await client.passive();
    expect(await client.command('STOU')).not.toBe(opened);
    again.end();
    await client.reply();
  });
});

describe('listings', () => {
  it('LIST has the form of ls -l', async () => {
    const server = await start();
    server.storage.setModified('/pub/a.txt', new Date('2001-02-03T04:05:06Z'));
    const client = await login(server);
    const { text } = await client.download('LIST -la pub');
    expect(text.split('\r\n').sort()).toEqual([
      '',
      '-rw-r--r--    1 ftp      ftp                14 Feb 03  2001 a.txt',
      expect.stringMatching(/^drwxr-xr-x .* \d\d:\d\d sub$/),
    ]);
    expect((await client.download('LIST pub/a.txt')).text).toMatch(/^-rw.* a\.txt\r\n$/);
    expect((await client.download('LIST none')).last).toMatch(/^550/);
  });

  it('NLST lists what RETR accepts', async () => {
    const client = await login(await start());
    expect((await client.download('NLST')).text).toBe('pub\r\nbig\r\n');
    expect((await client.download('NLST pub')).text).toBe('pub/a.txt\r\npub/sub\r\n');
    expect(await client.download('NLST pub/sub')).toEqual({
      text: '',
      last: '226 Transfer complete.',
    });
  });

  it('MLSD lists the folder itself, its parent and its entries', async () => {
    const client = await login(await start());
    await client.command('OPTS MLST type;size;');
    expect((await client.download('MLSD pub')).text).toBe(
      'type=cdir; .\r\ntype=pdir; ..\r\ntype=file;size=14; a.txt\r\ntype=dir; sub\r\n',
    );
    expect((await client.download('MLSD pub/a.txt')).last).toMatch(/^501/);
  });
});

describe('a failed transfer', () => {
  it.each(['RETR big', 'STOR f', 'LIST', 'NLST', 'MLSD'])(
    'gets a 425 for %s without an address',
    async (line) => {
      const client = await login(await start());
      expect(await client.command(line)).toMatch(/^425/);
    },
  );

  it('gets a 425 if the client does not connect in time', async () => {
    const client = await login(await start({ dataTimeout: 20 }));
    await client.command('EPSV');
    client.send('RETR big');
    expect(await client.codes(2)).toEqual(['150', '425']);
  });

  it('gets a 425 if the client does not listen', async () => {
    const client = await login(await start());
    const { port, connection } = await client.listen();
    (await client.connectData(port)).destroy();
    (await connection).destroy();
    await client.command(`EPRT |1|127.0.0.1|${port}|`);
    client.send('RETR big');
    expect(await client.codes(2)).toEqual(['150', '425']);
  });

  it.each(['destroy', 'resetAndDestroy'] as const)(
    'gets a 426 if the client does %s during a download',
    async (leave) => {
      const server = await start();
      const client = await login(server);
      const data = await client.passive();
      await client.command('RETR big');
      await once(data, 'readable');
      data[leave]();
      expect(await client.reply()).toMatch(/^426/);
      expect(server.transfers[0]?.outcome).toBe('failed');
    },
  );

  it('gets a 426 if an upload is reset, and keeps the part that was received', async () => {
    const server = await start();
    const client = await login(server);
    const data = await client.passive();
    await client.command('STOR f');
    data.write('part');
    await server.waitFor(() => server.sessions[0]?.transfer?.bytes === 4);
    data.resetAndDestroy();
    expect(await client.reply()).toMatch(/^426/);
    expect(server.transfers).toEqual([
      { command: 'STOR', path: '/f', bytes: 4, outcome: 'failed' },
    ]);
  });

  it('gets a 426 if the reset arrives with the data, although Node reports an end', async () => {
    const server = await start();
    const client = await login(server);
    for (let count = 0; count < 10; count += 1) {
      const data = await client.passive();
      await client.command('STOR f');
      data.write('part');
      data.resetAndDestroy();
      expect(await client.reply()).toMatch(/^426/);
    }
    expect(server.transfers.every(({ outcome }) => outcome === 'failed')).toBe(true);
  });

  it.each([
    ['ENOSPC', '452'],
    ['EIO', '451'],
  ])('closes the data connection if the disk says %s, with a %s', async (code, reply) => {
    const server = await start();
    server.handle('STOR', (session, _argument, command) => {
      const sink = new Writable({ write: (_chunk, _encoding, done) => done(failure) });
      const failure = Object.assign(new Error(code), { code });
      const plan = { command, path: '/f', opening: Buffer.from('150 Go.\r\n'), ascii: false };
      return receiveFile(session, plan, sink);
    });
    const client = await login(server);
    const data = await client.passive();
    await client.command('STOR f');
    data.write('x');
    expect((await client.reply()).slice(0, 3)).toBe(reply);
    expect(await readAll(data)).toBe('');
    expect(server.transfers[0]?.outcome).toBe('failed');
  });

  it('is rejected for what is not a file', async () => {
    const client = await login(await start());
    expect((await client.download('RETR none')).last).toMatch(/^550/);
    expect((await client.download('RETR pub')).last).toMatch(/^550/);
    expect(await client.upload('STOR pub', '')).toMatch(/^553/);
    expect(await client.upload('STOR none/f', '')).toMatch(/^550/);
  });

  it('leaves nothing open when the control connection closes', async () => {
    const server = await start();
    const client = await login(server);
    const data = await client.passive();
    await client.command('RETR big');
    client.control.resetAndDestroy();
    await readAll(data);
    await server.waitFor(() => server.transfers.length > 0);
    expect(server.transfers[0]?.outcome).toBe('failed');
  });
});

describe('commands during a transfer', () => {
  it('ABOR ends it with 426, then 226', async () => {
    const server = await start();
    const client = await login(server);
    const data = await client.passive();
    await client.command('RETR big');
    await once(data, 'readable');
    client.send('ABOR');
    expect(await client.codes(2)).toEqual(['426', '226']);
    expect(await client.command('NOOP')).toMatch(/^200/);
    expect((await client.download('RETR pub/a.txt')).last).toMatch(/^226/);
  });

  it('STAT gets its reply at once, other commands wait', async () => {
    const client = await login(await start());
    const data = await client.passive();
    await client.command('STOR f');
    client.send('NOOP');
    expect(await client.command('STAT')).toContain('STOR in progress: 0 bytes');
    data.end('x');
    expect(await client.codes(2)).toEqual(['226', '200']);
  });

  it('QUIT waits for the end of the transfer', async () => {
    const client = await login(await start());
    const data = await client.passive();
    await client.command('STOR f');
    client.send('QUIT');
    expect(await client.command('STAT')).toMatch(/^211/);
    data.end('x');
    expect(await client.codes(2)).toEqual(['226', '221']);
    await client.closed();
  });
});
