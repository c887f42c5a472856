import type { ConnectionOptions } from 'node:tls';
import type { SessionChoice } from '../transport/tls/tls-sessions';
import type { FTPOptions } from './client-options';

/** Options of `new FTPTLS()`. */
export interface FTPTLSOptions extends Omit<FTPOptions, 'secure'> {
  /** `true` or `'explicit'` for AUTH TLS (the default), `'implicit'` as `implicit: true`. `false` is refused. */
  readonly secure?: boolean | 'explicit' | 'implicit' | undefined;
  /** Whether TLS comes before the greeting, on a port of its own (990 by default). Default `false`: AUTH TLS. */
  readonly implicit?: boolean | undefined;
  /**
   * Node's own options for `tls.connect`, for the control connection and all data connections: `ca`, `cert`
   * and `key`, `ciphers`, `minVersion`, `servername`, `checkServerIdentity`, `rejectUnauthorized`, ...
   */
  readonly tls?:
    | Omit<
        ConnectionOptions,
        'host' | 'port' | 'path' | 'socket' | 'session' | 'lookup' | 'timeout'
      >
    | undefined;
  /**
   * Whether the data connections are in TLS: `'private'` (the default: `login()` sends PROT P) or `'clear'`
   * (with implicit TLS, `login()` sends PROT C; after AUTH data is in clear by itself).
   */
  readonly dataProtection?: 'private' | 'clear' | undefined;
  /**
   * What a download is whose data connection ended without TLS saying so: an error where the number of bytes
   * is not known for certain (`'auto'`, the default), always (`'require'`), or never (`'ignore'`).
   */
  readonly closeNotify?: 'auto' | 'require' | 'ignore' | undefined;
  /** The TLS session that data connections offer: the control connection's (the default), or the newest unused one. */
  readonly tlsSession?: SessionChoice | undefined;
}
