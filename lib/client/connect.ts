import { checkClientObject, copyOf } from '../options/check-names';
import type { ConnectOptions, Credentials } from '../options/client-options';
import type { FTPTLSOptions } from '../options/tls-options';
import { checkOneOf } from '../options/validate';
import { FTP } from './ftp';
import { FTPTLS } from './ftp-tls';

/** Options of a connection over TLS. */
export interface SecureConnectOptions extends FTPTLSOptions, Credentials {
  readonly secure: true | 'explicit' | 'implicit';
}

/**
 * Connects and logs in: in clear, or with `secure` over TLS.
 *
 * @throws FTPError when either fails; nothing is left open then
 */
export async function connect(options: SecureConnectOptions): Promise<FTPTLS>;
export async function connect(options?: ConnectOptions): Promise<FTP>;
export async function connect(options: ConnectOptions | SecureConnectOptions = {}): Promise<FTP> {
  checkClientObject(options);
  const { secure = false, ...rest } = copyOf(options);
  checkOneOf('secure', secure, [false, true, 'explicit', 'implicit'] as const);
  if (!secure) return FTP.connect(rest);
  return FTPTLS.connect({ ...rest, secure });
}
