import { describe, expect, it } from '@jest/globals';
import type { FTP, ListOptions } from '../../lib';
import type { TestSession } from '../../lib/testing';
import { settled } from '../helpers/promises';
import { loggedIn } from './regressions/harness';

const line = (name: string, kind = '-') => `${kind}rw-r--r-- 1 ftp ftp 5 Jan  1  2020 ${name}\r\n`;
const SELF = line('.', 'd') + line('..', 'd');
const PLAIN = line('a');
/** The listing before a final reply that is not a 226. */
const FINAL = 'then: ';
const HIDDEN = SELF + line('a') + line('.env');

type List = (argument: string, session: TestSession) => string | [final: string] | Promise<string>;

async function start(list: List, features: string[] = []) {
  const { server, ftp } = await loggedIn({}, { features });
  server.handle('LIST', async (session, argument) => {
    const answer = await list(argument, session);
    if (typeof answer !== 'string') return session.reply(answer[0]);
    await session.reply('150 Here it comes.');
    const data = await session.openData();
    const [text = '', final = '226 Done.'] = answer.split(FINAL);
    data.end(text);
    await session.reply(final);
  });
  const commands: string[] = [];
  ftp.on('command', (label) => commands.push(label));
  const sent = () => commands.splice(0).filter((label) => /^(?:LIST|MLSD|PWD|SIZE)/.test(label));
  const names = async (options: ListOptions = {}, path = '') =>
    (await ftp.list(path, options).toArray()).map(({ name }) => name);
  return { server, ftp, sent, names };
}

const unix: List = (argument) => (argument.startsWith('-a') ? HIDDEN : PLAIN);

