import type { Features } from './features';

/** The commands that set up a passive data connection (RFC 959 §4.1.2, RFC 2428 §3). */
export type PassiveCommand = 'EPSV' | 'PASV';

/** The commands that set up an active data connection (RFC 959 §4.1.2, RFC 2428 §2). */
export type ActiveCommand = 'EPRT' | 'PORT';

/** The state of a session at the server, as earlier commands have left it. */
export interface SessionState {
  /** The argument of the last TYPE in upper case (RFC 959 §3.1.1); `undefined` if unknown. */
  readonly type: string | undefined;
  /** The restart marker that the server holds for the next transfer, if any (RFC 3659 §5.3). */
  readonly restart: string | undefined;
  /** Whether the client has asked the server for UTF-8 (OPTS UTF8 ON). */
  readonly utf8Requested: boolean;
  /** Commands that the server did not know, and the X-forms that it did (RFC 1123 §4.1.3.1). */
  readonly xForms: ReadonlyMap<string, string>;
  /** The features from the reply to FEAT; `undefined` if FEAT was not sent. */
  readonly features: Features | undefined;
  /** Commands that FEAT lists, but that the server then did not know. */
  readonly refused: ReadonlySet<string>;
  /** Whether the server requires PRET before a data connection (drftpd). */
  readonly pret: boolean;
  /** The command for passive data connections, once the other one was refused or failed. */
  readonly passive: PassiveCommand | undefined;
  /** The command for active data connections, once the other one was refused or failed. */
  readonly active: ActiveCommand | undefined;
  /** The protection level of data connections (PROT, RFC 2228 §3); initially not agreed on. */
  readonly protection: 'clear' | 'private' | undefined;
}

/** The state of a new session. */
export const INITIAL_STATE: SessionState = {
  type: undefined, // ASCII by RFC 959, but not on every server
  restart: undefined,
  utf8Requested: false,
  xForms: new Map(),
  features: undefined,
  refused: new Set(),
  pret: false,
  passive: undefined,
  active: undefined,
  protection: undefined,
};
