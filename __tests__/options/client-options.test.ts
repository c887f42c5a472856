import { describe, expect, it } from '@jest/globals';
import { connect, FTP, type FTPOptions } from 'ftpipe';
import { settingsOf } from '../../lib/options/settings';
import { overrideTimeouts } from '../../lib/options/timeouts';

const MOST = ['connect', 'greeting', 'tls', 'reply', 'dataConnect', 'dataIdle', 'completion'];

function refusal(options: unknown): unknown {
  try {
    new FTP(options as FTPOptions);
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('settingsOf', () => {
  it('has the documented defaults', () => {
    expect(settingsOf({})).toMatchObject({
      host: 'localhost',
      port: 21,
      timeout: undefined,
      timeouts: {
        connect: 20_000,
        greeting: 30_000,
        tls: 20_000,
        reply: 30_000,
        dataConnect: 20_000,
        dataIdle: 60_000,
        completion: 120_000,
        quit: 2_000,
        abort: 2_000,
      },
      encoding: 'utf8',
      telnetIac: undefined,
      passive: true,
      activePorts: undefined,
      externalAddress: undefined,
      trustServerPasvIPv4Address: false,
      localAddress: undefined,
      family: 0,
      keepAlive: 10_000,
      createConnection: undefined,
      maxLine: 8192,
      maxReply: 64 * 1024,
      maxListingLine: 64 * 1024,
      maxReadAhead: 16 * 1024 * 1024,
      strictMultiline: true,
    });
  });

  it('treats undefined as absent', () => {
    const names = Object.keys(settingsOf({}));
    const nothing = Object.fromEntries(
      [...names, 'secure', 'signal'].map((name) => [name, undefined]),
    );
    expect({ ...settingsOf(nothing), codec: 0 }).toEqual({ ...settingsOf({}), codec: 0 });
    expect(settingsOf({ timeouts: { reply: undefined as never } })).toMatchObject({
      timeouts: { reply: 30_000 },
    });
  });

  it.each([
    ['[::1]', '::1'],
    ['::1', '::1'],
    ['fe80::1%lo', 'fe80::1%lo'],
    ['ftp.example.org', 'ftp.example.org'],
  ])('accepts the host %j', (host, expected) => {
    expect(settingsOf({ host }).host).toBe(expected);
  });

  it('timeout sets every timeout but quit and abort; single ones override it', () => {
    const { timeouts } = settingsOf({ timeout: 5, timeouts: { reply: 7, abort: 9 } });
    const expected = { ...Object.fromEntries(MOST.map((name) => [name, 5])), reply: 7, abort: 9 };
    expect(timeouts).toEqual({ ...expected, quit: 2000 });
  });

  it.each([
    [Number.POSITIVE_INFINITY, 0],
    [2 ** 31, 0], // longer than a timer can be
    [2 ** 31 - 1, 2 ** 31 - 1],
    [0.5, 0.5],
  ])('accepts a timeout of %p', (timeout, expected) => {
    expect(settingsOf({ timeout }).timeouts.reply).toBe(expected);
  });

  it('does not change the options object, and ignores later changes of it', () => {
    const options = Object.freeze({ timeouts: Object.freeze({ reply: 1 }) });
    const settings = settingsOf(options);
    settings.timeouts = overrideTimeouts(settings.timeouts, 9);
    expect(options).toEqual({ timeouts: { reply: 1 } });
  });
});

describe('new FTP()', () => {
  const TYPE = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
  const VALUE = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };
  const RANGE = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };
  const PORT = { name: 'RangeError', code: 'ERR_SOCKET_BAD_PORT' };
  const ENCODING = { name: 'TypeError', code: 'ERR_UNKNOWN_ENCODING' };
  const ANY = {
    name: expect.stringMatching(/^(?:Type|Range)Error$/),
    code: expect.stringMatching(/^ERR_/),
  };

  // biome-ignore format: a table
  const BAD: [option: string, values: unknown[], error: object][] = [
    ['host',            [5, {}, true],                              TYPE],
    ['host',            ['', ' ', 'a b', 'a\r\nb', 'a\0', '[]'],    VALUE],
    ['port',            ['21', {}, true],                           TYPE],
    ['port',            [0, -1, 65536, 1.5, Number.NaN],            PORT],
    ['secure',          [true, 'explicit', 'implicit', 'no', 1],    VALUE],
    ['timeout',         ['5', {}, true],                            TYPE],
    ['timeout',         [0, -1, Number.NaN, Number.NEGATIVE_INFINITY], RANGE],
    ['timeouts',        [{ reply: '5' }],                           TYPE],
    ['timeouts',        [{ reply: 0 }, { quit: -1 }, { abort: Number.NaN }], RANGE],
    ['timeouts',        [{ replyy: 5 }, { constructor: 5 }, { toString: 5 }], VALUE],
    ['timeouts',        [null, 5, 'x'],                             ANY],
    ['encoding',        ['utf16le', 'hex', 'x', 5, {}, true],       ENCODING],
    ['telnetIac',       ['x', true, 0],                             VALUE],
    ['activePorts',     [5, [1], [1, 2, 3], [2, 1], 'ab'],          VALUE],
    ['activePorts',     [[0, 5], [1, 65536], [1.5, 2]],             PORT],
    ['activePorts',     [['1', '2']],                               TYPE],
    ['externalAddress', ['ftp.example.org', '', '1.2.3', '::g', '1.2.3.4\r\n'], VALUE],
    ['externalAddress', [5, {}],                                    TYPE],
    ['localAddress',    ['localhost', '', '300.0.0.1'],             VALUE],
    ['localAddress',    [5],                                        TYPE],
    ['family',          [5, '4', true],                             VALUE],
    ['keepAlive',       [-1, 1.5, Number.NaN],                      RANGE],
    ['keepAlive',       ['1', true],                                TYPE],
    ['maxLine',         [0, -1, 1.5, Number.NaN, 2 ** 53],          RANGE],
    ['maxLine',         ['1'],                                      TYPE],
    ['maxReply',        [0, -1, 1.5],                               RANGE],
    ['maxListingLine',  [0, -1, 1.5],                               RANGE],
    ['maxReadAhead',    [-1, 1.5],                                  RANGE],
    ['maxReadAhead',    ['1'],                                      TYPE],
    ['createConnection', ['x', 5, {}, true],                        TYPE],
    ['signal',          ['x', 5, {}, new AbortController(), true],  TYPE],
  ];
  const cells = BAD.flatMap(([option, values, error]) =>
    values.map((value) => ({ option, value, error })),
  );

  it.each(cells)('refuses $option: $value', ({ option, value, error }) => {
    expect(refusal({ [option]: value })).toMatchObject(error);
  });

  it.each(cells)(
    'rejects $option: $value in FTP.connect() too',
    async ({ option, value, error }) => {
      const never = () => {
        throw new Error('it connected');
      };
      const options = { createConnection: never, [option]: value } as FTPOptions;
      const result = await FTP.connect(options).catch((reason: unknown) => reason);
      expect(result).toMatchObject(error);
    },
  );

  it.each([[null], [5], ['localhost'], [true]])('refuses %p for the options', (options) => {
    expect(refusal(options)).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
  });

  it('names the option in its error', () => {
    expect(refusal({ maxLine: 0 })).toMatchObject({
      message: expect.stringContaining('"maxLine"'),
    });
    expect(refusal({ secure: true })).toMatchObject({ message: expect.stringContaining('FTPTLS') });
  });

  it('does not connect', () => {
    const ftp = new FTP({ host: '192.0.2.1' });
    expect(ftp.connected).toBe(false);
    ftp.close();
  });
});

