import type { Socket } from 'node:net';
import { type ConnectOptions, FTP, type FTPError } from 'ftpipe';
import { TestServer, type TestSession } from 'ftpipe/testing';
import { turns } from '../helpers/promises';
import type { Outcome } from './matrix-oracle';
import type { Happening, Order } from './matrix-orders';

/** For cases that end by a timeout. The values differ, so that each can be recognized. */
const SHORT = { abort: 100, completion: 140, dataIdle: 180, reply: 300 };
/** A script that takes longer may overlap with a timeout, so that its case runs again. */
const LONGEST_SCRIPT = 60;
/** For cases without a timeout, where none may expire even on a slow machine. */
const LONG = { abort: 5000, completion: 5000, dataIdle: 5000, reply: 5000 };
const FOREVER = 3000;
/** How many cases run at a time. Cases that were too slow run again in smaller batches. */
const BATCHES = [50, 10, 2, 1];

/** Each chunk that the server or the source sends. */
export const PIECE = Buffer.from('0123456789abcdef');

/** A running transfer, as its user sees it. */
export interface Run {
  /** Undefined if the API exposes no stream before it has opened. */
  stream(): CountedStream | undefined;
  /** For a download: the bytes that have arrived. */
  received(): Buffer;
  /** For an upload: makes its source continue. */
  source?(what: 'write' | 'end'): void;
  /** Settles with the user's result. */
  readonly result: Promise<unknown>;
}

/** Starts a transfer; the command's argument is a unique name. */
export type Way = (ftp: FTP, command: string, order: Order) => Run;

/** The settings of a client and its server. */
export interface Setting {
  readonly greeting?: string;
  readonly options?: ConnectOptions;
  /** Whether SIZE confirms that an upload is stored; otherwise it is refused. */
  readonly hasSize?: boolean;
}

export interface CountedStream extends NodeJS.EventEmitter {
  readonly closed: boolean;
  destroy(error?: Error): unknown;
}

export interface MatrixCase {
  readonly direction: 'download' | 'upload';
  readonly way: string;
  readonly run: Way;
  readonly order: Order;
  readonly pace: 'gaps' | 'tick';
  /** Whether an EPSV goes out with the command. */
  readonly hasNext: boolean;
  readonly expected: readonly Outcome[];
}

/** Runs all cases, many at a time. @returns the problems, one line for each case */
export async function runMatrix(
  cases: readonly MatrixCase[],
  setting: Setting = {},
): Promise<string[]> {
  const server = await MatrixServer.start(setting);
  const pulse = new Pulse();
  const before = resources();
  const wrong: string[] = [];
  let waiting = [...cases];
  for (const [pass, size] of BATCHES.entries()) {
    const isLast = pass === BATCHES.length - 1;
    const next: MatrixCase[] = [];
    const work = async (each: MatrixCase, index: number) => {
      const began = performance.now();
      const problems = await runCase(server, each, `${pass}.${index}`).catch((error) => [
        `${error}`,
      ]);
      if (problems.length === 0) return;
      if (!isLast && (problems === 'too slow' || pulse.wasBlockedSince(began))) next.push(each);
      else wrong.push(`${nameOf(each)}: ${[problems].flat().join('; ')}`);
    };
    await inBatches(waiting, size, work);
    waiting = next;
  }
  pulse.stop();
  wrong.push(...(await server.leftOpen()));
  for (let turn = 0; turn < 20 && resourcesLeft(before).length > 0; turn += 1) await turns(1);
  wrong.push(...resourcesLeft(before));
  await server.close();
  return wrong;
}

async function inBatches<T>(
  items: readonly T[],
  size: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const entries = items.entries();
  const worker = async () => {
    for (const [index, item] of entries) await work(item, index);
  };
  await Promise.all(Array.from({ length: size }, worker));
}

function resourcesLeft(before: ReadonlyMap<string, number>): string[] {
  return [...resources()].flatMap(([kind, count]) => {
    const more = count - (before.get(kind) ?? 0);
    return more > 0 ? [`${more} ${kind} left`] : [];
  });
}

export function nameOf({ direction, way, order, pace }: MatrixCase): string {
  return `${direction} by ${way}, ${pace === 'gaps' ? order.join(' → ') : order.join(' ')}`;
}

/** Answers each transfer as its script says, and PWD with a unique reply. */
class MatrixServer {
  readonly #server: TestServer;
  readonly #options: ConnectOptions;
  readonly #scripts = new Map<string, (session: TestSession) => Promise<void>>();
  readonly #sizes = new Map<string, number>();

  private constructor(server: TestServer, options: ConnectOptions) {
    this.#server = server;
    this.#options = options;
    const names = new WeakMap<TestSession, string>();
    for (const verb of ['RETR', 'STOR']) {
      server.handle(verb, (session, name) => {
        names.set(session, name);
        return this.#scripts.get(name)?.(session);
      });
    }
    server.handle('PWD', (session) => session.reply(`257 "${homeOf(names.get(session))}"`));
  }

