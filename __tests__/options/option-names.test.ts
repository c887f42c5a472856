import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, FTP, FTPTLS, ftpcp, parseListing } from 'ftpipe';
import { TestServer } from 'ftpipe/testing';
import { nearestName } from '../../lib/options/nearest-name';
import * as NAMES from '../../lib/options/option-names';
import { TIMEOUTS } from '../client/tls/harness';

const UNKNOWN = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };

/** The error that a call throws, or that its promise rejects with. */
async function refusal(call: () => unknown): Promise<Error> {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('It was not refused');
}

const neverCalled = () => {
  throw new Error('It connected');
};

/** All ways to make a client with these options. */
function ways(options: object): (() => unknown)[] {
  const given = options as never;
  return [
    () => new FTP(given),
    () => new FTPTLS(given),
    () => FTP.connect({ createConnection: neverCalled, ...(options as object) }),
    () => FTPTLS.connect({ createConnection: neverCalled, ...(options as object) }),
    () => connect({ createConnection: neverCalled, ...(options as object) }),
    () => connect({ createConnection: neverCalled, secure: true, ...(options as object) }),
  ];
}

describe('the options of a client', () => {
  it.each([
    ['username', 'user'],
    ['userName', 'user'],
    ['pass', 'password'],
    ['hostname', 'host'],
    ['hots', 'host'],
    ['prot', 'port'],
    ['pasv', 'passive'],
    ['passve', 'passive'],
    ['keepalive', 'keepAlive'],
    ['timeOut', 'timeout'],
    ['timout', 'timeout'],
    ['secureOptions', 'tls'],
    ['rejectUnauthorized', 'tls.rejectUnauthorized'],
    ['ca', 'tls.ca'],
    ['reply', 'timeouts.reply'],
    ['dataidle', 'timeouts.dataIdle'],
    ['connTimeout', 'timeouts.connect'],
    ['source_address', 'localAddress'],
    ['trust_server_pasv_ipv4_address', 'trustServerPasvIPv4Address'],
    ['maxline', 'maxLine'],
    ['implict', 'implicit'],
    ['dataProtecton', 'dataProtection'],
  ])('do not include %s: the error suggests %s', async (name, meant) => {
    for (const way of ways({ [name]: 'x' })) {
      const error = await refusal(way);
      expect(error).toMatchObject(UNKNOWN);
      expect(error.message).toContain(`Unknown option ${name}: did you mean ${meant}?`);
    }
  });

  it('do not include epsv', async () => {
    const { message } = await refusal(() => new FTP({ epsv: false } as never));
    expect(message).toMatch(/did you mean passive/);
  });

  it('are listed by the error if no name is near', async () => {
    const { message } = await refusal(() => new FTP({ frobnicate: 1 } as never));
    expect(message).toMatch(/^Unknown option frobnicate: the known options are host, port, /);
  });

  it.each(['constructor', 'toString', '__proto__x', 'hasOwnProperty', ''])(
    'do not include %j',
    async (name) => {
      expect(await refusal(() => new FTP({ [name]: 1 } as never))).toMatchObject(UNKNOWN);
    },
  );

  it('include the names of nested objects', async () => {
    for (const way of ways({ timeouts: { relpy: 5 } })) {
      expect((await refusal(way)).message).toBe(
        'Unknown option timeouts.relpy: did you mean timeouts.reply?',
      );
    }
    const tls = { rejectUnauthorised: false } as never;
    expect((await refusal(() => new FTPTLS({ tls }))).message).toBe(
      'Unknown option tls.rejectUnauthorised: did you mean tls.rejectUnauthorized?',
    );
  });

  it('exclude credentials in the constructor; the error says where they belong', async () => {
    for (const name of ['user', 'password', 'passwd', 'account', 'acct']) {
      for (const Client of [FTP, FTPTLS]) {
        const error = await refusal(() => new Client({ [name]: 'x' } as never));
        expect(error).toMatchObject(UNKNOWN);
        expect(error.message).toContain(`The option ${name} `);
        expect(error.message).toContain('FTP.connect() or login()');
        expect(error.message).not.toContain('"x"');
      }
    }
  });

  it('of TLS are not ignored by a client without TLS', async () => {
    const given = {
      dataProtection: 'private',
      closeNotify: 'auto',
      tlsSession: 'control',
      tls: {},
    };
    for (const [name, value] of Object.entries(given)) {
      const { message } = await refusal(() => new FTP({ [name]: value } as never));
      expect(message).toContain(name);
      expect(message).toContain('FTPTLS');
    }
  });

  it('may be undefined, have symbol keys, and have a prototype', () => {
    class Defaults {
      greet() {}
    }
    const inherited = Object.create({ port: 2121, unrelated: 1 });
    const symbols = { [Symbol('mine')]: 1 };
    const options = [{ username: undefined }, inherited, symbols, new Defaults()];
    for (const each of options) expect(() => new FTP(each as never)).not.toThrow();
    expect(new FTP(inherited).port).toBe(2121);
  });

  it('may be inherited in FTP.connect() too', async () => {
    const told: unknown[] = [];
    const createConnection = ({ host }: { host: string }) => {
      told.push(host);
      throw new Error('no');
    };
    const options = Object.create({ host: 'far.example', createConnection });
    const calls = [
      () => FTP.connect(options),
      () => FTPTLS.connect(options),
      () => connect(options),
    ];
    for (const call of calls) await refusal(call);
    expect(told).toEqual(['far.example', 'far.example', 'far.example']);
  });

  it('may be extended by a subclass', async () => {
    class Mine extends FTP {
      readonly mine: number;
      constructor({ mine = 0, ...options }: { mine?: number; host?: string } = {}) {
        super(options);
        this.mine = mine;
      }
    }
    const options = { mine: 5, createConnection: neverCalled };
    expect((await refusal(() => Mine.connect(options))).message).toContain('It connected');
    const { message } = await refusal(() => Mine.connect({ ...options, hots: 'x' } as never));
    expect(message).toContain('did you mean host?');
  });
});

