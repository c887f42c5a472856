import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * One action of the server. A string is a line on the control connection. In it, `{port}` and
 * `{pasv}` stand for a new data port in the format of a 229 and of a 227, and `{deadport}` and
 * `{deadpasv}` for a closed port.
 */
export type Step =
  | string
  /** Sends bytes unchanged on the control connection. */
  | { readonly raw: string | Uint8Array }
  /** Sends bytes on the data connection, which is then closed, reset or left open. */
  | { readonly data: string | Uint8Array; readonly finally: 'end' | 'reset' | 'stay' }
  /** Reads the data connection to its end, or until this number of bytes has arrived. */
  | { readonly receive: 'all' | number }
  | { readonly data: 'end' | 'reset'; readonly finally: 'now' }
  | { readonly control: 'end' | 'reset' };

/** The answer to a command. `turns` are the answers to its first, second ... occurrence. */
export type Answer = Step | readonly Step[] | { readonly turns: readonly Answer[] };

/** Answers by command line, by verb, or for the `greeting`. */
export type Script = Readonly<Record<string, Answer>>;

export const data = (bytes: string | Uint8Array): Step => ({ data: bytes, finally: 'end' });
export const dataLeftOpen = (bytes: string | Uint8Array): Step => ({
  data: bytes,
  finally: 'stay',
});
export const dataReset = (bytes: string | Uint8Array): Step => ({ data: bytes, finally: 'reset' });
export const endData: Step = { data: 'end', finally: 'now' };
export const resetData: Step = { data: 'reset', finally: 'now' };
export const receive: Step = { receive: 'all' };
export const receiveSome = (bytes: number): Step => ({ receive: bytes });
export const close: Step = { control: 'end' };
export const reset: Step = { control: 'reset' };
export const raw = (bytes: string | Uint8Array): Step => ({ raw: bytes });
export const turns = (...answers: Answer[]): Answer => ({ turns: answers });
/** No answer at all. */
export const silence: Answer = [];

const LISTING = 'one\r\ntwo\r\n';

const ORDINARY: Script = {
  greeting: '220 ready',
  USER: '331 password, please',
  PASS: '230 logged in',
  ACCT: '230 account taken',
  TYPE: '200 type set',
  EPSV: '229 extended passive (|||{port}|)',
  PASV: '227 passive ({pasv})',
  PORT: '200 port taken',
  EPRT: '200 port taken',
  REST: '350 restarting',
  CWD: '250 directory changed',
  CDUP: '250 one up',
  DELE: '250 deleted',
  RMD: '250 removed',
  MKD: '257 "/made" created',
  PWD: '257 "/" is current',
  RNFR: '350 ready for RNTO',
  RNTO: '250 renamed',
  SIZE: '213 42',
  OPTS: '200 done',
  NOOP: '200 still here',
  ABOR: '226 nothing to abort',
  QUIT: ['221 bye', close],
  RETR: ['150 here it comes', data('some bytes'), '226 done'],
  LIST: ['150 here it comes', data(LISTING), '226 done'],
  NLST: ['150 here it comes', data(LISTING), '226 done'],
  MLSD: ['150 here it comes', data('type=file;size=3; one\r\n'), '226 done'],
  STOR: ['150 go ahead', receive, '226 stored'],
  APPE: ['150 go ahead', receive, '226 stored'],
};

/** An FTP server that answers commands in order as its script says, without waiting. */
export class DialogueServer {
  /** The commands as they were received, with ports replaced by `*`. */
  readonly commands: string[] = [];
  /** The data of each upload, and how it ended. */
  readonly uploads: string[] = [];
  #port = 0;
  readonly #script: Script;
  readonly #host: string;
  readonly #control: Server;
  readonly #sockets = new Set<Socket>();
  readonly #servers = new Set<Server>();
  readonly #turns = new Map<Answer, number>();
  readonly #clients: Promise<unknown>[] = [];
  readonly #ports: number[] = [];
  #data: (() => Promise<Socket>) | undefined;

  private constructor(script: Script, family: 4 | 6) {
    this.#script = { ...ORDINARY, ...script };
    this.#host = family === 6 ? '::1' : '127.0.0.1';
    this.#control = createServer((socket) => this.#clients.push(this.#serve(socket)));
    this.#servers.add(this.#control);
  }

