import { invalidValue } from './checks';
import { FTP } from './ftp';
import type { ConnectOptions } from './options';

/**
 * Connects and logs in.
 *
 * @throws TypeError `ERR_INVALID_ARG_VALUE` for `secure`: this version speaks no TLS,
 * and a login in clear is not what was asked for
 */
export async function connect(options: ConnectOptions = {}): Promise<FTP> {
  if (options.secure) {
    throw invalidValue('secure', options.secure, 'false: FTP over TLS is not part of this version');
  }
  return FTP.connect(options);
}
