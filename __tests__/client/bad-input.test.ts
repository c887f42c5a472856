import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { FTP } from 'ftpipe';
import { TestServer } from 'ftpipe/testing';

type Bad = never; // what the types forbid, and JavaScript does not

let server: TestServer;
let ftp: FTP;
let sent: number;
let isInOrder = false;

beforeAll(async () => {
  server = await TestServer.start({ files: { '/a.txt': 'hello', '/d': null } });
});
afterAll(async () => {
  ftp.close();
  await server.close();
});

// A client serves as long as it is in order, which every passing test proves.
beforeEach(async () => {
  if (!isInOrder) {
    const { host, port } = server;
    ftp = await FTP.connect({ host, port, user: 'user', password: 'password', timeout: 2000 });
  }
  isInOrder = false;
  sent = server.commands.length;
});
afterEach(() => {
  if (!isInOrder) ftp.close();
});

/** What a call throws, rejects with, or fails with as a stream; `'accepted'` if it does not. */
async function refusal(call: () => unknown): Promise<unknown> {
  try {
    const result = call();
    if (typeof result === 'object' && result !== null && 'destroy' in result) {
      const stream = result as { destroy(): void; on(event: 'error', listener: () => void): void };
      stream.on('error', () => {});
      stream.destroy();
      return 'accepted';
    }
    await result;
    return 'accepted';
  } catch (error) {
    return error;
  }
}

const TYPE = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
const VALUE = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };
const RANGE = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };
const STATE = { name: 'TypeError', code: 'ERR_INVALID_STATE' };
const ANY = {
  name: expect.stringMatching(/^(?:Type|Range)Error$/),
  code: expect.stringMatching(/^ERR_/),
};

/** The call is refused before anything is sent, and the client works on. */
async function refuses(call: () => unknown, error: object): Promise<void> {
  const result = await refusal(call);
  expect(result).toMatchObject(error);
  expect(ftp.connected).toBe(true);
  expect(await ftp.pwd()).toBe('/');
  expect(server.commands.slice(sent)).toEqual(['PWD']);
  isInOrder = ftp.encoding === 'utf8';
}

const bytes = Buffer.from('hello');

/** Every method that puts an argument into a command. */
const TEXTS: [call: string, run: (text: Bad) => unknown][] = [
  ['login(user)', (text) => ftp.login(text)],
  ['login(passwd)', (text) => ftp.login('user', text)],
  ['login(acct)', (text) => ftp.login('user', 'password', text)],
  ['acct', (text) => ftp.acct(text)],
  ['rename(from)', (text) => ftp.rename(text, 'b')],
  ['rename(to)', (text) => ftp.rename('a.txt', text)],
  ['delete', (text) => ftp.delete(text)],
  ['cwd', (text) => ftp.cwd(text)],
  ['mkd', (text) => ftp.mkd(text)],
  ['rmd', (text) => ftp.rmd(text)],
  ['size', (text) => ftp.size(text)],
  ['nlst', (text) => ftp.nlst(text)],
  ['nlst(second)', (text) => ftp.nlst('d', text)],
  ['dir', (text) => ftp.dir(text)],
  ['dir(callback)', (text) => ftp.dir(text, () => {})],
  ['mlsd(path)', (text) => ftp.mlsd(text)],
  ['sendCmd', (text) => ftp.sendCmd(text)],
  ['voidCmd', (text) => ftp.voidCmd(text)],
  ['retrBinary', (text) => ftp.retrBinary(text)],
  ['retrBinary(callback)', (text) => ftp.retrBinary(text, () => {})],
  ['retrLines', (text) => ftp.retrLines(text)],
  ['retrLines(callback)', (text) => ftp.retrLines(text, () => {})],
  ['storBinary', (text) => ftp.storBinary(text)],
  ['storBinary(source)', (text) => ftp.storBinary(text, bytes)],
  ['storLines', (text) => ftp.storLines(text)],
  ['storLines(source)', (text) => ftp.storLines(text, bytes)],
  ['transferCmd', (text) => ftp.transferCmd(text)],
  ['ntransferCmd', (text) => ftp.ntransferCmd(text)],
];

describe.each(TEXTS)('%s', (_call, run) => {
  it.each<[string, unknown]>([
    ['CR LF', 'a.txt\r\nDELE a.txt'],
    ['LF', 'a.txt\nDELE a.txt'],
    ['CR', 'a.txt\rDELE a.txt'],
    ['NUL', 'a.txt\0'],
    ['CR NUL LF (RFC 2640 §3.1)', 'a\r\0\nDELE a.txt'],
    ['LF at the end', 'a.txt\n'],
    ['LF in bytes', Buffer.from('a\nDELE a.txt')],
    ['a lone surrogate', 'a\ud800'],
  ])('rejects %s', async (_title, text) => {
    await refuses(() => run(text as Bad), VALUE);
  });

  it('rejects U+010A in latin1, where it would become a line feed', async () => {
    ftp.encoding = 'latin1';
    await refuses(() => run('a\u010aDELE a.txt' as Bad), VALUE);
  });
});

