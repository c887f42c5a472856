import { describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import {
  PermanentReplyError,
  ProtocolError,
  ReplyError,
  TransientReplyError,
} from '../../lib/errors';
import { type Exchange, TRANSITIONS } from '../../lib/protocol/exchange';
import { ExchangeQueue } from '../../lib/protocol/exchange-queue';
import { holds, made, reply } from './helpers';

const REPLIES = ['150 begins', '226 done', '350 go on', '426 not now', '550 never'].map((line) =>
  reply(line),
);

function exchange(line = 'NOOP', expects: Exchange['expects'] = 'completion') {
  return {
    command: made(line),
    expects,
    phase: 'command',
    timeout: 0,
    preliminary: jest.fn<(reply: unknown) => void>(),
    early: jest.fn<(reply: unknown) => boolean>(() => true),
    succeeded: jest.fn<(reply: unknown) => void>(),
    failed: jest.fn<(reason: unknown) => void>(),
  } satisfies Exchange;
}

/** A queue in which these are on the wire. */
function written(...exchanges: Exchange[]): ExchangeQueue {
  const queue = new ExchangeQueue(exchanges.length);
  for (const each of exchanges) queue.add(each);
  queue.takeWritable();
  return queue;
}

/** What an exchange was told. */
function told(each: ReturnType<typeof exchange>): string[] {
  const names = ['preliminary', 'early', 'succeeded', 'failed'] as const;
  return names.flatMap((name) => each[name].mock.calls.map(() => name));
}

describe('TRANSITIONS', () => {
  // Written from RFC 959 §6, not from the table in lib/.
  // biome-ignore format: a table
  const EXPECTED: Record<keyof typeof TRANSITIONS, [string[], string[], string[], string[], string[]]> = {
    completion:   [['preliminary'], ['succeeded'], ['failed'],    ['failed'], ['failed']],
    intermediate: [['preliminary'], ['failed'],    ['succeeded'], ['failed'], ['failed']],
    either:       [['preliminary'], ['succeeded'], ['succeeded'], ['failed'], ['failed']],
    transfer:     [['preliminary'], ['early'],     ['failed'],    ['failed'], ['failed']],
    early:        [['preliminary'], ['succeeded'], ['failed'],    ['failed'], ['failed']],
  };
  const rows = Object.keys(TRANSITIONS) as (keyof typeof TRANSITIONS)[];
  const cells = rows.flatMap((row) => REPLIES.map((each, i) => [row, each, i] as const));

  it('has the rows that this test knows', () => {
    expect(rows).toEqual(Object.keys(EXPECTED));
  });

  it.each(cells)('%s: %j', (row, each, i) => {
    const one = exchange('NOOP', row);
    const queue = written(one);
    expect(queue.deliver(each)).toBe(true);
    expect(told(one)).toEqual(EXPECTED[row][i]);
    const isOver = ['succeeded', 'failed'].includes(told(one)[0] as string);
    expect(queue.owed).toBe(isOver ? undefined : one);
  });

  it.each<[string, Exchange['expects'], string[], string[]]>([
    [
      'a 2yz after the 1yz ends a transfer',
      'transfer',
      ['150', '226'],
      ['preliminary', 'succeeded'],
    ],
    [
      'noise before the 150',
      'transfer',
      ['200', '150', '226'],
      ['preliminary', 'early', 'succeeded'],
    ],
    ['a second 2yz without any 1yz', 'transfer', ['226', '226'], ['early', 'succeeded']],
    ['a 4yz after the early 2yz', 'transfer', ['226', '426'], ['early', 'failed']],
    ['a 150 twice', 'transfer', ['150', '150', '226'], ['preliminary', 'preliminary', 'succeeded']],
    ['a 3yz after the 150', 'transfer', ['150', '350'], ['preliminary', 'failed']],
    [
      'a 1yz does not change what is expected',
      'intermediate',
      ['150', '350'],
      ['preliminary', 'succeeded'],
    ],
  ])('%s', (_title, expects, codes, expected) => {
    const one = exchange('RETR x', expects);
    const queue = written(one);
    for (const code of codes) expect(queue.deliver(reply(`${code} x`))).toBe(true);
    expect(told(one)).toEqual(expected);
  });

  it.each([
    ['350 x', ReplyError, 'ERR_FTP_REPLY'],
    ['426 x', TransientReplyError, 'ERR_FTP_REPLY_TRANSIENT'],
    ['550 x', PermanentReplyError, 'ERR_FTP_REPLY_PERMANENT'],
  ])('%s gives an error with the whole context', (line, Class, code) => {
    const one = { ...exchange('CWD x'), phase: 'login' as const };
    written(one).deliver(reply(line));
    const error = one.failed.mock.calls[0]?.[0];
    expect(error).toBeInstanceOf(Class);
    expect(error).toMatchObject({
      code,
      message: `${line} (CWD x)`,
      command: 'CWD x',
      phase: 'login',
      reply: reply(line),
      connectionUsable: true,
    });
  });
});

describe('ExchangeQueue', () => {
  it('writes one command at a time by default', () => {
    const queue = new ExchangeQueue();
    const [a, b] = [exchange(), exchange()];
    queue.add(a);
    queue.add(b);
    expect(queue.takeWritable()).toEqual([a]);
    expect(queue.takeWritable()).toEqual([]);
    queue.deliver(reply('150 wait'));
    expect(queue.takeWritable()).toEqual([]);
    queue.deliver(reply('200 ok'));
    expect(a.succeeded).toHaveBeenCalledWith(reply('200 ok'));
    expect(queue.takeWritable()).toEqual([b]);
  });

  it('pairs pipelined replies in order', () => {
    const all = ['SIZE a', 'SIZE b', 'SIZE c'].map((line) => exchange(line));
    const queue = written(...all);
    for (const line of ['213 1', '550 no', '213 3']) queue.deliver(reply(line));
    expect(all.map(told)).toEqual([['succeeded'], ['failed'], ['succeeded']]);
    expect(all[2]?.succeeded).toHaveBeenCalledWith(reply('213 3'));
  });

  it('owes nothing to a command that is not written', () => {
    const queue = new ExchangeQueue();
    const one = exchange();
    queue.add(one);
    expect(queue.owed).toBeUndefined();
    expect(queue.deliver(reply('226 x'))).toBe(false);
    expect(told(one)).toEqual([]);
  });

  it('knows a reply that nobody asked for', () => {
    expect(new ExchangeQueue().deliver(reply('220 x'))).toBe(false);
    const queue = written(exchange());
    queue.deliver(reply('200 x'));
    expect(queue.deliver(reply('200 x'))).toBe(false);
  });

  it('keeps the place of an exchange abandoned on the wire', () => {
    const [a, b] = [exchange('SIZE a'), exchange('SIZE b')];
    const queue = written(a, b);
    queue.abandon(a);
    expect(queue.owed).not.toBe(a);
    expect(queue.owed?.command).toBe(a.command); // its secret is masked yet
    queue.deliver(reply('213 1'));
    queue.deliver(reply('213 2'));
    expect([a, b].map(told)).toEqual([[], ['succeeded']]);
  });

  it.each(['150 x', '226 x', '350 x', '550 x'])(
    'tells an abandoned exchange nothing, not even of %j',
    (line) => {
      const one = exchange('RETR x', 'transfer');
      const queue = written(one);
      queue.abandon(one);
      queue.deliver(reply(line));
      queue.deliver(reply('226 x'));
      expect(told(one)).toEqual([]);
    },
  );

  it('drops an exchange abandoned before it was written', () => {
    const queue = new ExchangeQueue();
    const [a, b] = [exchange(), exchange()];
    queue.add(a);
    queue.add(b);
    queue.abandon(a);
    expect(queue.takeWritable()).toEqual([b]);
    queue.abandon(a); // unknown by now
    expect(queue.owed).toBe(b);
  });

  it('gives up the place of an exchange that is settled', () => {
    const [a, b] = [exchange(), exchange()];
    const queue = written(a, b);
    queue.settle(a);
    queue.settle(a);
    queue.deliver(reply('200 x'));
    expect([a, b].map(told)).toEqual([[], ['succeeded']]);
  });

  it('puts what is written out of turn behind what is on the wire, before what waits', () => {
    const queue = new ExchangeQueue();
    const [retr, pwd, abor] = [exchange('RETR x', 'transfer'), exchange('PWD'), exchange('ABOR')];
    queue.add(retr);
    queue.takeWritable();
    queue.add(pwd);
    queue.addWritten(abor);
    expect(queue.takeWritable()).toEqual([]);
    queue.deliver(reply('426 aborted'));
    expect(queue.takeWritable()).toEqual([]);
    queue.deliver(reply('226 ok'));
    expect([retr, abor, pwd].map(told)).toEqual([['failed'], ['succeeded'], []]);
    expect(queue.takeWritable()).toEqual([pwd]);
  });

  it('lets an exchange add the next one while it is told', () => {
    const queue = new ExchangeQueue();
    const b = exchange('PWD');
    const a = { ...exchange(), succeeded: () => queue.add(b) };
    queue.add(a);
    queue.takeWritable();
    queue.deliver(reply('200 ok'));
    expect(queue.takeWritable()).toEqual([b]);
  });

  it('fails everyone, once, for a reason of their own', () => {
    const all = [exchange('SIZE a'), exchange('SIZE b')];
    const queue = written(...all);
    const waiting = exchange('SIZE c');
    queue.add(waiting);
    queue.failAll((each) => each.command?.label);
    for (const each of [...all, waiting]) {
      expect(each.failed.mock.calls).toEqual([[each.command.label]]);
    }
    expect(queue.owed).toBeUndefined();
    queue.failAll(() => 'again');
    expect(waiting.failed).toHaveBeenCalledTimes(1);
  });

  it.each(['completion', 'transfer', 'either'] as const)(
    'ends a flood of preliminary replies (%s)',
    (expects) => {
      const queue = written(exchange('RETR x', expects));
      const flood = () => {
        for (let i = 0; i < 10_000; i++) queue.deliver(reply('150 x'));
      };
      expect(flood).toThrow(ProtocolError);
      expect(flood).toThrow('preliminary');
    },
  );

  it('pairs any sequence of replies as one command after the other would', () => {
    const rows = fc.constantFrom(...(Object.keys(TRANSITIONS) as (keyof typeof TRANSITIONS)[]));
    const codes = fc.array(fc.constantFrom(...REPLIES), { maxLength: 12 });
    holds(
      fc.property(fc.array(rows, { minLength: 1, maxLength: 4 }), codes, (expects, replies) => {
        const together = expects.map((row) => exchange('NOOP', row));
        const queue = written(...together);
        const alone = expects.map((row) => exchange('NOOP', row));
        let queues = alone.map((each) => written(each));
        for (const each of replies) {
          queue.deliver(each);
          queues[0]?.deliver(each);
          queues = queues.filter((single) => single.owed);
        }
        expect(together.map(told)).toEqual(alone.map(told));
      }),
    );
  });

  it('takes an early 2yz that is noise for none: the next one is early again', () => {
    const queue = new ExchangeQueue();
    const told: number[] = [];
    const transfer: Exchange = {
      command: undefined,
      expects: 'transfer',
      phase: 'command',
      timeout: 0,
      early: ({ code }) => told.push(code) > 0 && code === 226,
      succeeded: ({ code }) => told.push(-code),
      failed: () => {},
    };
    queue.addWritten(transfer);
    for (const code of [200, 226, 226]) queue.deliver({ code, lines: [`${code} as it is`] });
    expect(told).toEqual([200, 226, -226]);
  });
});

it('takes a 229 for the EPSV behind a transfer that had its 226 without a 150', () => {
  const [retr, epsv] = [exchange('RETR a', 'transfer'), exchange('EPSV')];
  const queue = written(retr, epsv);
  queue.deliver(reply('226 done'));
  expect(queue.deliver(reply('229 (|||1|)'))).toBe(true);
  expect(told(retr)).toEqual(['early']);
  expect(told(epsv)).toEqual(['succeeded']);
  expect(queue.deliver(reply('226 done'))).toBe(false);
});

it.each<[string, string[]]>([
  ['no reply', []],
  ['a 150', ['150 begins']],
  ['a 226 and a 150', ['226 done', '150 begins']],
])('takes a 229 for no reply to a transfer that has had %s', (_title, before) => {
  const [retr, epsv] = [exchange('RETR a', 'transfer'), exchange('EPSV')];
  const queue = written(retr, epsv);
  for (const line of before) queue.deliver(reply(line));
  expect(() => queue.deliver(reply('229 (|||1|)'))).toThrow(
    'EPSV came before the last one to RETR a',
  );
  expect(retr.succeeded).not.toHaveBeenCalled();
});
