import { getEventListeners, once } from 'node:events';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ConnectionError, PermanentReplyError, TimeoutError } from '../../lib/errors';
import type { Exchange } from '../../lib/protocol/exchange';
import type { AbandonedState } from '../../lib/protocol/resync';
import { originalReply } from '../../lib/protocol/secrets';
import type { Reply } from '../../lib/reply';
import { settled } from '../helpers/promises';
import { made, reply } from '../protocol/helpers';
import { connected, type Peer } from './helpers/scripted-server';

const FOREVER = { timeout: 0 };

/** A transfer's exchange that records its callbacks. */
function transfer(line = 'RETR a') {
  const told: [event: string, what: unknown][] = [];
  const exchange: Exchange = {
    command: made(line),
    expects: 'transfer',
    phase: 'command',
    timeout: 0,
    preliminary: (each) => told.push(['preliminary', each.lines[0]]),
    early: (each) => told.push(['early', each.lines[0]]) > 0,
    succeeded: (each) => told.push(['succeeded', each.lines[0]]),
    failed: (reason) => told.push(['failed', reason]),
  };
  return { exchange, told };
}

/** Waits until a reply with this beginning has come. */
function replied(
  control: { on(event: 'reply', listener: (reply: Reply) => void): void },
  start: string,
) {
  return new Promise<void>((resolve) => {
    control.on('reply', ({ lines }) => (lines[0] as string).startsWith(start) && resolve());
  });
}

