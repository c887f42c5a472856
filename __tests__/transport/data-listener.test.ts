import { getEventListeners, once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { DataListener, type ListenOptions } from '../../lib/transport/socket/data-listener';
import { afterwards } from '../helpers/afterwards';
import { settled } from '../helpers/promises';

async function listening(options: Partial<ListenOptions> = {}): Promise<DataListener> {
  const host = options.host ?? '127.0.0.1';
  const listener = await DataListener.listen({ host, peer: host, ...options });
  afterwards(() => listener.close());
  return listener;
}

function dial(port: number, localAddress = '127.0.0.1', host = '127.0.0.1'): Socket {
  const socket = connect({ host, port, localAddress });
  socket.on('error', () => {});
  afterwards(() => socket.destroy());
  return socket;
}

/** Two neighbouring ports, the first of which is taken. */
async function takenPort(): Promise<number> {
  for (;;) {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const next = createServer().listen(port + 1, '127.0.0.1');
    const isFree = await once(next, 'listening').then(
      () => true,
      () => false,
    );
    next.close();
    if (isFree) {
      await once(next, 'close');
      afterwards(() => taken.close());
      return port;
    }
    taken.close();
  }
}

async function accepted(listener: DataListener, signal?: AbortSignal): Promise<Socket> {
  const socket = await listener.accept(2000, signal);
  afterwards(() => socket.destroy());
  return socket;
}

afterEach(() => {
  jest.useRealTimers();
});

describe('DataListener', () => {
  it.each(['127.0.0.1', '::1'])('gives the connection of the server at %s', async (host) => {
    const listener = await listening({ host });
    const theirs = dial(listener.port, host, host);
    const ours = await accepted(listener);
    theirs.end('hello');
    const [chunk] = await once(ours, 'data');
    expect(String(chunk)).toBe('hello');
  });

  it('accepts a connection that came before accept()', async () => {
    const listener = await listening();
    const theirs = dial(listener.port);
    await once(theirs, 'connect');
    await new Promise(setImmediate);
    expect((await accepted(listener)).remotePort).toBe(theirs.localPort);
  });

  it('recognizes the IPv4-mapped address of the server', async () => {
    const listener = await listening({ peer: '::ffff:127.0.0.1' });
    dial(listener.port);
    expect((await accepted(listener)).remoteAddress).toBe('127.0.0.1');
  });

  it('rejects other hosts, and keeps listening (RFC 2577 §4)', async () => {
    const listener = await listening();
    const accepting = accepted(listener);
    const stranger = dial(listener.port, '127.0.0.2');
    stranger.resume();
    await once(stranger, 'close');
    const server = dial(listener.port);
    expect((await accepting).remotePort).toBe(server.localPort);
  });

  it('closes a second connection of the server', async () => {
    const listener = await listening();
    const both = [dial(listener.port), dial(listener.port)];
    await Promise.all(both.map((socket) => once(socket, 'connect')));
    listener.close(await accepted(listener));
    // The connection that was not accepted is reset, perhaps already now.
    const ended = both.map(
      (socket) =>
        new Promise<void>((resolve) => {
          if (socket.destroyed) resolve();
          else socket.resume().once('close', () => resolve());
        }),
    );
    await Promise.any(ended);
  });

  it('chooses the first free port of a range', async () => {
    const taken = await takenPort();
    expect((await listening({ ports: [taken, taken + 1] })).port).toBe(taken + 1);
  });

  it('fails if all ports of a range are in use, and names the range', async () => {
    const taken = await takenPort();
    expect(await settled(listening({ ports: [taken, taken] }))).toMatchObject({
      name: 'ConnectionError',
      phase: 'data',
      connectionUsable: true,
      message: `Cannot listen for the data connection at 127.0.0.1 on a port from ${taken} to ${taken}`,
      cause: { code: 'EADDRINUSE' },
    });
  });

  it('fails for an address of another host', async () => {
    expect(await settled(listening({ host: '192.0.2.1' }))).toMatchObject({
      name: 'ConnectionError',
      cause: { code: 'EADDRNOTAVAIL' },
    });
  });

  it('times out', async () => {
    const listener = await listening();
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    const accepting = settled(listener.accept(100));
    jest.advanceTimersByTime(100);
    expect(await accepting).toMatchObject({
      name: 'TimeoutError',
      phase: 'data',
      connectionUsable: true,
      message: expect.stringContaining('opened no data connection within 100 ms'),
    });
    expect(jest.getTimerCount()).toBe(0);
  });

  it('rejects when its signal is aborted, and leaves no listener on it', async () => {
    const listener = await listening();
    const abort = new AbortController();
    const accepting = settled(listener.accept(2000, abort.signal));
    abort.abort('enough');
    expect(await accepting).toBe('enough');
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
    const before = settled(listener.accept(2000, abort.signal));
    expect(await before).toBe('enough');
  });

  it('can be called again after a timeout', async () => {
    const listener = await listening();
    expect(await settled(listener.accept(5))).toMatchObject({ name: 'TimeoutError' });
    dial(listener.port);
    await accepted(listener);
  });

  it('stops listening when it is closed, and keeps the used connection', async () => {
    const listener = await listening();
    const { port } = listener;
    const theirs = dial(port);
    const ours = await accepted(listener);
    listener.close(ours);
    const late = dial(port);
    const [error] = await once(late, 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    theirs.end('x');
    expect(String((await once(ours, 'data'))[0])).toBe('x');
  });

  it.each(['accepted', 'not'])(
    'resets an unused connection (%s), because a normal end would mean an empty file',
    async (how) => {
      const listener = await listening();
      const theirs = dial(listener.port);
      await once(theirs, 'connect');
      await new Promise(setImmediate);
      if (how === 'accepted') await accepted(listener);
      listener.close();
      await expect(once(theirs.resume(), 'close')).rejects.toMatchObject({ code: 'ECONNRESET' });
    },
  );

  it('keeps its own side open when the server ends, as a passive connection does', async () => {
    const listener = await listening();
    const theirs = dial(listener.port);
    const ours = await accepted(listener);
    ours.resume();
    theirs.end();
    await once(ours, 'end');
    await new Promise(setImmediate);
    expect(ours.writable).toBe(true);
  });
});
