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

it('tells of an upload of which the server has not as many bytes as were sent', async () => {
  const { ftp } = await connected({ on: 'SIZE', reply: '213 3' });
  await expect(ftp.storBinary('STOR new', five, { verify })).rejects.toMatchObject({
    code: 'ERR_FTP_SIZE_MISMATCH',
    message: 'The server has 3 bytes and not 5 (STOR new)',
    bytesTransferred: 5,
    connectionUsable: true,
  });
  expect(await ftp.pwd()).toBe('/');
});

it('counts what was there before APPE, and before the restart offset', async () => {
  const { server, ftp } = await connected();
  await ftp.storBinary('APPE old', five, { verify });
  expect(server.storage.readFile('/old').toString()).toBe('0123456789abcde');
  await ftp.storBinary('STOR old', five, { verify, rest: 15 });
  expect(server.storage.readFile('/old').toString()).toBe('0123456789abcdeabcde');
});

it('does not call an upload stored when the connection goes before it is known', async () => {
  const { ftp } = await connected({ on: 'SIZE', control: 'destroy', at: 'before-reply' });
  await expect(ftp.storBinary('STOR new', five, { verify })).rejects.toMatchObject({
    code: 'ERR_FTP_UNCONFIRMED',
    connectionUsable: false,
  });
  expect(ftp.connected).toBe(false);
});

it('leaves an upload unverified where the server does not know SIZE', async () => {
  const { ftp } = await connected({ on: 'SIZE', reply: '502 What?' });
  expect(await ftp.storBinary('STOR new', five, { verify })).toMatch(/^226/);
});

it('asks after an empty upload that a 226 alone has confirmed', async () => {
  const greeting: Fault = { on: 'connect', reply: '220 (vsFTPd 3.0.3)' }; // its bytes do not wait
  const { ftp } = await connected(greeting, { on: 'STOR', code: '1xx', drop: true });
  expect(await ftp.storBinary('STOR new', Buffer.alloc(0), { verify })).toMatch(/^226/);
  expect(await ftp.pwd()).toBe('/');
});

it('asks before a download, and takes neither less nor more', async () => {
  for (const size of [9, 11]) {
    const { ftp } = await connected({ on: 'SIZE', reply: `213 ${size}` });
    await expect(ftp.retrBinary('RETR old', { verify }).toArray()).rejects.toMatchObject({
      code: 'ERR_FTP_SIZE_MISMATCH',
    });
    expect(await ftp.pwd()).toBe('/');
  }
});

it('tells the server the external address in active mode', async () => {
  const server = await TestServer.start();
  closing.push(() => server.close());
  const { host, port } = server;
  const ftp = new FTP({ host, port, passive: false, externalAddress: '203.0.113.7' });
  closing.push(() => ftp.close());
  await ftp.connect();
  await ftp.login('user', 'password');
  await expect(ftp.nlst()).rejects.toThrow(/^50/); // it lets nobody be sent to a stranger
  expect(server.commands).toContainEqual(
    expect.stringMatching(/^EPRT \|1\|203\.0\.113\.7\|\d+\|$/),
  );
  expect(server.commands).toContainEqual(expect.stringMatching(/^PORT 203,0,113,7,\d+,\d+$/));
});

describe("a file that grows, with verify: 'at-least'", () => {
  const atLeast = { verify: 'at-least' } as const;

  it('may be longer than SIZE has told, but not shorter', async () => {
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

  it('still fails with verify: size', async () => {
    const { ftp } = await connected({ on: 'SIZE', reply: '213 7' });
    await expect(ftp.retrBinary('RETR old', { verify }).toArray()).rejects.toMatchObject({
      code: 'ERR_FTP_SIZE_MISMATCH',
    });
  });

  it('is downloaded to a file as far as it goes', async () => {
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

  it('may have more than was uploaded, but not less', async () => {
    const { ftp } = await connected({ on: 'SIZE', nth: 1, reply: '213 9' });
    await ftp.storBinary('STOR new', five, atLeast);
    await ftp.storBinary('STOR new', five, atLeast);
    const { ftp: other } = await connected({ on: 'SIZE', reply: '213 4' });
    await expect(other.storBinary('STOR new', five, atLeast)).rejects.toMatchObject({
      code: 'ERR_FTP_SIZE_MISMATCH',
      message: 'The server has 4 bytes and not at least 5 (STOR new)',
    });
  });

  it('must end in order, since nobody knows where', async () => {
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

it('measures what is left from an offset, however the server announces it', async () => {
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