describe('connect()', () => {
  it.each(['no', 1, null])('refuses secure: %p before it connects', async (secure) => {
    const createConnection = () => {
      throw new Error('it connected');
    };
    const options = { secure: secure as never, createConnection };
    const error = await connect(options).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
  });

  it.each<[string, object]>([
    ['tls', { tls: {} }],
    ['implicit', { implicit: true }],
    ['secure', { secure: true }],
  ])('rejects %s for a client without TLS', (_name, options) => {
    expect(() => new FTP(options)).toThrow(/FTPTLS/);
  });
});

describe('the properties', () => {
  // biome-ignore format: a table
  it.each<[keyof FTP, unknown, object]>([
    ['timeout',  0,         { name: 'RangeError' }],
    ['timeout',  '5',       { name: 'TypeError' }],
    ['encoding', 'utf16le', { code: 'ERR_UNKNOWN_ENCODING' }],
    ['maxLine',  0,         { name: 'RangeError' }],
  ])('reject %s = %p, and keep their values', (name, value, error) => {
    const ftp = new FTP({ timeout: 5 });
    const before = ftp[name];
    expect(() => Object.assign(ftp, { [name]: value })).toThrow(expect.objectContaining(error));
    expect(ftp[name]).toBe(before);
  });

  it('have the values of ftplib', () => {
    const ftp = new FTP();
    expect(ftp).toMatchObject({
      encoding: 'utf8',
      maxLine: 8192,
      passiveServer: true,
      trustServerPasvIPv4Address: false,
      timeout: undefined,
      welcome: '',
      lastResp: '',
    });
    ftp.setPasv(false);
    ftp.timeout = 5;
    expect(ftp).toMatchObject({ passiveServer: false, timeout: 5 });
  });

  it.each([3, -1, '1', true])('setDebugLevel(%p) is refused', (level) => {
    expect(() => new FTP().setDebugLevel(level as never)).toThrow(TypeError);
  });
});
