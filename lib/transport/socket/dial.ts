import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { ConnectionError, TimeoutError } from '../../errors';
import type { StopSignal } from '../../util/abort-signal';
import { withTimeout } from '../../util/abortable';
import { hostPort } from '../../util/host-port';
import type { SocketReader } from './socket-reader';

/** Where to connect to, and from. */
export interface DialOptions {
  /** The server's name or address. */
  readonly host: string;
  /** The server's port. */
  readonly port: number;
  /** The local address. Default: the system's choice. */
  readonly localAddress?: string | undefined;
  /** The IP version: 4, 6, or 0 (default) for both (Happy Eyeballs, RFC 8305). */
  readonly family?: 0 | 4 | 6 | undefined;
  /** Milliseconds of silence before TCP sends keep-alive probes; 0 (default) for never. */
  readonly keepAlive?: number | undefined;
  /** Reads the socket instead of Node's stream. */
  readonly reader?: SocketReader | undefined;
}

/** What a connection is for, and how long it may take to open. */
export interface DialLimits {
  /** Which connection it is. */
  readonly purpose: 'control' | 'data';
  /** Milliseconds; 0 means no limit. */
  readonly timeout: number;
  /** Stops the attempt when it is aborted. */
  readonly signal?: StopSignal | undefined;
}

/**
 * A user's function that opens a stream to the server: through a proxy, say. `signal` is aborted if
 * it takes too long.
 */
export type CreateConnection = (options: {
  host: string;
  port: number;
  purpose: 'control' | 'data';
  signal: AbortSignal;
}) => Promise<Duplex> | Duplex;

/**
 * Opens a connection within the given limits.
 *
 * @throws ConnectionError, TimeoutError, or the signal's reason
 */
export function dial(
  options: DialOptions,
  limits: DialLimits,
  createConnection: CreateConnection | undefined,
): Promise<Duplex> {
  const { timeout, signal } = limits;
  if (signal?.aborted) return Promise.reject(signal.reason);
  const { connection, cancel } = createConnection
    ? dialCustom(createConnection, options, limits)
    : dialTcp(options, limits);
  const expired = () => timeoutError(options, limits);
  return withTimeout(connection, timeout, signal, expired).catch((error) => {
    cancel(error);
    // If it opens later, it is not needed.
    connection.then((late) => late.destroy()).catch(() => {});
    throw error instanceof TimeoutError || signal?.aborted
      ? error
      : connectError(error, options, limits);
  });
}

/** A connection that is being opened. */
interface Attempt {
  readonly connection: Promise<Duplex>;
  cancel(reason: unknown): void;
}

function dialCustom(
  create: CreateConnection,
  { host, port }: DialOptions,
  { purpose }: DialLimits,
): Attempt {
  const abort = new AbortController();
  const { signal } = abort;
  const open = async () => {
    const stream = await create({ host, port, purpose, signal });
    if (stream instanceof Duplex) return stream.on('error', ignore);
    discard(stream);
    throw new TypeError('createConnection must return a Duplex');
  };
  return { connection: open(), cancel: (reason) => abort.abort(reason) };
}

function dialTcp(options: DialOptions, { purpose }: DialLimits): Attempt {
  const { host, port, localAddress, family, keepAlive = 0, reader } = options;
  let socket: Socket | undefined;
  const connection = new Promise<Socket>((resolve, reject) => {
    const connecting = connect({
      host,
      port,
      noDelay: true,
      // When the server closes its side of a data connection, Node must not close ours: in the
      // middle of an upload that would look like the end of the file.
      allowHalfOpen: purpose === 'data',
      localAddress,
      family: family || undefined,
      onread: reader?.onread,
      keepAlive: keepAlive > 0,
      keepAliveInitialDelay: keepAlive,
    });
    socket = connecting;
    reader?.attach(connecting);
    connecting.on('error', reject); // later errors are reported to the stream's user
    connecting.once('connect', () => resolve(connecting));
  });
  return { connection, cancel: () => socket?.destroy() };
}

/** Closes a value that is not a Node stream, but may be a stream of another library. */
function discard(stream: Partial<Duplex> | undefined): void {
  stream?.on?.('error', ignore);
  stream?.destroy?.();
}

/** Errors are reported to the stream's user; 'close' follows in any case. */
function ignore(): void {}

function timeoutError(options: DialOptions, { purpose, timeout }: DialLimits): TimeoutError {
  const what = `No ${purpose} connection to ${hostPort(options.host, options.port)}`;
  const message = `${what} within ${timeout} ms${adviceOn(purpose)}`;
  return new TimeoutError(message, contextOf(purpose));
}

function connectError(
  cause: unknown,
  options: DialOptions,
  { purpose }: DialLimits,
): ConnectionError {
  const what = `Cannot open the ${purpose} connection to ${hostPort(options.host, options.port)}`;
  const message = `${what}: ${reasonOf(cause)}${adviceOn(purpose)}`;
  return new ConnectionError(message, { ...contextOf(purpose), cause });
}

function contextOf(purpose: DialLimits['purpose']) {
  return purpose === 'control'
    ? ({ phase: 'connect', connectionUsable: false } as const)
    : ({ phase: 'data', connectionUsable: true } as const); // the control connection still works
}

// The server has just announced that it listens on this port.
function adviceOn(purpose: DialLimits['purpose']): string {
  return purpose === 'control'
    ? ''
    : '; the server named this port for passive mode, and a firewall or NAT may block the way to it';
}

// Happy Eyeballs fails with an AggregateError, whose own message is empty.
function reasonOf(error: unknown): string {
  const errors = error instanceof AggregateError ? error.errors : [error];
  return errors.map((each) => (each instanceof Error ? each.message : String(each))).join('; ');
}
