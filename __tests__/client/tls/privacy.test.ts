import { describe, expect, it } from '@jest/globals';
import type { FTPTLS, FTPTLSOptions } from 'ftpipe';
import type { Fault, TestServerOptions, TestTlsOptions } from 'ftpipe/testing';
import { afterwards } from '../../helpers/afterwards';
import { settled } from '../../helpers/promises';
import { startRecorder } from '../../servers/recorder';
import { client, only, start, TIMEOUTS, VERSIONS } from './harness';

const USER = 'user-c4n4ry';
const PASSWORD = 'password-c4n4ry';
const CONTENT = Buffer.from('content-c4n4ry '.repeat(5000));
const QUICK = {
  ...TIMEOUTS,
  tls: 200,
  reply: 600,
  dataIdle: 200,
  completion: 300,
  abort: 200,
  quit: 200,
};

/** All that a user may do, whatever becomes of it. */
async function doAll(ftp: FTPTLS): Promise<unknown[]> {
  const calls = [
    () => ftp.connect(),
    () => ftp.login(USER, PASSWORD),
    () => ftp.retrBinary('RETR content').toArray(),
    () => ftp.storBinary('STOR stored', CONTENT),
    () => ftp.storBinary('STOR nothing', Buffer.alloc(0)),
    () => ftp.dir().toArray(),
    () => ftp.mlsd().toArray(),
    () => ftp.nlst(),
    () => ftp.login(USER, PASSWORD),
    () => ftp.acct(PASSWORD),
    () => ftp.quit(),
  ];
  const results: unknown[] = [];
  for (const call of calls) results.push(await settled(call()));
  return results;
}

async function overheard(tls: TestTlsOptions, options: TestServerOptions, own: FTPTLSOptions) {
  const server = await start(tls, {
    users: { [USER]: PASSWORD },
    files: { '/content': CONTENT, '/name-c4n4ry': '' },
    ...options,
  });
  const recorder = await startRecorder(server);
  afterwards(() => recorder.stop());
  recorder.overhearAll();
  const ftp = client(server, { port: recorder.port, timeouts: QUICK, ...own });
  const results = await doAll(ftp);
  ftp.close();
  return { bytes: recorder.bytes, results, recorder };
}

const failures = (results: unknown[]) => results.filter((each) => each instanceof Error);

describe.each(VERSIONS)('%s: an eavesdropper', (version) => {
  const modes: [mode: 'explicit' | 'implicit', passive: boolean][] = [
    ['explicit', true],
    ['explicit', false],
    ['implicit', true],
    ['implicit', false],
  ];

  it.each(modes)('%s, passive %p: hears nothing of what goes well', async (mode, passive) => {
    const { bytes, results, recorder } = await overheard(
      { mode, ...only(version) },
      {},
      { passive },
    );
    expect(failures(results).length).toBeLessThanOrEqual(1); // ACCT, which nobody asked for
    expect(bytes.length).toBeGreaterThan(2 * CONTENT.length);
    expect(bytes.includes('c4n4ry')).toBe(false);
    expect(bytes.includes('USER')).toBe(false);
    expect(recorder.connections.length).toBeGreaterThan(6);
  });

  // biome-ignore format: a table
  const FAULTS: Fault[] = [
    ...['200 ok', '230 in', '331 password?', '421 no', '500 no', '234 ok\r\n331 password?', '234 ok\r\n230 in\r\n'].map((reply) => ({ on: 'AUTH', reply })),
    ...['200 ok', '431 no', '500 no', '534 no', '536 no'].map((reply) => ({ on: 'PROT', reply })),
    { on: 'AUTH', drop: true },
    { on: 'PBSZ', reply: '500 no' },
    ...(['foreign-certificate', 'plaintext', 'stall-handshake', 'close-in-handshake', 'reset-in-handshake'] as const).flatMap((tls) => [
      { on: 'AUTH', tls },
      { on: /^(RETR|STOR|LIST|MLSD|NLST)/, tls },
    ]),
    { on: /^(RETR|STOR|LIST|MLSD|NLST)/, tls: 'refuse-session' },
    { on: /^(RETR|STOR|LIST|MLSD|NLST|PASS)/, tls: 'plaintext-control' },
    ...(['no-close-notify', 'cut-record', 'reset', 'stall', 'end'] as const).map((action) => ({ on: /^(RETR|STOR|LIST|MLSD|NLST)/, data: { action, after: 5 } })),
    { on: 'connect', reply: '230 Logged in already.' },
    { on: 'USER', control: 'reset' },
    { on: 'PASS', reply: '530 no' },
  ];

  it.each(FAULTS)('hears nothing through %j', async (fault) => {
    const { bytes, results, recorder } = await overheard(only(version), { faults: [fault] }, {});
    expect(results.length).toBe(11);
    // A server without TLS reveals its own bytes, but receives none of the client's.
    const isInClear = 'tls' in fault ? fault.tls === 'plaintext' : fault.on === 'PROT';
    const ours = Buffer.concat(recorder.connections.flatMap(({ fromClient }) => fromClient));
    expect((isInClear ? ours : bytes).includes('c4n4ry')).toBe(false);
  });

  it.each(['foreign-certificate', 'plaintext', 'stall-handshake'] as const)(
    'contains no secret in plaintext through %p with implicit TLS',
    async (tls) => {
      const { bytes } = await overheard(
        { mode: 'implicit', ...only(version) },
        { faults: [{ on: 'connect', tls }] },
        {},
      );
      expect(bytes.includes('c4n4ry')).toBe(false);
    },
  );
});

it('detects the secrets of a plaintext login, which proves that it works', async () => {
  const server = await start({}, { users: { [USER]: PASSWORD } });
  const recorder = await startRecorder(server);
  afterwards(() => recorder.stop());
  const { createConnection, port } = recorder;
  const ftp = client(server, { createConnection, port });
  await ftp.connect();
  await ftp.login(USER, PASSWORD, '', { secure: false });
  await ftp.storBinary('STOR a', CONTENT);
  await ftp.quit();
  expect(recorder.bytes.includes(`PASS ${PASSWORD}\r\n`)).toBe(true);
  expect(recorder.bytes.includes(CONTENT)).toBe(true);
  expect(recorder.connections.map(({ purpose }) => purpose)).toEqual(['control', 'data']);
});
