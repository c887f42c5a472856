import { describe, expect, it } from '@jest/globals';
import { harness } from './harness';

const { start, connect, login } = harness();

describe('the login', () => {
  it('accepts the default user, and anonymous with any password', async () => {
    const server = await start();
    const client = await connect(server);
    expect(await client.reply()).toBe('220 Ready.');
    expect(await client.command('USER user')).toBe('331 Password required.');
    expect(await client.command('PASS password')).toBe('230 Logged in.');
    expect(await client.command('USER anonymous')).toMatch(/^331/);
    expect(await client.command('PASS what@ever')).toMatch(/^230/);
    expect(server.sessions[0]?.user).toBe('anonymous');
  });

  it.each([
    ['USER user', 'PASS wrong'],
    ['USER nobody', 'PASS password'],
    ['USER __proto__', 'PASS x'],
  ])('rejects %s, %s with a 530', async (user, pass) => {
    const client = await connect(await start());
    await client.reply();
    expect(await client.command(user)).toMatch(/^331/);
    expect(await client.command(pass)).toMatch(/^530/);
    expect(await client.command('PWD')).toMatch(/^530/);
  });

  it('is required by all commands that use files', async () => {
    const client = await connect(await start());
    await client.reply();
    for (const line of [
      'PWD',
      'RETR a',
      'PASV',
      'EPSV',
      'LIST',
      'STAT',
      'TYPE I',
      'MLSD',
      'XPWD',
    ]) {
      expect(await client.command(line)).toMatch(/^530/);
    }
    for (const line of ['NOOP', 'FEAT', 'SYST', 'HELP']) {
      expect(await client.command(line)).toMatch(/^2/);
    }
    expect(await client.command('PASS x')).toMatch(/^503/);
  });

  it('requests the account if the user has one', async () => {
    const users = { bob: { password: 'pw', account: 'sales' }, eve: { password: null } };
    const client = await connect(await start({ users }));
    await client.reply();
    await client.command('USER bob');
    expect(await client.command('PASS pw')).toMatch(/^332/);
    expect(await client.command('PWD')).toMatch(/^530/);
    expect(await client.command('ACCT other')).toMatch(/^530/);
    expect(await client.command('ACCT sales')).toMatch(/^230/);
    expect(await client.command('USER eve')).toMatch(/^230/);
    expect(await client.command('ACCT any')).toMatch(/^202/);
  });

  it('does not accept ACCT instead of the password', async () => {
    const users = { bob: { password: 'pw', account: 'sales' } };
    const client = await connect(await start({ users }));
    await client.reply();
    await client.command('USER bob');
    expect(await client.command('ACCT sales')).toMatch(/^503/);
  });

  it('is undone by REIN', async () => {
    const client = await login(await start());
    expect(await client.command('REIN')).toMatch(/^220/);
    expect(await client.command('PWD')).toMatch(/^530/);
  });

  it('ends with QUIT', async () => {
    const server = await start();
    const client = await login(server);
    expect(await client.command('QUIT')).toMatch(/^221/);
    await client.closed();
    await server.waitFor(() => server.sessions.length === 0);
  });

  it('can have a greeting of several lines', async () => {
    const client = await connect(
      await start({ greeting: ['220-One', '230 is not it', '220 Two'] }),
    );
    expect(await client.reply()).toBe('220-One\r\n230 is not it\r\n220 Two');
  });
});

describe('the settings', () => {
  it.each([
    ['TYPE I', '200'],
    ['type a n', '200'],
    ['TYPE A', '200'],
    ['TYPE L 8', '200'],
    ['TYPE L 7', '504'],
    ['TYPE E', '504'],
    ['TYPE X', '501'],
    ['MODE S', '200'],
    ['MODE B', '504'],
    ['MODE X', '501'],
    ['STRU F', '200'],
    ['STRU R', '504'],
    ['ALLO 100', '202'],
    ['NOOP', '200'],
    ['HELP', '214'],
    ['SITE HELP', '214'],
    ['SITE CHMOD 1 a', '504'],
    ['OPTS UTF8 ON', '200'],
    ['OPTS HASH x', '501'],
    ['REST 10', '350'],
    ['REST -1', '501'],
    ['REST 99999999999999999999', '501'],
    ['ABOR', '226'],
    ['NONSENSE', '500'],
    ['', '500'],
  ])('replies to "%s" with %s', async (line, code) => {
    const client = await login(await start());
    expect(await client.command(line)).toMatch(new RegExp(`^${code} `));
  });

  it('lists features, one per line, each after a space', async () => {
    const client = await login(await start({ features: ['SIZE', 'XYZZY'], system: 'TOPS-20' }));
    expect(await client.command('FEAT')).toBe('211-Features:\r\n SIZE\r\n XYZZY\r\n211 End');
    expect(await client.command('SYST')).toBe('215 TOPS-20');
    const bare = await login(await start({ features: [] }));
    expect(await bare.command('FEAT')).toBe('211 No features.');
  });

  it('reports its status', async () => {
    const client = await login(await start());
    expect(await client.command('STAT')).toContain('No transfer in progress');
  });
});
