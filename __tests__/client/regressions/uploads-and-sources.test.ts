import net, { type Socket } from 'node:net';
import { Duplex, Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { describe, expect, it, jest } from '@jest/globals';
import type { CreateConnection, FTP, UploadSource } from '../../../lib';
import { afterwards } from '../../helpers/afterwards';
import { settled, turns } from '../../helpers/promises';
import {
  BIG,
  connectScripted,
  eprtPort,
  loggedIn,
  TIMEOUTS,
  tolerant,
  uncaughtErrors,
} from './harness';

describe('an upload in active mode', () => {
  it('resets the data connection when destroyed before the 150', async () => {
    let arrived = (_: Socket) => {};
    const connection = new Promise<Socket>((resolve) => {
      arrived = resolve;
    });
    let port = 0;
    const answer = (line: string) => {
      if (line.startsWith('EPRT')) port = eprtPort(line);
      if (!line.startsWith('STOR')) return '200 Okay.\r\n';
      const socket = net.connect(port, '127.0.0.1', () => arrived(socket));
      return undefined; // no 150 yet
    };
    const ftp = await connectScripted(answer, { passive: false });
    const upload = tolerant(ftp.storBinary('STOR x'));
    upload.write('part');
    const data = await connection;
    await turns(); // until the client has accepted it
    const end = new Promise((resolve) => {
      data.once('end', () => resolve('end')).resume();
      data.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    });
    upload.destroy(new Error('the source failed'));

    expect(await end).toBe('ECONNRESET');
  });
});

describe('an upload whose size differs from the declared size', () => {
  it.each([
    ['shorter', 10],
    ['longer', 2],
  ])('is not committed when it is %s', async (_, size) => {
    const { server, ftp } = await loggedIn();
    const error = await settled(ftp.storBinary('STOR x', Buffer.from('abc'), { size }));
    expect(error).toMatchObject({ name: 'TransferError', code: 'ERR_FTP_SIZE_MISMATCH' });

    expect(await server.waitFor(({ transfers }) => transfers[0])).toMatchObject({
      command: 'STOR',
      outcome: 'failed',
    });
    expect(await ftp.pwd()).toBe('/');
  });
});

describe('an upload source', () => {
  it.each<[string, () => unknown]>([
    ['an array of numbers', () => [1, 2]],
    ['a Readable of objects', () => Readable.from([{ a: 1 }])],
    [
      'a generator of numbers',
      () =>
        (function* () {
          yield 1;
        })(),
    ],
    ['a Uint16Array', () => new Uint16Array([1, 2])],
  ])('is rejected with a TypeError if it is %s, and nothing is committed', async (_, source) => {
    const uncaught = uncaughtErrors();
    const { server, ftp } = await loggedIn();
    const error = await settled(ftp.storBinary('STOR x', source() as UploadSource));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });

    expect(await ftp.pwd()).toBe('/');
    expect(server.transfers.filter(({ outcome }) => outcome === 'complete')).toEqual([]);
    expect(uncaught).toEqual([]);
  });

  it('is rejected before STOR if it is a ReadableStream that already has a reader', async () => {
    const { server, ftp } = await loggedIn();
    const source = new ReadableStream<Uint8Array>();
    source.getReader();
    const error = await settled(ftp.storBinary('STOR x', source));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_STATE' });

    expect(await ftp.pwd()).toBe('/');
    expect(server.commands.filter((line) => line.startsWith('STOR'))).toEqual([]);
  });
});

