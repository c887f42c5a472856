import { connect, isIP, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { ConnectionError, TimeoutError } from '../errors';
import type { SlabReader } from './slab';
import { within } from './within';

/** Where to connect, and from where. */
export interface DialOptions {
  readonly host: string;
  readonly port: number;
  readonly localAddress?: string | undefined;
  /** 4, 6, or 0 for either: both are tried, the better one wins (Happy Eyeballs, RFC 8305). */
  readonly family?: 0 | 4 | 6 | undefined;
  /** Milliseconds of silence before TCP asks whether the other end is there; 0 for never. */
  readonly keepAlive?: number | undefined;
  /** What reads the socket, instead of Node's stream. */
  readonly reader?: SlabReader | undefined;
}

/** What a connection is for, and how long it may take. */
export interface DialLimits {
  readonly purpose: 'control' | 'data';
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

/** Makes the stream to the server in the user's own way: through a proxy, say. */
export type CreateConnection = (options: {
  host: string;
  port: number;
  purpose: 'control' | 'data';
  signal: AbortSignal;
}) => Promise<Duplex> | Duplex;

/**
 * Opens a connection, in time or not at all.
 *
 * @throws ConnectionError, TimeoutError, or the signal's reason
 */
export async function dial(
  options: DialOptions,
  { purpose, timeout, signal }: DialLimits,
  createConnection: CreateConnection | undefined,
): Promise<Duplex> {
  const { host, port } = options;
  const context = {
    phase: purpose === 'control' ? ('connect' as const) : ('data' as const),
    connectionUsable: purpose === 'data', // the control connection is not touched
  };
  const where = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const expired = () =>
    new TimeoutError(`No ${purpose} connection to ${where} within ${timeout} ms`, context);
  signal?.throwIfAborted();
  const { made, cancel } = createConnection
    ? custom(createConnection, { host, port, purpose })
    : tcp(options, purpose);
  try {
    const socket = await within(made, timeout, signal, expired);
    if (!(socket instanceof Duplex)) throw new TypeError('createConnection must give a Duplex');
    socket.on('error', () => {}); // told by whoever reads or writes; 'close' follows in any case
    return socket;
  } catch (error) {
    cancel(error);
    const discard = (late: Duplex) => late.on('error', () => {}).destroy();
    made.then(discard).catch(() => {}); // too late, or not a stream at all
    if (error instanceof TimeoutError || signal?.aborted) throw error;
    const message = `Cannot open the ${purpose} connection to ${where}: ${reasonOf(error)}`;
    throw new ConnectionError(message, { ...context, cause: error });
  }
}

/** A connection on its way. */
interface Attempt {
  readonly made: Promise<Duplex>;
  cancel(reason: unknown): void;
}

function custom(
  create: CreateConnection,
  target: Omit<Parameters<CreateConnection>[0], 'signal'>,
): Attempt {
  const abort = new AbortController();
  const { signal } = abort;
  const made = (async () => create({ ...target, signal }))();
  return { made, cancel: (reason) => abort.abort(reason) };
}

function tcp(
  { host, port, localAddress, family, keepAlive = 0, reader }: DialOptions,
  purpose: DialLimits['purpose'],
): Attempt {
  let socket: Socket | undefined;
  const made = new Promise<Socket>((resolve, reject) => {
    const connecting = connect({
      host,
      port,
      noDelay: true,
      // When the server ends its side of a data connection, ours must not end by
      // itself: in mid-upload that would look like the end of the file.
      allowHalfOpen: purpose === 'data',
      ...(localAddress !== undefined && { localAddress }),
      ...(family && { family }),
      ...(reader && { onread: reader.onread }),
      ...(keepAlive > 0 && { keepAlive: true, keepAliveInitialDelay: keepAlive }),
    });
    socket = connecting;
    reader?.attach(connecting);
    connecting.once('connect', () => {
      connecting.off('error', reject);
      resolve(connecting);
    });
    connecting.once('error', reject);
  });
  return { made, cancel: () => socket?.destroy() };
}

// Happy Eyeballs gives an AggregateError, whose own message is empty.
function reasonOf(error: unknown): string {
  const errors = error instanceof AggregateError ? error.errors : [error];
  return errors.map((each) => (each instanceof Error ? each.message : String(each))).join('; ');
}