const isDefault = (call: string, value: unknown) =>
  (value === undefined && /^(?:login|mlsd|nlst$|dir)/.test(call)) ||
  (value === null && call === 'login(user)');

describe.each(TEXTS)('%s', (call, run) => {
  const values = [5, null, undefined, true, [], new Date(0)].filter(
    (each) => !isDefault(call, each),
  );
  it.each(values.map((value) => [value]))('refuses %p, which is no path', async (value) => {
    await refuses(() => run(value as Bad), TYPE);
  });
});

describe('an empty path', () => {
  it.each<[string, () => unknown]>([
    ['delete', () => ftp.delete('')],
    ['mkd', () => ftp.mkd('')],
    ['rmd', () => ftp.rmd('')],
    ['size', () => ftp.size('')],
    ['rename(from)', () => ftp.rename('', 'b')],
    ['rename(to)', () => ftp.rename('a.txt', '')],
    ['delete(bytes)', () => ftp.delete(new Uint8Array(0))],
  ])('is rejected by %s: no verb is sent with an empty argument', async (_call, run) => {
    await refuses(run, VALUE);
  });

  it.each<[string, () => unknown]>([
    ['sendCmd', () => ftp.sendCmd('')],
    ['voidCmd', () => ftp.voidCmd(' ')],
    ['retrBinary', () => ftp.retrBinary('')],
    ['storBinary', () => ftp.storBinary('', bytes)],
  ])('is rejected by %s as an empty command', async (_call, run) => {
    await refuses(run, VALUE);
  });
});

describe('facts of mlsd', () => {
  it.each<[unknown, object]>([
    [['size\r\nDELE a.txt'], VALUE],
    [['size', 'type\n'], VALUE],
    ['size', ANY],
    [5, ANY],
    [null, ANY],
  ])('%p are rejected', async (facts, error) => {
    await refuses(() => ftp.mlsd('/', facts as Bad), error);
  });
});

type Transfer = [call: string, run: (value: Bad) => unknown];

describe.each<[string, [values: unknown[], error: object][], Transfer[]]>([
  [
    'blocksize',
    [
      [[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY], RANGE],
      [['x', '8192', true, {}], ANY],
    ],
    [
      ['retrBinary(cmd, options)', (blocksize) => ftp.retrBinary('RETR a.txt', { blocksize })],
      [
        'retrBinary(cmd, callback, options)',
        (blocksize) => ftp.retrBinary('RETR a.txt', () => {}, { blocksize }),
      ],
      ['storBinary(cmd, options)', (blocksize) => ftp.storBinary('STOR b', { blocksize })],
      [
        'storBinary(cmd, source, options)',
        (blocksize) => ftp.storBinary('STOR b', bytes, { blocksize }),
      ],
      ['transferCmd(cmd, options)', (blocksize) => ftp.transferCmd('RETR a.txt', { blocksize })],
    ],
  ],
  [
    'blocksize, positional',
    [
      [[0, -1, 1.5, Number.NaN], RANGE],
      [['x', true], TYPE],
    ],
    [
      ['retrBinary', (blocksize) => ftp.retrBinary('RETR a.txt', () => {}, blocksize)],
      ['storBinary', (blocksize) => ftp.storBinary('STOR b', bytes, blocksize)],
    ],
  ],
  [
    'rest',
    [
      [[-1, 1.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY], RANGE],
      [['5', '-1', true, {}, 5n], TYPE],
    ],
    [
      ['retrBinary(cmd, options)', (rest) => ftp.retrBinary('RETR a.txt', { rest })],
      [
        'retrBinary(cmd, callback, blocksize, rest)',
        (rest) => ftp.retrBinary('RETR a.txt', () => {}, 8192, rest),
      ],
      ['storBinary(cmd, options)', (rest) => ftp.storBinary('STOR b', { rest })],
      [
        'storBinary(cmd, source, blocksize, callback, rest)',
        (rest) => ftp.storBinary('STOR b', bytes, 8192, null, rest),
      ],
      ['transferCmd', (rest) => ftp.transferCmd('RETR a.txt', { rest })],
      ['ntransferCmd', (rest) => ftp.ntransferCmd('RETR a.txt', { rest })],
    ],
  ],
  [
    'size',
    [
      [[-1, 1.5, Number.NaN], RANGE],
      [['5', true], TYPE],
    ],
    [
      ['retrBinary', (size) => ftp.retrBinary('RETR a.txt', { size })],
      ['storBinary', (size) => ftp.storBinary('STOR b', bytes, { size })],
    ],
  ],
  [
    'verify',
    [[['yes', true, 1], VALUE]],
    [
      ['retrBinary', (verify) => ftp.retrBinary('RETR a.txt', { verify })],
      ['storBinary', (verify) => ftp.storBinary('STOR b', bytes, { verify })],
    ],
  ],
])('%s', (_name, values, calls) => {
  const cells = calls.flatMap(([call, run]) =>
    values.flatMap(([each, error]) => each.map((value) => ({ call, run, value, error }))),
  );
  it.each(cells)('$value is refused by $call', async ({ run, value, error }) => {
    await refuses(() => run(value as Bad), error);
  });
});

