import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, it } from '@jest/globals';
import { FTP, PermanentReplyError } from '../../lib';
import { rejection } from '../helpers/promises';
import { describeServers } from './real-servers';
import { startRecorder } from './recorder';
import { blocksOf, clientsOf, implicit, privateData, tlsWays, type Way } from './suites/ways';

/** Is repeated in everything that is transferred, so that any part of it can be recognized. */
const CANARY = 'canary-in-the-data.';
const BYTES = Buffer.alloc(8 * 1024 * 1024, CANARY);
const LINES = `${CANARY}\n`.repeat(1_000);
const NAME = 'canary-of-a-name';
const WRONG = 'canary-of-a-password';

/** Everything that involves secrets: a login, complete and abandoned transfers, listings. */
async function exercise(ftp: FTP, user: string, password: string): Promise<void> {
  await ftp.login(user, password);
  await ftp.storBinary(`STOR ${NAME}`, BYTES);
  const blocks = await ftp.retrBinary(`RETR ${NAME}`).toArray();
  expect(Buffer.concat(blocks).equals(BYTES)).toBe(true);
  await ftp.storLines(`STOR ${NAME}.txt`, Buffer.from(LINES));
  expect((await ftp.retrLines(`RETR ${NAME}.txt`).toArray()).length).toBe(1_000);
  expect(await ftp.nlst()).toContain(NAME);
  expect((await ftp.dir().toArray()).join()).toContain(NAME);
  expect(await ftp.size(NAME)).toBe(BYTES.length);
  expect(await rejection(ftp.retrBinary(`RETR ${NAME}.missing`).toArray())).toBeInstanceOf(
    PermanentReplyError,
  );
  for await (const _ of ftp.retrBinary(`RETR ${NAME}`)) break;
  expect(await ftp.pwd()).toBe('/');
  const broken = Readable.from(
    (function* () {
      yield* blocksOf(BYTES, 65_536);
      throw new Error('the disk is gone');
    })(),
  );
  await rejection(pipeline(broken, ftp.storBinary(`STOR ${NAME}.part`)));
  const early = ftp.on('command', (label) => {
    if (label.startsWith(`RETR ${NAME}`)) stream.destroy();
  });
  const stream = ftp.retrBinary(`RETR ${NAME}`);
  await new Promise((resolve) => stream.once('close', resolve));
  early.removeAllListeners('command');
  const up = ftp.storBinary(`STOR ${NAME}.part`);
  const failed = rejection(pipeline(Readable.from(blocksOf(BYTES, 65_536)), up));
  await up.opened();
  await ftp.abort();
  await failed;
  await ftp.pwd();
  await ftp.quit();
}

for (const way of tlsWays(privateData('1.3', { isStrict: true }), implicit('1.2'))) {
  if (way.secure?.dataProtection !== 'clear') recorded(way);
}

function recorded(way: Way): void {
  describeServers(
    `a recorder before a server, ${way.title}`,
    (get, name) => {
      const { open } = clientsOf(way, get);

      it('contains no credentials, names or data in plaintext', async () => {
        const { host, port, user, password } = get();
        const recorder = await startRecorder({ host, port });
        try {
          const { createConnection } = recorder;
          const options = { port: recorder.port, createConnection };
          const ftp = await way.client(get(), options);
          await ftp.connect();
          await exercise(ftp, user, password);
          // Pure-FTPd answers a wrong password after three to six seconds, on purpose.
          if (name !== 'pureftpd') {
            const stranger = await open(options);
            await rejection(stranger.login(user, WRONG));
            stranger.close();
          }
        } finally {
          await recorder.stop();
        }
        const { bytes, connections } = recorder;
        expect(connections.filter(({ purpose }) => purpose === 'data').length).toBeGreaterThan(8);
        // Nothing was left out: an upload and a download of all bytes, and parts of others.
        expect(bytes.length).toBeGreaterThan(2.5 * BYTES.length);
        expect(bytes.includes('canary')).toBe(false);
        expect(bytes.includes(`PASS ${password}`)).toBe(false);
        // Only here: among millions of random bytes there is every short word.
        const controls = connections.filter(({ purpose }) => purpose === 'control');
        const said = Buffer.concat(
          controls.flatMap((each) => [...each.fromClient, ...each.fromServer]),
        );
        for (const word of ['USER ', 'PASS ', 'RETR ', 'EPSV', '331 ', 'PROT P']) {
          expect([word, said.includes(word)]).toEqual([word, false]);
        }
        const clear = controls.map(
          ({ fromClient }) => Buffer.concat(fromClient).toString('latin1').split('\r\n')[0],
        );
        if (way.secure?.implicit) expect(clear.join()).not.toContain('AUTH');
        else expect(new Set(clear)).toEqual(new Set(['AUTH TLS']));
      });
    },
    way.server,
  );
}

// Proves that the recorder records everything.
describeServers(
  'a recorder before a server, without TLS',
  (get) => {
    it('contains everything without TLS, which proves that it records', async () => {
      const { host, port, user, password } = get();
      const recorder = await startRecorder({ host, port });
      const ftp = new FTP({
        host,
        port: recorder.port,
        createConnection: recorder.createConnection,
      });
      try {
        await ftp.connect();
        await exercise(ftp, user, password);
      } finally {
        ftp.close();
        await recorder.stop();
      }
      for (const word of [`PASS ${password}`, CANARY, `RETR ${NAME}`]) {
        expect(recorder.bytes.includes(word)).toBe(true);
      }
    });
  },
  { servers: ['vsftpd'] },
);
