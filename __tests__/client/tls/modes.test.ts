import { describe, expect, it } from '@jest/globals';
import { connect, FTP, FTP_TLS, FTPS_PORT, FTPTLS } from 'ftpipe';
import { afterwards } from '../../helpers/afterwards';
import { login, only, optionsFor, start, text, VERSIONS, verbs } from './harness';

const MODES = ['explicit', 'implicit'] as const;

describe.each(VERSIONS)('%s', (version) => {
  describe.each(MODES)('%s', (mode) => {
    it.each([
      ['passive', true],
      ['active', false],
    ])('performs every kind of transfer, %s', async (_mode, passive) => {
      const server = await start({ mode, ...only(version), requireSessionReuse: true });
      const ftp = await login(server, { passive });
      const download = ftp.retrBinary('RETR a');
      expect(download.tls).toBeUndefined();
      expect(await text(download)).toBe('hello');
      expect(download.tls).toMatchObject({
        protocol: version,
        cipher: expect.stringMatching(/^TLS_/),
        reused: true,
        authorized: true,
      });
      expect(await text(ftp.retrBinary('RETR empty'))).toBe('');
      await ftp.storBinary('STOR b', Buffer.alloc(100_000, 'y'));
      expect(server.storage.readFile('/b').length).toBe(100_000);
      for (let round = 0; round < 5; round += 1) await ftp.storBinary('STOR zero', Buffer.alloc(0));
      const upload = ftp.storBinary('STOR c');
      upload.end();
      await upload.opened();
      expect(upload.tls).toMatchObject({ protocol: version, reused: true });
      expect(await ftp.nlst()).toContain('a');
      expect((await ftp.dir().toArray()).length).toBeGreaterThan(3);
      const entries = await ftp.mlsd('/', ['size']).toArray();
      expect(entries.map(([name]) => name)).toContain('zero');
      expect(await ftp.retrLines('RETR a').toArray()).toEqual(['hello']);
      const duplex = await ftp.transferCmd('RETR a');
      expect(await text(duplex)).toBe('hello');
      expect(duplex.tls).toMatchObject({ reused: true, authorized: true });
      const { connection: up } = await ftp.ntransferCmd('STOR d');
      up.end('through a Duplex');
      await new Promise((resolve) => up.on('finish', resolve));
      expect(server.storage.readFile('/d').toString()).toBe('through a Duplex');
      expect(await ftp.quit()).toMatch(/^221/);
      await ftp.closed;
      const tls = server.transfers.map((transfer) => transfer.tls);
      expect(tls.every((each) => each?.reused && each.protocol === version)).toBe(true);
      expect(server.transfers.filter(({ outcome }) => outcome !== 'complete')).toEqual([]);
      expect(server.transfers.some(({ closeNotify }) => closeNotify === false)).toBe(false);
    });
  });
});

describe('the order of a login', () => {
  it('sends AUTH before USER, and PBSZ and PROT after PASS', async () => {
    const server = await start({ requireTls: true });
    await login(server);
    expect(verbs(server)).toEqual(['AUTH', 'USER', 'PASS', 'PBSZ', 'PROT']);
  });

  it('sends no AUTH with implicit TLS', async () => {
    const server = await start({ mode: 'implicit' });
    await login(server);
    expect(verbs(server)).toEqual(['USER', 'PASS', 'PBSZ', 'PROT']);
  });

  it('allows one explicit auth()', async () => {
    const server = await start();
    const ftp = new FTPTLS(optionsFor(server));
    afterwards(() => ftp.close());
    await ftp.connect();
    expect(await ftp.auth()).toMatch(/^234/);
    await expect(ftp.auth()).rejects.toMatchObject({
      name: 'TypeError',
      code: 'ERR_INVALID_STATE',
    });
    await ftp.login('user', 'password');
    expect(await ftp.pwd()).toBe('/');
    expect(verbs(server).filter((verb) => verb === 'AUTH')).toHaveLength(1);
  });

  it('works twice: for another user, PROT is sent again', async () => {
    const server = await start();
    const ftp = await login(server);
    await ftp.login('anonymous');
    expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
    expect(verbs(server).filter((verb) => verb === 'AUTH')).toHaveLength(1);
    expect(server.transfers[0]?.tls?.reused).toBe(true);
  });

  it('sends everything in plaintext with { secure: false }', async () => {
    const server = await start();
    const ftp = new FTPTLS(optionsFor(server));
    afterwards(() => ftp.close());
    await ftp.connect();
    await ftp.login('user', 'password', '', { secure: false });
    const stream = ftp.retrBinary('RETR a');
    expect(await text(stream)).toBe('hello');
    expect(stream.tls).toBeUndefined();
    expect(verbs(server)).not.toContain('AUTH');
  });

  it.each([null, 1, 'false', {}])('takes no %p for { secure }', async (secure) => {
    const server = await start();
    const ftp = new FTPTLS(optionsFor(server));
    afterwards(() => ftp.close());
    await ftp.connect();
    await expect(ftp.login('user', 'password', '', { secure: secure as never })).rejects.toThrow(
      TypeError,
    );
    expect(server.commands).toEqual([]);
  });
});

