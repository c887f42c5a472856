import { writeFile } from 'node:fs/promises';
import { finished, type Readable, type Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import type { FTP } from 'ftpipe';
import { patterned } from '../streams/harness';
import { filesHarness, KINDS } from './files-harness';

const { start, connect, path } = filesHarness();
const CONTENT = patterned(20_000);
/** Microtasks from an event to the destruction: the client itself goes on in them. */
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

const WAYS: [name: string, begin: (ftp: FTP) => Running][] = [
  ['retrBinary()', (ftp) => stream(ftp.retrBinary('RETR x'))],
  ['storBinary()', (ftp) => stream(ftp.storBinary('STOR y'))],
  ['list()', (ftp) => stream(ftp.list())],
  ['download()', (ftp) => call((signal) => ftp.download('x', path('got'), { signal }))],
  ['upload()', (ftp) => call((signal) => ftp.upload(path('local'), 'y', { signal }))],
];

/** Begins, and stops so many microtasks after the given event; returns how many events there were. */
async function stopped(ftp: FTP, begin: (ftp: FTP) => Running, event: number, turns: number) {
  let events = 0;
  let running: Running | undefined;
  const seen = () => {
    if (events++ !== event) return;
    void (async () => {
      for (let turn = 0; turn < turns; turn++) await undefined;
      running?.stop(new Error('enough'));
    })();
  };
  ftp.on('command', seen).on('reply', seen);
  running = begin(ftp);
  await running.over;
  ftp.off('command', seen).off('reply', seen);
  return events;
}

describe.each(KINDS)('over %s', (kind) => {
  it.each(WAYS)('%s gives its turn back, whenever it is stopped', async (_name, begin) => {
    await writeFile(path('local'), CONTENT);
    const server = await start(kind, { files: { '/x': CONTENT } });
    const ftp = await connect(server);
    const events = await stopped(ftp, begin, Number.POSITIVE_INFINITY, 0);
    expect(events).toBeGreaterThanOrEqual(5); // EPSV, 229, the command, 150, 226
    for (let event = 0; event < events; event++) {
      for (let turns = 0; turns <= TURNS; turns++) {
        await stopped(ftp, begin, event, turns);
        const next = await ftp.pwd().catch((error) => error);
        expect([event, turns, next]).toEqual([event, turns, '/']);
      }
    }
  });
});
