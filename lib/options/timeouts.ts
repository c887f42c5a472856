import { checkTimeout } from './validate';

/** The waits for the server, in milliseconds. `Infinity` is for ever. */
export interface Timeouts {
  /** For the control connection to open. Default 20 s. */
  readonly connect: number;
  /** For the greeting; five times as long where preliminary replies (120) announce it. Default 30 s. */
  readonly greeting: number;
  /** For a TLS handshake. Default 20 s. */
  readonly tls: number;
  /**
   * For each reply; all replies to one command together, preliminary ones (1yz) included, may take five
   * times as long. Also how long a call stands behind a transfer that its user leaves untouched. Default 30 s.
   */
  readonly reply: number;
  /**
   * For a data connection to open, either way; also for the first reply to EPSV, PASV, EPRT or PORT,
   * which a firewall may drop, unless `reply` is shorter. Default 20 s.
   */
  readonly dataConnect: number;
  /** For the next bytes on the data connection, while they are wanted. Default 60 s. */
  readonly dataIdle: number;
  /** For the final reply after the end of the data. Default 120 s. */
  readonly completion: number;
  /** For the reply to QUIT. Default 2 s. */
  readonly quit: number;
  /** For all that follows an abandoned or failed transfer, until the next command can go. Default 2 s. */
  readonly abort: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = {
  connect: 20_000,
  greeting: 30_000,
  tls: 20_000,
  reply: 30_000,
  dataConnect: 20_000,
  dataIdle: 60_000,
  completion: 120_000,
  quit: 2_000,
  abort: 2_000,
};

/** The timeouts with those of a `timeout` in the place of all but `quit` and `abort`. */
export function overrideTimeouts(timeouts: Timeouts, timeout: number | undefined): Timeouts {
  if (timeout === undefined) return timeouts;
  const all = checkTimeout('timeout', timeout);
  const { quit, abort } = timeouts;
  return {
    connect: all,
    greeting: all,
    tls: all,
    reply: all,
    dataConnect: all,
    dataIdle: all,
    completion: all,
    quit,
    abort,
  };
}
