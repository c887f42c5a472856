import { describe, expect, it } from '@jest/globals';
import { FTPError, type FTPTLS } from 'ftpipe';
import type { Fault, TestServer } from 'ftpipe/testing';
import { settled } from '../../helpers/promises';
import { login, only, start, TIMEOUTS, text, VERSIONS } from './harness';

const SIZE = 300_000;
const PATTERN = Buffer.alloc(SIZE, 'pattern of bytes that is no power of two ');
/**
 * More than the buffers of a loopback connection hold: else all of an upload is out before the
 * server breaks it off.
 */
const MUCH = Buffer.alloc(16 * 1024 * 1024, PATTERN);
const QUICK = { ...TIMEOUTS, tls: 500, dataIdle: 300, completion: 600, abort: 300 };
const LONGEST = 4000; // far more than any of them, and far less than the test may take

interface Expected {
  /** What it must say. */
  readonly message: RegExp;
  readonly code?: RegExp;
}

const REFUSED = /ERR_FTP_REPLY_TRANSIENT|ERR_FTP_TRANSFER/;
/** The server may have its word about the handshake that we gave up. */
const STALLED = /ERR_FTP_TIMEOUT|ERR_FTP_REPLY_TRANSIENT/;

// biome-ignore format: a table
const FAULTS: [fault: Partial<Fault>, downloads: Expected, uploads: Expected][] = [
  [{ tls: 'foreign-certificate' },                    { message: /certificate/ },                   { message: /certificate/ }],
  [{ tls: 'stall-handshake' },                        { message: /No TLS handshake with \S+ within \d+ ms/, code: STALLED }, { message: /No TLS handshake with \S+ within \d+ ms/, code: STALLED }],
  [{ tls: 'close-in-handshake' },                     { message: /TLS handshake failed/ },          { message: /TLS handshake failed/ }],
  [{ tls: 'reset-in-handshake' },                     { message: /TLS handshake failed/ },          { message: /TLS handshake failed/ }],
  [{ tls: 'plaintext' },                              { message: /TLS handshake failed/ },          { message: /TLS handshake failed|No TLS handshake/ }],
  [{ data: { action: 'no-close-notify' } },           { message: /close_notify/, code: /TRUNCATED/ }, { message: /./ }],
  [{ data: { action: 'no-close-notify', after: 10 } }, { message: /close_notify/, code: /TRUNCATED/ }, { message: /./ }],
  [{ data: { action: 'no-close-notify', after: 0 } }, { message: /close_notify/, code: /TRUNCATED/ }, { message: /./ }],
  [{ data: { action: 'cut-record' } },                { message: /close_notify/, code: /TRUNCATED/ }, { message: /./ }],
  [{ data: { action: 'cut-record', after: 10 } },     { message: /close_notify/, code: /TRUNCATED/ }, { message: /./ }],
  [{ data: { action: 'reset', after: 10 } },          { message: /426|ECONNRESET|close_notify/, code: REFUSED }, { message: /426|ECONNRESET|EPIPE/, code: REFUSED }],
  [{ data: { action: 'stall', after: 10 } },          { message: /No data was/, code: /TIMEOUT/ }, { message: /No data was|No final reply/, code: /TIMEOUT/ }],
];

/** Uploads that these break are stored whole as far as anybody can tell: the server says 226. */
const isHarmless = (fault: Partial<Fault>) =>
  'data' in fault && fault.data !== undefined && !('after' in fault.data);

describe.each(VERSIONS)('%s', (version) => {
  describe.each([
    ['passive', true],
    ['active', false],
  ])('%s', (_mode, passive) => {
    async function broken(on: string, fault: Partial<Fault>) {
      const server = await start(only(version), {
        files: { '/big': PATTERN, '/a': 'hello', '/b': 'hello' },
        faults: [{ on, times: 1, ...fault } as Fault],
      });
      const ftp = await login(server, { passive, timeouts: QUICK });
      return { server, ftp };
    }

    async function failure(call: Promise<unknown>, { message, code }: Expected): Promise<FTPError> {
      const began = performance.now();
      const error = (await settled(call)) as unknown as FTPError;
      expect(error).toBeInstanceOf(FTPError);
      expect(performance.now() - began).toBeLessThan(LONGEST);
      expect(error.message).toMatch(message);
      if (code) expect(error.code).toMatch(code);
      return error;
    }

    /** What an error says of the connection is true. */
    async function expectTrue(error: FTPError, server: TestServer, ftp: FTPTLS): Promise<void> {
      if (!error.connectionUsable) {
        await ftp.closed;
        await ftp.connect();
        await ftp.login('user', 'password');
      }
      expect(await text(ftp.retrBinary('RETR a'))).toBe('hello');
      await ftp.storBinary('STOR again', PATTERN);
      expect(server.storage.readFile('/again').equals(PATTERN)).toBe(true);
      expect(await ftp.nlst()).toContain('a');
    }

    it.each(FAULTS)('RETR with %j', async (fault, expected) => {
      const { server, ftp } = await broken('RETR', fault);
      const blocks: Buffer[] = [];
      const stream = ftp.retrBinary('RETR big').on('data', (block) => blocks.push(block));
      const over = new Promise((resolve, reject) => {
        stream.on('end', resolve).on('error', reject);
      });
      const error = await failure(over, expected);
      const received = Buffer.concat(blocks);
      expect(received.equals(PATTERN.subarray(0, received.length))).toBe(true);
      await expectTrue(error, server, ftp);
    });

    it.each(FAULTS)('STOR with %j', async (fault, _, expected) => {
      const { server, ftp } = await broken('STOR', fault);
      if (isHarmless(fault)) {
        expect(await ftp.storBinary('STOR new', PATTERN)).toMatch(/^226/);
        expect(server.storage.readFile('/new').equals(PATTERN)).toBe(true);
      } else {
        // A stalled server reads nothing, so it would not see the abort behind that much data.
        const isStall = 'data' in fault && fault.data?.action === 'stall';
        const call = ftp.storBinary('STOR new', isStall ? PATTERN : MUCH);
        await expectTrue(await failure(call, expected), server, ftp);
      }
    });

    it.each(['LIST', 'MLSD', 'NLST'])('%s with every fault', async (verb) => {
      for (const [fault, expected] of FAULTS) {
        const { server, ftp } = await broken(verb, fault);
        const list = {
          LIST: () => ftp.dir().toArray(),
          MLSD: () => ftp.mlsd().toArray(),
          NLST: () => ftp.nlst(),
        }[verb];
        const error = await failure((list as () => Promise<unknown>)(), expected);
        await expectTrue(error, server, ftp);
        ftp.close();
        await server.close();
      }
    });
  });
});
