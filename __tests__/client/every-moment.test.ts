import { writeFile } from 'node:fs/promises';
import { finished, type Readable, type Writable } from 'node:stream';
import { expect, it } from '@jest/globals';
import type { FTP } from 'ftpipe';
import type { CommandAnswer } from 'ftpipe/testing';
import { type Kind, patterned } from '../streams/harness';
import { filesHarness } from './files-harness';

const { start, connect, path } = filesHarness();
const CONTENT = patterned(20_000);
/** Microtasks between an event and the destruction. The client proceeds in microtasks, too. */
const TURNS = 8;

interface Running {
  /** Gives the transfer up. */
  stop(reason: Error): void;
  readonly over: Promise<unknown>;
}

function stream(made: Readable | Writable): Running {
  if ('resume' in made) made.resume();
  else made.end(CONTENT);
  const over = new Promise((resolve) => finished(made, resolve));
  made.on('error', () => {});
  return { stop: (reason) => made.destroy(reason), over };
}

function call(made: (signal: AbortSignal) => Promise<unknown>): Running {
  const abort = new AbortController();
  return { stop: (reason) => abort.abort(reason), over: made(abort.signal).catch(() => {}) };
}

type Begin = (ftp: FTP) => Running;

const BEGIN = new Map<string, Begin>([
  ['retrBinary()', (ftp) => stream(ftp.retrBinary('RETR x'))],
  ['storBinary()', (ftp) => stream(ftp.storBinary('STOR y'))],
  ['list()', (ftp) => stream(ftp.list())],
  ['download()', (ftp) => call((signal) => ftp.download('x', path('got'), { signal }))],
  ['upload()', (ftp) => call((signal) => ftp.upload(path('local'), 'y', { signal }))],
]);

type Stop = (running: Running, ftp: FTP) => void;

const STOPS: Record<string, Stop> = {
  'the stream or the signal': (running) => running.stop(new Error('enough')),
  'abort()': (_running, ftp) => void ftp.abort().catch(() => {}),
  'close()': (_running, ftp) => ftp.close(),
};

/**
 * Begins, and stops so many microtasks after the given event; returns how many events there were.
 */
async function stopped(ftp: FTP, begin: Begin, stop: Stop, event: number, turns: number) {
  let events = 0;
  let running: Running | undefined;
  const seen = () => {
    if (events++ !== event) return;
    void (async () => {
      for (let turn = 0; turn < turns; turn++) await undefined;
      if (running) stop(running, ftp);
    })();
  };
  ftp.on('command', seen).on('reply', seen);
  running = begin(ftp);
  await running.over;
  ftp.off('command', seen).off('reply', seen);
  return events;
}

/**
 * A download whose data connection is there before the 150: that, too, is then taken in microtasks.
 */
const connectsFirst: CommandAnswer = async (session) => {
  const data = await session.openData().catch(() => undefined);
  if (!data) return session.reply('425 Nobody is there.');
  const over = new Promise((resolve) => finished(data, resolve));
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  await session.reply('150 Here it comes.');
  data.end(CONTENT);
  data.resume();
  await over;
  await session.reply('226 Done.');
};

const sockets = () =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;

/** Waits until no socket is left but so many. */
async function expectSockets(most: number, what: unknown) {
  const began = performance.now();
  while (sockets() > most && performance.now() - began < 3000)
    await new Promise((resolve) => setImmediate(resolve));
  expect([what, sockets() <= most]).toEqual([what, true]);
}

const BINARY = ['retrBinary()', 'storBinary()'];
const ALL = [...BEGIN.keys()];

// biome-ignore format: a table
const SETTINGS: [kind: Kind, mode: 'passive' | 'active', name: string, ways: readonly string[]][] = [
  ['plain', 'passive', 'the stream or the signal', ALL],
  ['plain', 'passive', 'abort()',                  BINARY],
  ['plain', 'passive', 'close()',                  BINARY],
  ['plain', 'active',  'the stream or the signal', BINARY],
  ['plain', 'active',  'abort()',                  BINARY],
  ['plain', 'active',  'close()',                  BINARY],
  ['TLS',   'passive', 'the stream or the signal', ALL],
  ['TLS',   'passive', 'abort()',                  BINARY],
  ['TLS',   'passive', 'close()',                  BINARY],
];
const CASES = SETTINGS.flatMap(([kind, mode, name, ways]) =>
  ways.map((way) => ({ kind, mode, name, way })),
);

it.each(CASES)(
  '$way over $kind, $mode, releases its turn and its sockets when stopped by $name at any moment',
  async ({ kind, mode, name, way }) => {
    const begin = BEGIN.get(way) as Begin;
    const stop = STOPS[name] as Stop;
    await writeFile(path('local'), CONTENT);
    const server = await start(kind, { files: { '/x': CONTENT } });
    if (mode === 'active') server.handle('RETR', connectsFirst);
    const connected = async () => {
      const ftp = await connect(server);
      ftp.setPasv(mode === 'passive');
      return ftp;
    };
    let ftp = await connected();
    const idle = sockets();
    const events = await stopped(ftp, begin, stop, Number.POSITIVE_INFINITY, 0);
    expect(events).toBeGreaterThanOrEqual(5); // EPSV, 229, the command, 150, 226
    for (let event = 0; event < events; event++) {
      for (let turns = 0; turns <= TURNS; turns++) {
        await stopped(ftp, begin, stop, event, turns);
        if (name === 'close()') ftp = await connected();
        const next = await ftp.pwd().catch((error) => error);
        expect([event, turns, next]).toEqual([event, turns, '/']);
        await expectSockets(idle, [event, turns]);
      }
    }
  },
);
