import { describe, expect, it } from '@jest/globals';
import { Deferred } from '../../lib/util/deferred';

describe.each(['before', 'after'])('a promise that is asked for %s it is settled', (when) => {
  /** The promise of a settler with which all this was done. */
  function settled(...steps: ((settler: Deferred<string>) => void)[]): Promise<string> {
    const settler = new Deferred<string>();
    const early = when === 'before' ? settler.promise : undefined;
    for (const step of steps) step(settler);
    return early ?? settler.promise;
  }
  const resolve = (value: string) => (settler: Deferred<string>) => settler.resolve(value);
  const reject = (reason: string) => (settler: Deferred<string>) => settler.reject(reason);

  it('resolves with the result', async () => {
    expect(await settled(resolve('well'))).toBe('well');
  });

  it('rejects with the reason', async () => {
    await expect(settled(reject('why'))).rejects.toBe('why');
  });

  it('keeps the first outcome', async () => {
    expect(await settled(resolve('well'), reject('why'), resolve('other'))).toBe('well');
    await expect(settled(reject('why'), resolve('well'), reject('other'))).rejects.toBe('why');
  });

  it('always has the same promise', () => {
    const settler = new Deferred<string>();
    if (when === 'after') settler.resolve('well');
    expect(settler.promise).toBe(settler.promise);
  });

  it('causes no unhandled rejection', async () => {
    // jest fails the test during which a rejection goes unhandled.
    void settled(reject('why'));
    await new Promise(setImmediate);
  });
});
