import { checkClientObject, copyOf } from '../options/check-names';
import type { ConnectOptions, Credentials } from '../options/client-options';
import type { FTPTLSOptions } from '../options/tls-options';
import { checkOneOf } from '../options/validate';
import { FTP } from './ftp';
import { FTPTLS } from './ftp-tls';

/** Options of `connect()` for a connection over TLS. */
export interface SecureConnectOptions extends FTPTLSOptions, Credentials {
  /**
   * `true` or `'explicit'` for AUTH TLS; `'implicit'` for TLS from the start, on port 990 by
   * default.
   */
  readonly secure: true | 'explicit' | 'implicit';
}

/**
 * Connects over TLS and logs in.
 *
 * @returns an `FTPTLS` client
 * @throws TypeError or RangeError if an option is invalid
 * @throws FTPError if connecting or logging in fails; the connection is then closed
 *
 * @example
 * ```ts
 * const credentials = { user: 'me', password: 'secret' };
 * const ftp = await connect({ host: 'ftp.example.com', secure: true, ...credentials });
 * ```
 */
export async function connect(options: SecureConnectOptions): Promise<FTPTLS>;
/**
 * Connects without TLS and logs in.
 *
 * @returns an `FTP` client
 * @throws TypeError or RangeError if an option is invalid
 * @throws FTPError if connecting or logging in fails; the connection is then closed
 *
 * @example
 * ```ts
 * const ftp = await connect({ host: 'ftp.example.com', user: 'me', password: 'secret' });
 * ```
 */
export async function connect(options?: ConnectOptions): Promise<FTP>;
export async function connect(options: ConnectOptions | SecureConnectOptions = {}): Promise<FTP> {
  checkClientObject(options);
  const { secure = false, ...rest } = copyOf(options);
  checkOneOf('secure', secure, [false, true, 'explicit', 'implicit'] as const);
  if (!secure) return FTP.connect(rest);
  return FTPTLS.connect({ ...rest, secure });
}