/** Every method that takes options of a call. */
const CALLS: [call: string, run: (options: Bad) => unknown][] = [
  ['login', (options) => ftp.login('user', 'password', '', options)],
  ['acct', (options) => ftp.acct('x', options)],
  ['sendCmd', (options) => ftp.sendCmd('NOOP', options)],
  ['voidCmd', (options) => ftp.voidCmd('NOOP', options)],
  ['retrBinary', (options) => ftp.retrBinary('RETR a.txt', options)],
  ['retrBinary(callback)', (options) => ftp.retrBinary('RETR a.txt', () => {}, options)],
  ['retrLines', (options) => ftp.retrLines('RETR a.txt', options)],
  ['retrLines(callback)', (options) => ftp.retrLines('RETR a.txt', () => {}, options)],
  ['storBinary', (options) => ftp.storBinary('STOR b', options)],
  ['storBinary(source)', (options) => ftp.storBinary('STOR b', bytes, options)],
  ['storLines', (options) => ftp.storLines('STOR b', options)],
  ['storLines(source)', (options) => ftp.storLines('STOR b', bytes, null, options)],
  ['transferCmd', (options) => ftp.transferCmd('RETR a.txt', options)],
  ['ntransferCmd', (options) => ftp.ntransferCmd('RETR a.txt', options)],
  ['nlst', (options) => ftp.nlst(options)],
  ['dir', (options) => ftp.dir(options)],
  ['mlsd', (options) => ftp.mlsd('/', [], options)],
  ['rename', (options) => ftp.rename('a.txt', 'b', options)],
  ['delete', (options) => ftp.delete('a.txt', options)],
  ['cwd', (options) => ftp.cwd('d', options)],
  ['mkd', (options) => ftp.mkd('n', options)],
  ['rmd', (options) => ftp.rmd('d', options)],
  ['pwd', (options) => ftp.pwd(options)],
  ['size', (options) => ftp.size('a.txt', options)],
  ['abort', (options) => ftp.abort(options)],
];

describe.each(CALLS)('%s', (_call, run) => {
  // biome-ignore format: a table
  it.each<[option: string, value: unknown, error: object]>([
    ['timeout', 0,                     RANGE],
    ['timeout', -1,                    RANGE],
    ['timeout', Number.NaN,            RANGE],
    ['timeout', '5',                   TYPE],
    ['signal',  'x',                   TYPE],
    ['signal',  {},                    TYPE],
    ['signal',  new AbortController(), TYPE],
  ])('rejects %s: %p', async (option, value, error) => {
    await refuses(() => run({ [option]: value } as Bad), error);
  });
});

describe('a callback', () => {
  it.each<[string, (callback: Bad) => unknown]>([
    ['retrBinary', (callback) => ftp.retrBinary('RETR a.txt', callback)],
    ['retrLines', (callback) => ftp.retrLines('RETR a.txt', callback)],
    ['storBinary', (callback) => ftp.storBinary('STOR b', bytes, 8192, callback)],
    ['storBinary, onBlock', (onBlock) => ftp.storBinary('STOR b', bytes, { onBlock })],
    ['storLines', (callback) => ftp.storLines('STOR b', bytes, callback)],
  ])('of %s must be a function', async (_call, run) => {
    for (const value of ['print', 5, true]) {
      expect([value, await refusal(() => run(value as Bad))]).toEqual([
        value,
        expect.objectContaining({ code: expect.stringMatching(/^ERR_INVALID_ARG_/) }),
      ]);
    }
    await refuses(() => run('print' as Bad), ANY);
  });
});

describe('a source', () => {
  const values = [undefined, null, 5, true, () => {}, Symbol('x')].map((value) => [value]);
  it.each(values)('%p is refused by storBinary', async (value) => {
    await refuses(() => ftp.storBinary('STOR b', value as Bad), TYPE);
  });

  it.each(values)('%p is refused by storLines', async (value) => {
    await refuses(() => ftp.storLines('STOR b', value as Bad), TYPE);
  });
});

