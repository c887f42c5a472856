import { afterEach, expect, it } from '@jest/globals';
import { FTP } from '../../lib';
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
