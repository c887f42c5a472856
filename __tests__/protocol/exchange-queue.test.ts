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

const REPLIES = ['150 begins', '250 done', '350 go on', '450 not now', '550 never'].map((line) =>
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

/** A queue whose exchanges have been written to the connection. */
function written(...exchanges: Exchange[]): ExchangeQueue {
  const queue = new ExchangeQueue(exchanges.length);
  for (const each of exchanges) queue.add(each);
  queue.takeWritable();
  return queue;
}

/** The names of the callbacks that were called. */
function callbacksOf(each: ReturnType<typeof exchange>): string[] {
  const names = ['preliminary', 'early', 'succeeded', 'failed'] as const;
  return names.flatMap((name) => each[name].mock.calls.map(() => name));
}

describe('TRANSITIONS', () => {
  // Taken from RFC 959 §6, not from the table in lib/.
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

  it('has exactly the rows that this test lists', () => {
    expect(rows).toEqual(Object.keys(EXPECTED));
  });

  it.each(cells)('an exchange that expects %s handles %j', (row, each, i) => {
    const one = exchange('SITE x', row);
    const queue = written(one);
    expect(queue.deliver(each)).toBe(true);
    expect(callbacksOf(one)).toEqual(EXPECTED[row][i]);
    const isOver = ['succeeded', 'failed'].includes(callbacksOf(one)[0] as string);
    expect(queue.current).toBe(isOver ? undefined : one);
  });

  it.each<[string, Exchange['expects'], string[], string[]]>([
    [
      'completes a transfer with the 2yz after the 1yz',
      'transfer',
      ['150', '226'],
      ['preliminary', 'succeeded'],
    ],
    [
      'ignores an unrelated 200 before the 150',
      'transfer',
      ['200', '150', '226'],
      ['preliminary', 'early', 'succeeded'],
    ],
    [
      'completes a transfer with a second 2yz when there is no 1yz',
      'transfer',
      ['226', '226'],
      ['early', 'succeeded'],
    ],
    [
      'fails a transfer with a 4yz after an early 2yz',
      'transfer',
      ['226', '426'],
      ['early', 'failed'],
    ],
    [
      'accepts a second 150',
      'transfer',
      ['150', '150', '226'],
      ['preliminary', 'preliminary', 'succeeded'],
    ],
    [
      'fails a transfer with a 3yz after the 150',
      'transfer',
      ['150', '350'],
      ['preliminary', 'failed'],
    ],
    [
      'still expects a 3yz after a 1yz',
      'intermediate',
      ['150', '350'],
      ['preliminary', 'succeeded'],
    ],
  ])('%s', (_title, expects, codes, expected) => {
    const one = exchange('RETR x', expects);
    const queue = written(one);
    for (const code of codes) expect(queue.deliver(reply(`${code} x`))).toBe(true);
    expect(callbacksOf(one)).toEqual(expected);
  });

  it.each([
    ['350 x', ReplyError, 'ERR_FTP_REPLY'],
    ['450 x', TransientReplyError, 'ERR_FTP_REPLY_TRANSIENT'],
    ['550 x', PermanentReplyError, 'ERR_FTP_REPLY_PERMANENT'],
  ])('creates an error with the full context for %s', (line, Class, code) => {
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

  it('assigns pipelined replies in order', () => {
    const all = ['SIZE a', 'SIZE b', 'SIZE c'].map((line) => exchange(line));
    const queue = written(...all);
    for (const line of ['213 1', '550 no', '213 3']) queue.deliver(reply(line));
    expect(all.map(callbacksOf)).toEqual([['succeeded'], ['failed'], ['succeeded']]);
    expect(all[2]?.succeeded).toHaveBeenCalledWith(reply('213 3'));
  });

  it('does not deliver a reply to a command that is not yet written', () => {
    const queue = new ExchangeQueue();
    const one = exchange();
    queue.add(one);
    expect(queue.current).toBeUndefined();
    expect(queue.deliver(reply('226 x'))).toBe(false);
    expect(callbacksOf(one)).toEqual([]);
  });

  it('does not accept a reply when no command is pending', () => {
    expect(new ExchangeQueue().deliver(reply('220 x'))).toBe(false);
    const queue = written(exchange());
    queue.deliver(reply('200 x'));
    expect(queue.deliver(reply('200 x'))).toBe(false);
  });

  it('keeps the place of an exchange that is abandoned after it was written', () => {
    const [a, b] = [exchange('SIZE a'), exchange('SIZE b')];
    const queue = written(a, b);
    queue.abandon(a);
    expect(queue.current).not.toBe(a);
    expect(queue.current?.command).toBe(a.command); // still needed to mask its secret
    queue.deliver(reply('213 1'));
    queue.deliver(reply('213 2'));
    expect([a, b].map(callbacksOf)).toEqual([[], ['succeeded']]);
  });

  it.each(['150 x', '226 x', '350 x', '550 x'])(
    'calls no callback of an abandoned exchange for %j',
    (line) => {
      const one = exchange('RETR x', 'transfer');
      const queue = written(one);
      queue.abandon(one);
      queue.deliver(reply(line));
      queue.deliver(reply('226 x'));
      expect(callbacksOf(one)).toEqual([]);
    },
  );

  it('removes an exchange that is abandoned before it is written', () => {
    const queue = new ExchangeQueue();
    const [a, b] = [exchange(), exchange()];
    queue.add(a);
    queue.add(b);
    queue.abandon(a);
    expect(queue.takeWritable()).toEqual([b]);
    queue.abandon(a); // no longer in the queue
    expect(queue.current).toBe(b);
  });

  it('removes the place of a settled exchange', () => {
    const [a, b] = [exchange(), exchange()];
    const queue = written(a, b);
    queue.remove(a);
    queue.remove(a);
    queue.deliver(reply('200 x'));
    expect([a, b].map(callbacksOf)).toEqual([[], ['succeeded']]);
  });

  it('places an out-of-turn command after written commands and before waiting ones', () => {
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
    expect([retr, abor, pwd].map(callbacksOf)).toEqual([['failed'], ['succeeded'], []]);
    expect(queue.takeWritable()).toEqual([pwd]);
  });

  it('lets a callback of an exchange add the next exchange', () => {
    const queue = new ExchangeQueue();
    const b = exchange('PWD');
    const a = { ...exchange(), succeeded: () => queue.add(b) };
    queue.add(a);
    queue.takeWritable();
    queue.deliver(reply('200 ok'));
    expect(queue.takeWritable()).toEqual([b]);
  });

  it('fails every exchange once, each with its own reason', () => {
    const all = [exchange('SIZE a'), exchange('SIZE b')];
    const queue = written(...all);
    const waiting = exchange('SIZE c');
    queue.add(waiting);
    queue.failAll((each) => each.command?.label);
    for (const each of [...all, waiting]) {
      expect(each.failed.mock.calls).toEqual([[each.command.label]]);
    }
    expect(queue.current).toBeUndefined();
    queue.failAll(() => 'again');
    expect(waiting.failed).toHaveBeenCalledTimes(1);
  });

  it.each(['completion', 'transfer', 'either'] as const)(
    'throws on a flood of preliminary replies (expects: %s)',
    (expects) => {
      const queue = written(exchange('RETR x', expects));
      const flood = () => {
        for (let i = 0; i < 10_000; i++) queue.deliver(reply('150 x'));
      };
      expect(flood).toThrow(ProtocolError);
      expect(flood).toThrow('preliminary');
    },
  );

  it('assigns replies to pipelined commands as if they were sent one by one', () => {
    const rows = fc.constantFrom(...(Object.keys(TRANSITIONS) as (keyof typeof TRANSITIONS)[]));
    const codes = fc.array(fc.constantFrom(...REPLIES), { maxLength: 12 });
    holds(
      fc.property(fc.array(rows, { minLength: 1, maxLength: 4 }), codes, (expects, replies) => {
        const together = expects.map((row) => exchange('SITE x', row));
        const queue = written(...together);
        const alone = expects.map((row) => exchange('SITE x', row));
        let queues = alone.map((each) => written(each));
        for (const [index, { code }] of replies.entries()) {
          // All replies differ, because a repetition may be dropped.
          const each = reply(`${code} number ${index}`);
          queue.deliver(each);
          queues[0]?.deliver(each);
          queues = queues.filter((single) => single.current);
        }
        expect(together.map(callbacksOf)).toEqual(alone.map(callbacksOf));
      }),
    );
  });

  it('passes the next 2yz to early() again if early() returns false', () => {
    const queue = new ExchangeQueue();
    const codes: number[] = [];
    const transfer: Exchange = {
      command: undefined,
      expects: 'transfer',
      phase: 'command',
      timeout: 0,
      early: ({ code }) => codes.push(code) > 0 && code === 226,
      succeeded: ({ code }) => codes.push(-code),
      failed: () => {},
    };
    queue.addWritten(transfer);
    for (const code of [200, 226, 226]) queue.deliver({ code, lines: [`${code} as it is`] });
    expect(codes).toEqual([200, 226, -226]);
  });
});

it('delivers a 229 to the EPSV after a transfer that received a 226 without a 150', () => {
  const [retr, epsv] = [exchange('RETR a', 'transfer'), exchange('EPSV')];
  const queue = written(retr, epsv);
  queue.deliver(reply('226 done'));
  expect(queue.deliver(reply('229 (|||1|)'))).toBe(true);
  expect(callbacksOf(retr)).toEqual(['early']);
  expect(callbacksOf(epsv)).toEqual(['succeeded']);
  expect(queue.deliver(reply('226 done'))).toBe(false);
});

it.each<[string, string[]]>([
  ['no reply', []],
  ['a 150', ['150 begins']],
  ['a 226 and a 150', ['226 done', '150 begins']],
])('throws on a 229 while the transfer before the EPSV has only received %s', (_title, before) => {
  const [retr, epsv] = [exchange('RETR a', 'transfer'), exchange('EPSV')];
  const queue = written(retr, epsv);
  for (const line of before) queue.deliver(reply(line));
  expect(() => queue.deliver(reply('229 (|||1|)'))).toThrow(
    'EPSV came before the last one to RETR a',
  );
  expect(retr.succeeded).not.toHaveBeenCalled();
});

describe('a reply that cannot answer the pending command', () => {
  /** Delivers the replies, and collects those that are dropped. */
  function play(exchanges: Exchange[], lines: string[]) {
    const dropped: string[] = [];
    const queue = new ExchangeQueue(exchanges.length, (each) =>
      dropped.push(each.lines[0] as string),
    );
    for (const each of exchanges) queue.add(each);
    queue.takeWritable();
    for (const line of lines) queue.deliver(reply(line));
    return { queue, dropped };
  }

  // biome-ignore format: a table
  it.each<[command: string, expects: Exchange['expects'], surplus: string]>([
    ['PWD',    'completion',   '226 late'],
    ['PWD',    'completion',   '230 again'],
    ['PWD',    'completion',   '200 again'],
    ['CWD a',  'completion',   '220 again'],
    ['CWD a',  'completion',   '426 late'],
    ['CWD a',  'completion',   '425 late'],
    ['CWD a',  'completion',   '257 "/" again'],
    ['TYPE I', 'completion',   '213 9'],
    ['RNFR a', 'intermediate', '226 late'],
    ['RETR a', 'transfer',     '230 again'],
    ['RETR a', 'transfer',     '229 (|||1|)'],
    ['PASS a', 'either',       '220 again'],
  ])('is dropped while the command stays pending: %s (%s), %j', (command, expects, surplus) => {
    const one = exchange(command, expects);
    const { queue, dropped } = play([one], [surplus, surplus]);
    expect(dropped).toEqual([surplus, surplus]);
    expect(callbacksOf(one)).toEqual([]);
    expect(queue.current).toBe(one);
    queue.deliver(reply('550 no'));
    expect(callbacksOf(one)).toEqual(['failed']);
  });

  it('is still delivered to a raw command of the user', () => {
    for (const line of ['220 x', '226 x', '426 x', '257 x', '200 x']) {
      const one: Exchange & ReturnType<typeof exchange> = {
        ...exchange('PWD', 'either'),
        isRaw: true,
      };
      expect(play([one], [line]).dropped).toEqual([]);
      expect(callbacksOf(one)).toHaveLength(1);
    }
  });

  it('does not complete a transfer if it is a 2yz before the 1yz', () => {
    const one = exchange('RETR a', 'transfer');
    const { queue } = play([one], ['226 of the last one', '150 begins']);
    expect(callbacksOf(one)).toEqual(['preliminary', 'early']);
    expect(queue.current).toBe(one);
    queue.deliver(reply('226 done'));
    expect(one.succeeded).toHaveBeenCalledWith(reply('226 done'));
  });

  it.each([
    ['RNTO b', 'completion', ['350 ready', '350 ready', '250 renamed']],
    ['RETR a', 'transfer', ['350 marker', '350 marker', '150 begins', '226 done']],
    ['PASS x', 'either', ['331 password?', '331 password?', '230 in']],
  ] as const)(
    'is dropped if it repeats the 3yz of the previous command: %s',
    (command, expects, [first, ...lines]) => {
      const before = exchange('SITE x', 'either');
      const one = exchange(command, expects);
      const { dropped } = play([before, one], [first, ...lines]);
      expect(dropped).toEqual([first]);
      expect(callbacksOf(one).at(-1)).toBe('succeeded');
    },
  );

  it.each([
    // The next reply is the usual answer, so the held one was surplus.
    ['SIZE a', ['200 ok', '200 ok', '213 5', '200 noop'], '213 5', ['200 ok']],
    ['PWD', ['250 ok', '250 ok', '257 "/"', '200 noop'], '257 "/"', ['250 ok']],
    ['CWD a', ['200 ok', '200 ok', '550 no', '200 noop'], '550 no', ['200 ok']],
    ['EPSV', ['200 ok', '200 ok', '229 (|||1|)', '200 noop'], '229 (|||1|)', ['200 ok']],
    ['EPSV', ['200 ok', '227 (1)', '229 (|||1|)', '200 noop'], '229 (|||1|)', ['227 (1)']],
    ['USER a', ['220 hi', '220 hi', '331 go', '530 log in'], '331 go', ['220 hi']],
    // The next reply belongs to NOOP, so the held one was the answer.
    ['SIZE a', ['200 ok', '200 what', '200 noop'], '200 what', []],
    ['PWD', ['250 ok', '250 somewhere', '200 noop'], '250 somewhere', []],
    ['CWD a', ['200 ok', '200 moved', '502 what is NOOP'], '200 moved', []],
    ['EPSV', ['200 ok', '227 (1)', '200 noop'], '227 (1)', []],
    ['USER a', ['220 hi', '220 in', '200 noop'], '220 in', []],
  ])(
    'is distinguished from an unusual answer by the next reply: %s, %j',
    (command, lines, answer, surplus) => {
      const before: Exchange = { ...exchange('SITE x', 'either'), isRaw: true };
      const [one, noop] = [exchange(command, 'either'), exchange('NOOP')];
      const { queue, dropped } = play([before, one], lines.slice(0, 2));
      expect(callbacksOf(one)).toEqual([]);
      expect(queue.isInDoubt).toBe(true);
      queue.addWritten(noop);
      expect(queue.isInDoubt).toBe(false);
      for (const line of lines.slice(2)) queue.deliver(reply(line));
      const calls = [...one.succeeded.mock.calls, ...one.failed.mock.calls] as [
        { reply?: unknown },
      ][];
      expect(calls.map(([each]) => each.reply ?? each)).toEqual([reply(answer)]);
      expect(callbacksOf(noop)).toHaveLength(1);
      expect(dropped).toEqual(surplus);
      expect(queue.current).toBeUndefined();
    },
  );

  it('is not doubted again once NOOP has proved that the server answers this way', () => {
    const [a, b, noop] = [exchange('DELE a'), exchange('DELE b'), exchange('NOOP')];
    const { queue } = play([exchange('TYPE I'), a], ['200 ok', '200 gone']);
    queue.addWritten(noop);
    queue.deliver(reply('200 noop'));
    queue.addWritten(b);
    queue.deliver(reply('200 gone'));
    expect([a, b].map(callbacksOf)).toEqual([['succeeded'], ['succeeded']]);
  });
});

describe('a NOOP that is sent during a transfer', () => {
  const transfer = () => exchange('RETR x', 'transfer');
  const noop = () => ({ ...exchange('NOOP'), isKeepAlive: true as const });

  // biome-ignore format: a table
  it.each<[string, string[], string[], string[]]>([
    //                          replies                                            transfer       NOOPs
    ['after the transfer',      ['226 x', '200 a', '200 b'],                       ['succeeded'], ['succeeded', 'succeeded']],
    ['at once',                 ['200 a', '200 b', '226 x'],                       ['succeeded'], ['succeeded', 'succeeded']],
    ['before or after the 226', ['200 a', '226 x', '200 b'],                       ['succeeded'], ['succeeded', 'succeeded']],
    ['with a 450',              ['450 NOOP: busy', '450 NOOP: busy', '226 x'],     ['succeeded'], ['failed', 'failed']],
    ['with a 500',              ['500 No', '226 x', '200 b'],                      ['succeeded'], ['failed', 'succeeded']],
    ['before a 426',            ['200 a', '426 x', '200 b'],                       ['failed'],    ['succeeded', 'succeeded']],
    ['after a 450',             ['450 No file', '200 a', '200 b'],                 ['failed'],    ['succeeded', 'succeeded']],
    ['without any other reply', ['200 a', '200 b'],                                [],            ['succeeded', 'succeeded']],
  ])('is answered %s', (_, replies, ends, noopEnds) => {
    const [retr, a, b] = [transfer(), noop(), noop()];
    const queue = written(retr, a, b);
    expect(queue.deliver(reply('150 x'))).toBe(true);
    for (const each of replies) expect(queue.deliver(reply(each))).toBe(true);
    expect(callbacksOf(retr)).toEqual(['preliminary', ...ends]);
    expect([...callbacksOf(a), ...callbacksOf(b)]).toEqual(noopEnds);
    expect(queue.current).toBe(ends.length > 0 ? undefined : retr);
  });

  it('leaves a 200 to the transfer if no NOOP has been written', () => {
    const retr = transfer();
    const queue = written(retr);
    for (const each of ['150 x', '200 x']) queue.deliver(reply(each));
    expect(callbacksOf(retr)).toEqual(['preliminary', 'succeeded']);
  });

  it('does not receive a 200 before the 150, or if it is not a keep-alive', () => {
    const [retr, other] = [transfer(), exchange('NOOP')];
    const queue = written(retr, other);
    queue.deliver(reply('150 x'));
    queue.deliver(reply('200 x'));
    expect(callbacksOf(retr)).toEqual(['preliminary', 'succeeded']);
    const [early, noops] = [transfer(), noop()];
    const second = written(early, noops);
    second.deliver(reply('200 x'));
    expect(callbacksOf(early)).toEqual(['early']);
    expect(callbacksOf(noops)).toEqual([]);
  });

  it('gets its own reply next to an EPSV that was sent ahead', () => {
    const [retr, epsv, noops] = [transfer(), exchange('EPSV'), noop()];
    const queue = written(retr, epsv, noops);
    for (const each of ['150 x', '200 a', '226 x', '229 (|||1|)']) queue.deliver(reply(each));
    expect([callbacksOf(retr), callbacksOf(epsv), callbacksOf(noops)]).toEqual([
      ['preliminary', 'succeeded'],
      ['succeeded'],
      ['succeeded'],
    ]);
    const [last, next, late] = [transfer(), exchange('EPSV'), noop()];
    const hasty = written(last, next, late);
    for (const each of ['150 x', '226 x', '200 a', '229 (|||1|)']) hasty.deliver(reply(each));
    expect([callbacksOf(next), callbacksOf(late)]).toEqual([['succeeded'], ['succeeded']]);
    const [stor, refused, later] = [transfer(), exchange('EPSV'), noop()];
    const proftpd = written(stor, refused, later);
    const replies = [
      '150 x',
      '450 EPSV: data transfer in progress',
      '450 NOOP: data transfer in progress',
    ];
    for (const each of [...replies, '226 x']) proftpd.deliver(reply(each));
    expect([callbacksOf(stor), callbacksOf(refused), callbacksOf(later)]).toEqual([
      ['preliminary', 'succeeded'],
      ['failed'],
      ['failed'],
    ]);
  });
});
