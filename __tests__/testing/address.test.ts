import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { harness } from './harness';
import { readAll } from './raw-client';

const { start, login } = harness({ files: { '/a': 'text' } });

describe('PASV and EPSV', () => {
  it('announce a new port each', async () => {
    const server = await start();
    const client = await login(server);
    const match = /^227 .*\(127,0,0,1,(\d+),(\d+)\)/.exec(await client.command('PASV'));
    expect(server.sessions[0]?.data?.port).toBe(Number(match?.[1]) * 256 + Number(match?.[2]));
    expect(await client.command('EPSV')).toMatch(/^229 .*\(\|\|\|\d+\|\)$/);
    expect(await client.command('EPSV 1')).toMatch(/^229/);
    expect(await client.command('EPSV 2')).toBe('522 Network protocol not supported, use (1)');
    expect(await client.command('EPSV x')).toMatch(/^501/);
  });

  it('announce another address if one is set', async () => {
    const client = await login(await start({ passiveHost: '10.1.2.3' }));
    expect(await client.command('PASV')).toMatch(/\(10,1,2,3,/);
  });

  it('support the address family of the connection', async () => {
    const client = await login(await start({ host: '::1' }));
    expect(await client.command('PASV')).toMatch(/^522/);
    expect(await client.command('EPSV 1')).toBe('522 Network protocol not supported, use (2)');
    expect(await client.command('EPSV 2')).toMatch(/^229/);
  });

  it('reject all other address commands after EPSV ALL (RFC 2428 §4)', async () => {
    const client = await login(await start());
    expect(await client.command('EPSV ALL')).toMatch(/^200/);
    expect(await client.command('PASV')).toMatch(/^503/);
    expect(await client.command('PORT 127,0,0,1,9,9')).toMatch(/^503/);
    expect(await client.command('EPRT |1|127.0.0.1|2304|')).toMatch(/^503/);
    expect((await client.download('RETR a')).text).toBe('text');
  });

  it('accept one connection, and only from the client (RFC 2577 §4)', async () => {
    const server = await start();
    const client = await login(server);
    await client.command('EPSV');
    const port = server.sessions[0]?.data?.port ?? 0;
    const stranger = await client.connectData(port, '127.0.0.2');
    await readAll(stranger);
    const data = await client.connectData(port);
    await client.command('RETR a');
    expect(await readAll(data)).toBe('text');
    await expect(client.connectData(port)).rejects.toThrow('ECONNREFUSED');
  });

  it('close the previous port', async () => {
    const server = await start();
    const client = await login(server);
    await client.command('EPSV');
    const port = server.sessions[0]?.data?.port ?? 0;
    await client.command('EPSV');
    await expect(client.connectData(port)).rejects.toThrow('ECONNREFUSED');
  });
});

describe('PORT and EPRT', () => {
  it('PORT connects to the client', async () => {
    const client = await login(await start());
    const { port, connection } = await client.listen();
    expect(await client.command(`PORT 127,0,0,1,${port >> 8},${port & 255}`)).toMatch(/^200/);
    client.send('RETR a');
    expect(await readAll(await connection)).toBe('text');
    expect(await client.codes(2)).toEqual(['150', '226']);
  });

  it.each([
    ['PORT 127,0,0,2,99,99', '501'],
    ['PORT 127,0,0,1,0,80', '501'],
    ['PORT 127,0,0,1,256,1', '501'],
    ['PORT 127,0,0,1,1', '501'],
    ['PORT 127,0,0,1,,1', '501'],
    ['EPRT |1|127.0.0.2|25000|', '501'],
    ['EPRT |1|127.0.0.1|99999|', '501'],
    ['EPRT |1|::1|25000|', '501'],
    ['EPRT |2|::1|25000|', '522'],
    ['EPRT |3|x|25000|', '522'],
    ['EPRT', '522'],
    ['EPRT !1!127.0.0.1!25000!', '200'],
  ])('%s gets the reply %s', async (line, code) => {
    const client = await login(await start());
    expect(await client.command(line)).toMatch(new RegExp(`^${code} `));
  });

  it('connect to another host if the server allows it', async () => {
    const client = await login(await start({ allowForeignPort: true }));
    expect(await client.command('PORT 127,0,0,2,99,99')).toMatch(/^200/);
  });

  it('are rejected without active mode', async () => {
    const client = await login(await start({ activeMode: false }));
    expect(await client.command('PORT 127,0,0,1,99,99')).toMatch(/^502/);
  });

  it('serve one transfer', async () => {
    const client = await login(await start());
    const { port, connection } = await client.listen();
    await client.command(`EPRT |1|127.0.0.1|${port}|`);
    client.send('RETR a');
    await once(await connection, 'end', { signal: AbortSignal.timeout(1000) }).catch(() => {});
    expect(await client.codes(2)).toEqual(['150', '226']);
    expect(await client.command('RETR a')).toMatch(/^425/);
  });
});