describe('list()', () => {
  it('sends LIST -a for hidden files, and omits . and ..', async () => {
    const { names, sent } = await start(unix);
    expect(await names()).toEqual(['a']);
    expect(await names({ hidden: true })).toEqual(['a', '.env']);
    expect(await names({ hidden: true }, 'sub')).toEqual(['a', '.env']);
    expect(sent()).toEqual(['LIST', 'LIST -a', 'LIST -a sub']);
  });

  it('sends LIST -a for all, which adds . and ..', async () => {
    const { names, sent } = await start(unix);
    expect(await names({ all: true })).toEqual(['.', '..', 'a', '.env']);
    expect(await names({ all: true, hidden: true })).toEqual(['.', '..', 'a', '.env']);
    expect(await names({ all: false, hidden: false })).toEqual(['a']);
    expect(sent()).toEqual(['LIST -a', 'LIST -a', 'LIST']);
  });

  it.each(['450 -a: No such file', '500 no', '501 no', '504 no', '550 -a: No such file'])(
    'falls back to LIST if -a is refused with %j, and remembers it',
    async (reply) => {
      const { names, sent } = await start((argument) =>
        argument.startsWith('-a') ? [reply] : PLAIN,
      );
      expect(await names({ hidden: true })).toEqual(['a']);
      expect(sent()).toEqual(['LIST -a', 'LIST']);
      expect(await names({ hidden: true })).toEqual(['a']);
      expect(await names({ all: true })).toEqual(['a']);
      expect(sent()).toEqual(['LIST', 'LIST']);
    },
  );

  it('falls back to LIST if -a is refused after the 150', async () => {
    const { names, sent } = await start((argument) =>
      argument.startsWith('-a') ? `${FINAL}550 -a: No such file.` : PLAIN,
    );
    expect(await names({ hidden: true })).toEqual(['a']);
    expect(await names({ hidden: true })).toEqual(['a']);
    expect(sent()).toEqual(['LIST -a', 'LIST', 'LIST']);
  });

  it.each(['', 'total 0\r\n', 'ls: -a: No such file or directory\r\n', 'total 0'])(
    'falls back to LIST if -a gives %j',
    async (nothing) => {
      const { ftp, names, sent } = await start((argument) =>
        argument.startsWith('-a') ? nothing : PLAIN,
      );
      const warnings: string[] = [];
      ftp.on('warning', (message) => warnings.push(message));
      const listed = names({ hidden: true });
      const path = ftp.pwd(); // must not come between the two
      expect(await listed).toEqual(['a']);
      expect(await path).toBe('/');
      expect(sent()).toEqual(['LIST -a', 'LIST', 'PWD']);
      expect(warnings).toEqual([]);
    },
  );

  it('sends no second command for a directory that has only . and ..', async () => {
    const { names, sent } = await start((argument) => (argument.startsWith('-a') ? SELF : ''));
    expect(await names({ hidden: true })).toEqual([]);
    expect(sent()).toEqual(['LIST -a']);
  });

  it('is empty if both listings are empty', async () => {
    const { ftp, names, sent } = await start(() => '');
    expect(await names({ hidden: true })).toEqual([]);
    expect(sent()).toEqual(['LIST -a', 'LIST']);
    expect(await ftp.pwd()).toBe('/');
  });

  it('fails if the path is refused, and does not blame -a', async () => {
    const { names, sent } = await start((argument) =>
      argument.endsWith('none') ? ['550 No such directory.'] : unix(argument, {} as TestSession),
    );
    await expect(names({ hidden: true }, 'none')).rejects.toMatchObject({
      reply: { code: 550 },
      command: 'LIST none',
    });
    expect(await names({ hidden: true })).toEqual(['a', '.env']);
    expect(sent()).toEqual(['LIST -a none', 'LIST none', 'LIST -a']);
  });

  it.each(['425 No data connection.', '426 Broken.'])('fails where %j is said', async (reply) => {
    const { names, sent } = await start(() => [reply]);
    await expect(names({ hidden: true })).rejects.toThrow(reply);
    expect(sent()).toEqual(['LIST -a']);
  });

  it('delivers every entry of a long listing, and lets other calls proceed', async () => {
    const many = Array.from({ length: 20_000 }, (_, i) => `file ${i}`);
    const { ftp, sent } = await start(() => SELF + many.map((name) => line(name)).join(''));
    const found: string[] = [];
    for await (const { name } of ftp.list('', { hidden: true })) {
      if (found.length === 10) expect(await ftp.pwd()).toBe('/');
      found.push(name);
    }
    expect(found).toEqual(many);
    expect(sent()).toEqual(['LIST -a', 'PWD']);
  });

  it('reads a listing that arrives byte by byte', async () => {
    const { server, names } = await start(unix);
    server.handle('LIST', async (session) => {
      await session.reply('150 Slowly.');
      const data = await session.openData();
      for (const byte of Buffer.from(HIDDEN)) {
        data.write(Buffer.of(byte));
        await new Promise(setImmediate);
      }
      data.end();
      await session.reply('226 Done.');
    });
    expect(await names({ hidden: true })).toEqual(['a', '.env']);
  });

  it('reports an unknown line once', async () => {
    const { ftp } = await start(() => `what is this?\r\n${HIDDEN}`);
    const unparsed: string[] = [];
    const options = { hidden: true, unparsed: (each: string) => unparsed.push(each) };
    expect(await ftp.list('', options).toArray()).toHaveLength(2);
    expect(unparsed).toEqual(['what is this?']);
  });

  it('fails as usual if the connection is lost', async () => {
    const { server, ftp, names } = await start(unix);
    server.handle('LIST', async (session) => {
      await session.reply('150 Here.');
      const data = await session.openData();
      data.write(HIDDEN);
      data.resetAndDestroy();
      await session.reply('426 Broken.');
    });
    await expect(names({ hidden: true })).rejects.toMatchObject({ connectionUsable: true });
    expect(await ftp.pwd()).toBe('/');
  });

  it('abandons a listing that does not begin', async () => {
    const { server, ftp, names } = await start(unix);
    server.handle('LIST', async (session) => {
      await session.reply('150 Wait.');
      const data = await session.openData();
      data.on('error', () => {}).resume();
      data.once('end', () => data.destroy());
      await new Promise<void>((resolve) => data.once('close', () => resolve()));
      await session.reply('426 Given up.');
    });
    const abort = new AbortController();
    const listed = settled(names({ hidden: true, signal: abort.signal }));
    await server.waitFor(() => server.replies.some((reply) => reply.startsWith('150')));
    abort.abort();
    expect(await listed).toMatchObject({ name: 'AbortError' });
    expect(await ftp.pwd()).toBe('/');
    await expect(names({ hidden: true, timeout: 100 })).rejects.toMatchObject({
      code: 'ERR_FTP_TIMEOUT',
    });
  });

  it('sends MLSD if the server has it, which includes hidden files anyway', async () => {
    const { names, sent } = await start(unix, ['MLST type*;']);
    await names({ hidden: true });
    expect(sent()).toEqual(['MLSD']);
  });

  it('rejects a value that is not a boolean', async () => {
    const { ftp } = await start(unix);
    const refused = expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' });
    expect(() => ftp.list('', { hidden: 1 } as never)).toThrow(refused);
    expect(() => ftp.list('', { hidden: null } as never)).toThrow(refused);
  });
});

it('stat() finds a hidden directory', async () => {
  const list = (ftp: FTP) => ftp.stat('.git');
  const { server, ftp, sent } = await start((argument) =>
    argument.startsWith('-a') ? SELF + line('.git', 'd') : '',
  );
  server.fault({ on: 'SIZE', reply: '550 no' });
  expect(await list(ftp)).toMatchObject({ name: '.git', type: 'directory' });
  expect(sent()).toEqual(['SIZE .git', 'LIST -a']);
});