  static async start({ greeting, options = {}, hasSize }: Setting): Promise<MatrixServer> {
    const users = { anonymous: { password: null } };
    const server = await TestServer.start({ users, ...(greeting && { greeting }) });
    const made = new MatrixServer(server, options);
    if (hasSize) {
      const sizes = made.#sizes;
      server.handle('SIZE', (session, name) => session.reply(`213 ${sizes.get(name)}`));
    }
    return made;
  }

  script(name: string, order: Order, script: (session: TestSession) => Promise<void>): void {
    this.#scripts.set(name, script);
    this.#sizes.set(name, bytesOf(order));
  }

  connect(timeouts: typeof LONG): Promise<FTP> {
    const { host, port } = this.#server;
    return FTP.connect({ host, port, timeouts, ...this.#options });
  }

  async leftOpen(): Promise<string[]> {
    const gone = this.#server.waitFor(({ sessions }) => sessions.length === 0);
    if (await within(gone)) return [];
    return [`${this.#server.sessions.length} control connections left`];
  }

  close(): Promise<void> {
    return this.#server.close();
  }
}

async function runCase(
  server: MatrixServer,
  { direction, run: start, order, pace, hasNext, expected }: MatrixCase,
  name: string,
): Promise<string[] | 'too slow'> {
  const problems: string[] = [];
  const isSilent = expected.some((outcome) => outcome.bySilence);
  const timeouts = isSilent ? SHORT : LONG;
  const ftp = await server.connect(timeouts);
  let run: Run | undefined;
  let sent = 0;
  let took = 0;
  let peer: Peer | undefined;
  const scripted = new Promise<void>((resolve) => {
    server.script(name, order, async (session) => {
      const data = await session.openData();
      peer = new Peer(data);
      const began = performance.now();
      for (const happening of order) {
        if (happening === 'data' && data.writable) sent += PIECE.length;
        perform(happening, { session, data, run, order, pace });
        if (pace === 'gaps') await turns(2);
      }
      took = performance.now() - began;
      await turns(2);
      resolve();
      // If the control connection is lost, returning ends the session and its data connection.
      // But a pending EPSV must still be answered if that is possible.
      const goesOn = hasNext && !order.includes('FIN') && !order.includes('RST');
      if (!goesOn && !expected.some(({ usable }) => usable)) await within(peer.gone);
    });
  });
  try {
    run = start(ftp, `${direction === 'download' ? 'RETR' : 'STOR'} ${name}`, order);
    const counts = countEvents(() => run?.stream());
    if (pace === 'tick') {
      for (const each of order) if (each === 'write' || each === 'end') run.source?.(each);
    }
    const settled = run.result.then(
      () => ({ result: 'success' as const, error: undefined }),
      (error: FTPError) => ({ result: 'failure' as const, error }),
    );
    await within(scripted);
    const isPending = expected.every(({ result }) => result === 'pending');
    const patience = isPending ? timeouts.completion + timeouts.dataIdle : FOREVER;
    const end = (await within(settled, patience)) ?? {
      result: 'pending' as const,
      error: undefined,
    };
    if (isSilent && took > LONGEST_SCRIPT) return 'too slow';

    const shown = end.error ? showError(end.error) : '';
    const fitting = expected.filter(
      ({ result, error = '' }) => result === end.result && shown.startsWith(error),
    );
    const wanted = expected.map(({ result, error }) => error ?? result);
    if (fitting.length === 0) {
      problems.push(
        `${end.error ? `${shown} (${end.error.message})` : end.result}, and not ${[...new Set(wanted)].join(' or ')}`,
      );
    }
    const isComplete =
      pace === 'gaps' && fitting.length > 0 && fitting.every((outcome) => outcome.dataComplete);
    if (isComplete && end.error && end.error.dataComplete !== true) {
      problems.push(`dataComplete is ${end.error.dataComplete}`);
    }
    if (direction === 'download') {
      const received = run.received();
      const whole = Buffer.concat(Array(sent / PIECE.length).fill(PIECE));
      if (!whole.subarray(0, received.length).equals(received))
        problems.push('bytes are not a prefix');
      if (end.result === 'success' && received.length < sent && order.at(-1) !== 'rst') {
        problems.push(`success with ${received.length} of ${sent} bytes`);
      }
    }
    if (end.result === 'pending') return problems;

    const stream = run.stream();
    if (stream) {
      if (!stream.closed && !(await within(once(stream, 'close')))) problems.push('no close');
      await turns(2);
      problems.push(...counts.problems(end.result));
    }
    if (!(await within(peer?.gone ?? Promise.resolve(true)))) problems.push('data connection left');
    if (direction === 'upload') problems.push(...seenAsFailed(end.result, order, peer, expected));

    const promised = new Set(fitting.map((outcome) => outcome.usable));
    const usable = promised.size === 1 ? [...promised][0] : undefined;
    const path = await within(ftp.pwd().catch((error: Error) => error));
    const isUsable = path === homeOf(name);
    if (!isUsable && !(path instanceof Error)) problems.push(`PWD got ${path}`);
    if (usable !== undefined && usable !== isUsable) {
      problems.push(isUsable ? 'client still usable' : `client not usable (${path})`);
    }
    return problems;
  } finally {
    ftp.close();
    if (run) await within(run.result.catch(() => {}));
    peer?.close();
  }
}

/** Notices when the process was blocked, so that a timeout may have expired by accident. */
class Pulse {
  readonly #timer: NodeJS.Timeout;
  #lastBeat = performance.now();
  #blockedAt = 0;

  constructor() {
    this.#timer = setInterval(() => {
      const now = performance.now();
      if (now - this.#lastBeat > LONGEST_SCRIPT) this.#blockedAt = now;
      this.#lastBeat = now;
    }, 5);
  }

  wasBlockedSince(time: number): boolean {
    return this.#blockedAt >= time;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** The server's end of a data connection. */
class Peer {
  /** Resolves when the client has closed its end in any way. */
  readonly gone: Promise<true>;
  readonly #socket: Socket;
  #hasEnded: boolean | undefined = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.gone = new Promise((resolve) => {
      socket.on('end', () => {
        // To Node, a reset right behind the last bytes looks like an end. An empty write, which
        // sends nothing, reveals it.
        this.#hasEnded = undefined;
        if (socket.writableEnded) return resolve(true);
        socket.write('', (error) => {
          this.#hasEnded = !error;
          resolve(true);
        });
      });
      socket.on('close', () => resolve(true));
    });
    socket.resume();
  }

