import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import type { TestServer } from 'ftpipe/testing';

/** A reply: its last line has the code and a space. */
const REPLY = /^(?:(\d{3})-[\s\S]*?\r\n\1|\d{3})(?: [^\r\n]*)?\r\n/;

/** Just enough of a client to talk to the server byte by byte. */
export class RawClient {
  /** The stream that commands go over: of TCP, or the TLS on it. */
  control: Socket;
  /** What each 'data' event brought. */
  readonly pieces: string[] = [];
  readonly #tcp: Socket;
  #text = '';
  #wake: () => void = () => {};
  #over = false;
  readonly #sockets: Socket[] = [];

  protected constructor(control: Socket) {
    this.#tcp = control;
    this.control = control;
    this.attach(control);
  }

  /** Takes over a stream for the control connection, in place of the one before. */
  protected attach(control: Socket): void {
    this.control.off('data', this.#onData);
    this.control = control;
    this.#sockets.push(control);
    control.on('data', this.#onData);
    control.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code;
    });
    control.on('close', () => {
      if (control !== this.control) return;
      this.#over = true;
      this.#wake();
    });
  }

  readonly #onData = (chunk: Buffer): void => {
    const piece = chunk.toString('latin1');
    this.pieces.push(piece);
    this.#text += piece;
    this.#wake();
  };

  /** The code of the socket's error. */
  error: string | undefined;

  static async connect(server: TestServer): Promise<RawClient> {
    const control = net.connect({ host: server.host, port: server.port, noDelay: true });
    const client = new RawClient(control);
    await once(control, 'connect');
    return client;
  }

  /** Connects, reads the greeting and logs in. */
  static async login(server: TestServer): Promise<RawClient> {
    const client = await RawClient.connect(server);
    await client.reply();
    await client.command('USER user');
    await client.command('PASS password');
    return client;
  }

  /** The next reply with its CRLF taken off, or `'closed'`. */
  async reply(): Promise<string> {
    for (;;) {
      const match = REPLY.exec(this.#text);
      if (match) {
        this.#text = this.#text.slice(match[0].length);
        return match[0].slice(0, -2);
      }
      if (this.#over) return 'closed';
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The codes of the next replies. */
  async codes(count: number): Promise<string[]> {
    const codes: string[] = [];
    for (let index = 0; index < count; index += 1) codes.push((await this.reply()).slice(0, 3));
    return codes;
  }

  send(line: string): void {
    this.control.write(Buffer.from(`${line}\r\n`, 'latin1'));
  }

  command(line: string): Promise<string> {
    this.send(line);
    return this.reply();
  }

  /** EPSV and the connection that it leads to. */
  async passive(): Promise<Socket> {
    const [, port] = /\|(\d+)\|/.exec(await this.command('EPSV')) ?? [];
    return this.connectData(Number(port));
  }

  async connectData(port: number, localAddress?: string): Promise<Socket> {
    const host = this.#tcp.remoteAddress ?? '';
    const data = net.connect({ host, port, ...(localAddress && { localAddress }) });
    data.on('error', () => {});
    this.#sockets.push(data);
    await once(data, 'connect');
    return data;
  }

  /** A whole download in passive mode: what came, and the last reply. */
  async download(line: string): Promise<{ text: string; last: string }> {
    const data = await this.passive();
    const opened = await this.command(line);
    if (!opened.startsWith('1')) {
      data.destroy();
      return { text: '', last: opened };
    }
    const text = await readAll(data);
    return { text, last: await this.reply() };
  }

  /** A whole upload in passive mode: the last reply. */
  async upload(line: string, content: string): Promise<string> {
    const data = await this.passive();
    const opened = await this.command(line);
    if (!opened.startsWith('1')) return opened;
    data.end(content, 'latin1');
    return this.reply();
  }

  /** A port of the client's own, and the connection that comes to it. */
  async listen(): Promise<{ port: number; connection: Promise<Socket> }> {
    const listener = net.createServer();
    listener.listen(0, this.#tcp.localAddress);
    await once(listener, 'listening');
    const connection = once(listener, 'connection').then(([socket]) => {
      listener.close();
      this.#sockets.push(socket);
      return socket as Socket;
    });
    return { port: (listener.address() as AddressInfo).port, connection };
  }

  /** Resolves when the control connection is closed. */
  async closed(): Promise<void> {
    if (this.#over) return;
    await new Promise((resolve) => this.control.once('close', resolve));
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** All that comes until the end or a reset, one character per byte. */
export async function readAll(data: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  data.on('data', (chunk: Buffer) => chunks.push(chunk));
  if (!data.closed) await once(data, 'close').catch(() => {});
  return Buffer.concat(chunks).toString('latin1');
}
