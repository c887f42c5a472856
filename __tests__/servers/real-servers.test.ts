import { existsSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterEach, expect, it } from '@jest/globals';
import { reservePorts } from './ports';
import { processesOfGroup } from './processes';
import { describeServers, type RealServer, startServer } from './real-servers';

// A test that fails half-way must not keep the others, or jest, from ending.
const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

/** The control connection without the library under test: sends a line, awaits a reply. */
class Dialogue {
  private socket: Socket;
  private text = '';
  private wake = () => {};
  private failure: Error | undefined;

  constructor(socket: Socket) {
    this.socket = this.adopt(socket);
    opened.push(() => this.socket.destroy());
  }

  /** The next whole reply, its last line being the one with a space after the code. */
  async reply(): Promise<string> {
    for (;;) {
      const end = /^(?:\d{3}-[\s\S]*?\r\n)?\d{3} [^\r]*\r\n/.exec(this.text);
      if (end !== null) {
        this.text = this.text.slice(end[0].length);
        return end[0];
      }
      if (this.failure !== undefined) throw this.failure;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  send(line: string): Promise<string> {
    this.socket.write(`${line}\r\n`);
    return this.reply();
  }

  async startTls(ca: string): Promise<TLSSocket> {
    this.socket.removeAllListeners();
    const secured = connectTls({ socket: this.socket, ca, servername: 'localhost' });
    this.socket = this.adopt(secured);
    await new Promise<void>((resolve, reject) => {
      secured.once('secureConnect', resolve);
      secured.once('error', reject);
    });
    return secured;
  }

  private adopt<S extends Socket>(socket: S): S {
    const fail = (error: Error) => {
      this.failure ??= error;
      this.wake();
    };
    socket.on('data', (chunk) => {
      this.text += chunk;
      this.wake();
    });
    socket.on('error', fail);
    socket.on('close', () => fail(new Error(`closed after ${JSON.stringify(this.text)}`)));
    return socket;
  }
}

async function login(server: RealServer, dialogue: Dialogue): Promise<void> {
  expect(await dialogue.send(`USER ${server.user}`)).toMatch(/^331 /);
  expect(await dialogue.send(`PASS ${server.password}`)).toMatch(/^230/);
}

describeServers('a plain server', (get, name) => {
  it('greets, accepts the account and shows its root as /', async () => {
    const server = get();
    const dialogue = new Dialogue(connect(server.port, server.host));
    expect(await dialogue.reply()).toMatch(/^220/);
    await login(server, dialogue);
    expect(await dialogue.send('PWD')).toMatch(/^257 "\/"/);
    await server.putFile('folder/file', 'four');
    expect(await dialogue.send('TYPE I')).toMatch(/^200 /);
    expect(await dialogue.send('SIZE folder/file')).toBe('213 4\r\n');
    expect(await dialogue.send('DELE folder/file')).toMatch(/^250 /);
    expect(existsSync(`${server.root}/folder/file`)).toBe(false);
  });

  // Pure-FTPd answers after three to six seconds, on purpose.
  if (name !== 'pureftpd') {
    it('rejects a wrong password', async () => {
      const server = get();
      const dialogue = new Dialogue(connect(server.port, server.host));
      await dialogue.reply();
      await dialogue.send(`USER ${server.user}`);
      expect(await dialogue.send('PASS wrong')).toMatch(/^530/);
    });
  }

  it('announces in FEAT what its `supports` says', async () => {
    const server = get();
    const dialogue = new Dialogue(connect(server.port, server.host));
    await dialogue.reply();
    await login(server, dialogue);
    const features = await dialogue.send('FEAT');
    const has = (feature: string) => new RegExp(`^ ${feature}\\b`, 'm').test(features);
    expect({
      epsv: has('EPSV'),
      mlsd: has('MLST'), // RFC 3659 §7.8: MLST stands for both
      mfmt: has('MFMT'),
      mff: has('MFF'),
      restStor: has('REST STREAM'),
      utf8: has('UTF8'),
      hash: has('HASH'),
      modeZ: has('MODE Z'),
      ...{ ipv6: true, tlsReuse: true, tlsImplicit: true },
    }).toEqual({ ...server.supports, ipv6: true, tlsReuse: true, tlsImplicit: true });
  });

  it('connects to the client in active mode', async () => {
    const server = get();
    const dialogue = new Dialogue(connect(server.port, server.host));
    await dialogue.reply();
    await login(server, dialogue);
    await server.putFile('active', 'from the server');
    const listener = createServer();
    opened.push(() => listener.close());
    await new Promise<void>((resolve) => listener.listen(0, server.host, resolve));
    const address = listener.address() as AddressInfo;
    const received = new Promise<string>((resolve) => {
      listener.once('connection', (socket) => {
        let text = '';
        socket.on('data', (chunk) => {
          text += chunk;
        });
        socket.once('close', () => resolve(text));
      });
    });
    expect(await dialogue.send(`EPRT |1|${server.host}|${address.port}|`)).toMatch(/^200 /);
    expect(await dialogue.send('RETR active')).toMatch(/^1(?:25|50) /);
    expect(await received).toBe('from the server');
    expect(await dialogue.reply()).toMatch(/^226/);
  });

  it('leaves no process, file or port behind, even with an open session', async () => {
    const server = await startServer(name);
    opened.push(server.stop);
    const dialogue = new Dialogue(connect(server.port, server.host));
    await dialogue.reply();
    await login(server, dialogue);
    expect(processesOfGroup(server.pid)).toContain(server.pid);
    await server.stop();
    await server.stop(); // once more does no harm
    expect(processesOfGroup(server.pid)).toEqual([]);
    expect(existsSync(dirname(server.root))).toBe(false);
    await expect(new Dialogue(connect(server.port, server.host)).reply()).rejects.toThrow(
      /REFUSED|closed/,
    );
  });

  it('keeps its log', async () => {
    const server = await startServer(name);
    opened.push(server.stop);
    await server.stop();
    // Pure-FTPd logs its sessions to syslog or not at all.
    if (name === 'pureftpd') expect(server.log()).toBe('');
    else expect(server.log()).toMatch(/QUIT/);
  });
});

describeServers(
  'a plain server on IPv6',
  (get) => {
    it('greets and logs in', async () => {
      const server = get();
      expect(server.supports.ipv6).toBe(true);
      const dialogue = new Dialogue(connect(server.port, server.host));
      expect(await dialogue.reply()).toMatch(/^220/);
      await login(server, dialogue);
      expect(await dialogue.send('EPSV')).toMatch(/^229 .*\(\|\|\|\d+\|\)/);
    });
  },
  { host: '::1' },
);

for (const tlsVersion of ['1.2', '1.3'] as const) {
  for (const mode of ['tls', 'tls-reuse'] as const) {
    describeServers(
      `a server with mode ${mode}, TLS ${tlsVersion}`,
      (get) => {
        it('secures the connection after AUTH TLS and logs in', async () => {
          const server = get();
          const dialogue = new Dialogue(connect(server.port, server.host));
          await dialogue.reply();
          expect(await dialogue.send('AUTH TLS')).toMatch(/^234 /);
          const socket = await dialogue.startTls(server.ca ?? '');
          expect(socket.authorized).toBe(true);
          expect(socket.getProtocol()).toBe(`TLSv${tlsVersion}`);
          await login(server, dialogue);
          expect(await dialogue.send('PBSZ 0')).toMatch(/^200 /);
          expect(await dialogue.send('PROT P')).toMatch(/^200 /);
        });
      },
      { mode, tlsVersion, sslStrict: true },
    );
  }
}

describeServers(
  'a server with implicit TLS',
  (get) => {
    it('greets after the handshake', async () => {
      const server = get();
      const { host, port, ca } = server;
      const dialogue = new Dialogue(
        connectTls({ host, port, servername: 'localhost', ...(ca && { ca }) }),
      );
      expect(await dialogue.reply()).toMatch(/^220/);
      await login(server, dialogue);
    });
  },
  { mode: 'tls-implicit' },
);

it('gives two holders different blocks of ports', async () => {
  const blocks = await Promise.all(Array.from({ length: 20 }, () => reservePorts()));
  expect(new Set(blocks.map((block) => block.control)).size).toBe(20);
  await Promise.all(blocks.map((block) => block.release()));
});
