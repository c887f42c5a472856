import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { type Fault, makeCertificate, TestServer, type TestServerOptions } from 'ftpipe/testing';

const listening = () =>
  process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;

/** Node needs some turns to close what could not be bound. */
async function listeningAfter(before: number): Promise<number> {
  for (let i = 0; i < 100 && listening() !== before; i += 1) await new Promise(setImmediate);
  return listening();
}

// biome-ignore format: a table
it.each<[title: string, options: object, message: RegExp]>([
  ['a root that is not there',     { root: '/no/such' },                          /ENOENT.*\/no\/such/],
  ['an empty root',                { root: '' },                                  /ENOENT/],
  ['a root that is a file',        { root: __filename },                          /root must be a folder/],
  ['a key without a certificate',  { tls: { key: 'x' } },                         /key and cert/],
  ['a certificate that is none',   { tls: { key: 'x', cert: 'y' } },              /PEM|pem|DECODER/],
  ['a key of another certificate', { tls: { key: makeCertificate().key, cert: makeCertificate().cert } }, /mismatch/i],
  ['a mode of TLS that is none',   { tls: { mode: 'implict' } },                  /'explicit' or 'implicit'/],
  ['a version of TLS that is none', { tls: { minVersion: 'TLSv9' } },             /TLSv9/],
  ['a fault that is none',         { faults: [{ on: 'RETR', data: { action: 'rst' } }] }, /action/],
  ['an address that is none here', { host: '192.0.2.1' },                         /EADDRNOTAVAIL/],
  ['a port that is none',          { port: 70_000 },                              /port/i],
])('leaves nothing open if it cannot start with %s', async (_title, options, message) => {
  const before = listening();
  await expect(TestServer.start(options as TestServerOptions)).rejects.toThrow(message);
  expect(await listeningAfter(before)).toBe(before);
});

it('leaves nothing open if its port is in use', async () => {
  const other = net.createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const before = listening();
  const { port } = other.address() as AddressInfo;
  await expect(TestServer.start({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect(await listeningAfter(before)).toBe(before);
  other.close();
  await once(other, 'close');
});

// biome-ignore format: a table
it.each<[fault: object | null, message: RegExp]>([
  [{ on: 'RETR', data: { action: 'rest' } },                      /action of data .*did you mean reset\?.*"rest"/],
  [{ on: 'RETR', data: { action: 'explode' } },                   /one of end, no-close-notify/],
  [{ on: 'RETR', data: { action: undefined } },                   /action of data/],
  [{ on: 'RETR', data: 'reset' },                                 /must be an object/],
  [{ on: 'RETR', data: { action: 'reset', aftr: 5 } },            /Unknown field aftr .*did you mean after\?/],
  [{ on: 'RETR', data: { action: 'reset', after: -1 } },          /after/],
  [{ on: 'RETR', data: { action: 'reset', rate: 5 } },            /Unknown field rate/],
  [{ on: 'RETR', data: { action: 'slow' } },                      /rate/],
  [{ on: 'RETR', data: { action: 'toString' } },                  /action/],
  [{ on: 'RETR', action: 'reset' },                               /did you mean data: \{ action \}\?/],
  [{ on: 'RETR', replay: '226 x' },                               /Unknown field replay .*did you mean reply\?/],
  [{ on: 'RETR', reply: 226 },                                    /reply/],
  [{ on: 'RETR', reply: ['226 x', 5] },                           /reply/],
  [{ on: 'RETR', code: '6xx', drop: true },                       /code/],
  [{ on: 'RETR', code: '226', drop: true },                       /code/],
  [{ on: 'RETR', drop: 1 },                                       /drop/],
  [{ on: 'RETR', repeat: -1 },                                    /repeat/],
  [{ on: 'RETR', delay: '5' },                                    /delay/],
  [{ on: 'RETR', split: 'byte' },                                 /split/],
  [{ on: 'RETR', replace: 'x' },                                  /replace/],
  [{ on: 'RETR', control: 'rest' },                               /control .*did you mean reset\?/],
  [{ on: 'RETR', control: 'reset', at: 'mid_data' },              /at .*did you mean mid-data\?/],
  [{ on: 'RETR', control: 'reset', when: 'mid-data' },            /Unknown field when/],
  [{ on: 'RETR', tls: 'plain-text' },                             /tls .*did you mean plaintext\?/],
  [{ on: 'RETR', control: 'reset', data: { action: 'reset' } },   /data or control, not both/],
  [{ on: 'RETR x', reply: '550 x' },                              /expression for the whole line/],
  [{ on: 'CONNECT', reply: '421 x' },                             /'connect'/],
  [{ on: '', reply: '421 x' },                                    /on/],
  [{ reply: '421 x' },                                            /needs the field on/],
  [{ on: 'RETR', nth: 0, drop: true },                            /nth/],
  [{ on: 'RETR', times: 1.5, drop: true },                        /times/],
  [null,                                                          /must be an object/],
])('rejects the fault %j', async (fault, message) => {
  const server = await TestServer.start();
  try {
    expect(() => server.fault(fault as Fault)).toThrow(message);
    expect(() => server.fault(fault as Fault)).toThrow(TypeError);
  } finally {
    await server.close();
  }
});

it('accepts a fault whose other kinds are undefined', async () => {
  const server = await TestServer.start();
  const fault = { on: 'NOOP', reply: '500 x', data: undefined, control: undefined, tls: undefined };
  expect(() => server.fault(fault as unknown as Fault)).not.toThrow();
  await server.close();
});