  static async start(script: Script, family: 4 | 6 = 4): Promise<DialogueServer> {
    const server = new DialogueServer(script, family);
    server.#control.listen(0, server.#host);
    await once(server.#control, 'listening');
    server.#port = (server.#control.address() as AddressInfo).port;
    return server;
  }

  get host(): string {
    return this.#host;
  }

  get port(): number {
    return this.#port;
  }

  /** Replaces ports in a text, because they differ from run to run. */
  withoutPorts(text: string): string {
    let result = text;
    for (const port of [...this.#ports, this.port]) {
      result = result.replaceAll(pasvOf(port), 'h,p').replaceAll(String(port), 'p');
    }
    return result;
  }

  /** Waits a moment for the clients to disconnect, and closes everything. */
  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise((resolve) => {
      timer = setTimeout(resolve, 500);
    });
    await Promise.race([Promise.all(this.#clients), timeout]);
    clearTimeout(timer);
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(
      [...this.#servers].map((server) => new Promise((resolve) => server.close(resolve))),
    );
  }

  async #serve(socket: Socket): Promise<void> {
    this.#adopt(socket);
    const ended = new Promise<undefined>((resolve) =>
      socket.once('close', () => resolve(undefined)),
    );
    let text = '';
    let wake = () => {};
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8');
      wake();
    });
    await this.#play(socket, 'greeting', ended);
    for (;;) {
      // ftplib sends the last byte of ABOR out of band, so it does not arrive here.
      const line = /^\n?(.*)\r\n/.exec(text) ?? /^\n?(ABOR)\r$/.exec(text);
      if (line) {
        text = text.slice(line[0].length);
        const command = line[1] as string;
        this.commands.push(
          command
            .replace(/^(PORT (?:\d+,){4})\d+,\d+$/, '$1*')
            .replace(/^(EPRT \|\d\|[^|]+\|)\d+\|$/, '$1*|'),
        );
        await this.#play(socket, command, ended);
      } else {
        if (socket.destroyed) return;
        const more = new Promise<void>((resolve) => {
          wake = resolve;
        });
        await Promise.race([more, ended]);
      }
    }
  }

  async #play(socket: Socket, command: string, ended: Promise<undefined>): Promise<void> {
    this.#listenTo(command);
    const verb = command.split(' ', 1)[0]?.toUpperCase() as string;
    const answer = this.#script[command] ?? this.#script[verb] ?? '500 unknown command';
    for (const step of this.#stepsOf(answer)) {
      await Promise.race([this.#take(socket, step), ended]);
    }
  }

  #stepsOf(answer: Answer): readonly Step[] {
    if (typeof answer === 'object' && 'turns' in answer) {
      const turn = this.#turns.get(answer) ?? 0;
      this.#turns.set(answer, turn + 1);
      return this.#stepsOf(answer.turns[Math.min(turn, answer.turns.length - 1)] as Answer);
    }
    return Array.isArray(answer) ? answer : [answer as Step];
  }

  async #take(control: Socket, step: Step): Promise<void> {
    if (typeof step === 'string') {
      control.write(`${await this.#filled(step)}\r\n`);
    } else if ('raw' in step) {
      control.write(step.raw);
    } else if ('control' in step) {
      if (step.control === 'reset') control.resetAndDestroy();
      else control.end();
    } else if ('receive' in step) {
      await this.#receive(step.receive);
    } else {
      const socket = await this.#data?.();
      if (!socket) throw new Error('The script has no data connection to use');
      if (step.finally !== 'now') await new Promise((resolve) => socket.write(step.data, resolve));
      const how = step.finally === 'now' ? step.data : step.finally;
      if (how === 'end') await new Promise<void>((resolve) => socket.end(resolve));
      if (how === 'reset') socket.resetAndDestroy();
    }
  }

  async #receive(amount: 'all' | number): Promise<void> {
    const socket = await this.#data?.();
    if (!socket) throw new Error('The script has no data connection to use');
    let text = '';
    let how = 'end';
    socket.on('error', () => {
      how = 'reset';
    });
    await new Promise<void>((resolve) => {
      socket.on('close', resolve);
      socket.on('end', resolve);
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
        if (amount !== 'all' && text.length >= amount) resolve();
      });
    });
    if (amount === 'all') this.uploads.push(`${text}<${how}>`);
    if (amount === 'all') socket.end();
  }

  /** Replaces the placeholders of ports in a line. */
  async #filled(line: string): Promise<string> {
    if (/\{(?:port|pasv)\}/.test(line)) {
      const port = await this.#openDataPort();
      return line.replace('{port}', String(port)).replace('{pasv}', pasvOf(port));
    }
    if (/\{dead(?:port|pasv)\}/.test(line)) {
      const server = createServer().listen(0, this.#host);
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      this.#ports.push(port);
      await new Promise((resolve) => server.close(resolve));
      return line.replace('{deadport}', String(port)).replace('{deadpasv}', pasvOf(port));
    }
    return line;
  }

  async #openDataPort(): Promise<number> {
    const server = createServer({ allowHalfOpen: true }).listen(0, this.#host);
    this.#servers.add(server);
    const connected = new Promise<Socket>((resolve) => {
      server.once('connection', (socket) => resolve(this.#adopt(socket)));
    });
    this.#data = () => connected;
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    this.#ports.push(port);
    return port;
  }

  /** Remembers the address on which a client in active mode listens. */
  #listenTo(command: string): void {
    const [, high, low] = /^PORT 127,0,0,1,(\d+),(\d+)$/.exec(command) ?? [];
    const port = /^EPRT \|[12]\|[^|]+\|(\d+)\|$/.exec(command)?.[1];
    if (port === undefined && high === undefined) return;
    const target = port === undefined ? Number(high) * 256 + Number(low) : Number(port);
    let socket: Socket | undefined;
    this.#data = async () => {
      if (socket) return socket;
      socket = this.#adopt(connect({ port: target, host: this.#host, allowHalfOpen: true }));
      await once(socket, 'connect');
      return socket;
    };
  }

  #adopt(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {}); // clients may disconnect at any time
    socket.on('close', () => this.#sockets.delete(socket));
    return socket;
  }
}

function pasvOf(port: number): string {
  return `127,0,0,1,${port >> 8},${port & 255}`;
}
