import { once } from 'node:events';
import net from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import type { FTP, FTPOptions } from 'ftpipe';
import type { Fault } from 'ftpipe/testing';
import { rejection, turns } from '../helpers/promises';
import { patterned, standstill } from '../streams/harness';
import { filesHarness } from './files-harness';

const { start, connect } = filesHarness();
const bytes = patterned(200_000);

/** Waits for what is on its way between two sockets of this process. */
async function until(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 5000; !holds(); await turns(1)) {
    if (performance.now() > end) throw new Error(`never: ${holds}`);
  }
}

/** A server that reads all of an upload, and says its 150 only when it is let. */
async function holding(kind: 'plain' | 'TLS' = 'plain') {
  const server = await start(kind);
  let letGo = () => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const seen = { bytes: 0, ended: false, failed: false, closed: false };
  server.handle('STOR', async (session) => {
    const isEarly = kind === 'plain';
    if (!isEarly) await gate;
    if (!isEarly) await session.reply('150 Go.');
    const data = await session.openData();
    data.on('data', (chunk) => {
      seen.bytes += chunk.length;
    });
    data.on('error', () => {
      seen.failed = true;
    });
    const over = new Promise<void>((resolve) => data.once('close', resolve)).then(() => {
      seen.closed = true;
    });
    data.once('end', () => {
      // Node 20 may take a reset that comes with data for an end: a write meets it.
      data.write('', (error) => {
        seen.ended = !error;
        data.end();
      });
    });
    await gate;
    if (isEarly) await session.reply('150 Go.');
    await over;
    await session.reply(seen.ended ? '226 Stored.' : '426 Broken.');
  });
  return { server, seen, letGo, ftp: await connect(server) };
}

describe('the bytes of an upload', () => {
  it('are sent before a late 150, but opened() waits for it', async () => {
    const { seen, letGo, ftp } = await holding();
    const stream = ftp.storBinary('STOR x');
    let isOpen = false;
    stream.opened().then(() => {
      isOpen = true;
    });
    await new Promise((resolve) => stream.write(bytes, resolve));
    await until(() => seen.bytes === bytes.length);
    expect(isOpen).toBe(false);
    stream.end();
    await until(() => seen.ended);
    expect([isOpen, stream.writableFinished]).toEqual([false, false]);
    letGo();
    await once(stream, 'finish');
    expect([isOpen, stream.reply?.code]).toEqual([true, 226]);
  });

  it('are reset, not ended, when the stream is destroyed before the 150', async () => {
    const { server, seen, letGo, ftp } = await holding();
    const stream = ftp.storBinary('STOR x');
    await new Promise((resolve) => stream.write(bytes, resolve));
    await until(() => seen.bytes === bytes.length);
    stream.destroy();
    await until(() => seen.closed);
    letGo();
    expect(await ftp.pwd()).toBe('/');
    expect(seen.ended).toBe(false);
    expect(server.replies).toContain('426 Broken.');
  });

  it('wait for the 150 over TLS', async () => {
    const { server, seen, letGo, ftp } = await holding('TLS');
    const stream = ftp.storBinary('STOR x');
    stream.end(bytes);
    await server.received('STOR');
    expect(await standstill(() => seen.bytes)).toBe(0);
    letGo();
    await once(stream, 'finish');
    expect(seen.bytes).toBe(bytes.length);
  });
});

