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
  const create = createConnection ?? tcp(options);
  const context = {
    phase: purpose === 'control' ? ('connect' as const) : ('data' as const),
    connectionUsable: purpose === 'data', // the control connection is not touched
  };
  const where = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const expired = () =>
    new TimeoutError(`No ${purpose} connection to ${where} within ${timeout} ms`, context);
  const abort = new AbortController();
  signal?.throwIfAborted();
  const made = (async () => create({ host, port, purpose, signal: abort.signal }))();
  try {
    const socket = await within(made, timeout, signal, expired);
    if (!(socket instanceof Duplex)) throw new TypeError('createConnection must give a Duplex');
    socket.on('error', () => {}); // told by whoever reads or writes; 'close' follows in any case
    return socket;
  } catch (error) {
    abort.abort(error);
    const discard = (late: Duplex) => late.on('error', () => {}).destroy();
    made.then(discard).catch(() => {}); // too late, or not a stream at all
    if (error instanceof TimeoutError || signal?.aborted) throw error;
    const message = `Cannot open the ${purpose} connection to ${where}: ${reasonOf(error)}`;
    throw new ConnectionError(message, { ...context, cause: error });
  }
}

function tcp({
  host,
  port,
  localAddress,
  family,
  keepAlive = 0,
  reader,
}: DialOptions): CreateConnection {
  return ({ purpose, signal }) =>
    new Promise<Socket>((resolve, reject) => {
      const socket = connect({
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
      reader?.attach(socket);
      const abort = () => socket.destroy();
      signal.addEventListener('abort', abort);
      socket.once('connect', () => {
        signal.removeEventListener('abort', abort);
        socket.off('error', reject);
        resolve(socket);
      });
      socket.once('error', reject);
    });
}

// Happy Eyeballs gives an AggregateError, whose own message is empty.
function reasonOf(error: unknown): string {
  const errors = error instanceof AggregateError ? error.errors : [error];
  return errors.map((each) => (each instanceof Error ? each.message : String(each))).join('; ');
}
