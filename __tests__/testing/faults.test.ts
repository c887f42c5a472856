import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { Fault } from 'ftpipe/testing';
import { harness } from './harness';
import { readAll } from './raw-client';

const { start, connect, login } = harness({
  files: { '/a': '0123456789', '/big': Buffer.alloc(5_000_000) },
});

describe('a fault', () => {
  it('applies to the verb, the line or the count that it names', async () => {
    const server = await start({
      faults: [
        { on: 'noop', nth: 2, reply: '500 second' },
        { on: 'NOOP', nth: 4, times: 2, reply: '500 fourth and fifth' },
        { on: /^CWD \/x/g, reply: '550 by line' },
        { on: 'PWD', times: 1, reply: '500 first' },
      ],
    });
    const client = await login(server);
    const replies: string[] = [];
    for (let count = 0; count < 6; count += 1) replies.push(await client.command('NOOP'));
    expect(replies.map((reply) => reply.slice(0, 3)).join(' ')).toBe('200 500 200 500 500 200');
    expect(await client.command('CWD /x')).toBe('550 by line');
    expect(await client.command('CWD /x')).toBe('550 by line');
    expect(await client.command('CWD /')).toMatch(/^250/);
    expect(await client.command('PWD')).toBe('500 first');
    expect(await client.command('PWD')).toMatch(/^257/);
  });

  it('can be added and removed while the server runs', async () => {
    const server = await start();
    const client = await login(server);
    const dispose = server.fault({ on: 'NOOP', reply: '421 Bye.' });
    expect(await client.command('NOOP')).toBe('421 Bye.');
    dispose();
    expect(await client.command('NOOP')).toMatch(/^200/);
  });
});

describe('a reply fault', () => {
  async function dialogue(fault: Fault, lines: string[], count: number): Promise<string[]> {
    const client = await login(await start({ faults: [fault] }));
    for (const line of lines) client.send(line);
    const replies: string[] = [];
    for (let index = 0; index < count; index += 1) replies.push(await client.reply());
    return replies;
  }

  it('reply: replaces all replies, and the command is not performed', async () => {
    const server = await start({ faults: [{ on: 'MKD', reply: ['150 a', '226 b'] }] });
    const client = await login(server);
    client.send('MKD d');
    expect(await client.codes(2)).toEqual(['150', '226']);
    expect(server.storage.exists('/d')).toBe(false);
  });

  it('reply with code: replaces one reply, and the command is performed', async () => {
    const server = await start({ faults: [{ on: 'RETR', code: 226, reply: '451 No.' }] });
    const client = await login(server);
    expect(await client.download('RETR a')).toEqual({ text: '0123456789', last: '451 No.' });
  });

  it('replace: gets the text', async () => {
    const shout = { on: 'PWD', replace: (text: string) => text.toUpperCase() };
    expect(await dialogue(shout, ['PWD'], 1)).toEqual(['257 "/" IS THE CURRENT DIRECTORY.']);
    const leaveOut = { on: 'PWD', replace: () => null };
    expect(await dialogue(leaveOut, ['PWD', 'NOOP'], 1)).toEqual(['200 NOOP ok.']);
  });

  it('drop: omits the selected reply', async () => {
    const server = await start({ faults: [{ on: 'RETR', code: '1xx', drop: true }] });
    const client = await login(server);
    const data = await client.passive();
    client.send('RETR a');
    expect(await readAll(data)).toBe('0123456789');
    expect(await client.reply()).toMatch(/^226/);
  });

  it('repeat: sends it twice', async () => {
    const replies = await dialogue({ on: 'NOOP', repeat: 2 }, ['NOOP', 'PWD'], 3);
    expect(replies.map((reply) => reply.slice(0, 3))).toEqual(['200', '200', '257']);
  });

  it('delay: keeps the order of replies', async () => {
    const before = performance.now();
    const replies = await dialogue({ on: 'NOOP', delay: 30 }, ['NOOP', 'PWD'], 2);
    expect(performance.now() - before).toBeGreaterThan(25);
    expect(replies.map((reply) => reply.slice(0, 3))).toEqual(['200', '257']);
  });

  it.each<[string, number | number[] | 'bytes', string[]]>([
    ['an offset', 2, ['20', '0 NOOP ok.\r\n']],
    ['offsets', [1, 4, 99], ['2', '00 ', 'NOOP ok.\r\n']],
    ['bytes', 'bytes', [...'200 NOOP ok.\r\n']],
  ])('split: sends it in pieces, split by %s', async (_name, split, pieces) => {
    const client = await login(await start({ faults: [{ on: 'NOOP', split }] }));
    client.pieces.length = 0;
    await client.command('NOOP');
    expect(client.pieces).toEqual(pieces);
  });

  it('merge: sends 150 and 226 in one segment', async () => {
    const client = await login(await start({ faults: [{ on: 'RETR', code: 150, merge: true }] }));
    const data = await client.passive();
    client.pieces.length = 0;
    client.send('RETR a');
    await readAll(data);
    await client.codes(2);
    expect(client.pieces).toHaveLength(1);
  });

  it('applies to the greeting', async () => {
    const server = await start({ faults: [{ on: 'connect', reply: '421 Full.' }] });
    const client = await connect(server);
    expect(await client.reply()).toBe('421 Full.');
  });
});

