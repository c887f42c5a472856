import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { FTP, FTPTLS } from '../../lib';
import { type Fault, TestServer } from '../../lib/testing';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function connected(...faults: Fault[]) {
  const server = await TestServer.start({ files: { '/old': '0123456789' }, faults });
  closing.push(() => server.close());
  const { host, port } = server;
  const ftp = await FTP.connect({ host, port, user: 'user', password: 'password' });
  closing.push(() => ftp.close());
  return { server, ftp };
}

const verify = 'size';
const five = Buffer.from('abcde');

it("verify: 'size' rejects an upload when SIZE reports fewer bytes than were sent", async () => {
  const { ftp } = await connected({ on: 'SIZE', reply: '213 3' });
  await expect(ftp.storBinary('STOR new', five, { verify })).rejects.toMatchObject({
    code: 'ERR_FTP_SIZE_MISMATCH',
    message: 'The server has 3 bytes and not 5 (STOR new)',
    bytesTransferred: 5,
    connectionUsable: true,
  });
  expect(await ftp.pwd()).toBe('/');
});

it("verify: 'size' counts the bytes before an APPE and before a restart offset", async () => {
  const { server, ftp } = await connected();
  await ftp.storBinary('APPE old', five, { verify });
  expect(server.storage.readFile('/old').toString()).toBe('0123456789abcde');
  await ftp.storBinary('STOR old', five, { verify, rest: 15 });
  expect(server.storage.readFile('/old').toString()).toBe('0123456789abcdeabcde');
});

it("verify: 'size' rejects as unconfirmed when the connection is lost at SIZE", async () => {
  const { ftp } = await connected({ on: 'SIZE', control: 'destroy', at: 'before-reply' });
  await expect(ftp.storBinary('STOR new', five, { verify })).rejects.toMatchObject({
    code: 'ERR_FTP_UNCONFIRMED',
    connectionUsable: false,
  });
  expect(ftp.connected).toBe(false);
});

it("verify: 'size' accepts an upload when the server does not support SIZE", async () => {
  const { ftp } = await connected({ on: 'SIZE', reply: '502 What?' });
  expect(await ftp.storBinary('STOR new', five, { verify })).toMatch(/^226/);
});

it("verify: 'size' accepts an empty upload that has a 226 but no 150", async () => {
  const greeting: Fault = { on: 'connect', reply: '220 (vsFTPd 3.0.3)' }; // sends bytes early
  const { ftp } = await connected(greeting, { on: 'STOR', code: '1xx', drop: true });
  expect(await ftp.storBinary('STOR new', Buffer.alloc(0), { verify })).toMatch(/^226/);
  expect(await ftp.pwd()).toBe('/');
});

it("verify: 'size' rejects a download that is shorter or longer than SIZE reports", async () => {
  for (const size of [9, 11]) {
    const { ftp } = await connected({ on: 'SIZE', reply: `213 ${size}` });
    await expect(ftp.retrBinary('RETR old', { verify }).toArray()).rejects.toMatchObject({
      code: 'ERR_FTP_SIZE_MISMATCH',
    });
    expect(await ftp.pwd()).toBe('/');
  }
});

it('externalAddress is sent in EPRT and PORT in active mode', async () => {
  const server = await TestServer.start();
  closing.push(() => server.close());
  const { host, port } = server;
  const ftp = new FTP({ host, port, passive: false, externalAddress: '203.0.113.7' });
  closing.push(() => ftp.close());
  await ftp.connect();
  await ftp.login('user', 'password');
  await expect(ftp.nlst()).rejects.toThrow(/^50/); // the server refuses foreign addresses
  expect(server.commands).toContainEqual(
    expect.stringMatching(/^EPRT \|1\|203\.0\.113\.7\|\d+\|$/),
  );
  expect(server.commands).toContainEqual(expect.stringMatching(/^PORT 203,0,113,7,\d+,\d+$/));
});

