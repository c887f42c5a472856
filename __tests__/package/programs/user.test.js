// A test as a user of the package has it: CommonJS, without any setting.
const { connect, error_perm, FTP } = require('ftpipe');
const { TestServer } = require('ftpipe/testing');

test('a client of ftpipe', async () => {
  const server = await TestServer.start({ files: { '/a.txt': 'hello' } });
  const { host, port } = server;
  const ftp = await connect({ host, port, user: 'user', password: 'password' });
  expect(ftp).toBeInstanceOf(FTP);
  expect(Buffer.concat(await ftp.retrBinary('RETR a.txt').toArray())).toEqual(Buffer.from('hello'));
  await expect(ftp.retrBinary('RETR b.txt').toArray()).rejects.toThrow(error_perm);
  await ftp.quit();
  await server.close();
});