describe.each([0, 1, bytes.length])('an upload of %i bytes', (length) => {
  const content = bytes.subarray(0, length);

  it.each<[string, Fault, number]>([
    ['553', { on: 'STOR', reply: '553 Not here.' }, 553],
    ['a late 553', { on: 'STOR', reply: '553 Not here.', delay: 50 }, 553],
    ['450', { on: 'STOR', reply: '450 Busy.', delay: 20 }, 450],
  ])('fail with the %s that refuses the upload', async (_, fault, code) => {
    const server = await start('plain', { faults: [fault] });
    const ftp = await connect(server);
    const stream = ftp.storBinary('STOR x');
    const opened = rejection(stream.opened());
    const done = rejection(once(stream.end(content), 'finish'));
    expect(await done).toMatchObject({ reply: { code }, connectionUsable: true });
    expect(await opened).toMatchObject({ reply: { code } });
    expect(await ftp.pwd()).toBe('/');
  });

  it.each<[string, Fault]>([
    ['a late 150', { on: 'STOR', code: '1xx', delay: 60 }],
    ['two 150', { on: 'STOR', code: '1xx', repeat: 2 }],
    ['150 and 226 in one', { on: 'STOR', code: '1xx', merge: true }],
  ])('are stored with %s', async (_, fault) => {
    const server = await start('plain', { faults: [fault] });
    const ftp = await connect(server);
    expect(await ftp.storBinary('STOR x', content)).toMatch(/^226/);
    expect(server.storage.readFile('/x').equals(content)).toBe(true);
    expect(await ftp.pwd()).toBe('/');
  });

  // The server may have stored a part before it agreed. Only an empty upload is safe.
  it('are confirmed by a 226 without a 150 only if there are none', async () => {
    const server = await start('plain', { faults: [{ on: 'STOR', code: '1xx', drop: true }] });
    const ftp = await connect(server);
    const upload = ftp.storBinary('STOR x', content);
    if (length === 0) expect(await upload).toMatch(/^226/);
    else expect(await rejection(upload)).toMatchObject({ code: 'ERR_FTP_EARLY_COMPLETION' });
    expect(await ftp.pwd()).toBe('/');
  });

  it('are stored in active mode', async () => {
    const server = await start('plain', { faults: [{ on: 'STOR', code: '1xx', delay: 30 }] });
    const ftp = await connect(server, { passive: false });
    await ftp.storBinary('STOR x', content);
    expect(server.storage.readFile('/x').equals(content)).toBe(true);
  });

  it('must match the option size', async () => {
    const server = await start('plain');
    const ftp = await connect(server);
    await ftp.storBinary('STOR x', content, { size: length });
    for (const size of [length + 1, ...(length > 0 ? [length - 1] : [])]) {
      const error = await rejection(ftp.storBinary('STOR y', content, { size }));
      expect(error).toMatchObject({ code: 'ERR_FTP_SIZE_MISMATCH' });
      expect(await ftp.pwd()).toBe('/');
    }
  });
});

it('reports a reset before the 150 by the reply that follows', async () => {
  const server = await start('plain');
  server.handle('STOR', async (session) => {
    const data = await session.openData();
    data.destroy();
    await Promise.all([once(data, 'close'), turns(10)]); // and the client has met it
    await session.reply('150 Go.');
    await session.reply('426 Gone.');
  });
  const ftp = await connect(server);
  const error = await rejection(ftp.storBinary('STOR x', Buffer.alloc(8_000_000)));
  expect(error['code']).toMatch(/^ERR_FTP_(TRANSFER|REPLY_TRANSIENT)$/);
  expect(await ftp.pwd()).toBe('/');
});

// Microtasks lie between the opening of the data connection and the command. One of these moments
// is directly before the command.
describe.each<[string, (ftp: FTP) => Readable | Writable]>([
  ['an upload', (ftp) => ftp.storBinary('STOR x')],
  ['a download', (ftp) => ftp.retrBinary('RETR x')],
])('%s', (_name, transfer) => {
  it.each(Array.from({ length: 24 }, (_, turns) => turns))(
    'releases its turn when destroyed %i microtasks after the data connection is open',
    async (turns) => {
      const server = await start('plain', { files: { '/x': 'content' } });
      let stream: Readable | Writable | undefined;
      const createConnection: FTPOptions['createConnection'] = async ({ host, port, purpose }) => {
        const socket = net.connect(port, host);
        await once(socket, 'connect');
        if (purpose === 'data') {
          void (async () => {
            for (let turn = 0; turn < turns; turn++) await undefined;
            stream?.destroy();
          })();
        }
        return socket;
      };
      const ftp = await connect(server, { createConnection });
      stream = transfer(ftp);
      await once(stream, 'close');
      expect(await ftp.pwd()).toBe('/');
    },
  );
});
