import { getEventListeners } from 'node:events';
import { finished } from 'node:stream/promises';
import { expect, it } from '@jest/globals';
import { rejection } from '../helpers/promises';
import { harness } from '../streams/harness';

const { start, connect } = harness();
const MANY = 50;

function warningsOfNode(): Error[] {
  const warnings: Error[] = [];
  process.on('warning', (warning) => warnings.push(warning));
  return warnings;
}

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

it('one listener serves all calls and streams that share a signal', async () => {
  const warnings = warningsOfNode();
  const server = await start({ files: { '/a': 'content' } });
  const control = new AbortController();
  const { signal } = control;
  const ftp = await connect(server, { signal });
  const options = { signal };
  const calls: Promise<unknown>[] = [];
  for (let i = 0; i < MANY; i++) {
    calls.push(
      ftp.pwd(options),
      ftp.retrBinary('RETR a', options).toArray(),
      ftp.list('', options).toArray(),
      ftp.retrLines('RETR a', async () => {}, options),
      ftp.storBinary(`STOR ${i}`, ['x'], options),
    );
  }
  expect(listeners(signal)).toBe(1);
  await Promise.all(calls);
  expect(listeners(signal)).toBe(1); // the client's own: aborting it closes the client
  const { closed } = ftp;
  ftp.close();
  await closed;
  expect(listeners(signal)).toBe(0);
  expect(warnings).toEqual([]);
}, 60_000);

it('an abort rejects all calls that share a signal, and leaves no listener', async () => {
  const warnings = warningsOfNode();
  const server = await start({ files: { '/a': 'content' } });
  const ftp = await connect(server);
  const control = new AbortController();
  const { signal } = control;
  const untouched = ftp.retrBinary('RETR a'); // all other calls are queued behind it
  await untouched.opened();
  const calls = Array.from({ length: MANY }, (_, i) =>
    i % 2 ? ftp.pwd({ signal }) : finished(ftp.storBinary('STOR x', { signal })),
  );
  expect(listeners(signal)).toBe(1);
  const reason = new Error('enough');
  control.abort(reason);
  for (const call of calls) expect(await rejection(call)).toBe(reason);
  expect(listeners(signal)).toBe(0);
  untouched.destroy();
  expect(await ftp.pwd()).toBe('/');
  expect(warnings).toEqual([]);
});
