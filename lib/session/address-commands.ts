import { isIPv6 } from 'node:net';
import { ConnectionError } from '../errors';
import type { Settings } from '../options/settings';
import { plainAddress } from '../protocol/active';
import type { ActiveCommand, PassiveCommand, SessionState } from '../protocol/session-state';
import type { ControlConnection } from '../transport/control/control-connection';

/** The parts of a `Session` that choosing an address command needs. */
export interface AddressContext {
  /** The options of the client. */
  readonly settings: Pick<
    Settings,
    'createConnection' | 'passive' | 'passiveCommands' | 'activeCommands'
  >;
  /** The control connection, for the address of the server. */
  readonly control: Pick<ControlConnection, 'tcpSocket'>;
  /** The commands that are known to work. */
  readonly state: Pick<SessionState, 'passive' | 'active'>;
  /** The server as the user named it. */
  readonly host: string;
}

/** For each address command, the option that lists it, and the other command of that option. */
const OPTION_OF_COMMAND: ReadonlyMap<string, readonly [option: string, other: string]> = new Map([
  ['EPSV', ['passiveCommands', 'PASV']],
  ['PASV', ['passiveCommands', 'EPSV']],
  ['EPRT', ['activeCommands', 'PORT']],
  ['PORT', ['activeCommands', 'EPRT']],
]);

/**
 * Whether a command negotiates the address of a data connection.
 * @param verb - in upper case
 */
export function isAddressCommand(verb: string): boolean {
  return OPTION_OF_COMMAND.has(verb);
}

/** The server's IP address; with `createConnection`, its name, since a proxy may need that. */
export function peerAddress({ control, settings, host }: AddressContext): string {
  const socket = settings.createConnection ? undefined : control.tcpSocket;
  return plainAddress(socket?.remoteAddress ?? host);
}

/**
 * The commands to try for the next passive data connection, in order.
 * @throws ConnectionError if the option `passiveCommands` has no command for this IP version
 */
export function passiveCommands(session: AddressContext): readonly PassiveCommand[] {
  const commands = untriedCommands(session.settings.passiveCommands, session.state.passive);
  return isIPv6(peerAddress(session))
    ? removeIPv4Command(commands, 'PASV', peerAddress(session))
    : commands;
}

/**
 * The commands to try for the next active data connection, in order.
 *
 * @param host - the IP address on which the client listens
 * @throws ConnectionError if the option `activeCommands` has no command for this IP version
 */
export function activeCommands(session: AddressContext, host: string): readonly ActiveCommand[] {
  const commands = untriedCommands(session.settings.activeCommands, session.state.active);
  return isIPv6(host) ? removeIPv4Command(commands, 'PORT', host) : commands;
}

/** Whether EPSV is the first command for the next data connection, so that it may be sent early. */
export function beginsWithEPSV(session: AddressContext): boolean {
  if (!session.settings.passive) return false;
  const [first, second] = untriedCommands(session.settings.passiveCommands, session.state.passive);
  return first === 'EPSV' || (second === 'EPSV' && isIPv6(peerAddress(session)));
}

/**
 * The advice to give when no reply to an address command arrives.
 * @param host - the IP address to which the data connection goes
 */
export function firewallAdvice(verb: string, host: string): string {
  const [option, other] = OPTION_OF_COMMAND.get(verb) as [string, string];
  const family = isIPv6(host) && verb.startsWith('E') ? ' over IPv4 (family: 4)' : '';
  return `a firewall may have dropped the command; the option ${option}: ['${other}'] leaves it out${family}`;
}

// Commands before the one that is known to work have failed. They are not tried again.
function untriedCommands<T>(commands: readonly T[], working: T | undefined): readonly T[] {
  return working === undefined ? commands : commands.slice(commands.indexOf(working));
}

function removeIPv4Command<T extends string>(
  commands: readonly T[],
  verb: T,
  host: string,
): readonly T[] {
  const remaining = commands.filter((each) => each !== verb);
  if (remaining.length > 0) return remaining;
  const [option, other] = OPTION_OF_COMMAND.get(verb) as [string, string];
  const message = `${verb} works only over IPv4, and ${host} is an IPv6 address; add '${other}' to the option ${option}`;
  throw new ConnectionError(message, { phase: 'data', connectionUsable: true });
}
