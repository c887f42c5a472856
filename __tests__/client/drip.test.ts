import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import { FTP } from 'ftpipe';
import { afterwards } from '../helpers/afterwards';
import { listen, type Peer } from '../transport/helpers/scripted-server';

const REPLY = 80;
const TIMEOUTS = {
  greeting: REPLY,
  reply: REPLY,
  completion: REPLY,
  dataConnect: REPLY,
  dataIdle: REPLY,
  quit: REPLY,
  abort: REPLY,
};

/** A server that answers a command, or greets, by one preliminary reply after another. */
async function dripping(on: string, what: string) {
  const drip = (peer: Peer) => {
    const timer = setInterval(() => peer.say(what), REPLY / 4);
    afterwards(() => clearInterval(timer));
  };
  const answers: Record<string, string> = { USER: '331 go', PASS: '230 in', RNFR: '350 to?' };
  const { host, port } = await listen({
    onConnect: (peer) => (on === 'connect' ? drip(peer) : peer.say('220 hi')),
    onLine: (line, peer) => {
      const verb = line.split(' ', 1)[0] as string;
      if (verb === on) drip(peer);
      else peer.say(answers[verb] ?? '200 ok');
    },
  });
  const ftp = new FTP({ host, port, timeouts: TIMEOUTS });
  afterwards(() => ftp.close());
  return ftp;
}

describe('a server that sends preliminary lines for ever', () => {
  // biome-ignore format: a table
  it.each<[on: string, what: string, run: (ftp: FTP) => Promise<unknown>]>([
    ['connect', '120 soon',  () => Promise.resolve()],
    ['USER',    '120 wait',  (ftp) => ftp.login('u', 'p')],
    ['PASS',    '120 wait',  (ftp) => ftp.login('u', 'p')],
    ['PWD',     '150 wait',  (ftp) => ftp.pwd()],
    ['RNTO',    '150 wait',  (ftp) => ftp.rename('a', 'b')],
    ['TYPE',    '150 wait',  (ftp) => ftp.size('a')],
    ['EPSV',    '150 wait',  (ftp) => ftp.retrBinary('RETR a').toArray()],
    ['FEAT',    '150 wait',  (ftp) => ftp.features()],
    ['SITE',    '150 wait',  async (ftp) => { await ftp.sendCmd('SITE x'); await ftp.voidResp(); }],
    ['SITE',    '150 wait',  async (ftp) => { await ftp.sendCmd('SITE x'); await ftp.pwd(); }],
    ['PWD',     '226 late',  (ftp) => ftp.pwd()],
  ])('stops waiting for the reply to %s, limited by %j', async (on, what, run) => {
    const ftp = await dripping(on, what);
    const began = performance.now();
    const error = await ftp.connect().then(() => run(ftp)).catch((each) => each);
    expect(error).toMatchObject({ connectionUsable: false });
    expect(String(error)).toMatch(/No (final )?(reply|greeting) from .* within (80|400) ms/);
    expect(performance.now() - began).toBeLessThan(4000);
    await ftp.closed;
  });

  it('stops waiting for the reply to QUIT after its own timeout', async () => {
    const ftp = await dripping('QUIT', '150 wait');
    await ftp.connect();
    await expect(ftp.quit()).rejects.toMatchObject({
      message: expect.stringMatching(/No (final )?reply from .* to QUIT within 80 ms/),
    });
  });

  it.each(['RETR', 'STOR'])('to %s, without any data', async (on) => {
    const { host, port } = await listen();
    const control = await listen({
      onConnect: (peer) => peer.say('220 hi'),
      onLine: (line, peer) => {
        if (line.startsWith('EPSV')) return peer.say(`229 ok (|||${port}|)`);
        if (!line.startsWith(on)) return peer.say('200 ok');
        const timer = setInterval(() => peer.say('110 mark'), REPLY / 4);
        afterwards(() => clearInterval(timer));
      },
    });
    const ftp = new FTP({ host, port: control.port, timeouts: TIMEOUTS });
    afterwards(() => ftp.close());
    await ftp.connect();
    const run =
      on === 'RETR'
        ? ftp.retrBinary('RETR a').toArray()
        : ftp.storBinary('STOR a', Buffer.from('x'));
    await expect(run).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});
