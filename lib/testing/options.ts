import type { Fault } from './faults';
import type { MemoryFiles } from './memory-storage';
import { type TestTlsOptions, type TlsSettings, tlsSettingsFrom } from './tls/tls-options';

/** The credentials of a user. A string is the password. */
export type TestUser =
  | string
  | {
      /** Absent: any password is accepted. `null`: USER alone logs in, with a 230. */
      readonly password?: string | null;
      /** The account that ACCT must send, after a 332 reply to the password. */
      readonly account?: string;
    };

/** Options of a {@link TestServer}. All are optional. */
export interface TestServerOptions {
  /** The address to listen on; `::1` for IPv6. Default `127.0.0.1`. */
  readonly host?: string;
  /** The port to listen on. Default 0: any free port. */
  readonly port?: number;
  /** A folder on disk to serve. Default: files in memory. */
  readonly root?: string;
  /** Files in memory, without `root`: path → content, or `null` for a folder. Default: none. */
  readonly files?: MemoryFiles;
  /** Users by name. Default: `user` with `password`, and `anonymous` with any password. */
  readonly users?: Readonly<Record<string, TestUser>>;
  /** The greeting; an array for several lines. Default `220 Ready.` */
  readonly greeting?: string | readonly string[];
  /** The lines of FEAT, without the leading space. For an empty list: `211 No features.` */
  readonly features?: readonly string[];
  /** The reply text of SYST. Default `UNIX Type: L8`. */
  readonly system?: string;
  /** Whether PORT and EPRT are supported. Default true. */
  readonly activeMode?: boolean;
  /** Whether PORT and EPRT may name a host other than the client. Default false (RFC 2577 §3). */
  readonly allowForeignPort?: boolean;
  /** The address in the 227 reply, as for a server behind NAT. Default: the real address. */
  readonly passiveHost?: string;
  /**
   * Reads only one command from each segment of the control connection, and drops everything after
   * its first line, as some servers do. Default false.
   */
  readonly oneCommandPerSegment?: boolean;
  /**
   * Refuses PASV and EPSV with a 500 unless PRET has announced the transfer, as drftpd does. FEAT
   * then lists PRET, unless `features` is given. Default false: PRET is accepted, but not required.
   */
  readonly requirePret?: boolean;
  /**
   * The reply to a NOOP during a transfer, which is sent at once: `'200 Still here.'`, or
   * `'500 Not now.'`. Default: NOOP is answered after the transfer.
   */
  readonly noopDuringTransfer?: string;
  /**
   * Milliseconds to wait for the client's data connection, and for its handshake. Default 10 000.
   */
  readonly dataTimeout?: number;
  /** Enables TLS. Default: AUTH is answered with a 502. */
  readonly tls?: TestTlsOptions;
  /** Faults that are active from the start. */
  readonly faults?: readonly Fault[];
}

/** The checked options with defaults filled in. */
export interface Settings {
  readonly users: ReadonlyMap<string, TestUser>;
  readonly greeting: string;
  readonly features: readonly string[];
  readonly system: string;
  readonly activeMode: boolean;
  readonly allowForeignPort: boolean;
  readonly passiveHost: string | undefined;
  readonly oneCommandPerSegment: boolean;
  readonly requirePret: boolean;
  readonly noopDuringTransfer: string | undefined;
  readonly dataTimeout: number;
  readonly tls: TlsSettings | undefined;
}

const FEATURES: readonly string[] = [
  'EPRT',
  'EPSV',
  'MDTM',
  'MFMT',
  'MLST type*;size*;modify*;perm*;unique*;UNIX.mode;',
  'REST STREAM',
  'SIZE',
  'TVFS',
  'UTF8',
];

const TLS_FEATURES: readonly string[] = ['AUTH TLS', 'PBSZ', 'PROT'];

/** Fills in the defaults. @throws TypeError if the TLS options are invalid */
export function settingsFrom(options: TestServerOptions): Settings {
  const { users = { user: 'password', anonymous: {} }, greeting = '220 Ready.' } = options;
  return {
    users: new Map(Object.entries(users)),
    greeting: [greeting].flat().join('\r\n'),
    features: options.features ?? [
      ...(options.tls ? TLS_FEATURES : []),
      ...FEATURES,
      ...(options.requirePret ? ['PRET'] : []),
    ],
    system: options.system ?? 'UNIX Type: L8',
    activeMode: options.activeMode ?? true,
    allowForeignPort: options.allowForeignPort ?? false,
    passiveHost: options.passiveHost,
    oneCommandPerSegment: options.oneCommandPerSegment ?? false,
    requirePret: options.requirePret ?? false,
    noopDuringTransfer: options.noopDuringTransfer,
    dataTimeout: options.dataTimeout ?? 10_000,
    tls: options.tls && tlsSettingsFrom(options.tls),
  };
}
