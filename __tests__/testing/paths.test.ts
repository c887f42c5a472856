import { describe, expect, it } from '@jest/globals';
import { harness } from './harness';

const { start, login } = harness({ files: { '/pub/a.txt': 'hello', '/empty/': null, '/n': null } });

describe('the working directory', () => {
  it('changes, and is quoted with doubled quotes (RFC 959 appendix II)', async () => {
    const client = await login(await start());
    expect(await client.command('PWD')).toBe('257 "/" is the current directory.');
    expect(await client.command('MKD say "hi"')).toBe('257 "/say ""hi""" created.');
    expect(await client.command('CWD say "hi"')).toMatch(/^250/);
    expect(await client.command('PWD')).toBe('257 "/say ""hi""" is the current directory.');
    expect(await client.command('CDUP')).toMatch(/^250/);
    expect(await client.command('CWD pub/../empty/.')).toMatch(/^250/);
    expect(await client.command('CWD ../../../..')).toMatch(/^250/);
    expect(await client.command('PWD')).toMatch(/^257 "\/" /);
  });

  it('supports the old names of RFC 775', async () => {
    const client = await login(await start());
    expect(await client.command('XMKD d')).toBe('257 "/d" created.');
    expect(await client.command('XCWD d')).toMatch(/^250/);
    expect(await client.command('XPWD')).toMatch(/^257 "\/d"/);
    expect(await client.command('XCUP')).toMatch(/^250/);
    expect(await client.command('XRMD d')).toMatch(/^250/);
  });

  it.each(['CWD none', 'CWD pub/a.txt', 'MKD pub', 'MKD none/x', 'RMD pub', 'RMD none', 'RMD /'])(
    'rejects %s with a 550',
    async (line) => {
      const client = await login(await start());
      expect(await client.command(line)).toMatch(/^550/);
    },
  );

  it.each(['CWD', 'MKD', 'DELE', 'SIZE', 'RETR', 'STOR'])('misses the path of %s', async (line) => {
    const client = await login(await start());
    expect(await client.command(line)).toMatch(/^501/);
  });
});

describe('files', () => {
  it('are renamed with two commands', async () => {
    const server = await start();
    const client = await login(server);
    expect(await client.command('RNTO x')).toMatch(/^503/);
    expect(await client.command('RNFR none')).toMatch(/^550/);
    expect(await client.command('RNFR pub/a.txt')).toMatch(/^350/);
    expect(await client.command('RNTO empty/b')).toMatch(/^250/);
    expect(server.storage.readFile('/empty/b').toString()).toBe('hello');
    await client.command('RNFR pub');
    expect(await client.command('RNTO pub/inside')).toMatch(/^553/);
    await client.command('RNFR pub');
    expect(await client.command('RNTO none/x')).toMatch(/^550/);
    await client.command('RNFR empty/b');
    expect(await client.command('RNTO pub')).toMatch(/^553/);
    expect(server.storage.exists('/empty/b')).toBe(true);
  });

  it('can be removed', async () => {
    const server = await start();
    const client = await login(server);
    expect(await client.command('DELE pub')).toMatch(/^550/);
    expect(await client.command('DELE pub/a.txt')).toMatch(/^250/);
    expect(await client.command('RMD pub')).toMatch(/^250/);
    expect(server.storage.list('/').map(({ name }) => name)).toEqual(['empty', 'n']);
  });

  it('have a size, which TYPE A would change (RFC 3659 §4.2)', async () => {
    const client = await login(await start());
    expect(await client.command('SIZE pub/a.txt')).toBe('213 5');
    expect(await client.command('SIZE pub')).toMatch(/^550/);
    await client.command('TYPE A');
    expect(await client.command('SIZE pub/a.txt')).toMatch(/^550/);
  });

  it('have a modification time that can be set', async () => {
    const server = await start();
    const client = await login(server);
    expect(await client.command('MFMT 20200229123456 pub/a.txt')).toBe(
      '213 Modify=20200229123456; pub/a.txt',
    );
    expect(await client.command('MDTM pub/a.txt')).toBe('213 20200229123456');
    expect(server.storage.stat('/pub/a.txt').modify.toISOString()).toBe('2020-02-29T12:34:56.000Z');
    expect(await client.command('MFMT 20200230123456 pub/a.txt')).toMatch(/^501/);
    expect(await client.command('MFMT 20200229123456 none')).toMatch(/^550/);
  });

  it('have facts (RFC 3659 §7)', async () => {
    const server = await start();
    server.storage.setModified('/pub/a.txt', new Date(0));
    const client = await login(server);
    expect(await client.command('MLST pub/a.txt')).toMatch(
      /^250-Listing:\r\n type=file;size=5;modify=19700101000000;perm=adfrw;unique=\w+; \/pub\/a.txt\r\n250 End$/,
    );
    expect(await client.command('OPTS MLST size;TYPE;unix.mode;none;')).toBe(
      '200 MLST OPTS type;size;UNIX.mode;',
    );
    expect(await client.command('MLST pub/a.txt')).toContain(
      '\r\n type=file;size=5;UNIX.mode=0644; /pub/a.txt\r\n',
    );
    expect(await client.command('OPTS MLST')).toBe('200 MLST OPTS');
    expect(await client.command('MLST')).toContain('\r\n  /\r\n');
    expect(await client.command('MLST none')).toMatch(/^550/);
  });

  it('are listed by STAT on the control connection', async () => {
    const client = await login(await start());
    expect(await client.command('STAT pub')).toMatch(/^213-Status:\r\n -rw.* a\.txt\r\n213 End$/);
  });

  it('preserve names that are not UTF-8, byte for byte', async () => {
    const server = await start();
    const client = await login(server);
    const name = 'caf\xe9 ';
    expect(await client.upload(`STOR ${name}`, 'x')).toMatch(/^226/);
    expect(server.storage.readFile(Buffer.from(`/${name}`, 'latin1')).toString()).toBe('x');
    expect((await client.download('NLST')).text).toContain(`${name}\r\n`);
    expect(await client.command(`MKD ${name}d`)).toBe(`257 "/${name}d" created.`);
    expect(server.storage.list('/').at(-1)?.nameBytes).toEqual(Buffer.from(`${name}d`, 'latin1'));
    server.storage.writeFile('/é', 'y');
    expect((await client.download('RETR \xc3\xa9')).text).toBe('y');
    expect(server.commands.at(-1)).toBe('RETR é');
  });
});
