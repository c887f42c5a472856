import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import { type Turn, type TurnHolder, TurnQueue } from '../../lib/session/turn-queue';
import { now } from '../../lib/util/clock';
import { settled } from '../helpers/promises';

/** Lets all that can happen without time happen. */
const quiet = () => new Promise(setImmediate);

function holder(since: number | undefined) {
  return {
    command: 'RETR a',
    since,
    idleSince() {
      return this.since;
    },
    onQueued: jest.fn(),
  } satisfies TurnHolder & { since: number | undefined };
}

/** The calls that have had the turn, in order. */
function line(turn: TurnQueue, count: number) {
  const order: number[] = [];
  const tickets = Array.from({ length: count }, () => turn.take());
  const ends = tickets.map((ticket, i) => settled(ticket.ready(0).then(() => order.push(i))));
  return { tickets, ends, order };
}

describe('Turn', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is granted at once to the first call', async () => {
    await new TurnQueue().take().ready(0);
  });

  it('is granted in the order of the calls, not of the waiting', async () => {
    const turn = new TurnQueue();
    const [a, b, c] = [turn.take(), turn.take(), turn.take()];
    const order: string[] = [];
    void c.ready(0).then(() => order.push('c'));
    void b.ready(0).then(() => order.push('b'));
    await a.ready(0);
    await quiet();
    expect(order).toEqual([]);
    a.release();
    await quiet();
    expect(order).toEqual(['b']);
    b.release();
    await quiet();
    expect(order).toEqual(['b', 'c']);
  });

  it('is released once, even if release() is called again', async () => {
    const turn = new TurnQueue();
    const { tickets, order } = line(turn, 3);
    tickets[0]?.release();
    tickets[0]?.release();
    await quiet();
    expect(order).toEqual([0, 1]);
  });

  it('skips a call that was abandoned before its turn', async () => {
    const turn = new TurnQueue();
    const { tickets, order } = line(turn, 3);
    tickets[1]?.release();
    tickets[0]?.release();
    await quiet();
    expect(order[0]).toBe(0);
    expect(order.at(-1)).toBe(2);
  });

  describe('behind a transfer', () => {
    /** A transfer that holds the turn, and a call that waits for it. */
    async function waiting(since: number | undefined, patience = 100) {
      const turn = new TurnQueue();
      const first = turn.take();
      await first.ready(0);
      const held = holder(since);
      first.hold(held);
      const second = turn.take();
      let end: unknown = 'waits';
      const ready = second.ready(patience).then(
        () => {
          end = 'ready';
        },
        (error: unknown) => {
          end = error;
        },
      );
      return { turn, first, held, second, ready, end: () => end };
    }

    it('notifies the transfer that a call waits, in either order', async () => {
      const { held } = await waiting(undefined);
      expect(held.onQueued).toHaveBeenCalledTimes(1);
      const turn = new TurnQueue();
      const first = turn.take();
      turn.take();
      const late = holder(undefined);
      first.hold(late);
      expect(late.onQueued).toHaveBeenCalledTimes(1);
      const alone = holder(undefined);
      new TurnQueue().take().hold(alone);
      expect(alone.onQueued).not.toHaveBeenCalled();
    });

    it('rejects when the transfer has waited for its user for the whole limit', async () => {
      const { end } = await waiting(now());
      await jest.advanceTimersByTimeAsync(99);
      expect(end()).toBe('waits');
      await jest.advanceTimersByTimeAsync(2);
      expect(end()).toMatchObject({
        name: 'BusyError',
        code: 'ERR_FTP_BUSY',
        command: 'RETR a',
        connectionUsable: true,
        message: expect.stringContaining('RETR a'),
      });
    });

    it('does not count the time before the call', async () => {
      const { end } = await waiting(now() - 1_000_000);
      await jest.advanceTimersByTimeAsync(99);
      expect(end()).toBe('waits');
      await jest.advanceTimersByTimeAsync(2);
      expect(end()).toMatchObject({ name: 'BusyError' });
    });

    it('waits as long as the user keeps using the transfer', async () => {
      const { held, end } = await waiting(now());
      for (let i = 0; i < 20; i++) {
        await jest.advanceTimersByTimeAsync(60);
        held.since = now();
      }
      expect(end()).toBe('waits');
      await jest.advanceTimersByTimeAsync(101);
      expect(end()).toMatchObject({ name: 'BusyError' });
    });

    it('waits for ever while the transfer waits for the server', async () => {
      const { held, end } = await waiting(undefined);
      await jest.advanceTimersByTimeAsync(10_000);
      expect(end()).toBe('waits');
      held.since = now();
      await jest.advanceTimersByTimeAsync(201);
      expect(end()).toMatchObject({ name: 'BusyError' });
    });

    it('waits for ever with a limit of 0', async () => {
      const { end } = await waiting(now(), 0);
      await jest.advanceTimersByTimeAsync(10_000_000);
      expect(end()).toBe('waits');
      expect(jest.getTimerCount()).toBe(0);
    });

    it('leaves the queue after the limit, and no other call does', async () => {
      const { turn, first, ready } = await waiting(now());
      const third = turn.take();
      await jest.advanceTimersByTimeAsync(101);
      await ready;
      first.release();
      await third.ready(0);
    });

    it('is never busy once it is granted', async () => {
      const { first, end } = await waiting(now());
      await jest.advanceTimersByTimeAsync(50);
      first.release();
      await jest.advanceTimersByTimeAsync(1000);
      expect(end()).toBe('ready');
      expect(jest.getTimerCount()).toBe(0);
    });
  });

  describe('with a signal', () => {
    it.each(['before', 'meanwhile'])('is given up when it is aborted %s', async (when) => {
      const turn = new TurnQueue();
      const first = turn.take();
      const second = turn.take();
      const third = turn.take();
      const abort = new AbortController();
      if (when === 'before') abort.abort('reason');
      const ready = settled(second.ready(100, abort.signal));
      abort.abort('reason');
      expect(await ready).toBe('reason');
      first.release();
      await third.ready(0);
      expect(jest.getTimerCount()).toBe(0);
      expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
    });

    it('rejects even when the turn was granted', async () => {
      const turn = new TurnQueue();
      const first = turn.take();
      expect(await settled(first.ready(0, AbortSignal.abort('reason')))).toBe('reason');
      await turn.take().ready(0);
    });

    it('leaves no listener on the signal', async () => {
      const { signal } = new AbortController();
      await new TurnQueue().take().ready(100, signal);
      expect(getEventListeners(signal, 'abort')).toEqual([]);
      expect(jest.getTimerCount()).toBe(0);
    });
  });

  it('rejects all waiting and later calls when the connection is lost', async () => {
    const turn = new TurnQueue();
    const { ends } = line(turn, 3);
    await quiet();
    const reason = new Error('gone');
    turn.fail(reason);
    expect((await Promise.all(ends)).slice(1)).toEqual([reason, reason]);
    expect(await settled(turn.take().ready(0))).toBe(reason);
  });

  it('rejectWaiting() rejects the waiting calls, but not the granted one or later ones', async () => {
    const turn = new TurnQueue();
    const { tickets, ends, order } = line(turn, 3);
    await quiet();
    const reason = new Error('away');
    turn.rejectWaiting(reason);
    expect((await Promise.all(ends)).slice(1)).toEqual([reason, reason]);
    const late = turn.take();
    const ready = late.ready(0).then(() => order.push(9));
    await quiet();
    expect(order).toEqual([0]); // who has the turn keeps it
    tickets[0]?.release();
    await ready;
    expect(order).toEqual([0, 9]);
  });

  it('causes no unhandled rejection if nobody waits', async () => {
    const turn = new TurnQueue();
    turn.take();
    turn.take();
    turn.fail(new Error('gone')); // an unhandled rejection would fail this test
    await quiet();
  });

  it('is held by one call at a time, in order, for random sequences', async () => {
    const step = fc.record({
      what: fc.constantFrom('take', 'release', 'abort'),
      who: fc.nat(20),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const turn = new TurnQueue();
        const places: { ticket: Turn; abort: AbortController; state: string }[] = [];
        for (const { what, who } of steps) {
          const place = places[who % Math.max(places.length, 1)];
          if (what === 'take') {
            const own = { ticket: turn.take(), abort: new AbortController(), state: 'waits' };
            places.push(own);
            own.ticket.ready(0, own.abort.signal).then(
              () => {
                if (own.state === 'waits') own.state = 'has it';
              },
              () => {
                own.state = 'gone';
              },
            );
          } else if (place && what === 'abort' && place.state === 'waits') {
            place.abort.abort('x');
          } else if (place && what === 'release' && place.state === 'has it') {
            place.state = 'gone';
            place.ticket.release();
          }
          await quiet();
          const here = places.filter(({ state }) => state !== 'gone');
          // The oldest has it, and all others wait.
          expect(here.map(({ state }) => state)).toEqual(
            here.map((_, i) => (i === 0 ? 'has it' : 'waits')),
          );
        }
      }),
      { numRuns: 60 },
    );
  });
});
