import { describe, expect, it } from '@jest/globals';
import { type ConnectOptions, FTP, ftpcp } from 'ftpipe';
import { type Fault, TestServer, type TestServerOptions } from 'ftpipe/testing';
import { afterwards } from '../helpers/afterwards';
import { rejection } from '../helpers/promises';

import { filesHarness, KINDS } from './files-harness';
import { TIMEOUTS } from './tls/harness';

const { start, connect } = filesHarness();
const files = { '/a': '0123456789', '/folder/b': '' };
const VERBS = ['EPSV', 'PASV', 'EPRT', 'PORT'];

const serve = (kind: 'plain' | 'TLS', faults: Fault[] = [], options: TestServerOptions = {}) =>
  start(kind, { files, greeting: '220 Ready.', faults, ...options });
const used = (server: TestServer) =>
  server.commands
    .map((line) => line.split(' ', 1)[0] as string)
    .filter((verb) => VERBS.includes(verb));
const contents = async (ftp: FTP) => (await ftp.retrBinary('RETR a').toArray()).join('');
const names = async (ftp: FTP) => (await ftp.list('/folder').toArray()).map(({ name }) => name);

/** A server on ::1, or nothing where this machine has no IPv6. */
async function serveIPv6(): Promise<TestServer | undefined> {
  try {
    const server = await TestServer.start({ host: '::1', files });
    afterwards(() => server.close());
    return server;
  } catch {
    return undefined;
  }
}

