import { checkTimeout } from './validate';

/** Time limits for waiting for the server, in milliseconds. `Infinity`: no limit. */
export interface Timeouts {
  /** Until the control connection is open. Default 20 s. */
  readonly connect: number;
  /**
   * Until the greeting; five times as long if preliminary replies (120) announce it. Default 30 s.
   */
  readonly greeting: number;
  /** Until a TLS handshake is complete. Default 20 s. */
  readonly tls: number;
  /**
   * Until each reply. All replies to one command, including preliminary ones (1yz), may take five
   * times as long in total. Also limits how long a call waits for a transfer that its user does not
   * read or write. Default 30 s.
   */
  readonly reply: number;
  /**
   * Until a data connection is open, in passive or active mode. Unless `reply` is shorter, also
   * until the first reply to EPSV, PASV, EPRT or PORT, which a firewall may drop. Default 20 s.
   */
  readonly dataConnect: number;
  /** Until the next bytes on the data connection, unless the user has paused it. Default 60 s. */
  readonly dataIdle: number;
  /** Until the final reply after the end of the data. Default 120 s. */
  readonly completion: number;
  /** Until the reply to QUIT. Default 2 s. */
  readonly quit: number;
  /** After an abandoned or failed transfer, until the next command can be sent. Default 2 s. */
  readonly abort: number;
}

/** The default timeouts. */
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

/** Replaces all timeouts except `quit` and `abort` with `timeout`, if that is defined. */
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
