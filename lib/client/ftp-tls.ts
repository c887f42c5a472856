import { checkCall } from '../options/call-checks';
import type { CallOptions, LoginOptions } from '../options/client-options';
import { LOGIN } from '../options/option-names';
import { FTPS_PORT, splitOptions } from '../options/settings';
import type { FTPTLSOptions } from '../options/tls-options';
import { invalidValue } from '../options/validate';
import type { Command, Path } from '../protocol/command';
import { beforeTransfer, login, loginTogether } from '../session/login';
import { clearControl, secureControl } from '../session/secure-control';
import { protectData, protectionCommands, wantedProtection } from '../transfer/data-protection';
import { FTP } from './ftp';

/** Commands that change what the connection itself is, and what does it right. */
const RESERVED_COMMANDS: ReadonlyMap<string, string> = new Map([
  ['AUTH', 'auth()'],
  ['CCC', 'ccc()'],
  ['REIN', 'close() and connect()'], // RFC 4217 §11: it ends TLS
]);

/**
 * An FTP client over TLS (RFC 4217): Python's `ftplib.FTP_TLS`, but the certificate is
 * verified, the data connections are in TLS too, and nothing falls back to clear.
 */
export class FTPTLS extends FTP {
  /**
   * Makes a client; it does not connect.
   * @throws TypeError or RangeError for an option that cannot be meant; Node's own errors for those of `tls`
   */
  constructor(options: FTPTLSOptions = {}) {
    const { tls, rest } = splitOptions(options);
    super(tls.implicit && rest.port === undefined ? { ...rest, port: FTPS_PORT } : rest);
    this.settings.tls = tls;
  }

  /** Takes the control connection into TLS (`ftplib.FTP_TLS.auth`: AUTH TLS); `login()` does it by itself. */
  async auth(options: CallOptions = {}): Promise<string> {
    return this.procedure([], options, (session) => secureControl(session, options));
  }

  /** Takes the control connection back out of TLS (`ftplib.FTP_TLS.ccc`), for a NAT that must read it. */
  async ccc(options: CallOptions = {}): Promise<string> {
    return this.procedure([], options, (session) => clearControl(session, options));
  }

  /** Puts the data connections into TLS (`ftplib.FTP_TLS.prot_p`); `login()` does it by itself. */
  async protP(options: CallOptions = {}): Promise<string> {
    return this.procedure([], options, (session) => protectData(session, options));
  }

  /** Leaves the data connections in clear (`ftplib.FTP_TLS.prot_c`): everybody on the way can read and change files. */
  async protC(options: CallOptions = {}): Promise<string> {
    return this.voidCmd('PROT C', options);
  }

  /**
   * Takes the control connection into TLS, logs in, and asks for data connections as the option
   * `dataProtection` wants them (`ftplib.FTP_TLS.login`).
   *
   * @throws ReplyError when the server refuses any of it: nothing goes on in clear
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
      const rest = [...protectionCommands(session), ...beforeTransfer(session)];
      const reply = settings.loginInOneWrite
        ? await loginTogether(session, commands, rest, options)
        : await login(session, commands, options);
      const wanted = wantedProtection(session);
      const isAgreed = wanted === undefined || session.state.protection === wanted;
      if (!isAgreed) await protectData(session, options, wanted);
      return reply;
    });
  }

  /** One of these sent by sendCmd() would leave the two ends in clear and in TLS. @internal */
  protected override command(...parts: Path[]): Command {
    const made = super.command(...parts);
    const method = RESERVED_COMMANDS.get(made.verb);
    if (method) throw invalidValue('cmd', made.verb, `another command: use ${method}`);
    return made;
  }
}