describe.each(KINDS)('over %s', (kind) => {
  it.each<[ConnectOptions, string[]]>([
    [{}, ['EPSV']],
    [{ passiveCommands: undefined }, ['EPSV']],
    [{ passiveCommands: ['EPSV'] }, ['EPSV']],
    [{ passiveCommands: ['PASV'] }, ['PASV']],
    [{ passiveCommands: ['PASV', 'EPSV'] }, ['PASV']],
    [{ passive: false }, ['EPRT']],
    [{ passive: false, activeCommands: ['EPRT'] }, ['EPRT']],
    [{ passive: false, activeCommands: ['PORT'] }, ['PORT']],
    [{ passive: false, activeCommands: ['PORT', 'EPRT'] }, ['PORT']],
  ])('%p uses %p', async (options, expected) => {
    const server = await serve(kind);
    const ftp = await connect(server, options);
    expect(await contents(ftp)).toBe('0123456789');
    expect(await names(ftp)).toEqual(['b']);
    await ftp.storBinary('STOR c', Buffer.from('x'));
    expect(used(server)).toEqual([...expected, ...expected, ...expected]);
  });

  it.each<[ConnectOptions, string, string]>([
    [{ passiveCommands: ['PASV', 'EPSV'] }, 'PASV', 'EPSV'],
    [{ passiveCommands: ['EPSV', 'PASV'] }, 'EPSV', 'PASV'],
    [{ passive: false, activeCommands: ['PORT', 'EPRT'] }, 'PORT', 'EPRT'],
    [{ passive: false, activeCommands: ['EPRT', 'PORT'] }, 'EPRT', 'PORT'],
  ])(
    '%p falls back from a refused %s to %s, and remembers that',
    async (options, first, second) => {
      const server = await serve(kind, [{ on: first, reply: '500 What?' }]);
      const ftp = await connect(server, options);
      expect(await contents(ftp)).toBe('0123456789');
      expect(await contents(ftp)).toBe('0123456789');
      expect(used(server)).toEqual([first, second, second]);
    },
  );

  it.each<[ConnectOptions, string]>([
    [{ passiveCommands: ['EPSV'] }, 'EPSV'],
    [{ passiveCommands: ['PASV'] }, 'PASV'],
    [{ passive: false, activeCommands: ['EPRT'] }, 'EPRT'],
    [{ passive: false, activeCommands: ['PORT'] }, 'PORT'],
  ])('%p sends nothing else after a refusal of %s', async (options, verb) => {
    const server = await serve(kind, [{ on: verb, nth: 1, reply: '500 What?' }]);
    const ftp = await connect(server, options);
    expect((await rejection(contents(ftp))).message).toMatch(
      new RegExp(`^500 What\\? \\(${verb}[^()]*\\)$`),
    );
    expect(used(server)).toEqual([verb]);
    expect(await contents(ftp)).toBe('0123456789');
  });

  it.each<[ConnectOptions, string, string]>([
    [{}, 'EPSV', 'PASV'],
    [{ passive: false }, 'EPRT', 'PORT'],
  ])('%p names both refusals', async (options, first, second) => {
    const server = await serve(kind, [
      { on: first, reply: '500 OOPS: no.' },
      { on: second, reply: '502 Neither.' },
    ]);
    const ftp = await connect(server, options);
    const error = await rejection(contents(ftp));
    expect(error.message).toMatch(
      /^502 Neither\. \((PASV|PORT [\d,]+)\): after 500 OOPS: no\. \(E/,
    );
    expect(error).toMatchObject({ reply: { code: 502 }, connectionUsable: true });
    expect(await ftp.pwd()).toBe('/');
  });

  it.each<[string, ConnectOptions, string]>([
    ['EPSV', {}, "passiveCommands: ['PASV']"],
    ['EPSV', { passiveCommands: ['EPSV'] }, "passiveCommands: ['PASV']"],
    ['PASV', { passiveCommands: ['PASV'] }, "passiveCommands: ['EPSV']"],
    ['EPRT', { passive: false }, "activeCommands: ['PORT']"],
    ['PORT', { passive: false, activeCommands: ['PORT'] }, "activeCommands: ['EPRT']"],
  ])(
    'the error names the option that helps if a firewall drops a first %s with %p',
    async (verb, options, advice) => {
      const server = await serve(kind, [{ on: verb, drop: true }]);
      const timeouts = { ...TIMEOUTS, reply: 60_000, dataConnect: 100 };
      const ftp = await connect(server, { ...options, timeouts });
      const began = performance.now();
      const error = await rejection(contents(ftp));
      expect(performance.now() - began).toBeLessThan(5000);
      expect(error).toMatchObject({ code: 'ERR_FTP_TIMEOUT' });
      expect(error.message).toMatch(new RegExp(`to ${verb}\\b.* within 100 ms`));
      expect(error.message).toContain(advice);
      const { passive } = options;
      const helped = await connect(server, {
        passive,
        ...(verb.startsWith('P') || options.passiveCommands || options.activeCommands
          ? { passiveCommands: verb === 'PASV' ? ['EPSV'] : ['PASV'], activeCommands: ['EPRT'] }
          : { passiveCommands: ['PASV'], activeCommands: ['PORT'] }),
      });
      expect(await contents(helped)).toBe('0123456789');
    },
  );

  it('names the option that helps if EPSV was sent together with TYPE and SIZE', async () => {
    const greeting = '220 (vsFTPd 3.0.3)';
    const server = await serve(kind, [{ on: 'EPSV', drop: true }], { greeting });
    const timeouts = { ...TIMEOUTS, reply: 60_000, dataConnect: 100 };
    const ftp = await connect(server, { timeouts });
    const error = await rejection(ftp.retrBinary('RETR a', { verify: 'size' }).toArray());
    expect(error.message).toContain("passiveCommands: ['PASV']");
    const later = await rejection(ftp.pwd());
    expect(later.message).toContain("passiveCommands: ['PASV']");
  });

  it('names the option that helps if EPSV was sent together with the login', async () => {
    const server = await serve(kind, [{ on: 'EPSV', drop: true }]);
    const timeouts = { ...TIMEOUTS, reply: 60_000, dataConnect: 100 };
    const error = await rejection(connect(server, { timeouts, loginInOneWrite: true }));
    expect(error.message).toContain("passiveCommands: ['PASV']");
  });

  it('a later EPSV gets the whole timeouts.reply', async () => {
    const server = await serve(kind, [{ on: 'EPSV', nth: 2, delay: 300 }]);
    const ftp = await connect(server, { timeouts: { ...TIMEOUTS, dataConnect: 150 } });
    expect(await contents(ftp)).toBe('0123456789');
    expect(await contents(ftp)).toBe('0123456789');
  });

  it('a first EPSV gets timeouts.reply if that is shorter', async () => {
    const server = await serve(kind, [{ on: 'EPSV', drop: true }]);
    const ftp = await connect(server, { timeouts: { ...TIMEOUTS, reply: 100 } });
    const error = await rejection(contents(ftp));
    expect(error.message).toContain('within 100 ms');
    expect(error.message).toContain('passiveCommands');
  });

  it('sends no EPSV early if PASV comes first', async () => {
    const greeting = '220 (vsFTPd 3.0.3)';
    const server = await serve(kind, [], { greeting });
    const ftp = await connect(server, {
      ...{ passiveCommands: ['PASV', 'EPSV'], pipelining: true, loginInOneWrite: true },
    });
    await ftp.retrBinary('RETR a', { verify: 'size' }).toArray();
    const { value } = await ftp.downloadMany([['a', '/dev/null']]).next();
    expect(value).toMatchObject({ bytesTransferred: 10 });
    expect(used(server)).toEqual(['PASV', 'PASV']);
  });

  describe('a server that answers EPSV with 500 OOPS and disconnects', () => {
    const OOPS = '500 OOPS: vsf_sysutil_bind';

    it.each<[string, Fault[]]>([
      [
        'at once',
        [
          { on: 'EPSV', code: 229, reply: OOPS },
          { on: 'EPSV', control: 'end', at: 'after-reply' },
        ],
      ],
      [
        'at the next command',
        [
          { on: 'EPSV', reply: OOPS },
          { on: 'PASV', control: 'end' },
        ],
      ],
      [
        'by a reset',
        [
          { on: 'EPSV', reply: OOPS },
          { on: 'PASV', control: 'reset' },
        ],
      ],
    ])('%s: the error names that reply', async (_, faults) => {
      const server = await serve(kind, faults);
      const ftp = await connect(server);
      const error = await rejection(contents(ftp));
      expect(error.message).toContain(OOPS);
      expect(error).toMatchObject({ code: 'ERR_FTP_CONNECTION', connectionUsable: false });
      expect((await rejection(ftp.pwd())).message).toContain(OOPS);
    });

    it('reports the same for EPRT, and for a fallback that gets no reply', async () => {
      const faults: Fault[] = [
        { on: 'EPRT', reply: OOPS },
        { on: 'PORT', control: 'end' },
        { on: 'EPSV', reply: OOPS },
        { on: 'PASV', drop: true },
      ];
      const server = await serve(kind, faults);
      const active = await connect(server, { passive: false });
      expect((await rejection(contents(active))).message).toContain(OOPS);
      const ftp = await connect(server, { timeouts: { ...TIMEOUTS, dataConnect: 100 } });
      const error = await rejection(contents(ftp));
      expect(error).toMatchObject({ code: 'ERR_FTP_TIMEOUT' });
      expect(error.message).toContain(OOPS);
    });
  });
});

it.each<[(ftp: FTP) => Promise<unknown>, Fault[]]>([
  [
    (ftp) => ftp.pwd(),
    [
      { on: 'PWD', reply: '500 OOPS: x' },
      { on: 'XPWD', control: 'end' },
    ],
  ],
  [
    (ftp) => ftp.cwd('..'),
    [
      { on: 'CDUP', reply: '500 OOPS: x' },
      { on: 'XCUP', control: 'reset' },
    ],
  ],
  [
    (ftp) => ftp.list().toArray(),
    [
      { on: 'MLSD', reply: '500 OOPS: x' },
      { on: 'EPSV', nth: 2, control: 'end' },
    ],
  ],
])('the error of a lost connection names the earlier refusal', async (call, faults) => {
  const ftp = await connect(await serve('plain', faults));
  const error = await rejection(call(ftp));
  expect(error.message).toContain('500 OOPS: x');
  expect(error).toMatchObject({ code: 'ERR_FTP_CONNECTION' });
});

describe('over IPv6', () => {
  const over = async (options: ConnectOptions) => {
    const server = await serveIPv6();
    if (!server) return undefined;
    const { host, port } = server;
    const given = { host, port, user: 'user', password: 'password', timeouts: TIMEOUTS };
    const ftp = await FTP.connect({ ...given, ...options });
    afterwards(() => ftp.close());
    return { server, ftp };
  };

  it.each<[ConnectOptions, string]>([
    [{ passiveCommands: ['PASV'] }, "add 'EPSV' to the option passiveCommands"],
    [{ passive: false, activeCommands: ['PORT'] }, "add 'EPRT' to the option activeCommands"],
  ])('rejects %p before anything is sent', async (options, message) => {
    const pair = await over(options);
    if (!pair) return;
    const error = await rejection(contents(pair.ftp));
    expect(error.message).toContain(message);
    expect(error).toMatchObject({ connectionUsable: true });
    expect(used(pair.server)).toEqual([]);
    expect(await pair.ftp.pwd()).toBe('/');
  });

  it.each<[ConnectOptions, string]>([
    [{ passiveCommands: ['PASV', 'EPSV'] }, 'EPSV'],
    [{ passive: false, activeCommands: ['PORT', 'EPRT'] }, 'EPRT'],
  ])('%p uses %s', async (options, verb) => {
    const pair = await over(options);
    if (!pair) return;
    expect(await contents(pair.ftp)).toBe('0123456789');
    expect(used(pair.server)).toEqual([verb]);
  });
});

describe('ftpcp()', () => {
  it.each<[ConnectOptions, string[]]>([
    [{}, ['PASV', 'PORT']],
    [{ passiveCommands: ['PASV', 'EPSV'], activeCommands: ['PORT', 'EPRT'] }, ['PASV', 'PORT']],
    [{ passiveCommands: ['EPSV'] }, ['EPSV', 'PORT']],
    [{ activeCommands: ['EPRT'] }, ['PASV', 'EPRT']],
    [{ passiveCommands: ['EPSV'], activeCommands: ['EPRT'] }, ['EPSV', 'EPRT']],
  ])('with %p it uses %p', async (options, expected) => {
    const [from, to] = [await serve('plain'), await serve('plain', [], { allowForeignPort: true })];
    const [source, target] = [await connect(from, options), await connect(to, options)];
    await ftpcp(source, 'a', target, 'copy');
    expect([...used(from), ...used(to)]).toEqual(expected);
    expect(String(to.storage.readFile('/copy'))).toBe('0123456789');
  });
});

describe.each(['passiveCommands', 'activeCommands'] as const)('the option %s', (name) => {
  const first = name === 'passiveCommands' ? 'EPSV' : 'EPRT';
  it.each<[unknown, string]>([
    [[], 'ERR_INVALID_ARG_VALUE'],
    [[first, first], 'ERR_INVALID_ARG_VALUE'],
    [[first.toLowerCase()], 'ERR_INVALID_ARG_VALUE'],
    [['LPSV'], 'ERR_INVALID_ARG_VALUE'],
    [[first, undefined], 'ERR_INVALID_ARG_VALUE'],
    [new Array(1), 'ERR_INVALID_ARG_VALUE'],
    [first, 'ERR_INVALID_ARG_TYPE'],
    [null, 'ERR_INVALID_ARG_TYPE'],
    [{ 0: first, length: 1 }, 'ERR_INVALID_ARG_TYPE'],
  ])('rejects %p', (value, code) => {
    const make = () => new FTP({ [name]: value });
    expect(make).toThrow(TypeError);
    expect(make).toThrow(expect.objectContaining({ code }));
  });

  it('copies the array', async () => {
    const list = [first];
    const ftp = new FTP({ [name]: list });
    list.pop();
    expect(ftp).toBeInstanceOf(FTP);
  });
});