describe('a data fault', () => {
  it.each([0, 4, 10])('end: cuts a download at %d, in silence', async (after) => {
    const server = await start({ faults: [{ on: 'RETR', data: { action: 'end', after } }] });
    const client = await login(server);
    const { text, last } = await client.download('RETR a');
    expect(text).toBe('0123456789'.slice(0, after));
    expect(last).toMatch(/^226/);
    expect(server.transfers[0]).toMatchObject({ bytes: after, outcome: 'failed' });
  });

  it('end: stops an upload without a reply', async () => {
    const server = await start({ faults: [{ on: 'STOR', data: { action: 'end', after: 4 } }] });
    const client = await login(server);
    const data = await client.passive();
    await client.command('STOR f');
    data.write('0123456789');
    expect(await client.reply()).toMatch(/^226/);
    await once(data.resume(), 'end');
    expect(server.storage.readFile('/f').toString()).toBe('0123');
    expect(server.transfers[0]?.outcome).toBe('failed');
  });

  it.each([0, 4, 10])('reset: breaks a download at %d', async (after) => {
    const server = await start({ faults: [{ on: 'RETR', data: { action: 'reset', after } }] });
    const client = await login(server);
    const data = await client.passive();
    let error: NodeJS.ErrnoException | undefined;
    data.on('error', (reason) => {
      error = reason;
    });
    client.send('RETR a');
    expect(await readAll(data)).toBe('0123456789'.slice(0, after));
    expect(error?.code).toBe('ECONNRESET');
    expect(await client.codes(2)).toEqual(['150', '426']);
    expect(server.transfers[0]).toMatchObject({ bytes: after, outcome: 'failed' });
  });

  it('reset: resets an upload', async () => {
    const server = await start({ faults: [{ on: 'STOR', data: { action: 'reset', after: 4 } }] });
    const client = await login(server);
    expect(await client.upload('STOR f', '0123456789')).toMatch(/^426/);
    expect(server.storage.readFile('/f').toString()).toBe('0123');
  });

  it('stall: sends nothing more until the client disconnects', async () => {
    const server = await start({ faults: [{ on: 'RETR', data: { action: 'stall', after: 4 } }] });
    const client = await login(server);
    const data = await client.passive();
    await client.command('RETR a');
    expect(String(await once(data, 'data'))).toBe('0123');
    expect(server.transfers).toEqual([]);
    data.end();
    expect(await client.reply()).toMatch(/^426/);
  });

  it.each(['RETR big', 'STOR f'])('stall: ends %s with ABOR', async (line) => {
    const faults: Fault[] = [{ on: /^(RETR|STOR)/, data: { action: 'stall', after: 4 } }];
    const server = await start({ faults });
    const client = await login(server);
    const data = await client.passive();
    await client.command(line);
    data.write('0123456789');
    await server.waitFor(() => server.sessions[0]?.transfer?.bytes === 4);
    client.send('ABOR');
    expect(await client.codes(2)).toEqual(['426', '226']);
  });

  it.each(['download', 'upload'] as const)('slow: takes its time for a %s', async (way) => {
    const faults: Fault[] = [{ on: /^(RETR|STOR)/, data: { action: 'slow', after: 4, rate: 100 } }];
    const client = await login(await start({ faults }));
    const before = performance.now();
    if (way === 'download') expect((await client.download('RETR a')).text).toBe('0123456789');
    else expect(await client.upload('STOR f', '0123456789')).toMatch(/^226/);
    expect(performance.now() - before).toBeGreaterThan(50);
  });

  it('refuse: announces a closed port', async () => {
    const server = await start({ faults: [{ on: 'EPSV', data: { action: 'refuse' } }] });
    const client = await login(server);
    await expect(client.passive()).rejects.toThrow('ECONNREFUSED');
  });
});

describe('a control fault', () => {
  it.each(['end', 'destroy', 'reset'] as const)('%s: drops the connection', async (control) => {
    const client = await login(await start({ faults: [{ on: 'NOOP', control }] }));
    expect(await client.command('NOOP')).toBe('closed');
    expect(client.error).toBe(control === 'reset' ? 'ECONNRESET' : undefined);
  });

  it('at connect: applies before the greeting', async () => {
    const client = await connect(await start({ faults: [{ on: 'connect', control: 'end' }] }));
    expect(await client.reply()).toBe('closed');
  });

  it('at before-reply: applies after the command was performed', async () => {
    const faults: Fault[] = [{ on: 'MKD', control: 'destroy', at: 'before-reply' }];
    const server = await start({ faults });
    const client = await login(server);
    expect(await client.command('MKD d')).toBe('closed');
    expect(server.storage.exists('/d')).toBe(true);
  });

  it('at after-reply: applies after the code that it names', async () => {
    const faults: Fault[] = [{ on: 'STOR', control: 'end', at: 'after-reply', code: 226 }];
    const client = await login(await start({ faults }));
    expect(await client.upload('STOR f', 'x')).toMatch(/^226/);
    expect(await client.reply()).toBe('closed');
  });

  it('at mid-data: applies while the transfer continues', async () => {
    const faults: Fault[] = [{ on: 'RETR', control: 'reset', at: 'mid-data', after: 4 }];
    const server = await start({ faults });
    const client = await login(server);
    const data = await client.passive();
    client.send('RETR a');
    expect(await readAll(data)).toBe('0123456789');
    await client.closed();
    await server.waitFor(() => server.transfers[0]?.outcome === 'complete');
    await server.idle();
  });

  it('at mid-data: applies even if the data stalls at the same byte', async () => {
    const drop: Fault = { on: 'RETR', control: 'end', at: 'mid-data', after: 4 };
    const stall: Fault = { on: 'RETR', data: { action: 'stall', after: 4 } };
    for (const faults of [
      [drop, stall],
      [stall, drop],
    ]) {
      const server = await start({ faults });
      const client = await login(server);
      const data = await client.passive();
      client.send('RETR a');
      await client.closed();
      data.destroy();
    }
  });
});
