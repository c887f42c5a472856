import { INITIAL_STATE, type SessionState } from './session-state';

/** How a command changes the state of the session at the server. */
export interface CommandEffect {
  /** When it is sent: what it may change becomes unknown. */
  readonly sent?: Partial<SessionState>;
  /** After a 4yz or 5yz. */
  readonly refused?: Partial<SessionState>;
  /** After a 2yz. */
  readonly completed?: (argument: string) => Partial<SessionState>;
  /** After a 3yz. */
  readonly continued?: (argument: string) => Partial<SessionState>;
}

/** The properties of a command that the client must know. */
export interface CommandTraits {
  /** Its argument is a secret that must never be shown. */
  readonly secret?: true;
  /** Its argument is a pathname. */
  readonly path?: true;
  /** It opens a data connection, with this direction of the data. */
  readonly transfer?: 'download' | 'upload';
  /** It may be sent without TLS even if TLS is required: it sets up TLS, or ends the connection. */
  readonly clear?: true;
  /** It names or authenticates the user. */
  readonly credential?: true;
  /** The older name to try if the server does not know it (RFC 1123 §4.1.3.1). */
  readonly xForm?: string;
  /** After it, the server no longer listens on the port of an earlier EPSV. */
  readonly endsEPSV?: true;
  /** How it changes the state of the session. */
  readonly effect?: CommandEffect;
}

// The features may differ for another user, or on a protected connection (RFC 2389 §3.2).
const RESET_BY_LOGIN = {
  type: undefined,
  features: undefined,
  refused: INITIAL_STATE.refused,
  pret: false,
};

// RFC 4217 §9: TLS protects everything or nothing. Levels S and E are not used.
const PROTECTIONS: ReadonlyMap<string, SessionState['protection']> = new Map([
  ['C', 'clear'],
  ['P', 'private'],
]);

const TYPE: CommandEffect = {
  sent: { type: undefined },
  completed: (argument) => ({ type: argument.trim().toUpperCase() }),
};
const REST: CommandEffect = {
  sent: { restart: '0' },
  refused: { restart: undefined },
  continued: (argument) => ({ restart: argument.trim() }),
};
const OPTS: CommandEffect = {
  completed: (argument) => (/^utf-?8\b/i.test(argument) ? { utf8Requested: true } : {}),
};
// The next user's session has its own type.
const LOGIN: CommandEffect = { sent: RESET_BY_LOGIN, completed: () => ({ type: undefined }) };
const REIN: CommandEffect = {
  sent: { ...RESET_BY_LOGIN, protection: undefined },
  // RFC 959 §4.1.1: all parameters return to their defaults.
  completed: () => ({ type: undefined, restart: undefined, utf8Requested: false }),
};
const AUTH: CommandEffect = {
  sent: { ...RESET_BY_LOGIN, protection: undefined },
  // RFC 4217 §4.2. Besides, nothing that the server sent before TLS can be trusted.
  completed: () => INITIAL_STATE,
};
const PROT: CommandEffect = {
  sent: { protection: undefined },
  completed: (argument) => ({ protection: PROTECTIONS.get(argument.trim().toUpperCase()) }),
};

// biome-ignore format: a table
const COMMANDS = new Map<string, CommandTraits>([
  ['AUTH', { clear: true, endsEPSV: true, effect: AUTH }],
  ['FEAT', { clear: true }],
  ['HOST', { clear: true }], // RFC 7151 §3
  ['QUIT', { clear: true }],
  ['USER', { credential: true, endsEPSV: true, effect: LOGIN }],
  ['PASS', { credential: true, secret: true, effect: LOGIN }],
  ['ACCT', { credential: true, secret: true, effect: LOGIN }],
  ['ADAT', { credential: true, secret: true }], // RFC 2228 §3
  ['REIN', { endsEPSV: true, effect: REIN }],
  ['PROT', { endsEPSV: true, effect: PROT }],
  ['TYPE', { effect: TYPE }],
  ['REST', { effect: REST }],
  ['OPTS', { effect: OPTS }],
  ['EPSV', { endsEPSV: true }],
  ['PASV', { endsEPSV: true }],
  ['LPSV', { endsEPSV: true }],
  ['EPRT', { endsEPSV: true }],
  ['PORT', { endsEPSV: true }],
  ['LPRT', { endsEPSV: true }],
  ['RETR', { path: true, transfer: 'download' }],
  ['LIST', { path: true, transfer: 'download' }],
  ['NLST', { path: true, transfer: 'download' }],
  ['MLSD', { path: true, transfer: 'download' }],
  ['STOR', { path: true, transfer: 'upload' }],
  ['APPE', { path: true, transfer: 'upload' }],
  ['STOU', { path: true, transfer: 'upload' }],
  ['CWD',  { path: true, xForm: 'XCWD' }],
  ['CDUP', { xForm: 'XCUP' }],
  ['PWD',  { xForm: 'XPWD' }],
  ['MKD',  { path: true, xForm: 'XMKD' }],
  ['RMD',  { path: true, xForm: 'XRMD' }],
  ['XCWD', { path: true }],
  ['XMKD', { path: true }],
  ['XRMD', { path: true }],
  ['DELE', { path: true }],
  ['RNFR', { path: true }],
  ['RNTO', { path: true }],
  ['SIZE', { path: true }],
  ['MDTM', { path: true }],
  ['MFMT', { path: true }],
  ['MLST', { path: true }],
  ['STAT', { path: true }],
  ['SMNT', { path: true }],
]);

const UNKNOWN: CommandTraits = {};

/**
 * Returns the traits of a command; an empty object for an unknown one.
 *
 * @param verb - in upper case
 */
export function traitsOf(verb: string): CommandTraits {
  return COMMANDS.get(verb) ?? UNKNOWN;
}

/** Whether a command downloads a listing, not a file, so that its size is meaningless. */
export function isListing({ verb }: { readonly verb: string }): boolean {
  return traitsOf(verb).transfer === 'download' && verb !== 'RETR';
}

/**
 * Which commands may be sent without TLS: all, all but credentials, or only those that set up TLS
 * or end the connection.
 */
export type PlaintextPolicy = 'all' | 'no credentials' | 'require-tls';

/**
 * Whether a policy allows a command to be sent without TLS.
 *
 * @param verb - in upper case
 */
export function isAllowedInClear(verb: string, policy: PlaintextPolicy): boolean {
  const { clear, credential } = traitsOf(verb);
  if (policy === 'all') return true;
  return policy === 'no credentials' ? credential !== true : clear === true;
}