describe('a large upload to a slow server', () => {
  it('does not time out while bytes move, and reports progress', async () => {
    const { server, ftp } = await loggedIn({
      timeouts: { ...TIMEOUTS, dataIdle: 300 },
      createConnection: ({ port, purpose }) => {
        const socket = net.connect(port, '127.0.0.1');
        return purpose === 'control' ? socket : slowly(socket, 5); // 500 ms in all
      },
    });
    const upload = ftp.storBinary('STOR x');
    const reported: number[] = [];
    upload.on('progress', ({ bytesTransferred }) => reported.push(bytesTransferred));
    const source = Buffer.alloc(2_500_000);
    upload.end(source); // in one write
    await finished(upload);

    expect(server.transfers).toMatchObject([{ bytes: source.length, outcome: 'complete' }]);
    expect(reported.filter((bytes) => bytes > 0 && bytes < source.length)).not.toEqual([]);
    expect(reported.at(-1)).toBe(source.length);
  });

  /** A connection that sends at this rate, in kilobytes per millisecond. */
  function slowly(socket: Socket, rate: number): Duplex {
    afterwards(() => socket.destroy());
    const duplex = new Duplex({
      read: () => {},
      write: (chunk: Buffer, _encoding, callback) => {
        socket.write(chunk);
        setTimeout(callback, chunk.length / (rate * 1000));
      },
      final: (callback) => {
        socket.end(callback);
      },
    });
    socket.on('end', () => duplex.push(null)).resume();
    socket.on('error', (error) => duplex.destroy(error));
    return duplex;
  }
});

describe('storBinary', () => {
  it('uses the default block size when blocksize is null', async () => {
    const { server, ftp } = await loggedIn();
    const lengths: number[] = [];
    const onBlock = ({ length }: Buffer) => {
      if (lengths.push(length) > 100) throw new Error('too many blocks');
    };
    await ftp.storBinary('STOR x', BIG.subarray(0, 20_000), null as never, onBlock);

    expect(lengths).toEqual([8192, 8192, 3616]);
    expect(server.storage.readFile('/x')).toHaveLength(20_000);
  });

  it.each([
    ['a source', [Buffer.from('x'), { verify: 'size' }]],
    ['a stream', [{ verify: 'size' }]],
  ])('refuses verify for a STOU of %s, because the file name is unknown', async (_, args) => {
    const { server, ftp } = await loggedIn();
    const store = ftp.storBinary.bind(ftp) as (...args: unknown[]) => unknown;
    const error = await settled((async () => store('STOU', ...args))());
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
    expect(await ftp.pwd()).toBe('/');
    expect(server.commands).not.toContain('STOU');
  });
});

interface Sockets {
  control?: Socket;
  data?: Socket;
}

describe('an upload that fails in the tick in which it ends', () => {
  const WAYS: [string, (sockets: Sockets, ftp: FTP) => unknown][] = [
    ['the control connection is lost', ({ control }) => control?.destroy(new Error('lost'))],
    ['the client is closed', (_, ftp) => ftp.close()],
  ];

  it.each(WAYS)('leaves no socket open when %s', async (_, lose) => {
    expect(await openSockets()).toEqual([]); // left by earlier tests
    const server = await failedAtEnd(lose);
    await server.close();
    expect(await openSockets()).toEqual([]);
  });

  it.each(WAYS)('starts no completion timer when %s', async (_, lose) => {
    const completion = 1234; // used by no other timer
    const timers = jest.spyOn(globalThis, 'setTimeout');
    afterwards(() => timers.mockRestore());
    await failedAtEnd(lose, { ...TIMEOUTS, completion });
    expect(timers.mock.calls.filter(([, time]) => time === completion)).toEqual([]);
  });

  async function failedAtEnd(lose: (sockets: Sockets, ftp: FTP) => unknown, timeouts = TIMEOUTS) {
    const sockets: Sockets = {};
    const createConnection: CreateConnection = ({ host, port, purpose }) => {
      const socket = net.connect({ host, port });
      sockets[purpose] = socket;
      return socket;
    };
    const { server, ftp } = await loggedIn({ createConnection, timeouts });
    const upload = tolerant(ftp.storBinary('STOR x'));
    await upload.opened();
    const data = sockets.data as Socket;
    const end = data.end.bind(data) as (...args: unknown[]) => Socket;
    data.end = (...args: unknown[]) => {
      end(...args);
      lose(sockets, ftp); // while the end is being sent
      return data;
    };
    upload.end('content');
    const error = await settled(finished(upload));
    expect(error).toMatchObject({ name: 'ConnectionError' });
    await turns();
    return server;
  }

  /** The TCP sockets of this process, after those that are closing had time to close. */
  async function openSockets(): Promise<string[]> {
    const open = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap');
    for (let i = 0; i < 1000 && open().length > 0; i++) await turns(1);
    return open();
  }
});
