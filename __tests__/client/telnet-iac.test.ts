import { describe, expect, it } from '@jest/globals';
import { FTP, type FTPOptions } from '../../lib';
import { listen } from '../transport/helpers/scripted-server';

/** A client of a server with this greeting, and the lines that the server receives. */
async function connected(greeting: string, pwd: string, options: FTPOptions = {}) {
  const received: string[] = [];
  const server = await listen({
    onConnect: ({ socket }) => {
      socket.setEncoding('latin1');
      socket.write(`${greeting}\r\n`, 'latin1');
      socket.on('data', (chunk: string) => {
        for (const line of chunk.split('\r\n').slice(0, -1)) {
          received.push(line);
          const code = { USER: 230, DELE: 250 }[line.slice(0, 4)] ?? 200;
          socket.write(line === 'PWD' ? `257 "${pwd}"\r\n` : `${code} ok\r\n`, 'latin1');
        }
      });
    },
  });
  const { host, port } = server;
  const ftp = new FTP({ host, port, encoding: 'latin1', ...options });
  return { ftp, received };
}

// biome-ignore format: a table
const CASES: [greeting: string, options: FTPOptions, sent: string, received: string, name: string][] = [
  ['220 (vsFTPd 3.0.3)',                     {},                      '\xff',     '\xff\xff',     '\xff'],
  ['220 ProFTPD Server (x) [127.0.0.1]',     {},                      '\xff\xff', '\xff\xff',     '\xff\xff'],
  ['220-- Welcome to Pure-FTPd --\r\n220 x', {},                      '\xff',     '\xff\xff',     '\xff\xff'],
  ['220 Ready.',                             {},                      '\xff\xff', '\xff\xff',     '\xff'],
  ['220 Ready.',                             {},                      '\xff\xff', '\xff',         '\xff'],
  ['220 Ready.',                             { telnetIac: 'raw' },    '\xff',     '\xff\xff\xfb1', '\xff\xff\xfb1'],
  ['220 (vsFTPd 3.0.3)',                     { telnetIac: 'double' }, '\xff\xff', '\xff\xff\xfb1', '\xff\xfb1'],
  ['220-- Welcome to Pure-FTPd --\r\n220 x', { telnetIac: 'double' }, '\xff\xff', '\xff\xfbxa',   'a'],
];

describe.each(CASES)(
  'after the greeting %j with %j (0xFF sent as %j, received as %j)',
  (greeting, options, sent, reply, name) => {
    it('sends 0xFF in the form that the server reads', async () => {
      const { ftp, received } = await connected(greeting, '/', options);
      await ftp.connect();
      await ftp.login('\xffuser');
      await ftp.delete('a\xffb');
      await ftp.delete(Buffer.from('a\xffb', 'latin1'));
      await ftp.sendCmd(Buffer.from('SITE \xff', 'latin1'));
      ftp.close();
      const bytes = [`USER ${sent}user`, `DELE a${sent}b`, `DELE a${sent}b`, `SITE ${sent}`];
      expect(received).toEqual(bytes);
    });

    it('reads 0xFF in the form that the server sends', async () => {
      const { ftp } = await connected(greeting, `/${reply}`, options);
      await ftp.connect();
      expect(await ftp.pwd()).toBe(`/${name}`);
      ftp.close();
    });
  },
);
