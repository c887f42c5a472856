import { FTPLib } from './ftplib';
import type { Credentials, FTPOptions } from './options';

/**
 * An FTP client (RFC 959): Python's `ftplib.FTP`, whose transfers are Node streams.
 *
 * Calls are carried out one at a time, in their order. Bad arguments throw, or
 * reject with, a `TypeError` or `RangeError` before anything is sent. All else that
 * fails gives an `FTPError`, whose `connectionUsable` tells whether to go on.
 */
export class FTP extends FTPLib {
  /**
   * Connects and logs in.
   * @throws FTPError when either fails; nothing is left open then
   */
  static async connect<T extends FTP, O extends FTPOptions>(
    this: new (
      options?: O,
    ) => T,
    options: NoInfer<O> & Credentials = {} as O,
  ): Promise<T> {
    const { user, password, passwd, account, acct, ...rest } = options;
    const ftp = new this(rest as unknown as O);
    const credentials = [user, password ?? passwd, account ?? acct] as const;
    try {
      ftp.loginCommands(...credentials); // what is refused of them is refused before connecting
      const welcome = await ftp.connect();
      // RFC 959 §5.4 does not know it, but some servers need no login and say so. Said in clear,
      // it is worth nothing where TLS is required (CVE-2021-22946).
      const isIn = welcome.startsWith('230') && ftp.settings.tls === undefined;
      if (!isIn) await ftp.login(...credentials, { signal: options.signal });
      return ftp;
    } catch (error) {
      ftp.close();
      throw error;
    }
  }
}
