import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from '@jest/globals';
import type { FTPTLS, UploadStream } from 'ftpipe';
import type { Fault } from 'ftpipe/testing';
import { afterwards } from '../../helpers/afterwards';
import { settled } from '../../helpers/promises';
import { startRecorder } from '../../servers/recorder';
import { client, deserted, only, start, TIMEOUTS, VERSIONS } from './harness';

const CONTENT = Buffer.alloc(2_000_000, 'some content ');
const QUICK = { ...TIMEOUTS, tls: 500, dataIdle: 300, completion: 600, abort: 300 };

async function onItsWay(ftp: FTPTLS): Promise<UploadStream> {
  const upload = ftp.storBinary('STOR x');
  upload.on('error', () => {});
  await new Promise((resolve) => upload.write(CONTENT, resolve));
  return upload;
}

/**
 * An upload that goes wrong, or is left: to a server that looks only at the data, its end would be
 * that of the file.
 */
const FAILURES: [
  name: string,
  upload: (ftp: FTPTLS) => Promise<unknown>,
  fault: Fault | undefined,
][] = [
  [
    'with a foreign certificate',
    (ftp) => ftp.storBinary('STOR x', CONTENT),
    { on: 'STOR', times: 1, tls: 'foreign-certificate' },
  ],
  [
    'empty, with a foreign certificate',
    (ftp) => ftp.storBinary('STOR x', Buffer.alloc(0)),
    { on: 'STOR', times: 1, tls: 'foreign-certificate' },
  ],
  [
    'to a server that says nothing in the handshake',
    (ftp) => ftp.storBinary('STOR x', CONTENT),
    { on: 'STOR', times: 1, tls: 'stall-handshake' },
  ],
  [
    'destroyed as it begins',
    async (ftp) => {
      const upload = ftp.storBinary('STOR x');
      upload.on('error', () => {});
      await upload.opened();
      upload.destroy();
    },
    undefined,
  ],
  [
    'destroyed on its way',
    async (ftp) => {
      const upload = await onItsWay(ftp);
      upload.write(CONTENT);
      upload.destroy();
    },
    undefined,
  ],
  [
    'whose source fails',
    async (ftp) => {
      const upload = ftp.storBinary('STOR x');
      const source = new PassThrough();
      const done = settled(pipeline(source, upload));
      source.write(CONTENT);
      await upload.opened();
      source.destroy(new Error('no more'));
      await done;
    },
    undefined,
  ],
  [
    'aborted',
    async (ftp) => {
      const upload = await onItsWay(ftp);
      upload.write(CONTENT);
      await ftp.abort();
    },
    undefined,
  ],
  [
    'on a client that is closed',
    async (ftp) => {
      await onItsWay(ftp);
      ftp.close();
    },
    undefined,
  ],
];

describe.each(VERSIONS)('%s: what ends the data of an upload', (version) => {
  describe.each([true, false])('passive %p', (passive) => {
    async function recorded(upload: (ftp: FTPTLS) => Promise<unknown>, fault?: Fault | undefined) {
      const server = await start(only(version), { faults: fault ? [fault] : [] });
      const recorder = await startRecorder(server);
      afterwards(() => recorder.stop());
      recorder.overhearAll();
      const ftp = client(server, { port: recorder.port, passive, timeouts: QUICK });
      afterwards(() => ftp.close());
      await ftp.connect();
      await ftp.login('user', 'password');
      await settled(upload(ftp));
      if (ftp.connected) await settled(ftp.quit());
      ftp.close();
      await deserted(server);
      const connections = recorder.connections.filter(({ purpose }) => purpose === 'data');
      return connections.map(({ clientEnd, serverEnd }) => (passive ? clientEnd : serverEnd));
    }

    it('is a normal end if the upload is complete', async () => {
      for (const content of [CONTENT, Buffer.alloc(0)]) {
        expect(await recorded((ftp) => ftp.storBinary('STOR x', content))).toEqual(['end']);
      }
    });

    it.each(FAILURES)('is a reset of one %s', async (_name, upload, fault) => {
      expect(await recorded(upload, fault)).toEqual(['reset']);
    });
  });
});
