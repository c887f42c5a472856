import { describe, expect, it } from '@jest/globals';
import { FTPTLS } from 'ftpipe';
import type { TestServer } from 'ftpipe/testing';
import { afterwards } from '../../helpers/afterwards';
import { settled } from '../../helpers/promises';
import { deserted, only, optionsFor, start, TIMEOUTS, text, VERSIONS } from './harness';

// jest itself fails the test during which a rejection or an error goes unhandled, and the
// environment the file that leaves a socket or a timer.

const CONTENT = Buffer.alloc(100_000, 'y');
type Way = 'signal' | 'destroy' | 'close';

/** Connects, logs in, and runs transfers; at the nth event of the client something happens. */
async function interrupted(server: TestServer, passive: boolean, way: Way, at: number) {
  const abort = new AbortController();
  const { signal } = abort;
  const options = optionsFor(server, {
    passive,
    timeouts: { ...TIMEOUTS, tls: 1000, reply: 2000 },
  });
  const ftp = new FTPTLS(options);
  afterwards(() => ftp.close());
  let stream: { destroy(error?: Error): unknown } | undefined;
  let seen = 0;
  let done = false;
  const strike = () => {
    if (done || ++seen !== at) return;
    if (way === 'signal') abort.abort(new Error('aborted by the test'));
    else if (way === 'close') ftp.close();
    else if (stream) stream.destroy(new Error('destroyed by the test'));
  };
  ftp.on('command', strike).on('reply', strike);
  const with_ = { signal };
  const results = [await settled(ftp.connect(undefined, undefined, with_))];
  results.push(await settled(ftp.login('user', 'password', '', with_)));
  for (const begin of [
    () => ftp.retrBinary('RETR big', with_),
    () => ftp.storBinary('STOR b', with_),
    () => ftp.dir(with_),
  ]) {
    const made = begin();
    stream = made as never;
    const over = new Promise((resolve) =>
      made.on('error', resolve).on('close', () => resolve(undefined)),
    );
    if ('write' in made) made.end(CONTENT);
    else made.resume();
    results.push((await over) as never);
  }
  done = true;
  return { ftp, seen, results };
}

describe.each(VERSIONS)('%s: an end at every command and every reply', (version) => {
  const modes: [way: Way, mode: 'explicit' | 'implicit', passive: boolean][] = [
    ['signal', 'explicit', true],
    ['destroy', 'explicit', true],
    ['close', 'explicit', true],
    ['signal', 'implicit', false],
    ['destroy', 'explicit', false],
    ['close', 'implicit', false],
  ];

  // One half of them will do for the older version: the events are the same.
  it.each(modes.slice(version === 'TLSv1.2' ? 3 : 0))(
    '%s, %s, passive %p: settles every call, and leaves nothing open',
    async (way, mode, passive) => {
      const server = await start({ mode, ...only(version) });
      let last = Number.POSITIVE_INFINITY;
      for (let at = 1; at <= last; at += 1) {
        const { ftp, seen } = await interrupted(server, passive, way, at);
        if (seen < at) last = at; // one whole run ends it
        if (ftp.connected) {
          // In step, or refused by us: an aborted login is not one.
          const pwd = await settled(ftp.pwd());
          const isIn = typeof pwd === 'string';
          if (isIn) expect(pwd).toBe('/');
          if (ftp.connected) await ftp.login('user', 'password');
          if (ftp.connected) expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
        } else {
          expect(await settled(ftp.pwd())).toMatchObject({ name: 'ConnectionError' });
        }
        ftp.close();
        await ftp.closed;
      }
      expect(last).toBeGreaterThan(15);
      await deserted(server);
      const partial = server.transfers.filter(
        ({ command, outcome }) => command === 'STOR' && outcome === 'complete',
      );
      expect(partial.every(({ bytes }) => bytes === CONTENT.length)).toBe(true);
    },
  );
});

it.each(['signal', 'close'] as const)(
  '%s during a stalled handshake ends it at once',
  async (way) => {
    for (const [mode, on] of [
      ['explicit', 'AUTH'],
      ['implicit', 'connect'],
      ['explicit', 'RETR'],
    ] as const) {
      const server = await start({ mode }, { faults: [{ on, tls: 'stall-handshake' }] });
      const ftp = new FTPTLS(optionsFor(server));
      afterwards(() => ftp.close());
      const abort = new AbortController();
      const { signal } = abort;
      const run = async () => {
        await ftp.connect(undefined, undefined, { signal });
        await ftp.login('user', 'password', '', { signal });
        await ftp.retrBinary('RETR a', { signal }).toArray();
      };
      const over = settled(run());
      await server.waitFor(({ sessions, commands }) =>
        on === 'connect' ? sessions.length > 0 : commands.some((line) => line.startsWith(on)),
      );
      const began = performance.now();
      if (way === 'signal') abort.abort(new Error('mine'));
      else ftp.close();
      const error = await over;
      if (way === 'signal') expect(error).toMatchObject({ message: 'mine' });
      else {
        const name = expect.stringMatching(/ConnectionError|AbortError/);
        expect(error).toMatchObject({ name });
      }
      expect(performance.now() - began).toBeLessThan(2000);
      ftp.close();
      await deserted(server);
    }
  },
);
