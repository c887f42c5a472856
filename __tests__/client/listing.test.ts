import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Entry, FTP, type FTPOptions, ProtocolError, parseListing } from 'ftpipe';
import { TestServer } from 'ftpipe/testing';

const FILES = {
  '/a.txt': 'hello',
  '/b b.txt': 'hi',
  '/sub/': null,
  '/sub/inner': 'x',
  '/-dash/x': '',
};

let closing: (() => unknown)[];

beforeEach(() => {
  closing = [];
});

afterEach(async () => {
  for (const close of closing.reverse()) await close();
});

async function start(options: FTPOptions = {}) {
  const server = await TestServer.start({ files: FILES });
  closing.push(() => server.close());
  const ftp = await FTP.connect({ host: server.host, port: server.port, ...options });
  closing.push(() => ftp.close());
  const commands: string[] = [];
  ftp.on('command', (label) => commands.push(label));
  const verbs = () => commands.splice(0).map((label) => label.split(' ')[0]);
  return { server, ftp, commands, verbs };
}

const names = (entries: readonly Entry[]) => entries.map(({ name }) => name).sort();
const ALL = ['-dash', 'a.txt', 'b b.txt', 'sub'];

describe('list', () => {
  it('sends FEAT once, and then lists with MLSD', async () => {
    const { ftp, verbs } = await start();
    expect(names(await ftp.list().toArray())).toEqual(ALL);
    expect(verbs()).toEqual(['FEAT', 'OPTS', 'TYPE', 'EPSV', 'MLSD']);
    const entries = await ftp.list('/sub').toArray();
    expect(verbs()).toEqual(['EPSV', 'MLSD']);
    expect(entries).toEqual([
      expect.objectContaining({ name: 'inner', type: 'file', size: 1, modifiedZone: 'utc' }),
    ]);
  });

  it('falls back to LIST when MLSD is refused, and remembers it', async () => {
    const { server, ftp, verbs } = await start();
    server.handle('MLSD', (session) => session.reply('502 not here'));
    const stream = ftp.list();
    const after = ftp.pwd(); // must not be sent between MLSD and LIST
    expect(names(await stream.toArray())).toEqual(ALL);
    expect(stream.command).toBe('LIST');
    await after;
    expect(verbs()).toEqual(['FEAT', 'OPTS', 'TYPE', 'EPSV', 'MLSD', 'EPSV', 'LIST', 'PWD']);
    expect(names(await ftp.list().toArray())).toEqual(ALL);
    expect(verbs()).toEqual(['EPSV', 'LIST']);
  });

  it.each(['500 what?', '502 no', '504 no'])(
    'lists with LIST when FEAT is answered with %j',
    async (reply) => {
      const { server, ftp, verbs } = await start();
      server.fault({ on: 'FEAT', reply });
      expect(names(await ftp.list().toArray())).toEqual(ALL);
      expect(verbs()).toEqual(['FEAT', 'TYPE', 'EPSV', 'LIST']);
    },
  );

  it('rejects with the 550 to MLSD when the directory does not exist', async () => {
    const { ftp, verbs } = await start();
    await expect(ftp.list('/none').toArray()).rejects.toMatchObject({ reply: { code: 550 } });
    expect(verbs()).toEqual(['FEAT', 'OPTS', 'TYPE', 'EPSV', 'MLSD']);
    expect(await ftp.pwd()).toBe('/');
  });

  it('sends FEAT again after another login', async () => {
    const { ftp, verbs } = await start();
    await ftp.features();
    await ftp.login();
    await ftp.features();
    await ftp.features();
    expect(verbs().filter((verb) => verb === 'FEAT')).toHaveLength(2);
  });

  it('allows commands inside the loop, and an early break', async () => {
    const { ftp } = await start();
    const sizes: (number | null)[] = [];
    for await (const { name, type } of ftp.list())
      if (type === 'file') sizes.push(await ftp.size(name));
    expect(sizes.sort()).toEqual([2, 5]);
    for await (const { name } of ftp.list()) {
      expect(ALL).toContain(name);
      break;
    }
    expect(await ftp.pwd()).toBe('/');
  });

  it.each<[path: string, options: object, command: string]>([
    ['-dash', {}, 'LIST ./-dash'],
    ['-dash', { all: true }, 'LIST -a ./-dash'],
    ['', { all: true }, 'LIST -a'],
    ['sub', {}, 'LIST sub'],
  ])('sends the path %j with the options %j as %s', async (path, options, command) => {
    const { server, ftp, commands } = await start();
    server.fault({ on: 'FEAT', reply: '502 no' });
    await ftp
      .list(path, options)
      .toArray()
      .catch(() => {});
    expect(commands.at(-1)).toBe(command);
  });

  it('rejects with a ProtocolError when a line exceeds maxListingLine', async () => {
    const { ftp } = await start({ maxListingLine: 20 });
    await expect(ftp.list().toArray()).rejects.toBeInstanceOf(ProtocolError);
    expect(await ftp.pwd()).toBe('/');
  });

  it('fails through the stream when there is no connection', async () => {
    await expect(new FTP().list().toArray()).rejects.toMatchObject({ code: 'ERR_FTP_CONNECTION' });
  });

  it.each<[options: object, code: string]>([
    [{ all: 1 }, 'ERR_INVALID_ARG_TYPE'],
    [{ serverTimeZone: 'Nowhere/Here' }, 'ERR_INVALID_ARG_VALUE'],
    [{ serverTimeZone: {} }, 'ERR_INVALID_ARG_TYPE'],
    [{ dateOrder: 'yyy' }, 'ERR_INVALID_ARG_VALUE'],
    [{ now: 5 }, 'ERR_INVALID_ARG_TYPE'],
    [{ now: new Date(Number.NaN) }, 'ERR_INVALID_ARG_VALUE'],
    [{ parser: 5 }, 'ERR_INVALID_ARG_TYPE'],
    [{ unparsed: 5 }, 'ERR_INVALID_ARG_TYPE'],
  ])('throws for the invalid options %j', (options, code) => {
    expect(() => new FTP().list('', options)).toThrow(expect.objectContaining({ code }));
    expect(() => parseListing('', options)).toThrow(expect.objectContaining({ code }));
  });
});

