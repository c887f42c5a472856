import { Duplex } from 'node:stream';
import { expect, it } from '@jest/globals';
import { endAndDetectReset } from '../../lib/streams/detect-reset';

function errorOf(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`write ${code}`), { code });
}

/** What is reported for a data connection whose empty write fails with this error. */
function met(code: string | undefined): Promise<Error | undefined> {
  const data = new Duplex({
    read() {},
    write: (_chunk, _encoding, done) => done(code === undefined ? null : errorOf(code)),
  });
  data.on('error', () => {});
  return new Promise((resolve) => endAndDetectReset(data, undefined, undefined, resolve));
}

it.each(['ECONNRESET', 'EPIPE'])('takes %s for a reset', async (code) => {
  expect(await met(code)).toMatchObject({ code });
});

// Runtimes other than Node cannot write nothing to a TLS connection that has ended.
it.each(['EBADF', 'EPERM', 'EINVAL', undefined])('takes %s for an end', async (code) => {
  expect(await met(code)).toBeUndefined();
});

it('keeps an error that is already known', async () => {
  const known = errorOf('ETIMEDOUT');
  const data = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  expect(await new Promise((resolve) => endAndDetectReset(data, known, undefined, resolve))).toBe(
    known,
  );
});