describe('the protection of data', () => {
  it.each(MODES)('is none with dataProtection: clear, %s', async (mode) => {
    const server = await start({ mode });
    const ftp = await login(server, { dataProtection: 'clear' });
    const stream = ftp.retrBinary('RETR a');
    expect(await text(stream)).toBe('hello');
    expect(stream.tls).toBeUndefined();
    expect(server.transfers[0]?.tls).toBeUndefined();
    // After AUTH, data is plaintext by default. With implicit TLS, a server may use TLS for it.
    const asked = server.commands.filter((line) => /^(PBSZ|PROT)/.test(line));
    expect(asked).toEqual(mode === 'implicit' ? ['PBSZ 0', 'PROT C'] : []);
    await ftp.protP();
    expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
    expect(server.transfers[1]?.tls?.reused).toBe(true);
  });

  it('can be turned off with protC(), and on with protP()', async () => {
    const server = await start();
    const ftp = await login(server);
    await ftp.protC();
    expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
    await ftp.storBinary('STOR b', Buffer.from('in clear'));
    await ftp.protP();
    expect(await text(ftp.retrBinary('RETR b'))).toBe('in clear');
    expect(server.transfers.map(({ tls }) => tls !== undefined)).toEqual([false, false, true]);
  });

  it('follows a PROT that the user sends', async () => {
    const server = await start();
    const ftp = await login(server);
    await ftp.sendCmd('PROT C');
    expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
    await ftp.voidCmd('prot p');
    expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
    expect(server.transfers.map(({ tls }) => tls !== undefined)).toEqual([false, true]);
  });
});

describe('connecting', () => {
  it.each([
    [true, 'explicit'],
    ['explicit', 'explicit'],
    ['implicit', 'implicit'],
  ] as const)('connect({ secure: %p }) gives an FTPTLS', async (secure, mode) => {
    const server = await start({ mode });
    const { implicit, ...options } = optionsFor(server);
    const ftp = await connect({ ...options, secure, user: 'user', password: 'password' });
    afterwards(() => ftp.close());
    expect(ftp).toBeInstanceOf(FTPTLS);
    expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
    expect(server.transfers[0]?.tls?.reused).toBe(true);
  });

  it('with connect({ secure: false }) returns an FTP', async () => {
    const { host, port } = await start();
    const ftp = await connect({ host, port, secure: false });
    afterwards(() => ftp.close());
    expect(ftp).toBeInstanceOf(FTP);
    expect(ftp).not.toBeInstanceOf(FTPTLS);
  });

  it('uses port 990 for implicit TLS, otherwise 21', () => {
    expect(FTPS_PORT).toBe(990);
    expect(new FTPTLS({ implicit: true }).port).toBe(990);
    expect(new FTPTLS({ secure: 'implicit' }).port).toBe(990);
    expect(new FTPTLS({ implicit: true, port: 2121 }).port).toBe(2121);
    expect(new FTPTLS().port).toBe(21);
  });

  it('works again after close(), with fresh state and fresh tickets', async () => {
    const server = await start({ requireSessionReuse: true });
    const ftp = await login(server, { tlsSession: 'rotate' });
    await ftp.storBinary('STOR b', Buffer.from('one'));
    await ftp.ccc();
    ftp.close();
    await ftp.connect();
    await expect(ftp.pwd()).rejects.toMatchObject({ code: 'ERR_FTP_CONNECTION', phase: 'secure' });
    await ftp.login('user', 'password');
    expect(await text(ftp.retrBinary('RETR b'))).toBe('one');
    expect(server.transfers.map(({ tls }) => tls?.reused)).toEqual([true, true]);
    expect(verbs(server).filter((verb) => verb === 'AUTH' || verb === 'PROT')).toHaveLength(4);
  });

  it('rejects TLS options for an FTP, so that nothing is sent in plaintext by mistake', () => {
    expect(FTP_TLS).toBe(FTPTLS);
    for (const options of [{ secure: true }, { implicit: true }, { tls: {} }]) {
      expect(() => new FTP(options as never)).toThrow(TypeError);
    }
  });
});
