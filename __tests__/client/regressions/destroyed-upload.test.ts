import { writeFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import type { FTP, UploadStream } from 'ftpipe';
import { rejection } from '../../helpers/promises';

import { filesHarness, KINDS } from '../files-harness';

const { path, start, connect } = filesHarness();
const MUCH = Buffer.alloc(16 * 1024 * 1024, 'much');

const WAYS: Record<string, (ftp: FTP) => Promise<unknown>> = {
  'storBinary()': (ftp) => ftp.storBinary('STOR x', MUCH),
  'upload()': (ftp) => ftp.upload(path('local'), 'x'),
};

it.each(KINDS.flatMap((kind) => Object.keys(WAYS).map((way) => ({ kind, way }))))(
  '$way over $kind rejects when a listener destroys the upload without an error',
  async ({ kind, way }) => {
    await writeFile(path('local'), MUCH);
    for (const greeting of ['220 (vsFTPd 3.0.3)', '220 Hello']) {
      const server = await start(kind, { greeting });
      // The reply reports success, but nothing is stored.
      server.fault({ on: 'STOR', reply: '226 That was quick.' });
      const ftp = await connect(server, { timeouts: { tls: 300, abort: 300 } });
      ftp.on('transfer', (stream) => (stream as UploadStream).destroy());
      const error = await rejection((WAYS[way] as (ftp: FTP) => Promise<unknown>)(ftp));
      expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_STREAM_/) });
      expect(await ftp.pwd()).toBe('/');
    }
  },
);
