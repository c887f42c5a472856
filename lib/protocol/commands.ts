/** What the client must know of a command beside its name. */
export interface CommandTraits {
  /** Its argument must never be shown. */
  readonly secret?: true;
  /** Its argument is a pathname. */
  readonly path?: true;
  /** It opens a data connection; the direction of the bytes. */
  readonly transfer?: 'download' | 'upload';
  /** Goes out in clear even where TLS is required: it asks for TLS, or ends the connection. */
  readonly clear?: true;
  /** Tells who the user is, or proves it. */
  readonly credential?: true;
  /** The older name to try when the server does not know it (RFC 1123 §4.1.3.1). */
  readonly xForm?: string;
}

// biome-ignore format: a table
const COMMANDS = new Map<string, CommandTraits>([
  ['AUTH', { clear: true }],
  ['FEAT', { clear: true }],
  ['HOST', { clear: true }], // RFC 7151 §3
  ['QUIT', { clear: true }],
  ['USER', { credential: true }],
  ['PASS', { credential: true, secret: true }],
  ['ACCT', { credential: true, secret: true }],
  ['ADAT', { credential: true, secret: true }], // RFC 2228 §3
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

/** @param verb - in upper case */
export function traitsOf(verb: string): CommandTraits {
  return COMMANDS.get(verb) ?? UNKNOWN;
}

/** Whether what comes is no file, so that neither its size nor its absence says anything. */
export function isListing({ verb }: { readonly verb: string }): boolean {
  return traitsOf(verb).transfer === 'download' && verb !== 'RETR';
}

/** What may be sent in clear on a control connection. */
export type PlaintextPolicy = 'all' | 'no credentials' | 'require-tls';

/** Whether a command may be sent in clear. @param verb - in upper case */
export function isAllowedInClear(verb: string, clearance: PlaintextPolicy): boolean {
  const { clear, credential } = traitsOf(verb);
  if (clearance === 'all') return true;
  return clearance === 'no credentials' ? credential !== true : clear === true;
}