describe('something else in place of the options of a client', () => {
  it.each([
    'ftp.example.com',
    'ftp.example.com:21',
    'ftp://me:s3cret@ftp.example.com/pub',
    new URL('ftp://me:s3cret@ftp.example.com/pub'),
  ])('is rejected, and the error says what to pass: %s', async (given) => {
    const calls = [
      () => new FTP(given as never),
      () => new FTPTLS(given as never),
      () => FTP.connect(given as never),
      () => FTPTLS.connect(given as never),
      () => connect(given as never),
    ];
    for (const call of calls) {
      const error = await refusal(call);
      expect(error).toMatchObject({ name: 'TypeError' });
      expect(error.message).toMatch(/must be an object.*pass \{ host: 'ftp\.example\.com' \}/);
      expect(error.message).not.toContain('s3cret');
    }
  });

  it.each([[null], [5], [true], [['ftp.example.com']], [new Map([['host', 'x']])], [Buffer.of(1)]])(
    'is rejected: %p',
    async (given) => {
      for (const Client of [FTP, FTPTLS]) {
        expect(await refusal(() => new Client(given as never))).toBeInstanceOf(TypeError);
        expect(await refusal(() => Client.connect(given as never))).toBeInstanceOf(TypeError);
      }
      expect(await refusal(() => connect(given as never))).toBeInstanceOf(TypeError);
    },
  );

  it('is rejected by ftp.connect(), which takes a host', async () => {
    const { message } = await refusal(() => new FTP().connect({ host: 'x' } as never));
    expect(message).toMatch(/"host" must be a string/);
  });

  it('is rejected if the host is null', async () => {
    expect(await refusal(() => new FTP({ host: null as never }))).toBeInstanceOf(TypeError);
  });
});

