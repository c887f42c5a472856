import type { Fault } from './faults';
import type { MemoryFiles } from './memory-storage';
import { type TestTlsOptions, type TlsSettings, tlsSettingsFrom } from './tls/tls-options';

/** How a user logs in. A bare string is the password. */
export type TestUser =
  | string
  | {
      /** Absent: any password will do. `null`: USER alone logs in, with a 230. */
      readonly password?: string | null;
      /** Asked for with a 332 after the password. */
      readonly account?: string;
    };

/** How a {@link TestServer} is set up. */
export interface TestServerOptions {
  /** Where to listen. Default `127.0.0.1`; `::1` for IPv6. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** A folder on disk to serve. */
  readonly root?: string;
  /** What to serve from memory where there is no `root`: path → content, `null` for a folder. */
  readonly files?: MemoryFiles;
  /** Default: `user` with `password`, and `anonymous` with any password. */
  readonly users?: Readonly<Record<string, TestUser>>;
  /** The whole greeting, several lines as an array. Default `220 Ready.` */
  readonly greeting?: string | readonly string[];
  /** The lines of FEAT, without their leading space. An empty list answers `211 No features.` */
  readonly features?: readonly string[];
  /** The text of SYST. Default `UNIX Type: L8`. */
  readonly system?: string;
  /** Whether PORT and EPRT are served. Default true. */
  readonly activeMode?: boolean;
  /** Lets PORT and EPRT name a host that is not the client's own. Default false (RFC 2577 §3). */
  readonly allowForeignPort?: boolean;
  /** The address that the 227 announces, as a server behind NAT would. Default the true one. */
  readonly passiveHost?: string;
  /**
   * Takes each segment of the control connection for one command, and drops whatever stands behind its
   * first line, as some servers do. Default false.
   */
  readonly oneCommandPerSegment?: boolean;
  /**
   * Refuses PASV and EPSV by a 500 unless PRET has named the transfer before, as drftpd does. FEAT lists
   * PRET then, unless `features` says otherwise. Default false: PRET is answered, and changes nothing.
   */
  readonly requirePret?: boolean;
  /**
   * The reply to a NOOP that comes while a transfer runs, sent at once: `'200 Still here.'`, or
   * `'500 Not now.'`. Default: the NOOP waits until the transfer is over.
   */
  readonly noopDuringTransfer?: string;
  /** Milliseconds to wait for the client's data connection, then for its TLS. Default 10 000. */
  readonly dataTimeout?: number;
  /** Whether and how the server speaks TLS. Default: AUTH is answered with a 502. */
  readonly tls?: TestTlsOptions;
  /** Faults in force from the start. */
  readonly faults?: readonly Fault[];
}

/** The options with their defaults. */
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