describe('connect', () => {
  it('is rejected on an open client', async () => {
    await refuses(() => ftp.connect(), STATE);
    expect(server.sessions.length).toBeGreaterThan(0);
  });

  it('is rejected while it connects', async () => {
    const { host, port } = server;
    const own = new FTP({ host, port });
    const connecting = own.connect();
    expect(await refusal(() => own.connect())).toMatchObject(STATE);
    expect(await connecting).toBe('220 Ready.');
    own.close();
  });

  // biome-ignore format: a table
  it.each<[title: string, args: unknown[], error: object]>([
    ['a host that is no string',     [5],                                      TYPE],
    ['a host with a line end',       ['localhost\r\n'],                        VALUE],
    ['a blank in the host',          ['a b'],                                  VALUE],
    ['a port that is too large',     ['localhost', 65536],                     ANY],
    ['a negative port',              ['localhost', -1],                        ANY],
    ['a port with a fraction',       ['localhost', 21.5],                      ANY],
    ['a port that is NaN',           ['localhost', Number.NaN],                ANY],
    ['a port that is a string',      ['localhost', '21'],                      TYPE],
    ['a timeout of 0',               ['localhost', 1, { timeout: 0 }],         RANGE],
    ['a timeout that is NaN',        ['localhost', 1, { timeout: Number.NaN }], RANGE],
    ['a localAddress that is a name', ['localhost', 1, { localAddress: 'x' }], VALUE],
    ['a signal that is none',        ['localhost', 1, { signal: {} }],         TYPE],
    ['a signal that is a string',    ['localhost', 1, { signal: 'x' }],        TYPE],
  ])('rejects %s, and keeps the previous target', async (_title, args, error) => {
    const { host, port } = server;
    const own = new FTP({ host, port, timeout: 2000 });
    expect(await refusal(() => own.connect(...(args as [])))).toMatchObject(error);
    expect(own.connected).toBe(false);
    expect(own).toMatchObject({ host, port, timeout: 2000 });
    expect(await own.connect()).toBe('220 Ready.');
    own.close();
  });

  it('rejects bad credentials before it connects', async () => {
    const { host, port } = server;
    const sessions = server.sessions.length;
    for (const bad of [{ user: 'a\nb' }, { password: 'a\r\n' }, { account: 'a\0' }, { user: 5 }]) {
      const options = { host, port, user: 'user', ...bad } as Bad;
      expect(await refusal(() => FTP.connect(options))).toMatchObject(ANY);
    }
    expect(server.sessions).toHaveLength(sessions);
  });
});

describe('voidResp', () => {
  it('is rejected when no reply is owed', async () => {
    await refuses(() => ftp.voidResp(), STATE);
  });

  // biome-ignore format: a table
  it.each<[option: string, value: unknown, error: object]>([
    ['timeout', 0,          RANGE],
    ['timeout', Number.NaN, RANGE],
    ['timeout', '5',        TYPE],
    ['signal',  'x',        TYPE],
    ['signal',  {},         TYPE],
  ])('rejects %s: %p, and still returns the reply to a valid call', async (option, value, error) => {
    let finish = () => {};
    const restore = server.handle('SITE', async (session) => {
      await session.reply('150 Begins.');
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      await session.reply('226 Done.');
    });
    try {
      expect(await ftp.sendCmd('SITE SLOW')).toBe('150 Begins.');
      expect(await refusal(() => ftp.voidResp({ [option]: value } as Bad))).toMatchObject(error);
      finish();
      expect(await ftp.voidResp()).toBe('226 Done.');
    } finally {
      finish();
      restore();
    }
  });
});

it.each<[string, unknown]>([
  ['timeout', 0],
  ['timeout', '5'],
  ['signal', 'x'],
])('quit rejects %s: %p, and sends nothing', async (option, value) => {
  expect(await refusal(() => ftp.quit({ [option]: value } as Bad))).toMatchObject(ANY);
  expect(server.commands.slice(sent)).toEqual([]);
});

it('a client that never connected rejects bad arguments first, then all calls', async () => {
  const own = new FTP();
  expect(await refusal(() => own.delete('a\nb'))).toMatchObject(VALUE);
  expect(await refusal(() => own.retrBinary('RETR a', { blocksize: 0 }))).toMatchObject(RANGE);
  for (const call of [() => own.pwd(), () => own.voidResp(), () => own.abort()]) {
    expect(await refusal(call)).toMatchObject({ name: 'ConnectionError', connectionUsable: false });
  }
});
