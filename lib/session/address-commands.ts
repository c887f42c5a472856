import { isIPv6 } from 'node:net';
import { ConnectionError } from '../errors';
import type { Settings } from '../options/settings';
import { plainAddress } from '../protocol/active';
import type { ActiveCommand, PassiveCommand, SessionState } from '../protocol/session-state';
import type { ControlConnection } from '../transport/control/control-connection';

/** What it needs to know of a session. */
export interface AddressContext {
  readonly settings: Pick<
    Settings,
    'createConnection' | 'passive' | 'passiveCommands' | 'activeCommands'
  >;
  readonly control: Pick<ControlConnection, 'tcpSocket'>;
  readonly state: Pick<SessionState, 'passive' | 'active'>;
  /** The server as the user named it. */
  readonly host: string;
}

/** Which option each of the commands is in, and the other command of that option. */
const OPTION_OF_COMMAND: ReadonlyMap<string, readonly [option: string, other: string]> = new Map([
  ['EPSV', ['passiveCommands', 'PASV']],
  ['PASV', ['passiveCommands', 'EPSV']],
  ['EPRT', ['activeCommands', 'PORT']],
  ['PORT', ['activeCommands', 'EPRT']],
]);

/** Whether a command agrees on a data connection. @param verb - in upper case */
export function isAddressCommand(verb: string): boolean {
  return OPTION_OF_COMMAND.has(verb);
}

/** The server's address; through the user's own stream, its name, which a proxy understands. */
export function peerAddress({ control, settings, host }: AddressContext): string {
  const socket = settings.createConnection ? undefined : control.tcpSocket;
  return plainAddress(socket?.remoteAddress ?? host);
}

/**
 * The commands that may ask for the next data connection, in the order in which to try them.
 * @throws ConnectionError where the option `passiveCommands` leaves none
 */
export function passiveCommands(session: AddressContext): readonly PassiveCommand[] {
  const commands = untriedCommands(session.settings.passiveCommands, session.state.passive);
  return isIPv6(peerAddress(session))
    ? removeIPv4Command(commands, 'PASV', peerAddress(session))
    : commands;
}

/** The same in active mode. @param host - where the client listens */
export function activeCommands(session: AddressContext, host: string): readonly ActiveCommand[] {
  const commands = untriedCommands(session.settings.activeCommands, session.state.active);
  return isIPv6(host) ? removeIPv4Command(commands, 'PORT', host) : commands;
}

/** Whether the next data connection begins with EPSV, which may then be sent ahead. */
export function beginsWithEPSV(session: AddressContext): boolean {
  if (!session.settings.passive) return false;
  const [first, second] = untriedCommands(session.settings.passiveCommands, session.state.passive);
  return first === 'EPSV' || (second === 'EPSV' && isIPv6(peerAddress(session)));
}

/**
 * What helps where a firewall drops the command, so that no reply comes.
 * @param host - the address that the data connection goes to
 */
export function firewallAdvice(verb: string, host: string): string {
  const [option, other] = OPTION_OF_COMMAND.get(verb) as [string, string];
  const family = isIPv6(host) && verb.startsWith('E') ? ' over IPv4 (family: 4)' : '';
  return `a firewall may have dropped the command; the option ${option}: ['${other}'] leaves it out${family}`;
}

// What was refused or led nowhere is not tried again.
function untriedCommands<T>(commands: readonly T[], remembered: T | undefined): readonly T[] {
  return remembered === undefined ? commands : commands.slice(commands.indexOf(remembered));
}

function removeIPv4Command<T extends string>(
  commands: readonly T[],
  verb: T,
  host: string,
): readonly T[] {
  const left = commands.filter((each) => each !== verb);
  if (left.length > 0) return left;
  const [option, other] = OPTION_OF_COMMAND.get(verb) as [string, string];
  const message = `${verb} works only over IPv4, and ${host} is an IPv6 address; add '${other}' to the option ${option}`;
  throw new ConnectionError(message, { phase: 'data', connectionUsable: true });
}
