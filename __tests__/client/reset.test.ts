import { once } from 'node:events';
import { afterEach, expect, it } from '@jest/globals';
import { FTP } from '../../lib';
import { TestServer } from '../../lib/testing';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

it('a download rejects after a reset that Node 20 reports as the end of the data', async () => {
  const server = await TestServer.start();
  closing.push(() => server.close());
  server.handle('RETR', async (session) => {
    await session.reply('150 Opening');
    const data = await session.openData();
    data.write('x'.repeat(100), () => data.resetAndDestroy());
    await once(data, 'close');
    await session.reply('226 Done'); // a lie
  });
  const { host, port } = server;
  const ftp = await FTP.connect({ host, port, user: 'user', password: 'password' });
  closing.push(() => ftp.close());

  for (let i = 0; i < 20; i++) {
    const download = ftp.retrBinary('RETR x').toArray();
    await expect(download).rejects.toMatchObject({ code: 'ERR_FTP_TRANSFER' });
  }
  expect(await ftp.pwd()).toBe('/');
});
