import { describe, expect, it } from '@jest/globals';
import { throwIfAborted } from '../../lib/util/abort-listeners';
import { Cancellation, type StopSignal } from '../../lib/util/abort-signal';
import { unlessAborted } from '../../lib/util/abortable';

/** Both kinds behave alike: an AbortController is the model. */
const KINDS: [name: string, make: () => { signal: StopSignal; abort(reason?: unknown): void }][] = [
  [
    'an AbortController',
    () => {
      const controller = new AbortController();
      return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
    },
  ],
  [
    'a Cancellation',
    () => {
      const cancellation = new Cancellation();
      return { signal: cancellation, abort: (reason) => cancellation.abort(reason) };
    },
  ],
];

describe.each(KINDS)('%s', (_name, make) => {
  it('is not aborted at first', () => {
    const { signal } = make();
    expect(signal).toMatchObject({ aborted: false, reason: undefined });
    expect(() => throwIfAborted(signal)).not.toThrow();
  });

  it('calls every listener once, in order, after it has its reason', () => {
    const { signal, abort } = make();
    const told: unknown[] = [];
    const first = () => told.push(['first', signal.aborted, signal.reason]);
    signal.addEventListener('abort', first);
    signal.addEventListener('abort', () => told.push('second'));
    signal.addEventListener('abort', first); // is there already
    abort('why');
    abort('again');
    expect(told).toEqual([['first', true, 'why'], 'second']);
    expect(signal.reason).toBe('why');
    expect(() => throwIfAborted(signal)).toThrow('why');
  });

  it('does not call a removed listener, even one that is removed meanwhile', () => {
    const { signal, abort } = make();
    const told: string[] = [];
    const gone = () => told.push('gone');
    const leaving = () => told.push('leaving');
    signal.addEventListener('abort', gone);
    signal.addEventListener('abort', () => {
      told.push('there');
      signal.removeEventListener('abort', leaving);
    });
    signal.addEventListener('abort', leaving);
    signal.removeEventListener('abort', gone);
    abort('why');
    expect(told).toEqual(['there']);
  });

  it('has an AbortError as the default reason', () => {
    const { signal, abort } = make();
    abort();
    expect(signal.reason).toMatchObject({ name: 'AbortError' });
  });

  it('keeps null as a reason', () => {
    const { signal, abort } = make();
    abort(null);
    expect(signal).toMatchObject({ aborted: true, reason: null });
  });

  it('ends the wait for a promise', async () => {
    const { signal, abort } = make();
    const waiting = unlessAborted(new Promise(() => {}), signal);
    abort('why');
    await expect(waiting).rejects.toBe('why');
  });
});