describe("verify: 'at-least'", () => {
  const atLeast = { verify: 'at-least' } as const;

  it('accepts a download that is longer than SIZE reports, but not a shorter one', async () => {
    for (const rest of [undefined, 4]) {
      const { ftp } = await connected({ on: 'SIZE', nth: 1, reply: '213 7' });
      const wanted = '0123456789'.slice(rest ?? 0);
      const blocks = await ftp.retrBinary('RETR old', { ...atLeast, rest }).toArray();
      expect(Buffer.concat(blocks).toString()).toBe(wanted);
      const equal = await ftp.retrBinary('RETR old', { ...atLeast, rest }).toArray();
      expect(Buffer.concat(equal).toString()).toBe(wanted);
    }
    const { ftp } = await connected({ on: 'SIZE', reply: '213 11' });
    for (const rest of [undefined, 4]) {
      const short = ftp.retrBinary('RETR old', { ...atLeast, rest }).toArray();
      await expect(short).rejects.toMatchObject({
        code: 'ERR_FTP_SIZE_MISMATCH',
        message: `${10 - (rest ?? 0)} of at least ${11 - (rest ?? 0)} bytes were transferred (RETR old)`,
      });
      expect(await ftp.pwd()).toBe('/');
    }
  });

  it("differs from verify: 'size', which rejects a longer download", async () => {
    const { ftp } = await connected({ on: 'SIZE', reply: '213 7' });
    await expect(ftp.retrBinary('RETR old', { verify }).toArray()).rejects.toMatchObject({
      code: 'ERR_FTP_SIZE_MISMATCH',
    });
  });

  it('lets download() and downloadMany() store the additional bytes', async () => {
    const { ftp } = await connected({ on: 'SIZE', reply: '213 7' });
    const folder = await mkdtemp(join(tmpdir(), 'ftpipe-grows-'));
    closing.push(() => rm(folder, { recursive: true }));
    const local = join(folder, 'log');
    expect(await ftp.download('old', local, atLeast)).toMatchObject({ bytesTransferred: 10 });
    await writeFile(local, '012');
    await ftp.download('old', local, { ...atLeast, rest: 3 });
    expect(await readFile(local, 'utf8')).toBe('0123456789');
    for await (const { error } of ftp.downloadMany([['old', local]], atLeast))
      expect(error).toBeUndefined();
  });

  it('accepts a remote file that is longer than the upload, but not a shorter one', async () => {
    const { ftp } = await connected({ on: 'SIZE', nth: 1, reply: '213 9' });
    await ftp.storBinary('STOR new', five, atLeast);
    await ftp.storBinary('STOR new', five, atLeast);
    const { ftp: other } = await connected({ on: 'SIZE', reply: '213 4' });
    await expect(other.storBinary('STOR new', five, atLeast)).rejects.toMatchObject({
      code: 'ERR_FTP_SIZE_MISMATCH',
      message: 'The server has 4 bytes and not at least 5 (STOR new)',
    });
  });

  it('requires a close_notify over TLS, because the final size is unknown', async () => {
    const server = await TestServer.start({ files: { '/old': '0123456789' }, tls: {} });
    closing.push(() => server.close());
    const { host, port, certificate } = server;
    const tls = { ca: certificate as string };
    const ftp = await FTPTLS.connect({ host, port, user: 'user', password: 'password', tls });
    closing.push(() => ftp.close());
    server.fault({ on: 'RETR', data: { action: 'no-close-notify' } });
    await ftp.retrBinary('RETR old', { verify }).toArray();
    await expect(ftp.retrBinary('RETR old', atLeast).toArray()).rejects.toMatchObject({
      code: 'ERR_FTP_TRUNCATED',
    });
    const folder = await mkdtemp(join(tmpdir(), 'ftpipe-grows-'));
    closing.push(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'f'), '012');
    const unverified = ftp.download('old', join(folder, 'f'), { rest: 3, verify: false });
    await expect(unverified).rejects.toMatchObject({ code: 'ERR_FTP_TRUNCATED' });
  });
});

it("verify: 'size' expects the bytes after the offset, even if the 150 announces all", async () => {
  for (const announced of [10, 6]) {
    const { ftp } = await connected(
      { on: 'RETR', code: '1xx', reply: `150 Opening (${announced} bytes).` },
      { on: 'RETR', data: { action: 'end', after: 3 } },
    );
    const cut = ftp.retrBinary('RETR old', { rest: 4, verify }).toArray();
    await expect(cut).rejects.toMatchObject({
      code: 'ERR_FTP_SIZE_MISMATCH',
      message: '3 of 6 bytes were transferred (RETR old)',
    });
    expect(await ftp.pwd()).toBe('/');
  }
});
