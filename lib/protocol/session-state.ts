import type { Features } from './features';

/** The commands that agree on a data connection (RFC 959 §4.1.2, RFC 2428). */
export type PassiveCommand = 'EPSV' | 'PASV';
export type ActiveCommand = 'EPRT' | 'PORT';

/** What a control connection's earlier commands left behind at the server. */
export interface SessionState {
  /** The representation type that was set last (RFC 959 §3.1.1): its argument in upper case. */
  readonly type: string | undefined;
  /** The restart marker that must be sent before the next transfer command, if any (RFC 3659 §5.3). */
  readonly restart: string | undefined;
  /** Whether the server's UTF-8 has been asked for. */
  readonly utf8Requested: boolean;
  /** Names the server did not know, and the X-forms it did (RFC 1123 §4.1.3.1). */
  readonly xForms: ReadonlyMap<string, string>;
  /** What the server has said to FEAT, and the commands of it that it then did not know. */
  readonly features: Features | undefined;
  readonly refused: ReadonlySet<string>;
  /** Whether the server has asked for PRET before a data connection (drftpd). */
  readonly pret: boolean;
  /** The command to open a data connection with, once another one was refused or led nowhere. */
  readonly passive: PassiveCommand | undefined;
  readonly active: ActiveCommand | undefined;
  /** The protection level of the data connections (PROT, RFC 2228 §3); none was agreed on at first. */
  readonly protection: 'clear' | 'private' | undefined;
}

export const INITIAL_STATE: SessionState = {
  type: undefined, // RFC 959 says ASCII, but not every server keeps to it
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