describe('the options of a call', () => {
  let server: TestServer;
  let ftp: FTP;
  beforeEach(async () => {
    server = await TestServer.start({ files: { '/a': 'hello' } });
    const { host, port } = server;
    ftp = await FTP.connect({ host, port, user: 'user', password: 'password', timeouts: TIMEOUTS });
  });
  afterEach(async () => {
    ftp.close();
    await server.close();
  });

  const o = (name: string) => ({ [name]: 'x' }) as never;
  const CALLS: [string, string, string, (ftp: FTP, options: never) => unknown][] = [
    ['list', 'serverTimezone', 'serverTimeZone', (ftp, x) => ftp.list('', x)],
    ['stat', 'timezone', 'serverTimeZone', (ftp, x) => ftp.stat('a', x)],
    ['parseListing', 'dateorder', 'dateOrder', (_ftp, x) => parseListing('', x)],
    ['download', 'verfiy', 'verify', (ftp, x) => ftp.download('a', '/nowhere/a', x)],
    ['upload', 'verfiy', 'verify', (ftp, x) => ftp.upload('/nowhere/a', 'a', x)],
    [
      'downloadMany',
      'onprogress',
      'onProgress',
      (ftp, x) => ftp.downloadMany([['a', '/b']], x).next(),
    ],
    ['uploadMany', 'restt', 'rest', (ftp, x) => ftp.uploadMany([['/b', 'a']], x).next()],
    ['retrBinary', 'blockSize', 'blocksize', (ftp, x) => ftp.retrBinary('RETR a', x)],
    [
      'retrBinary with a callback',
      'offset',
      'rest',
      (ftp, x) => ftp.retrBinary('RETR a', () => {}, x),
    ],
    ['retrLines', 'singal', 'signal', (ftp, x) => ftp.retrLines('LIST', x)],
    [
      'retrLines with a callback',
      'singal',
      'signal',
      (ftp, x) => ftp.retrLines('LIST', () => {}, x),
    ],
    ['storBinary', 'highWaterMark', 'blocksize', (ftp, x) => ftp.storBinary('STOR a', x)],
    [
      'storBinary of a source',
      'onblock',
      'onBlock',
      (ftp, x) => ftp.storBinary('STOR a', Buffer.of(1), x),
    ],
    ['storLines', 'tiemout', 'timeout', (ftp, x) => ftp.storLines('STOR a', x)],
    [
      'storLines of a source',
      'tiemout',
      'timeout',
      (ftp, x) => ftp.storLines('STOR a', Buffer.of(1), null, x),
    ],
    ['transferCmd', 'startAt', 'rest', (ftp, x) => ftp.transferCmd('RETR a', x)],
    ['ntransferCmd', 'startAt', 'rest', (ftp, x) => ftp.ntransferCmd('RETR a', x)],
    ['nlst', 'timeOut', 'timeout', (ftp, x) => ftp.nlst('', x)],
    ['dir', 'timeOut', 'timeout', (ftp, x) => ftp.dir('', x)],
    ['mlsd', 'timeOut', 'timeout', (ftp, x) => ftp.mlsd('', [], x)],
    ['sendCmd', 'abortSignal', 'signal', (ftp, x) => ftp.sendCmd('NOOP', x)],
    ['voidCmd', 'abortSignal', 'signal', (ftp, x) => ftp.voidCmd('NOOP', x)],
    ['voidResp', 'abortSignal', 'signal', (ftp, x) => ftp.voidResp(x)],
    ['login', 'sgnal', 'signal', (ftp, x) => ftp.login('user', 'password', '', x)],
    ['rename', 'sgnal', 'signal', (ftp, x) => ftp.rename('a', 'b', x)],
    ['delete', 'sgnal', 'signal', (ftp, x) => ftp.delete('a', x)],
    ['cwd', 'sgnal', 'signal', (ftp, x) => ftp.cwd('a', x)],
    ['mkd', 'sgnal', 'signal', (ftp, x) => ftp.mkd('a', x)],
    ['rmd', 'sgnal', 'signal', (ftp, x) => ftp.rmd('a', x)],
    ['pwd', 'sgnal', 'signal', (ftp, x) => ftp.pwd(x)],
    ['size', 'sgnal', 'signal', (ftp, x) => ftp.size('a', x)],
    ['mdtm', 'sgnal', 'signal', (ftp, x) => ftp.mdtm('a', x)],
    ['features', 'sgnal', 'signal', (ftp, x) => ftp.features(x)],
    ['system', 'sgnal', 'signal', (ftp, x) => ftp.system(x)],
    ['acct', 'sgnal', 'signal', (ftp, x) => ftp.acct('x', x)],
    ['abort', 'sgnal', 'signal', (ftp, x) => ftp.abort(x)],
    ['ftpcp', 'sgnal', 'signal', (ftp, x) => ftpcp(ftp, 'a', ftp, 'b', 'I', x)],
    ['quit', 'sgnal', 'signal', (ftp, x) => ftp.quit(x)],
    ['connect', 'localaddress', 'localAddress', (_ftp, x) => new FTP().connect('::1', 1, x)],
    ['FTPTLS.login', 'secur', 'secure', (_ftp, x) => new FTPTLS().login('', '', '', x)],
  ];

  it.each(CALLS)('%s() do not include %s: %s is meant', async (_, name, meant, call) => {
    const before = server.commands.length;
    const error = await refusal(() => call(ftp, o(name)));
    expect(error).toMatchObject(UNKNOWN);
    expect(error.message).toBe(`Unknown option ${name}: did you mean ${meant}?`);
    // Nothing has been sent, and the client still works.
    expect(server.commands.slice(before)).toEqual([]);
    expect(await ftp.pwd()).toBe('/');
  });

  it('must be an object, not a signal', async () => {
    const { signal } = new AbortController();
    expect(await refusal(() => ftp.pwd(signal as never))).toBeInstanceOf(TypeError);
  });
});

