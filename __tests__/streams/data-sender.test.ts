import { Duplex } from 'node:stream';
import { describe, expect, it, jest } from '@jest/globals';
import { DataSender } from '../../lib/streams/data-sender';

const KIB = 1024;

/**
 * A data connection that accepts a write, or fails it, either at once or when `next()` is called.
 */
function connection(answersAtOnce: boolean, error?: Error) {
  const writes: number[][] = [];
  const waiting: ((error?: Error) => void)[] = [];
  const take = (lengths: number[], callback: (error?: Error) => void) => {
    writes.push(lengths);
    if (answersAtOnce) callback(error);
    else waiting.push(callback);
  };
  const data = new Duplex({
    read() {},
    write: (chunk, _encoding, callback) => take([chunk.length], callback),
    writev: (chunks, callback) =>
      take(
        chunks.map(({ chunk }) => chunk.length),
        callback,
      ),
  });
  data.on('error', () => {});
  return { data, writes, next: (error?: Error) => waiting.shift()?.(error) };
}

function sender() {
  const state = { maySend: true, moved: 0 };
  const moves = jest.fn();
  const failed = jest.fn();
  const notWhole = jest.fn();
  const made = new DataSender({
    canSend: () => state.maySend,
    onStarted: moves,
    onSent: (bytes) => {
      state.moved += bytes;
    },
    onError: failed,
    onDetached: notWhole,
  });
  return { made, state, moves, failed, notWhole };
}

const chunks = (...lengths: number[]) => lengths.map((length) => Buffer.alloc(length));
const turn = () => new Promise(setImmediate);

describe('DataSender', () => {
  it('calls back once after a write that the kernel accepts at once', async () => {
    const { data } = connection(true);
    const { made, state } = sender();
    const sent = jest.fn();
    made.send(data, chunks(10), sent);
    await turn();
    expect([state.moved, sent.mock.calls.length]).toEqual([10, 1]);
  });

  it('waits for the callback of a write', async () => {
    const { data, next } = connection(false);
    const { made, state, moves } = sender();
    const sent = jest.fn();
    made.send(data, chunks(10), sent);
    await turn();
    expect([state.moved, sent.mock.calls.length, moves.mock.calls.length]).toEqual([0, 0, 1]);
    next();
    await turn();
    expect([state.moved, sent.mock.calls.length]).toEqual([10, 1]);
  });

  it('combines small chunks, and splits large ones', async () => {
    const { data, writes, next } = connection(false);
    const { made, state } = sender();
    const sent = jest.fn();
    made.send(data, chunks(100 * KIB, 100 * KIB, 100 * KIB, 2000 * KIB), sent);
    const total = 2300 * KIB;
    while (state.moved < total) {
      next();
      await turn();
    }
    expect(sent).toHaveBeenCalledTimes(1);
    const pieces = writes.map((lengths) => lengths.reduce((sum, length) => sum + length, 0) / KIB);
    // The first shows how fast it goes.
    expect(pieces).toEqual([256, 1024, 1020]);
    expect(writes.flat().reduce((sum, length) => sum + length, 0)).toBe(total);
  });

  it.each([
    ['keeps pieces small while the kernel accepts each at once', true, 0, [256, 256, 256]],
    ['sends large pieces after one that took less than 100 ms', false, 90, [256, 1024, 1024]],
    ['sends small pieces after one that took 100 ms', false, 100, [256, 256, 256]],
  ])('%s', async (_title, acceptsAtOnce, milliseconds, sizes) => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
    try {
      const { data, writes, next } = connection(acceptsAtOnce);
      const { made } = sender();
      made.send(data, chunks(4096 * KIB), () => {});
      for (let i = 0; i < sizes.length; i++) {
        jest.advanceTimersByTime(milliseconds);
        next();
        await turn();
      }
      expect(writes.flat().slice(0, sizes.length)).toEqual(sizes.map((size) => size * KIB));
    } finally {
      jest.useRealTimers();
    }
  });

  it('reports a chunk whose memory is detached between its pieces', async () => {
    const { data, next } = connection(false);
    const { made, notWhole } = sender();
    const sent = jest.fn();
    const chunk = new Uint8Array(300 * KIB);
    made.send(data, [chunk], sent);
    structuredClone(chunk.buffer, { transfer: [chunk.buffer] });
    await turn();
    next();
    await turn();
    expect([notWhole.mock.calls.length, sent.mock.calls.length]).toEqual([1, 0]);
  });

  it('sends nothing until it may', async () => {
    const { data, writes } = connection(true);
    const { made, state } = sender();
    const sent = jest.fn();
    state.maySend = false;
    made.send(data, chunks(10), sent);
    expect([writes.length, made.hasSent]).toEqual([0, false]);
    state.maySend = true;
    made.resume();
    await turn();
    expect([writes.length, made.hasSent, sent.mock.calls.length]).toEqual([1, true, 1]);
  });

  it('restarts the timeout of a piece that is being sent', () => {
    const { data } = connection(false);
    const { made, moves } = sender();
    made.send(data, chunks(10), () => {});
    made.resume();
    expect(moves).toHaveBeenCalledTimes(2);
  });

  it.each(['at once', 'later', 'since it is destroyed'])(
    'reports a write that fails %s',
    async (when) => {
      const { data, next } = connection(when === 'at once', new Error('broken'));
      const { made, state, failed } = sender();
      const sent = jest.fn();
      if (when === 'since it is destroyed') data.destroy();
      made.send(data, chunks(10), sent);
      next(new Error('broken'));
      await turn();
      expect(failed).toHaveBeenCalledTimes(1);
      expect([state.moved, sent.mock.calls.length]).toEqual([0, 0]);
    },
  );
});
