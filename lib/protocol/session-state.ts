import { type Reply, replyClass } from '../reply';
import { type Command, hasInternationalPath } from './command';
import { isListing } from './commands';
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
  readonly utf8Asked: boolean;
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
  utf8Asked: false,
  xForms: new Map(),
  features: undefined,
  refused: new Set(),
  pret: false,
  passive: undefined,
  active: undefined,
  protection: undefined,
};

// RFC 4217 §9: TLS gives all or nothing, so that S and E are not used.
const PROTECTIONS: ReadonlyMap<string, SessionState['protection']> = new Map([
  ['C', 'clear'],
  ['P', 'private'],
]);

// Another user, or a protected connection, may be offered other features (RFC 2389 §3.2).
const FORGOTTEN = {
  type: undefined,
  features: undefined,
  refused: INITIAL_STATE.refused,
  pret: false,
};

const CHANGING: ReadonlySet<string> = new Set([
  'TYPE',
  'REST',
  'OPTS',
  'USER',
  'PASS',
  'ACCT',
  'REIN',
  'AUTH',
  'PROT',
]);

/** Whether the state may be another one after a command. @param verb - in upper case */
export function changesState(verb: string): boolean {
  return CHANGING.has(verb);
}

/**
 * The state while a command's reply is out: nothing is taken for granted that it may
 * change, since nobody may be there any more to read the reply.
 */
export function beforeReply(state: SessionState, { verb }: Command): SessionState {
  switch (verb) {
    case 'TYPE':
      return { ...state, type: undefined };
    case 'USER':
    case 'PASS':
    case 'ACCT':
      return { ...state, ...FORGOTTEN };
    case 'REIN':
    case 'AUTH':
      return { ...state, ...FORGOTTEN, protection: undefined };
    case 'PROT':
      return { ...state, protection: undefined };
    case 'REST':
      return { ...state, restart: '0' };
    default:
      return state;
  }
}

/** The state after a command was refused. */
export function afterRefusal(state: SessionState, { verb }: Command): SessionState {
  return verb === 'REST' ? { ...state, restart: undefined } : state;
}

/** The state after a command has had its reply, whoever sent it. */
export function afterReply(
  state: SessionState,
  { verb, argument }: Command,
  reply: Reply,
): SessionState {
  if (verb === 'REST' && replyClass(reply) === 3) return { ...state, restart: argument.trim() };
  if (replyClass(reply) !== 2) return state;
  switch (verb) {
    case 'TYPE':
      return { ...state, type: argument.trim().toUpperCase() };
    case 'OPTS':
      return /^utf-?8\b/i.test(argument) ? { ...state, utf8Asked: true } : state;
    case 'REIN':
      // RFC 959 §4.1.1: all parameters return to their defaults.
      return { ...state, type: undefined, restart: undefined, utf8Asked: false };
    case 'AUTH':
      // RFC 4217 §4.2; and nothing that was said before TLS is to be believed after.
      return INITIAL_STATE;
    case 'PROT':
      return { ...state, protection: PROTECTIONS.get(argument.trim().toUpperCase()) };
    case 'USER':
    case 'PASS':
    case 'ACCT':
      return { ...state, type: undefined }; // another user's session
    default:
      return state;
  }
}

/**
 * Whether the server is to be asked for UTF-8 before these commands: before the first path that is not
 * ASCII, and before the first listing where FEAT has shown UTF8, since IIS lists in its code page
 * until it is asked.
 */
export function wantsUTF8(state: SessionState, commands: readonly Command[]): boolean {
  if (state.utf8Asked) return false;
  const isOffered = state.features?.has('UTF8') === true;
  return commands.some((each) => hasInternationalPath(each) || (isOffered && isListing(each)));
}