  /** Whether the client's end looked like the end of a file; `undefined` if unknown. */
  get hasEnded(): boolean | undefined {
    return this.#hasEnded;
  }

  close(): void {
    this.#socket.destroy();
  }
}

interface Scene {
  readonly session: TestSession;
  readonly data: Socket;
  readonly run: Run | undefined;
  readonly order: Order;
  readonly pace: MatrixCase['pace'];
}

function perform(happening: Happening, { session, data, run, order, pace }: Scene): void {
  switch (happening) {
    case 'data':
      if (data.writable) data.write(PIECE);
      break;
    case 'eof':
      data.end();
      break;
    case 'rst':
      data.resetAndDestroy();
      break;
    case 'FIN':
      session.drop('end');
      break;
    case 'RST':
      session.drop('reset');
      break;
    case 'write':
    case 'end':
      if (pace === 'gaps') run?.source?.(happening); // in one tick, the source has already run
      break;
    case '150': {
      const size = order.includes('data') ? PIECE.length : 0;
      session.control.write(
        pace === 'gaps' ? `150 Opening (${size} bytes).\r\n` : '150 Opening.\r\n',
      );
      break;
    }
    default:
      session.control.write(`${happening} As the script says.\r\n`);
  }
}

/**
 * An upload that was not sent completely must not look like a complete file to the server, even
 * before the 150.
 */
function seenAsFailed(
  result: Outcome['result'],
  order: Order,
  peer: Peer | undefined,
  expected: readonly Outcome[],
): string[] {
  if (order.includes('rst')) return [];
  const mayEnd = order.includes('end');
  if (result === 'failure' && peer?.hasEnded && !mayEnd)
    return ['the server saw the end of a file'];
  const mustEnd = result === 'success' && expected.every((each) => each.result === 'success');
  if (mustEnd && peer?.hasEnded === false) return ['the server saw no end of the file'];
  return [];
}

/** The number of bytes that the server or the source sends. */
export function bytesOf(order: Order): number {
  return order.filter((each) => each === 'data' || each === 'write').length * PIECE.length;
}

function homeOf(name: string | undefined): string {
  return `/after/${name}`;
}

/** The class, the code and the phase. */
function showError({ name, code, phase }: FTPError): string {
  return `${name} ${code} ${phase}`;
}

/** Counts events without listeners, which would change how an error is handled. */
function countEvents(streamOf: () => CountedStream | undefined) {
  const counts = new Map<string | symbol, number>();
  const stream = streamOf();
  if (stream) {
    const { emit } = stream;
    stream.emit = (event: string | symbol, ...args: unknown[]) => {
      counts.set(event, (counts.get(event) ?? 0) + 1);
      return emit.call(stream, event, ...args);
    };
  }
  const count = (event: string) => counts.get(event) ?? 0;
  return {
    problems(result: Outcome['result']): string[] {
      if (!stream) return [];
      const ends = count('end') + count('finish');
      const errors = count('error');
      const shown = `${ends} end or finish, ${errors} error, ${count('close')} close`;
      const [wantedEnds, wantedErrors] = result === 'success' ? [1, 0] : [0, 1];
      const isRight = ends === wantedEnds && errors === wantedErrors && count('close') === 1;
      return isRight ? [] : [shown];
    },
  };
}

/** The handles and timers that keep the process alive, by their kind. */
function resources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    if (/^(TCP|Timeout)/.test(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

/** The value of a promise, or `undefined` if it does not settle in time. */
async function within<T>(promise: Promise<T>, milliseconds = FOREVER): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function once(stream: CountedStream, event: string): Promise<true> {
  return new Promise((resolve) => stream.once(event, () => resolve(true)));
}