describe('the README', () => {
  const readme = readFileSync(join(__dirname, '../../README.md'), 'utf8');

  /** The names in the first column of the table of options under a heading. */
  function namesUnder(heading: string): string[] {
    const section = readme
      .slice(readme.indexOf(`\n## ${heading}\n`) + 1)
      .split('\n## ')[0] as string;
    const table = section.slice(section.indexOf('| option |')).split('\n\n')[0] as string;
    const cells = table
      .split('\n')
      .slice(2)
      .map((row) => row.split(' | ')[0] as string);
    return cells.flatMap((cell) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name as string),
    );
  }

  it('lists exactly the options of a client in its table', () => {
    const { CLIENT, TLS_CLIENT, CREDENTIALS } = NAMES;
    const known = Object.keys({ ...CLIENT, ...TLS_CLIENT, ...CREDENTIALS });
    expect(namesUnder('Options').sort()).toEqual(known.sort());
  });

  it('lists every timeout', () => {
    const row = readme.split('\n').find((line) => line.startsWith('| `timeouts` |')) as string;
    for (const name of Object.keys(NAMES.TIMEOUTS)) expect(row).toContain(`\`${name}\``);
  });

  it('lists exactly the options of a listing in its table', () => {
    const own = Object.keys(NAMES.LIST).filter((name) => !(name in NAMES.CALL));
    expect(namesUnder('Listings').sort()).toEqual(own.sort());
  });

  it.each([
    ['Options of a transfer:', { ...NAMES.DOWNLOAD, ...NAMES.UPLOAD }],
    ['Options: ', NAMES.FILE_TRANSFER],
  ])('names every option in its paragraph: %s', (start, known) => {
    const paragraph = readme.slice(readme.indexOf(start)).split('\n\n')[0] as string;
    for (const name of Object.keys(known)) expect(paragraph).toMatch(new RegExp(`\`${name}\\b`));
  });
});

describe('nearestName', () => {
  it.each([
    ['size', ['size', 'rest'], 'size'],
    ['sizes', ['size', 'rest'], 'size'],
    ['szie', ['size', 'rest'], 'size'],
    ['SIZE', ['size', 'rest'], 'size'],
    ['a', ['size', 'rest'], undefined],
    ['', ['size'], undefined],
    ['wholly-different', ['size', 'rest'], undefined],
    ['x'.repeat(1_000_000), ['size'], undefined],
    ['constructor', ['size'], undefined],
  ])('%s', (name, known, expected) => {
    expect(nearestName(name, known)).toBe(expected);
  });
});
