import { describe, expect, it, jest } from '@jest/globals';
import type { Exchange } from '../../lib/protocol/exchange';
import { ExchangeQueue } from '../../lib/protocol/exchange-queue';
import { Surplus } from '../../lib/protocol/surplus';
import type { Reply } from '../../lib/reply';
import { made, reply } from './helpers';

function exchange(line: string | undefined) {
  return {
    command: line === undefined ? undefined : made(line),
    expects: 'completion' as const,
    phase: 'command' as const,
    timeout: 0,
    preliminary: jest.fn<(reply: Reply) => void>(),
    succeeded: jest.fn<(reply: Reply) => void>(),
    failed: jest.fn<(reason: unknown) => void>(),
  } satisfies Exchange;
}

/** A queue after the 250 to CWD and a second 250, which may answer NOOP or repeat the first. */
function holding(...behind: ReturnType<typeof exchange>[]) {
  const dropped: string[] = [];
  const [cwd, noop] = [exchange('CWD a'), exchange('NOOP')];
  const queue = new ExchangeQueue(2 + behind.length, (each) => dropped.push(...each.lines));
  for (const each of [cwd, noop, ...behind]) queue.add(each);
  queue.takeWritable();
  queue.deliver(reply('250 In a.'));
  expect(queue.deliver(reply('250 In a.'))).toBe(true);
  expect(noop.succeeded).not.toHaveBeenCalled();
  return { queue, noop, dropped };
}

describe('a doubtful reply', () => {
  it('is dropped when the usual reply to the command follows', () => {
    const { queue, noop, dropped } = holding();
    queue.deliver(reply('200 Ok.'));
    expect(noop.succeeded).toHaveBeenCalledWith(reply('200 Ok.'));
    expect(dropped).toEqual(['250 In a.']);
  });

  it('is taken as the answer when the reply to the next command follows', () => {
    const pwd = exchange('PWD');
    const { queue, noop, dropped } = holding(pwd);
    queue.deliver(reply('257 "/a"'));
    expect(noop.succeeded).toHaveBeenCalledWith(reply('250 In a.'));
    expect(pwd.succeeded).toHaveBeenCalledWith(reply('257 "/a"'));
    expect(dropped).toEqual([]);
  });

  it('is still held after a preliminary reply', () => {
    const { queue, noop, dropped } = holding();
    queue.deliver(reply('150 Wait.'));
    expect(noop.preliminary).toHaveBeenCalledTimes(1);
    queue.deliver(reply('200 Ok.'));
    expect(dropped).toEqual(['250 In a.']);
  });

  it.each([undefined, 'PWD'])(
    'is still held after a reply that answers no pending command (next command: %s)',
    (line) => {
      const { queue, noop, dropped } = holding(...(line === undefined ? [] : [exchange(line)]));
      expect(queue.deliver(reply('227 Entering (1,2,3,4,5,6)'))).toBe(false);
      expect(noop.succeeded).not.toHaveBeenCalled();
      queue.deliver(reply('200 Ok.'));
      expect(dropped).toEqual(['227 Entering (1,2,3,4,5,6)', '250 In a.']);
    },
  );
});

it.each([
  [undefined, /no greeting/],
  ['PWD', /cannot answer PWD/],
])('warns why a reply was dropped (pending command: %s)', (line, why) => {
  expect(new Surplus().drop(reply('331 Password?'), exchange(line))).toMatch(why);
});