describe('stat', () => {
  it('uses MLST when the server supports it', async () => {
    const { ftp, verbs } = await start();
    expect(await ftp.stat('/sub/inner')).toMatchObject({
      name: 'inner',
      type: 'file',
      size: 1,
      unsafe: undefined,
    });
    expect(await ftp.stat('/sub/')).toMatchObject({ name: 'sub', type: 'directory' });
    expect(verbs()).toEqual(['FEAT', 'MLST', 'MLST']);
  });

  it('uses SIZE and MDTM for a file and a listing for a directory without MLST', async () => {
    const { server, ftp, verbs } = await start();
    server.fault({ on: 'MLST', reply: '502 no' });
    const file = await ftp.stat('/sub/inner');
    expect(file).toMatchObject({
      name: 'inner',
      type: 'file',
      size: 1,
      modifiedPrecision: 'second',
    });
    expect(verbs()).toEqual(['FEAT', 'MLST', 'TYPE', 'SIZE', 'MDTM']);
    const [directory, cwd] = await Promise.all([ftp.stat('sub'), ftp.pwd()]);
    expect(directory).toMatchObject({ name: 'sub', type: 'directory' });
    expect(cwd).toBe('/');
    expect(verbs().slice(-2)).toEqual(['MLSD', 'PWD']);
    await expect(ftp.stat('/none')).rejects.toMatchObject({ reply: { code: 550 } });
  });
});

describe('mdtm and system', () => {
  it('return what the server replies, or reject an invalid reply', async () => {
    const { server, ftp } = await start();
    expect(await ftp.mdtm('a.txt')).toBeInstanceOf(Date);
    server.fault({ on: 'MDTM', reply: '213 yesterday' });
    await expect(ftp.mdtm('a.txt')).rejects.toMatchObject({
      code: 'ERR_FTP_PROTOCOL',
      connectionUsable: true,
    });
    expect(await ftp.system()).toMatch(/^UNIX/);
  });
});

describe('parseListing', () => {
  const LINE = '-rw-r--r-- 1 root root 531 Jan 29  2020 x';

  it.each<[string, string | Iterable<string>]>([
    ['text', `${LINE}\r\n${LINE}\n`],
    ['text without a last line ending', `total 2\n${LINE}\n${LINE}`],
    ['lines', [LINE, `${LINE}\r`]],
    ['an iterable', new Set([LINE, `${LINE} `])],
  ])('reads %s', (_, listing) => {
    expect(parseListing(listing).map(({ size }) => size)).toEqual([531, 531]);
  });

  it('reports an unknown line as unparsed, or returns it as an unsafe entry', () => {
    const unparsed: string[] = [];
    expect(parseListing('what is this?\n', { unparsed: (line) => unparsed.push(line) })).toEqual(
      [],
    );
    expect(unparsed).toEqual(['what is this?']);
    expect(parseListing('what is this?')).toEqual([
      expect.objectContaining({ type: 'other', name: '', raw: 'what is this?', unsafe: true }),
    ]);
  });

  it('tries a custom parser first', () => {
    const parser = (line: string) => {
      if (line.startsWith('#')) return null;
      const [name, size] = line.split('|');
      return size === undefined
        ? undefined
        : { name: name as string, size: Number(size), type: 'file' as const };
    };
    const listing = `# header\nmine|5\n..|6\na/b|7\n${LINE}`;
    const expected = [
      expect.objectContaining({
        name: 'mine',
        size: 5,
        type: 'file',
        raw: 'mine|5',
        unsafe: undefined,
      }),
      expect.objectContaining({ name: '..', size: 6, unsafe: true }),
      expect.objectContaining({ name: 'a/b', size: 7, unsafe: true }),
      expect.objectContaining({ name: 'x', size: 531 }),
    ];
    expect(parseListing(listing, { parser, all: true })).toEqual(expected);
    expect(parseListing(listing, { parser })).toEqual(expected.filter((_, i) => i !== 1));
  });

  it('throws a TypeError for a value that is not a listing', () => {
    for (const listing of [5, undefined, null, {}, [5]]) {
      expect(() => parseListing(listing as never)).toThrow(TypeError);
    }
  });
});
