import type { ConnectionOptions } from 'node:tls';
import type { SessionChoice } from '../transport/tls/session-tickets';
import { TlsClient } from '../transport/tls/tls-client';
import { checkClientOptions, checkOptions, copyOf } from './check-names';
import type { FTPOptions, TlsSettings } from './client-options';
import { TLS } from './option-names';
import { checkBoolean, checkOneOf, invalidValue } from './validate';

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

/** What is decided per connection, and not by the user. */
const OURS = ['host', 'port', 'path', 'socket', 'session', 'lookup', 'timeout'] as const;

/** The options of TLS, checked, and those of FTP. */
export function splitOptions(options: FTPTLSOptions): { tls: TlsSettings; rest: FTPOptions } {
  checkClientOptions(options);
  const { secure, implicit, tls, dataProtection, closeNotify, tlsSession, ...rest } =
    copyOf(options);
  if (secure !== undefined && !([true, 'explicit', 'implicit'] as unknown[]).includes(secure)) {
    throw invalidValue('secure', secure, "true, 'explicit' or 'implicit' for FTPTLS");
  }
  return {
    tls: {
      client: new TlsClient(checkTls(tls ?? {})),
      implicit: checkBoolean('implicit', implicit ?? secure === 'implicit'),
      dataProtection: checkOneOf('dataProtection', dataProtection ?? 'private', [
        'private',
        'clear',
      ]),
      closeNotify: checkOneOf('closeNotify', closeNotify ?? 'auto', ['auto', 'require', 'ignore']),
      tlsSession: checkOneOf('tlsSession', tlsSession ?? 'control', ['control', 'rotate']),
    },
    rest,
  };
}

function checkTls(tls: object): ConnectionOptions {
  checkOptions(tls, TLS, 'tls');
  const taken = OURS.find((name) => (tls as Record<string, unknown>)[name] !== undefined);
  if (taken !== undefined) throw invalidValue(`tls.${taken}`, '...', 'absent: the client sets it');
  return tls;
}
