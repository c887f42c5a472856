import type { ConnectionOptions } from 'node:tls';
import type { SessionChoice } from '../transport/tls/tls-sessions';
import type { FTPOptions } from './client-options';

/** Options of `new FTPTLS()`. */
export interface FTPTLSOptions extends Omit<FTPOptions, 'secure'> {
  /**
   * `true` or `'explicit'`: AUTH TLS (the default). `'implicit'`: like `implicit: true`. `false` is
   * refused.
   */
  readonly secure?: boolean | 'explicit' | 'implicit' | undefined;
  /**
   * Whether TLS starts before the greeting, on a separate port (990 by default). Default `false`:
   * AUTH TLS.
   */
  readonly implicit?: boolean | undefined;
  /**
   * Node's options for `tls.connect`, for the control connection and all data connections: `ca`,
   * `cert` and `key`, `ciphers`, `minVersion`, `servername`, `checkServerIdentity`,
   * `rejectUnauthorized`, ... Default: those of Node.
   */
  readonly tls?:
    | Omit<
        ConnectionOptions,
        'host' | 'port' | 'path' | 'socket' | 'session' | 'lookup' | 'timeout'
      >
    | undefined;
  /**
   * Whether data connections use TLS: `'private'` (the default: `login()` sends PROT P) or
   * `'clear'` (with implicit TLS, `login()` sends PROT C; after AUTH, data is unencrypted without
   * it).
   */
  readonly dataProtection?: 'private' | 'clear' | undefined;
  /**
   * Whether a download fails if its data connection ends without a TLS close_notify: `'auto'` (the
   * default): only if the number of bytes cannot be verified; `'require'`: always; `'ignore'`:
   * never.
   */
  readonly closeNotify?: 'auto' | 'require' | 'ignore' | undefined;
  /**
   * The TLS session that data connections resume: `'control'` (the default): that of the control
   * connection; `'rotate'`: the newest one not used yet.
   */
  readonly tlsSession?: SessionChoice | undefined;
}
