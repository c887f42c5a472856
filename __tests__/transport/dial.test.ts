import { getEventListeners, once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { type Duplex, PassThrough, Readable } from 'node:stream';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { dial } from '../../lib/transport/socket/dial';
import { afterwards } from '../helpers/afterwards';
import { settled } from '../helpers/promises';
import { listen } from './helpers/scripted-server';

const CONTROL = { purpose: 'control' as const, timeout: 2000 };
const DATA = { purpose: 'data' as const, timeout: 2000 };

async function dialled(...args: Parameters<typeof dial>): Promise<Socket> {
  const socket = (await dial(...args)) as Socket;
  afterwards(() => socket.destroy());
  return socket;
}

/** A port without a listener. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

afterEach(() => {
  jest.useRealTimers();
});

describe('dial', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['localhost', '127.0.0.1'],
    ['::1', '::1'],
  ])('connects to %s', async (host, address) => {
    const { port } = await listen({ host: address });
    const socket = await dialled({ host, port }, CONTROL, undefined);
    expect(socket.remotePort).toBe(port);
  });

  it('connects from localAddress', async () => {
    const { port, peers } = await listen();
    await dialled({ host: '127.0.0.1', port, localAddress: '127.0.0.3' }, DATA, undefined);
    expect(peers[0]?.socket.remoteAddress).toBe('127.0.0.3');
  });

  it('uses only the given family', async () => {
    const { port } = await listen();
    const socket = await dialled({ host: 'localhost', port, family: 4 }, CONTROL, undefined);
    expect(socket.remoteFamily).toBe('IPv4');
    const error = await settled(dial({ host: 'localhost', port, family: 6 }, CONTROL, undefined));
    expect(error).toMatchObject({ name: 'ConnectionError' }); // nobody listens there
  });

  it.each([
    ['control', false],
    ['data', true],
  ] as const)(
    'keeps the own side of a %s connection open at the end: %p',
    async (purpose, open) => {
      const { port, peers } = await listen();
      const socket = await dialled(
        { host: '127.0.0.1', port },
        { purpose, timeout: 2000 },
        undefined,
      );
      socket.resume();
      peers[0]?.socket.end();
      await once(socket, 'end');
      await new Promise(setImmediate);
      expect(socket.writable).toBe(open);
    },
  );

  it.each([
    ['control', 'connect', false],
    ['data', 'data', true],
  ] as const)('tells of a refused %s connection', async (purpose, phase, connectionUsable) => {
    const port = await closedPort();
    const error = await settled(
      dial({ host: '127.0.0.1', port }, { purpose, timeout: 2000 }, undefined),
    );
    expect(error).toMatchObject({
      name: 'ConnectionError',
      code: 'ERR_FTP_CONNECTION',
      phase,
      connectionUsable,
      message: expect.stringMatching(
        `^Cannot open the ${purpose} connection to 127.0.0.1:${port}: .*ECONNREFUSED`,
      ),
      cause: { code: 'ECONNREFUSED' },
    });
  });

  it('says why each address failed, which the AggregateError of Node does not', async () => {
    const port = await closedPort();
    const error = await settled(dial({ host: 'localhost', port }, CONTROL, undefined));
    expect(error).toMatchObject({ message: expect.stringContaining('ECONNREFUSED') });
  });

  it('writes an IPv6 address in brackets', async () => {
    const port = await closedPort();
    const error = await settled(dial({ host: '::1', port }, CONTROL, undefined));
    expect(error).toMatchObject({ message: expect.stringContaining(`[::1]:${port}`) });
  });

  it('names an unknown host', async () => {
    const error = await settled(
      dial({ host: 'no-such-host.invalid', port: 21 }, CONTROL, undefined),
    );
    expect(error).toMatchObject({ name: 'ConnectionError', phase: 'connect' });
  });

  it('times out, and leaves no connection', async () => {
    const { port, peers, server } = await listen();
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    const connecting = settled(
      dial({ host: '127.0.0.1', port }, { ...CONTROL, timeout: 100 }, undefined),
    );
    jest.advanceTimersByTime(100); // before the kernel can answer
    expect(await connecting).toMatchObject({
      name: 'TimeoutError',
      code: 'ERR_FTP_TIMEOUT',
      phase: 'connect',
      message: `No control connection to 127.0.0.1:${port} within 100 ms`,
    });
    expect(jest.getTimerCount()).toBe(0);
    await Promise.all(peers.map((peer) => peer.closed));
    const open = await new Promise((resolve) =>
      server.getConnections((_, count) => resolve(count)),
    );
    expect(open).toBe(0);
  });

  it('rejects at once for an aborted signal, and opens nothing', async () => {
    const create = jest.fn<() => Duplex>();
    const limits = { ...CONTROL, signal: AbortSignal.abort('before') };
    expect(await settled(dial({ host: 'x', port: 1 }, limits, create))).toBe('before');
    expect(create).not.toHaveBeenCalled();
  });

  it('rejects when its signal is aborted', async () => {
    const { port } = await listen();
    const abort = new AbortController();
    const limits = { ...CONTROL, signal: abort.signal };
    const connecting = settled(dial({ host: '127.0.0.1', port }, limits, undefined));
    abort.abort('enough');
    expect(await connecting).toBe('enough');
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  });

  it('leaves no listener on the signal, and no timer', async () => {
    const { port } = await listen();
    const { signal } = new AbortController();
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    await dialled({ host: '127.0.0.1', port }, { ...DATA, signal }, undefined);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('keeps an error that comes before anybody listens', async () => {
    const { port, peers } = await listen();
    const socket = await dialled({ host: '127.0.0.1', port }, DATA, undefined);
    peers[0]?.socket.resetAndDestroy();
    await new Promise((resolve) => socket.on('close', resolve));
    expect(socket.errored).toMatchObject({ code: 'ECONNRESET' });
  });

  describe('with createConnection', () => {
    const target = { host: 'far.example', port: 2121 };

    it('passes the target and the purpose, and uses the returned stream', async () => {
      const stream = new PassThrough();
      const create = jest.fn(async (_options: object) => stream);
      expect(await dial({ ...target, localAddress: '127.0.0.1' }, DATA, create)).toBe(stream);
      expect(create).toHaveBeenCalledWith({
        ...target,
        purpose: 'data',
        signal: expect.any(AbortSignal),
      });
    });

    it('accepts a stream that is returned at once', async () => {
      const stream = new PassThrough();
      expect(await dial(target, DATA, () => stream)).toBe(stream);
    });

    it.each([0, 30])(
      'closes the stream of another library that it rejects (%i ms late)',
      async (late) => {
        const stream = { on() {}, write() {}, destroy: jest.fn() };
        const gone = new Promise((resolve) => stream.destroy.mockImplementation(resolve));
        const make = () => new Promise((resolve) => setTimeout(resolve, late, stream));
        const limits = { ...DATA, timeout: late > 0 ? 1 : 2000 };
        await settled(dial(target, limits, make as unknown as () => Duplex));
        await gone;
        expect(stream.destroy).toHaveBeenCalledTimes(1);
      },
    );

    it.each<[string, unknown]>([
      ['nothing', undefined],
      ['null', null],
      ['a string', 'socket'],
      ['a Readable', Readable.from([])],
      ['an object like a stream', { on() {}, write() {} }],
    ])('rejects %s', async (_title, value) => {
      const error = await settled(dial(target, CONTROL, () => value as Duplex));
      expect(error).toMatchObject({
        name: 'ConnectionError',
        phase: 'connect',
        cause: { name: 'TypeError', message: 'createConnection must return a Duplex' },
      });
    });

    it.each<[string, () => Promise<Duplex>]>([
      [
        'throws',
        () => {
          throw new Error('proxy says no');
        },
      ],
      [
        'rejects',
        async () => {
          throw new Error('proxy says no');
        },
      ],
    ])('says why it %s', async (_title, create) => {
      expect(await settled(dial(target, DATA, create))).toMatchObject({
        name: 'ConnectionError',
        phase: 'data',
        connectionUsable: true,
        message: expect.stringContaining(
          'Cannot open the data connection to far.example:2121: proxy says no',
        ),
      });
    });

    it('times out, and aborts the signal that it passed', async () => {
      let told: AbortSignal | undefined;
      const never = ({ signal }: { signal: AbortSignal }) => {
        told = signal;
        return new Promise<Duplex>(() => {});
      };
      const error = await settled(dial(target, { ...CONTROL, timeout: 20 }, never));
      expect(error).toMatchObject({ name: 'TimeoutError', phase: 'connect' });
      expect(told?.aborted).toBe(true);
      expect(told?.reason).toBe(error);
    });

    it.each(['a timeout', 'a signal'])('destroys a stream that comes after %s', async (how) => {
      const late = new PassThrough();
      let give!: (stream: Duplex) => void;
      const abort = new AbortController();
      const limits = { ...CONTROL, timeout: how === 'a timeout' ? 20 : 0, signal: abort.signal };
      const dialling = settled(
        dial(
          target,
          limits,
          () =>
            new Promise((resolve) => {
              give = resolve;
            }),
        ),
      );
      if (how === 'a signal') abort.abort('enough');
      await dialling;
      give(late);
      await once(late, 'close');
      expect(late.destroyed).toBe(true);
    });
  });
});
