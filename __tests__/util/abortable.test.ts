import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { withTimeout } from '../../lib/util/abortable';
import { settled } from '../helpers/promises';

const expired = () => new Error('expired');
const never = new Promise<never>(() => {});

describe('withTimeout', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it.each<[string, Promise<string>, unknown]>([
    ['gives', Promise.resolve('done'), 'done'],
    ['throws', Promise.reject('broken'), 'broken'],
  ])(
    '%s with the result of the work, and leaves nothing behind',
    async (_title, work, expected) => {
      const { signal } = new AbortController();
      expect(await settled(withTimeout(work, 100, signal, expired))).toBe(expected);
      expect(jest.getTimerCount()).toBe(0);
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    },
  );

  it('rejects with the error of expired() at the timeout, and not before', async () => {
    let isOver = false;
    const waiting = settled(withTimeout(never, 100, undefined, expired)).finally(() => {
      isOver = true;
    });
    jest.advanceTimersByTime(99);
    await new Promise(setImmediate);
    expect(isOver).toBe(false);
    jest.advanceTimersByTime(1);
    expect(await waiting).toEqual(new Error('expired'));
  });

  it('has no limit with 0', async () => {
    const { signal } = new AbortController();
    void settled(withTimeout(never, 0, signal, expired));
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each(['before', 'meanwhile'])(
    "throws the signal's reason when it is aborted %s",
    async (when) => {
      const abort = new AbortController();
      if (when === 'before') abort.abort('reason');
      const waiting = settled(withTimeout(never, 100, abort.signal, expired));
      abort.abort('reason');
      expect(await waiting).toBe('reason');
      expect(jest.getTimerCount()).toBe(0);
    },
  );
});