describe('ControlConnection', () => {
  describe('greeting', () => {
    it('resolves with the 220', async () => {
      const { control, peer, told } = await connected();
      const greeting = control.greeting(FOREVER);
      peer.say('220-Hello', '220 ready');
      expect(await greeting).toEqual(reply('220-Hello', '220 ready'));
      expect(told).toMatchObject({ commands: [], replies: ['220-Hello\n220 ready'], closes: [] });
    });

    it('waits for the 220 after a 120 (RFC 959 §5.4)', async () => {
      const { control, peer } = await connected();
      const greeting = control.greeting(FOREVER);
      peer.say('120 in 5 minutes', '220 ready');
      expect(await greeting).toEqual(reply('220 ready'));
    });

    it.each([
      ['421 too many', 'TransientReplyError'],
      ['530 go away', 'PermanentReplyError'],
      ['331 what?', 'ReplyError'],
      ['SSH-2.0-x', 'ProtocolError'],
    ])('rejects %j', async (line, name) => {
      const { control, peer } = await connected();
      const greeting = settled(control.greeting({ timeout: 0, phase: 'greeting' }));
      peer.say(line);
      expect(await greeting).toMatchObject({ name });
    });

    it.each<[string, (peer: Peer) => void]>([
      ['ends', ({ socket }) => socket.end()],
      ['ends in the middle of it', ({ socket }) => socket.end('220-Hel')],
      ['resets', ({ socket }) => socket.resetAndDestroy()],
    ])('fails when the server %s', async (_title, end) => {
      const { control, peer, closed } = await connected();
      const greeting = settled(control.greeting({ timeout: 0, phase: 'greeting' }));
      end(peer);
      expect(await greeting).toMatchObject({
        name: 'ConnectionError',
        phase: 'greeting',
        connectionUsable: false,
      });
      expect(await closed).toBeInstanceOf(ConnectionError);
    });
  });

  it('assigns replies to commands, and writes one command at a time', async () => {
    const { control, peer, told } = await connected();
    const all = ['SIZE a', 'SIZE b', 'SIZE c'].map((line) =>
      settled(control.exchange(made(line), FOREVER)),
    );
    await peer.heard(1);
    for (const [i, line] of ['213 1', '550 no', '213 3'].entries()) {
      expect(peer.lines).toHaveLength(i + 1);
      peer.say(line);
      await all[i];
      await peer.heard(Math.min(i + 2, 3));
    }
    expect(peer.lines).toEqual(['SIZE a', 'SIZE b', 'SIZE c']);
    expect(await Promise.all(all)).toEqual([
      reply('213 1'),
      expect.any(PermanentReplyError),
      reply('213 3'),
    ]);
    expect(told).toEqual({
      commands: peer.lines,
      replies: ['213 1', '550 no', '213 3'],
      warnings: [],
      closes: [],
    });
  });

  it('reads a reply that comes byte by byte', async () => {
    const { control, peer } = await connected();
    const exchange = control.exchange(made('FEAT'), FOREVER);
    await peer.heard(1);
    for (const byte of '211-Features:\r\n SIZE\r\n211 End\r\n') peer.socket.write(byte);
    expect(await exchange).toEqual(reply('211-Features:', ' SIZE', '211 End'));
  });

  it('delivers all replies in one segment to the exchange, each before it is emitted', async () => {
    const { control, peer, told } = await connected();
    const { exchange, told: owner } = transfer();
    control.start(exchange);
    await peer.heard(1);
    peer.say('150 opening', '226 done');
    await replied(control, '226');
    expect(owner).toEqual([
      ['preliminary', '150 opening'],
      ['succeeded', '226 done'],
    ]);
    expect(told.replies).toEqual(['150 opening', '226 done']);
  });

  describe('an abandoned exchange', () => {
    it('keeps its place: its late reply does not answer the next one', async () => {
      const { control, peer } = await connected();
      const abort = new AbortController();
      const reason = new Error('enough');
      const a = settled(control.exchange(made('PWD a'), { ...FOREVER, signal: abort.signal }));
      const b = control.exchange(made('PWD b'), FOREVER);
      await peer.heard(1);
      abort.abort(reason);
      expect(await a).toBe(reason);
      expect(peer.lines).toEqual(['PWD a']);
      peer.say('257 "a"');
      await peer.heard(2);
      peer.say('257 "b"');
      expect(await b).toEqual(reply('257 "b"'));
    });

    it('is never sent if it was still waiting', async () => {
      const { control, peer } = await connected();
      const abort = new AbortController();
      const a = control.exchange(made('NOOP'), FOREVER);
      const b = settled(control.exchange(made('DELE b'), { ...FOREVER, signal: abort.signal }));
      abort.abort('enough');
      expect(await b).toBe('enough');
      await peer.heard(1);
      peer.say('200 ok');
      await a;
      const c = control.exchange(made('PWD'), FOREVER);
      await peer.heard(2);
      peer.say('257 "/"');
      await c;
      expect(peer.lines).toEqual(['NOOP', 'PWD']);
    });

    it('is never sent if its signal was already aborted', async () => {
      const { control, peer } = await connected();
      const signal = AbortSignal.abort('before');
      expect(await settled(control.exchange(made('DELE a'), { ...FOREVER, signal }))).toBe(
        'before',
      );
      const next = control.exchange(made('NOOP'), FOREVER);
      await peer.heard(1);
      peer.say('200 ok');
      await next;
      expect(peer.lines).toEqual(['NOOP']);
    });

    it('keeps its timeout: a missing reply ends the connection', async () => {
      const { control, peer, closed } = await connected();
      const abort = new AbortController();
      const a = settled(control.exchange(made('PWD'), { timeout: 40, signal: abort.signal }));
      await peer.heard(1);
      abort.abort('enough');
      await a;
      expect(await closed).toMatchObject({ name: 'TimeoutError', command: 'PWD' });
    });

    it('still masks its secret', async () => {
      const { control, peer, told } = await connected();
      const abort = new AbortController();
      const a = settled(
        control.exchange(made('PASS hunter2'), { ...FOREVER, signal: abort.signal }),
      );
      await peer.heard(1);
      abort.abort('enough');
      await a;
      peer.say('530 wrong: hunter2');
      await replied(control, '530');
      expect(told.replies).toEqual(['530 wrong: ****']);
    });
  });

  describe('when the connection ends', () => {
    it.each<[string, (peer: Peer) => void, object]>([
      ['a FIN', ({ socket }) => socket.end(), { name: 'ConnectionError' }],
      ['a reset', ({ socket }) => socket.resetAndDestroy(), { cause: { code: 'ECONNRESET' } }],
      [
        'a FIN within a reply',
        ({ socket }) => socket.end('200-a\r\n'),
        { name: 'ConnectionError' },
      ],
    ])(
      'by %s rejects all waiting exchanges, each with its own command',
      async (_title, end, expected) => {
        const { control, peer, closed, told } = await connected();
        const all = ['NOOP', 'PWD'].map((line) => settled(control.exchange(made(line), FOREVER)));
        await peer.heard(1);
        end(peer);
        expect(await Promise.all(all)).toMatchObject([
          { ...expected, code: 'ERR_FTP_CONNECTION', command: 'NOOP', connectionUsable: false },
          { ...expected, code: 'ERR_FTP_CONNECTION', command: 'PWD', connectionUsable: false },
        ]);
        expect(await closed).toMatchObject(expected);
        expect(told.closes).toHaveLength(1);
        expect(control.closed).toBe(true);
        expect(peer.lines).toEqual(['NOOP']);
      },
    );

    it('rejects later calls, and sends nothing', async () => {
      const { control, told, closed } = await connected();
      control.destroy();
      expect(await closed).toBeUndefined();
      const { exchange, told: owner } = transfer();
      control.start(exchange);
      const late = [
        control.exchange(made('PWD'), FOREVER),
        control.immediateExchange(made('ABOR'), FOREVER),
        control.greeting(FOREVER),
        control.resync(exchange, { abandoned: 'started', timeout: 100, noop: made('NOOP') }),
      ].map(settled);
      for (const error of await Promise.all(late)) expect(error).toBeInstanceOf(ConnectionError);
      expect(owner).toEqual([['failed', expect.any(ConnectionError)]]);
      expect(told.commands).toEqual([]);
    });

    it('rejects later calls with the reason', async () => {
      const { control, peer, closed } = await connected();
      peer.say('what?');
      await closed;
      const error = await settled(control.exchange(made('PWD'), FOREVER));
      expect(error).toMatchObject({
        name: 'ConnectionError',
        command: 'PWD',
        message: 'The control connection to the server is closed: Not an FTP reply: what?',
        cause: { name: 'ProtocolError' },
      });
    });

    it('emits no reply after the end, even from the same segment', async () => {
      const { control, peer, told, closed } = await connected();
      const { exchange, told: owner } = transfer();
      control.start({ ...exchange, preliminary: () => control.destroy() });
      await peer.heard(1);
      peer.say('150 opening', '226 done');
      await closed;
      expect(told.replies).toEqual(['150 opening']);
      expect(owner).toEqual([['failed', expect.any(ConnectionError)]]);
    });

    it('keeps the first reason', async () => {
      const { control, told, closed } = await connected();
      const reason = new ConnectionError('first');
      control.destroy(reason);
      control.destroy(new ConnectionError('second'));
      await closed;
      expect(told.closes).toEqual([reason]);
    });
  });

  describe('with timers', () => {
    beforeEach(() => {
      jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    });
    afterEach(() => {
      jest.useRealTimers();
    });

    it('rejects each exchange with its own error after the timeout', async () => {
      const { control, peer, told } = await connected();
      const all = ['NOOP', 'PWD'].map((line) =>
        settled(control.exchange(made(line), { timeout: 100, phase: 'login' })),
      );
      await peer.heard(1);
      jest.advanceTimersByTime(99);
      expect(control.closed).toBe(false);
      jest.advanceTimersByTime(1);
      const [noop, pwd] = await Promise.all(all);
      expect(noop).toMatchObject({
        name: 'TimeoutError',
        code: 'ERR_FTP_TIMEOUT',
        message: 'No reply from the server to NOOP within 100 ms',
        command: 'NOOP',
        phase: 'login',
        connectionUsable: false,
      });
      expect(pwd).toMatchObject({ name: 'ConnectionError', command: 'PWD', cause: noop });
      expect(told.closes).toEqual([noop]);
      await peer.closed;
      expect(peer.lines).toEqual(['NOOP']);
    });

    it('names the missing greeting', async () => {
      const { control } = await connected();
      const greeting = settled(control.greeting({ timeout: 100, phase: 'greeting' }));
      jest.advanceTimersByTime(100);
      expect(await greeting).toMatchObject({
        name: 'TimeoutError',
        phase: 'greeting',
        message: expect.stringContaining('No greeting from the server within 100 ms'),
      });
    });

    it('starts the timeout when the command is written', async () => {
      const { control, peer } = await connected();
      const a = control.exchange(made('NOOP'), { timeout: 100 });
      const b = settled(control.exchange(made('PWD'), { timeout: 100 }));
      await peer.heard(1);
      jest.advanceTimersByTime(90);
      peer.say('200 ok');
      await a;
      await peer.heard(2);
      jest.advanceTimersByTime(90);
      expect(control.closed).toBe(false);
      jest.advanceTimersByTime(10);
      expect(await b).toBeInstanceOf(TimeoutError);
    });

    it('restarts the timeout at a 1yz', async () => {
      const { control, peer } = await connected();
      const a = settled(control.exchange(made('NOOP'), { timeout: 100 }));
      await peer.heard(1);
      jest.advanceTimersByTime(90);
      peer.say('150 wait');
      await replied(control, '150');
      jest.advanceTimersByTime(90);
      expect(control.closed).toBe(false);
      jest.advanceTimersByTime(10);
      expect(await a).toBeInstanceOf(TimeoutError);
    });

    it('gives all preliminary replies together five times the timeout', async () => {
      const { control, peer, closed } = await connected();
      const a = settled(control.exchange(made('PWD'), { timeout: 100 }));
      await peer.heard(1);
      for (let i = 0; i < 6; i++) {
        jest.advanceTimersByTime(80);
        peer.say(`150 wait ${i}`);
        await replied(control, `150 wait ${i}`);
      }
      expect(control.closed).toBe(false);
      jest.advanceTimersByTime(20);
      await turn();
      expect(await a).toMatchObject({
        name: 'TimeoutError',
        message: 'No final reply from the server to PWD within 500 ms',
      });
      expect(await closed).toBe(await a);
    });

    it.each([
      ['a byte of a reply', '2'],
      ['a line of a reply', '200-wait\r\n'],
      ['a blank line', '\r\n'],
    ])(
      'does not restart the timeout for %s: incomplete lines are no reply (CVE-2026-44240)',
      async (_t, text) => {
        const { control, peer, socket } = await connected();
        const a = settled(control.exchange(made('NOOP'), { timeout: 100 }));
        await peer.heard(1);
        jest.advanceTimersByTime(90);
        peer.socket.write(text);
        await once(socket, 'data');
        jest.advanceTimersByTime(10);
        await turn(); // a deadline looks once more
        expect(control.closed).toBe(true);
        jest.advanceTimersByTime(90);
        expect(await a).toBeInstanceOf(TimeoutError);
      },
    );

    it('keeps the timeout when another exchange is added', async () => {
      const { control, peer } = await connected();
      const first = settled(control.exchange(made('NOOP'), { timeout: 100 }));
      await peer.heard(1);
      jest.advanceTimersByTime(90);
      const second = settled(control.exchange(made('PWD'), { timeout: 100 }));
      jest.advanceTimersByTime(10);
      await turn();
      expect(control.closed).toBe(true);
      expect(await first).toMatchObject({ name: 'TimeoutError' });
      expect(await second).toMatchObject({ name: 'ConnectionError' });
    });

    it('accepts a reply that arrived while the process was busy beyond the timeout', async () => {
      const { control, peer } = await connected();
      const a = settled(control.exchange(made('NOOP'), { timeout: 100 }));
      await peer.heard(1);
      await turn(); // from here on as from a timer: sockets are read next
      peer.socket.write('200 ok\r\n');
      jest.advanceTimersByTime(100);
      expect(await a).toMatchObject({ code: 200 });
      jest.advanceTimersByTime(1000);
      expect(control.closed).toBe(false);
    });

    it('accepts a changed timeout', async () => {
      const { control, peer, closed } = await connected();
      const { exchange } = transfer();
      control.start(exchange);
      await peer.heard(1);
      jest.advanceTimersByTime(1_000_000);
      expect(control.closed).toBe(false);
      exchange.timeout = 100;
      control.restartTimer();
      jest.advanceTimersByTime(100);
      expect(await closed).toMatchObject({ name: 'TimeoutError', command: 'RETR a' });
    });

    it('gives each command its whole timeout', async () => {
      const { control, peer, closed } = await connected();
      const timers = jest.spyOn(globalThis, 'setTimeout');
      for (let i = 1; i <= 5; i++) {
        const reply = control.exchange(made('NOOP'), { timeout: 100 });
        await peer.heard(i);
        jest.advanceTimersByTime(10);
        peer.say('200 ok');
        await reply;
      }
      const late = settled(control.exchange(made('NOOP'), { timeout: 100 }));
      await peer.heard(6);
      expect(timers).toHaveBeenCalledTimes(1); // to set one for each would cost more than all else
      jest.advanceTimersByTime(99);
      await turn();
      expect(control.closed).toBe(false);
      jest.advanceTimersByTime(1);
      expect(await closed).toMatchObject({ name: 'TimeoutError', command: 'NOOP' });
      expect(await late).toBe(await closed);
    });

    it('gives a command less time than the previous one had', async () => {
      const { control, peer, closed } = await connected();
      const reply = control.exchange(made('NOOP'), { timeout: 1000 });
      await peer.heard(1);
      peer.say('200 ok');
      await reply;
      void settled(control.exchange(made('NOOP'), { timeout: 100 }));
      await peer.heard(2);
      jest.advanceTimersByTime(100);
      expect(await closed).toMatchObject({ name: 'TimeoutError', command: 'NOOP' });
    });

    it('does not keep the process alive when no reply is owed, and leaves no timer', async () => {
      const { control, peer, closed } = await connected();
      const before = jest.getTimerCount();
      const timers = jest.spyOn(globalThis, 'setTimeout');
      const keepsProcess = () =>
        timers.mock.results.some(({ value }) => (value as NodeJS.Timeout).hasRef());
      const a = control.exchange(made('NOOP'), { timeout: 100 });
      await peer.heard(1);
      expect(keepsProcess()).toBe(true);
      peer.say('200 ok');
      await a;
      expect(keepsProcess()).toBe(false);
      const b = settled(control.exchange(made('NOOP'), { timeout: 100 }));
      expect(keepsProcess()).toBe(true);
      control.destroy();
      await closed;
      await b;
      expect(jest.getTimerCount()).toBe(before);
    });

    it('gives a resync one timeout for all its steps', async () => {
      const { control, peer, closed } = await connected();
      const { exchange } = transfer();
      control.start(exchange);
      await peer.heard(1);
      const resync = settled(
        control.resync(exchange, { abandoned: 'pending', timeout: 100, noop: made('NOOP') }),
      );
      jest.advanceTimersByTime(50);
      await turn(); // half of it is over
      jest.advanceTimersByTime(10);
      peer.say('150 opening');
      await replied(control, '150');
      jest.advanceTimersByTime(39);
      expect(control.closed).toBe(false);
      jest.advanceTimersByTime(1);
      expect(await resync).toMatchObject({
        name: 'TimeoutError',
        command: 'RETR a',
        phase: 'completion',
      });
      expect(await closed).toBe(await resync);
    });
  });

  it('leaves no listener on a signal', async () => {
    const { control, peer } = await connected();
    const { signal } = new AbortController();
    const a = control.exchange(made('NOOP'), { ...FOREVER, signal });
    await peer.heard(1);
    peer.say('200 ok');
    await a;
    const b = settled(control.exchange(made('NOOP'), { ...FOREVER, signal }));
    control.destroy();
    await b;
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  describe('421, at any time', () => {
    it('fails the command that it answers, and closes (RFC 959 §5.4)', async () => {
      const { control, peer, closed, told } = await connected();
      const all = ['NOOP', 'PWD'].map((line) => settled(control.exchange(made(line), FOREVER)));
      await peer.heard(1);
      peer.say('421 Timeout.');
      expect(await Promise.all(all)).toMatchObject([
        { name: 'TransientReplyError', connectionUsable: false, reply: { code: 421 } },
        { name: 'ConnectionError', command: 'PWD', reply: { code: 421 } },
      ]);
      expect(await closed).toMatchObject({
        name: 'ConnectionError',
        message: '421 Timeout. (from the server)',
      });
      expect(told.replies).toEqual(['421 Timeout.']);
    });

    it('explains why an idle connection was closed', async () => {
      const { control, peer, closed, told } = await connected();
      peer.say('421 Idle for too long.');
      expect(await closed).toMatchObject({ name: 'ConnectionError', reply: { code: 421 } });
      expect(told.replies).toEqual(['421 Idle for too long.']);
      expect(await settled(control.exchange(made('PWD'), FOREVER))).toMatchObject({
        name: 'ConnectionError',
        message: '421 Idle for too long. (from the server)',
        command: 'PWD',
      });
    });

    it('fails a running transfer', async () => {
      const { control, peer, closed } = await connected();
      const { exchange, told: owner } = transfer();
      control.start(exchange);
      await peer.heard(1);
      peer.say('150 opening', '421 Shutting down.');
      await closed;
      expect(owner).toEqual([
        ['preliminary', '150 opening'],
        ['failed', expect.objectContaining({ name: 'TransientReplyError' })],
      ]);
    });

    it('ends a resync, because the connection is closed', async () => {
      const { control, peer, closed } = await connected();
      const { exchange } = transfer();
      control.start(exchange);
      await peer.heard(1);
      const resync = settled(
        control.resync(exchange, { abandoned: 'started', timeout: 1000, noop: made('NOOP') }),
      );
      peer.say('421 Shutting down.');
      expect(await resync).toBe(await closed);
      expect(await closed).toMatchObject({ name: 'ConnectionError', reply: { code: 421 } });
    });
  });

  describe('a surplus reply', () => {
    /** A connection on which this command has just been answered. */
    async function after(line: string, answers: string[]) {
      const all = await connected();
      const { exchange } = transfer(line);
      all.control.start(line === 'NOOP' ? { ...exchange, expects: 'completion' } : exchange);
      await all.peer.heard(1);
      all.peer.say(...answers);
      await replied(all.control, answers.at(-1) as string);
      return all;
    }

    /** The next command works, once NOOP has proved that it is the next. */
    async function worksAfterNoop({ control, peer, told }: Awaited<ReturnType<typeof connected>>) {
      const before = peer.lines.length;
      const next = control.exchange(made('PWD'), FOREVER);
      await peer.heard(before + 1);
      expect(peer.lines.slice(before)).toEqual(['NOOP']);
      peer.say('200 noop');
      await peer.heard(before + 2);
      peer.say('257 "/"');
      expect(await next).toEqual(reply('257 "/"'));
      expect(peer.lines.slice(before)).toEqual(['NOOP', 'PWD']);
      expect(told.closes).toEqual([]);
      const last = control.exchange(made('PWD'), FOREVER);
      await peer.heard(before + 3);
      peer.say('257 "/"');
      await last;
      expect(peer.lines.slice(before)).toEqual(['NOOP', 'PWD', 'PWD']); // proved once
    }

    it.each([
      ['RETR a', ['150 a', '226 b'], '226 again'],
      ['RETR a', ['150 a', '226 b'], '225 again'],
      ['RETR a', ['150 a', '226 b'], '250 again'],
      ['RETR a', ['150 a', '226 b'], '426 late'],
      ['RETR a', ['150 a', '226 b'], '150 x'],
      ['NOOP', ['200 ok'], '200 x'],
      ['NOOP', ['200 ok'], '226 x'],
      ['NOOP', ['200 ok'], '230 x'],
      ['NOOP', ['200 ok'], '331 x'],
      ['NOOP', ['200 ok'], '550 x'],
    ])('is dropped with a warning: after %s, %j comes %j', async (line, answers, surplus) => {
      const all = await after(line, answers);
      all.peer.say(surplus);
      await replied(all.control, surplus);
      expect(all.told.warnings).toEqual([expect.stringContaining(surplus)]);
      expect(all.control.isIdle).toBe(false);
      await worksAfterNoop(all);
    });

    it('is dropped after a transfer that was settled early', async () => {
      const all = await connected();
      const { control, peer, told } = all;
      const { exchange } = transfer();
      control.start(exchange);
      await peer.heard(1);
      peer.say('226 at once');
      await replied(control, '226');
      control.settle(exchange);
      peer.say('226 late');
      await replied(control, '226 late');
      expect(told.warnings).toEqual([expect.stringContaining('226 late')]);
      await worksAfterNoop(all);
    });

    it('is dropped before the first command too', async () => {
      const all = await connected();
      const greeting = all.control.greeting(FOREVER);
      const last = replied(all.control, '230');
      all.peer.say('220 hi', '220 and welcome', '230 you are root');
      expect(await greeting).toEqual(reply('220 hi'));
      await last;
      expect(all.told.warnings).toHaveLength(2);
      await worksAfterNoop(all);
    });

    it('in one segment with the reply does not answer the next command', async () => {
      const { control, peer, told } = await connected();
      const a = settled(control.exchange(made('CWD /'), FOREVER));
      const b = settled(control.exchange(made('DELE x'), FOREVER));
      await peer.heard(1);
      peer.say('250 ok', '250 deleted');
      expect(await a).toEqual(reply('250 ok'));
      await peer.heard(2);
      peer.say('200 noop');
      await peer.heard(3);
      peer.say('550 no');
      expect(await b).toMatchObject({ reply: { code: 550 } });
      expect(peer.lines).toEqual(['CWD /', 'NOOP', 'DELE x']);
      expect(told.warnings).toEqual([expect.stringContaining('250 deleted')]);
    });

    it('is dropped while a command waits that it cannot answer', async () => {
      const { control, peer, told } = await connected();
      const pwd = control.exchange(made('PWD'), FOREVER);
      await peer.heard(1);
      peer.say('226 late', '230 again', '257 "/"', '230 and again');
      expect(await pwd).toEqual(reply('257 "/"'));
      expect(told.warnings).toEqual([
        'A surplus reply was dropped, since it cannot answer PWD: 226 late',
        'A surplus reply was dropped, since it cannot answer PWD: 230 again',
        'A surplus reply was dropped, since no command asked for it: 230 and again',
      ]);
    });

    it('is named in the error of a command that times out, and does not extend its timeout', async () => {
      const { control, peer } = await connected();
      const began = performance.now();
      const pwd = settled(control.exchange(made('PWD'), { timeout: 200 }));
      await peer.heard(1);
      const drip = setInterval(() => peer.say('226 late'), 20);
      const error = await pwd;
      clearInterval(drip);
      expect(error).toMatchObject({
        name: 'TimeoutError',
        message: expect.stringMatching(
          /^No reply from the server to PWD within 200 ms \(dropped.*226 late/,
        ),
      });
      expect(performance.now() - began).toBeLessThan(1000);
    });

    it('is named if the server then closes the connection', async () => {
      const { control, peer, closed } = await connected();
      peer.say('221 Goodbye, you were idle.');
      await replied(control, '221');
      peer.socket.end();
      expect(await closed).toMatchObject({
        name: 'ConnectionError',
        message: expect.stringContaining('221 Goodbye, you were idle.'),
      });
    });

    it.each(['before', 'within'])('ends the connection for a flood: %s a wait', async (when) => {
      const { control, peer, closed, told } = await connected();
      const waiting = when === 'within' && settled(control.exchange(made('PWD'), FOREVER));
      if (waiting) await peer.heard(1);
      peer.say(...Array.from({ length: 1000 }, (_, index) => `226 number ${index}`));
      const error = await closed;
      expect(error).toMatchObject({
        name: 'ProtocolError',
        message: '226 number 100 (too many replies that no command asked for)',
      });
      if (waiting) expect(await waiting).toBe(error);
      expect(told.warnings).toHaveLength(100);
    });

    // Such a server sends the reply to NOOP twice as well, each in its own segment.
    it('does not end the connection of a server that sends everything twice', async () => {
      const answers: Record<string, string> = { NOOP: '200 ok', TYPE: '200 type', PWD: '257 "/"' };
      const { control, told } = await connected({
        onLine: (line, peer) => {
          const answer = answers[line.split(' ')[0] as string] ?? '250 done';
          peer.say(answer, answer);
        },
      });
      for (let round = 0; round < 40; round++) {
        expect(await control.exchange(made('TYPE', 'I'), FOREVER)).toMatchObject({ code: 200 });
        expect(await control.exchange(made('CWD', 'a'), FOREVER)).toMatchObject({ code: 250 });
        expect(await control.exchange(made('PWD'), FOREVER)).toMatchObject({ code: 257 });
      }
      expect(told.closes).toEqual([]);
    });

    it.each(['500 what?', '502 no NOOP here', '530 Please log in', '250 fine', '550 not that'])(
      'does not end the connection if NOOP gets the reply %j',
      async (answer) => {
        const answers: Record<string, string> = { NOOP: answer, PWD: '257 "/"' };
        const { control, peer, told } = await connected({
          onLine: (line, each) => each.say(answers[line.split(' ')[0] as string] ?? '250 done'),
        });
        peer.say('226 late');
        await replied(control, '226');
        for (let round = 0; round < 3; round++) {
          expect(await control.exchange(made('CWD', 'a'), FOREVER)).toEqual(reply('250 done'));
        }
        expect(told.closes).toEqual([]);
      },
    );

    it('fails a command whose doubtful reply is not confirmed', async () => {
      const { control, peer, closed } = await connected();
      peer.say('226 late');
      await replied(control, '226');
      const pwd = settled(control.exchange(made('PWD'), { timeout: 50, phase: 'login' }));
      expect(await pwd).toMatchObject({
        name: 'TimeoutError',
        phase: 'login',
        message: expect.stringContaining('to NOOP'),
      });
      expect(await closed).toBe(await pwd);
      expect(peer.lines).toEqual(['NOOP']);
    });

    it('ends the connection if TLS was required and has not begun', async () => {
      const { control, peer, closed } = await connected();
      control.plaintextPolicy = 'require-tls';
      const auth = settled(control.exchange(made('AUTH', 'TLS'), FOREVER));
      await peer.heard(1);
      peer.say('220 again');
      expect(await auth).toMatchObject({ code: 'ERR_FTP_PLAINTEXT_AFTER_AUTH' });
      expect(await closed).toBe(await auth);
    });
  });

  it.each([
    ['HTTP/1.1 400 Bad Request', 'ERR_FTP_PROTOCOL'],
    ['\x15\x03\x01\x00\x02', 'ERR_FTP_PROTOCOL'],
    ['220 a\0b', 'ERR_FTP_PROTOCOL'],
    ['631 protected', 'ERR_FTP_PROTOCOL'],
    [`200 ${'x'.repeat(10_000)}`, 'ERR_FTP_REPLY_TOO_LARGE'],
    [`200-${'x\r\n'.repeat(40_000)}`, 'ERR_FTP_REPLY_TOO_LARGE'],
  ])('closes on invalid input, and rejects all exchanges with the reason', async (line, code) => {
    const { control, peer, closed } = await connected();
    const all = ['NOOP', 'PWD'].map((each) => settled(control.exchange(made(each), FOREVER)));
    await peer.heard(1);
    peer.say(line);
    expect(await Promise.all(all)).toMatchObject([
      { name: 'ProtocolError', code, connectionUsable: false },
      { name: 'ConnectionError', command: 'PWD', cause: { code } },
    ]);
    expect(await closed).toMatchObject({ name: 'ProtocolError', code });
    const isClosed = peer.closed.then(() => 'closed');
    expect(await Promise.race([isClosed, delay(5000, 'still open', { ref: false })])).toBe(
      'closed',
    );
  });

  it('closes after a flood of preliminary replies', async () => {
    const { control, peer, closed } = await connected();
    const exchange = settled(control.exchange(made('NOOP'), FOREVER));
    await peer.heard(1);
    peer.say(...Array.from({ length: 1000 }, () => '150 wait'));
    expect(await exchange).toMatchObject({ name: 'ProtocolError' });
    expect(await closed).toBe(await exchange);
  });

  describe('urgentExchange', () => {
    it('does not wait for earlier replies (ABOR)', async () => {
      const { control, peer } = await connected();
      const { exchange, told: owner } = transfer();
      control.start(exchange);
      const pwd = control.exchange(made('PWD'), FOREVER);
      const abor = control.immediateExchange(made('ABOR'), FOREVER);
      await peer.heard(2);
      expect(peer.lines).toEqual(['RETR a', 'ABOR']);
      peer.say('150 opening', '426 aborted', '226 abort successful');
      expect(await abor).toEqual(reply('226 abort successful'));
      expect(owner.map(([event]) => event)).toEqual(['preliminary', 'failed']);
      await peer.heard(3);
      peer.say('257 "/"');
      expect(await pwd).toEqual(reply('257 "/"'));
    });

    it('waits until an abandoned transfer is settled', async () => {
      const { control, peer } = await connected();
      const { exchange } = transfer();
      control.start(exchange);
      await peer.heard(1);
      const resync = control.resync(exchange, {
        abandoned: 'started',
        timeout: 1000,
        noop: made('NOOP'),
      });
      const abor = control.immediateExchange(made('ABOR'), FOREVER);
      peer.say('426 aborted');
      await peer.heard(2);
      peer.say('200 ok');
      await resync;
      await peer.heard(3);
      expect(peer.lines).toEqual(['RETR a', 'NOOP', 'ABOR']);
      peer.say('226 nothing to abort');
      expect(await abor).toEqual(reply('226 nothing to abort'));
    });
  });

  describe('resync', () => {
    interface Case {
      readonly title: string;
      readonly abandoned: AbandonedState;
      readonly abor?: boolean;
      /** What the server says to begin with, and after the NOOP. */
      readonly before: string[];
      readonly after: string[];
    }
    const CASES: Case[] = [
      { title: 'vsftpd', abandoned: 'started', before: ['426 a'], after: ['200 ok'] },
      {
        title: 'vsftpd, ABOR',
        abandoned: 'started',
        abor: true,
        before: ['426 a', '225 b'],
        after: ['200 ok'],
      },
      {
        title: 'ProFTPD, ABOR',
        abandoned: 'started',
        abor: true,
        before: ['226 a', '426 b'],
        after: ['200 ok'],
      },
      {
        title: 'Pure-FTPd, whose last reply is a 1yz',
        abandoned: 'started',
        before: ['150 a'],
        after: ['200 ok'],
      },
      {
        title: 'Pure-FTPd, a second reply after the NOOP',
        abandoned: 'started',
        abor: true,
        before: ['150 a'],
        after: ['226 b', '200 ok'],
      },
      {
        title: 'left before its 150',
        abandoned: 'pending',
        before: ['150 a', '426 b'],
        after: ['200 ok'],
      },
      { title: 'left before its 550', abandoned: 'pending', before: ['550 a'], after: ['200 ok'] },
      { title: 'left after an early 226', abandoned: 'completed', before: [], after: ['200 ok'] },
    ];

    it.each(CASES)('$title', async ({ abandoned, abor, before, after }) => {
      const { control, peer, told } = await connected();
      const { exchange, told: owner } = transfer();
      control.start(exchange);
      const next = control.exchange(made('PWD'), FOREVER);
      await peer.heard(1);
      const resync = control.resync(exchange, {
        abandoned,
        timeout: 2000,
        noop: made('NOOP'),
        abor: abor ? made('ABOR') : undefined,
      });
      const expected = ['RETR a', ...(abor ? ['ABOR'] : []), 'NOOP'];
      await peer.heard(abor ? 2 : 1);
      if (before.length > 0) peer.say(...before);
      await peer.heard(expected.length);
      expect(peer.lines).toEqual(expected); // the next command is not sent yet
      peer.say(...after);
      expect((await resync).map(({ lines }) => lines[0])).toEqual([
        ...before,
        ...after.slice(0, -1),
      ]);
      await peer.heard(expected.length + 1);
      peer.say('257 "/"');
      expect(await next).toEqual(reply('257 "/"'));
      expect(owner).toEqual([]);
      expect(told.closes).toEqual([]);
    });

    it('drops one more completion that arrives afterwards', async () => {
      const { control, peer, told } = await connected();
      const { exchange } = transfer();
      control.start(exchange);
      await peer.heard(1);
      const resync = control.resync(exchange, {
        abandoned: 'completed',
        timeout: 2000,
        noop: made('NOOP'),
      });
      await peer.heard(2);
      const late = replied(control, '226');
      peer.say('200 ok', '226 late');
      await resync;
      await late;
      expect(told).toMatchObject({ warnings: [expect.stringContaining('226 late')], closes: [] });
    });

    it('never sends a transfer command that was abandoned before it was written', async () => {
      const { control, peer } = await connected();
      peer.say('226 late');
      await replied(control, '226');
      const { exchange } = transfer();
      control.start(exchange);
      await peer.heard(1);
      const options = { abandoned: 'pending' as const, timeout: 2000, noop: made('NOOP') };
      expect(await control.resync(exchange, options)).toEqual([]);
      peer.say('200 noop');
      const next = control.exchange(made('PWD'), FOREVER);
      await peer.heard(2);
      peer.say('257 "/"');
      await next;
      expect(peer.lines).toEqual(['NOOP', 'PWD']);
    });

    it.each<[string, string[], object]>([
      [
        'too many replies',
        ['426 a', '226 b', '226 c', '226 d', '226 e'],
        { name: 'ProtocolError' },
      ],
      ['garbage', ['what?'], { name: 'ProtocolError' }],
    ])('fails for %s, and destroys the connection', async (_title, lines, expected) => {
      const { control, peer, closed } = await connected();
      const { exchange } = transfer();
      control.start(exchange);
      const next = settled(control.exchange(made('PWD'), FOREVER));
      await peer.heard(1);
      const resync = settled(
        control.resync(exchange, { abandoned: 'started', timeout: 2000, noop: made('NOOP') }),
      );
      peer.say(...lines);
      expect(await resync).toMatchObject(expected);
      expect(await closed).toBe(await resync);
      expect(await next).toMatchObject({ name: 'ConnectionError', command: 'PWD' });
      expect(peer.lines).not.toContain('PWD');
    });

    it('fails when the connection is lost', async () => {
      const { control, peer } = await connected();
      const { exchange } = transfer();
      control.start(exchange);
      await peer.heard(1);
      const resync = settled(
        control.resync(exchange, { abandoned: 'started', timeout: 2000, noop: made('NOOP') }),
      );
      peer.socket.end();
      expect(await resync).toMatchObject({ name: 'ConnectionError' });
    });
  });

  describe('a secret', () => {
    const SECRET = 'hunter2-c4n4ry';

    it.each([
      ['in the reply', `530 wrong password ${SECRET}`],
      ['twice, and in several lines', `530-${SECRET}\r\n${SECRET}${SECRET}\r\n530 ${SECRET}`],
      ['in a reply that is none', `${SECRET} is wrong`],
      ['in a second reply', `530 no\r\n530 ${SECRET}`],
      ['in a line that is too long', `530 ${SECRET.repeat(1000)}`],
      ['in a reply with a NUL', `530 ${SECRET}\0`],
      ['in an unfinished reply, then the end', null],
    ])('is masked if the server repeats it %s', async (_title, text) => {
      const { control, peer, told, closed } = await connected();
      const exchange = settled(control.exchange(made('PASS', SECRET), FOREVER));
      const after = settled(control.exchange(made('PWD'), FOREVER));
      await peer.heard(1);
      if (text === null) peer.socket.end(`530-${SECRET}\r\n530`);
      else peer.say(text);
      const errors: unknown[] = [await exchange];
      control.destroy();
      errors.push(await after, await closed);
      const shown = errors.flatMap((each) => {
        const error = each as Error & { reply?: Reply };
        return each ? [error.message, error.stack, JSON.stringify(error), String(error.cause)] : [];
      });
      expect(
        [...shown, ...told.commands, ...told.replies, ...told.warnings].join('\n'),
      ).not.toContain(SECRET);
    });

    it('of an earlier command is masked in all later texts', async () => {
      const { control, peer, told, closed } = await connected();
      const pass = control.exchange(made('PASS', SECRET), { ...FOREVER, expects: 'either' });
      await peer.heard(1);
      peer.say('332 and the account?');
      await pass;
      const acct = settled(control.exchange(made('ACCT', 'an0ther-c4n4ry'), FOREVER));
      await peer.heard(2);
      peer.say(
        `530 an0ther-c4n4ry, with ${SECRET}`,
        `226 ${SECRET}`,
        `${'x'.repeat(508)}${SECRET}`,
      );
      const errors = [
        await acct,
        await closed,
        await settled(control.exchange(made('PWD'), FOREVER)),
      ];
      const shown = [...errors.map((each) => `${each} ${JSON.stringify(each)}`), ...told.replies];
      expect(told.warnings).toHaveLength(1);
      // Nor the beginning of it, where a message is cut.
      expect([...shown, ...told.warnings].join('\n')).not.toMatch(/c4n4ry|hunt/);
    });

    it('does not change a path that contains it', async () => {
      const { control, peer, told } = await connected();
      const pass = settled(control.exchange(made('PASS', 'pub'), FOREVER));
      await peer.heard(1);
      peer.say('230 in');
      await pass;
      const pwd = control.exchange(made('PWD'), FOREVER);
      await peer.heard(2);
      peer.say('257 "/pub"');
      expect(originalReply(await pwd)).toEqual(reply('257 "/pub"'));
      expect(told.replies).toEqual(['230 in', '257 "/****"']);
    });

    it('is not shown in the error of its command', async () => {
      const { control, peer, told } = await connected();
      const exchange = settled(control.exchange(made('PASS', SECRET), { timeout: 20 }));
      await peer.heard(1);
      expect(peer.lines).toEqual([`PASS ${SECRET}`]);
      expect(await exchange).toMatchObject({
        command: 'PASS ****',
        message: 'No reply from the server to PASS **** within 20 ms',
      });
      expect(told.commands).toEqual(['PASS ****']);
    });
  });
});
