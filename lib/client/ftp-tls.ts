import { checkCall } from '../options/call-checks';
import type { CallOptions, LoginOptions } from '../options/client-options';
import { LOGIN } from '../options/option-names';
import { FTPS_PORT, splitOptions } from '../options/settings';
import type { FTPTLSOptions } from '../options/tls-options';
import { invalidValue } from '../options/validate';
import type { Command, Path } from '../protocol/command';
import { firstTransferCommands, login, loginTogether } from '../session/login';
import { clearControl, secureControl } from '../session/secure-control';
import {
  negotiateProtection,
  protectionCommands,
  wantedProtection,
} from '../transfer/data-protection';
import { FTP } from './ftp';

/** Commands that change the connection itself, and the methods to use instead. */
const RESERVED_COMMANDS: ReadonlyMap<string, string> = new Map([
  ['AUTH', 'auth()'],
  ['CCC', 'ccc()'],
  ['REIN', 'close() and connect()'], // it ends TLS (RFC 4217 §11)
]);

/**
 * An FTP client over TLS (RFC 4217): Python's `ftplib.FTP_TLS`. Unlike there, the certificate is
 * verified, data connections use TLS by default, and the client never falls back to plaintext.
 *
 * @example
 * ```ts
 * const credentials = { user: 'me', password: 'secret' };
 * await using ftp = await FTPTLS.connect({ host: 'ftp.example.com', ...credentials });
 * await ftp.download('report.pdf', 'report.pdf');
 * ```
 */
export class FTPTLS extends FTP {
  /**
   * Creates a client without connecting it.
   * @throws TypeError or RangeError if an option is invalid; Node's own errors for those of `tls`
   */
  constructor(options: FTPTLSOptions = {}) {
    const { tls, rest } = splitOptions(options);
    super(tls.implicit && rest.port === undefined ? { ...rest, port: FTPS_PORT } : rest);
    this.settings.tls = tls;
  }

  /**
   * Starts TLS on the control connection (`ftplib.FTP_TLS.auth`: AUTH TLS). `login()` does this
   * itself.
   *
   * @throws ReplyError if the server refuses
   * @throws FTPError if the handshake fails; the connection is then closed
   */
  async auth(options: CallOptions = {}): Promise<string> {
    return this.procedure([], options, (session) => secureControl(session, options));
  }

  /**
   * Ends TLS on the control connection (`ftplib.FTP_TLS.ccc`: CCC), for a NAT that must read it.
   * Later commands and replies are not encrypted.
   *
   * @throws ReplyError if the server refuses
   */
  async ccc(options: CallOptions = {}): Promise<string> {
    return this.procedure([], options, (session) => clearControl(session, options));
  }

  /**
   * Turns on TLS for data connections (`ftplib.FTP_TLS.prot_p`: PROT P). `login()` does this
   * itself.
   * @throws ReplyError if the server refuses
   */
  async protP(options: CallOptions = {}): Promise<string> {
    return this.procedure([], options, (session) => negotiateProtection(session, options));
  }

  /**
   * Turns off TLS for data connections (`ftplib.FTP_TLS.prot_c`: PROT C). Anyone on the network
   * path can then read and change files.
   *
   * @throws ReplyError if the server refuses
   */
  async protC(options: CallOptions = {}): Promise<string> {
    return this.voidCmd('PROT C', options);
  }

  /**
   * Starts TLS on the control connection, logs in, and sets the protection of data connections to
   * the option `dataProtection` (`ftplib.FTP_TLS.login`).
   *
   * @param user - default `'anonymous'`
   * @param passwd - default empty, and `'anonymous@'` for an anonymous user
   * @param acct - sent only if the server asks for it
   * @param options - `secure: false` logs in without TLS
   * @throws ReplyError if the server refuses any step; the client does not continue in plaintext
   */
  override async login(
    user = '',
    passwd = '',
    acct = '',
    options: LoginOptions = {},
  ): Promise<string> {
    const commands = this.loginCommands(user, passwd, acct);
    checkCall(options, LOGIN);
    const { secure = true, signal, timeout } = options;
    if (typeof secure !== 'boolean') throw invalidValue('secure', secure, 'true or false');
    return this.procedure([], { signal, timeout }, async (session) => {
      const { control, settings } = session;
      if (!secure && !control.isSecure) control.plaintextPolicy = 'all';
      else if (!control.isSecure) await secureControl(session, options);
      const rest = [...protectionCommands(session), ...firstTransferCommands(session)];
      const reply = settings.loginInOneWrite
        ? await loginTogether(session, commands, rest, options)
        : await login(session, commands, options);
      const wanted = wantedProtection(session);
      const isSatisfied = wanted === undefined || session.state.protection === wanted;
      if (!isSatisfied) await negotiateProtection(session, options, wanted);
      return reply;
    });
  }

  // Sent by sendCmd(), these would leave one end in TLS and the other in plaintext.
  /** @internal */
  protected override command(...parts: Path[]): Command {
    const built = super.command(...parts);
    const method = RESERVED_COMMANDS.get(built.verb);
    if (method) throw invalidValue('cmd', built.verb, `another command: use ${method}`);
    return built;
  }
}
