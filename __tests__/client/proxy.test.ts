import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { FTP } from '../../lib';
import { TestServer } from '../../lib/testing';

/** A stream as a proxy library returns it: no socket, no addresses, and no way to reset it. */
class Tunnel extends Duplex {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on('data', (chunk) => this.push(chunk) || socket.pause());
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.#socket.write(chunk, callback);
  }

  override _final(callback: () => void): void {
    this.#socket.end(callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#socket.destroy(); // a clean end, which a server takes for the end of the file
    callback(error);
  }
}

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function throughProxy() {
  const server = await TestServer.start({ files: { '/a.txt': 'one\ntwo\n' } });
  closing.push(() => server.close());
  const asked: { host: string; purpose: string }[] = [];
  const ftp = await FTP.connect({
    host: 'ftp.behind.the.proxy',
    port: server.port,
    user: 'user',
    password: 'password',
    timeouts: { abort: 500 },
    createConnection: async ({ host, port, purpose }) => {
      asked.push({ host, purpose });
      const socket = connect({ port, host: server.host, allowHalfOpen: true });
      await once(socket, 'connect');
      return new Tunnel(socket);
    },
  });
  closing.push(() => ftp.close());
  return { server, ftp, asked };
}

describe('createConnection', () => {
  it('makes both connections, with the host name that the user gave', async () => {
    const { server, ftp, asked } = await throughProxy();
    expect(Buffer.concat(await ftp.retrBinary('RETR a.txt').toArray()).toString()).toBe(
      'one\ntwo\n',
    );
    await ftp.storBinary('STOR b.txt', Buffer.from('three'));
    expect(server.storage.readFile('/b.txt').toString()).toBe('three');
    const host = 'ftp.behind.the.proxy';
    expect(asked).toEqual([
      { host, purpose: 'control' },
      { host, purpose: 'data' },
      { host, purpose: 'data' },
    ]);
  });

  it('does not let a failed upload look complete when its stream cannot be reset', async () => {
    const { server, ftp } = await throughProxy();
    const failing = async function* () {
      yield Buffer.from('the first half');
      await server.waitFor(({ sessions }) => (sessions[0]?.transfer?.bytes ?? 0) > 0);
      throw new Error('the disk is gone');
    };
    await expect(pipeline(failing, ftp.storBinary('STOR c.txt'))).rejects.toThrow('the disk');
    expect(await ftp.pwd()).toBe('/');
    expect(server.commands).toContain('ABOR');
    expect(server.transfers.map(({ outcome }) => outcome)).toEqual(['failed']);
  });

  it('has its control connection closed first when ABOR is not answered', async () => {
    const { server, ftp } = await throughProxy();
    server.handle('ABOR', () => {});
    const hadDataEnded = new Promise<boolean>((resolve) => {
      server.handle('STOR', async (session) => {
        await session.reply('150 Opening');
        const data = await session.openData();
        data.resume();
        session.control.once('end', () => resolve(data.readableEnded));
        await once(data, 'close');
      });
    });
    const upload = ftp.storBinary('STOR d.txt');
    await upload.opened();
    upload.destroy();
    await expect(ftp.pwd()).rejects.toMatchObject({ code: 'ERR_FTP_CONNECTION' });
    expect(await hadDataEnded).toBe(false);
  });

  it('excludes active mode, which needs a local address', async () => {
    const { ftp } = await throughProxy();
    ftp.setPasv(false);
    await expect(ftp.nlst()).rejects.toThrow('Active mode needs a TCP connection');
    ftp.setPasv(true);
    expect(await ftp.nlst()).toEqual(['a.txt']);
  });
});
