// A test of a user: CommonJS with the default settings of jest.
const { connect, error_perm, FTP } = require('ftpipe');
const { TestServer } = require('ftpipe/testing');

test('downloads a file and rejects for a missing one', async () => {
  const server = await TestServer.start({ files: { '/a.txt': 'hello' } });
  const { host, port } = server;
  const ftp = await connect({ host, port, user: 'user', password: 'password' });
  expect(ftp).toBeInstanceOf(FTP);
  expect(Buffer.concat(await ftp.retrBinary('RETR a.txt').toArray())).toEqual(Buffer.from('hello'));
  await expect(ftp.retrBinary('RETR b.txt').toArray()).rejects.toThrow(error_perm);
  await ftp.quit();
  await server.close();
});
