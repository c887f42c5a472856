import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { codecOf } from '../../lib/protocol/codec';
import { command } from '../../lib/protocol/command';
import { Resynchronization } from '../../lib/transport/control/resynchronization';

const noop = command({ codec: codecOf('utf8') }, 'NOOP');
const TIMEOUT = 1000;

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

function begun(hasOwnData: boolean) {
  const written: string[] = [];
  const destroyed: Error[] = [];
  const resync: Resynchronization = new Resynchronization(
    {
      command: noop,
      expects: 'transfer',
      phase: 'command',
      timeout: 0,
      succeeded() {},
      failed() {},
    },
    [],
    { abandoned: 'started', hasOwnData, timeout: TIMEOUT, noop },
    {
      name: 'the server',
      write: ({ label }) => void written.push(label),
      destroy(reason) {
        destroyed.push(reason);
        resync.fail(reason);
      },
    },
  );
  resync.replies.catch(() => {});
  return { resync, written, destroyed };
}

describe('Resynchronization after a missing reply', () => {
  it('sends NOOP after half of the time if the transfer was served, and forgets it', async () => {
    const { resync, written, destroyed } = begun(true);
    jest.advanceTimersByTime(TIMEOUT / 2 - 10);
    expect(written).toEqual([]);
    jest.advanceTimersByTime(20);
    expect(written).toEqual(['NOOP']);
    expect(resync.receive({ code: 200, lines: ['200 ok'] })).toBe(true);
    expect(await resync.replies).toEqual([]);
    expect([destroyed, jest.getTimerCount()]).toEqual([[], 0]);
  });

  it('closes the connection if the transfer was not served, or NOOP gets no reply either', () => {
    for (const hasOwnData of [true, false]) {
      const { written, destroyed } = begun(hasOwnData);
      jest.advanceTimersByTime(TIMEOUT + 20);
      expect(written).toEqual(hasOwnData ? ['NOOP'] : []);
      expect(destroyed).toHaveLength(1);
      expect(destroyed[0]).toMatchObject({ code: 'ERR_FTP_TIMEOUT' });
      expect(jest.getTimerCount()).toBe(0);
    }
  });
});
