import { ConnectionError } from '../../errors';
import type { Command } from '../../protocol/command';
import { type Clearance, isClear } from '../../protocol/commands';

/** Why a command may not be sent in clear, if so (CVE-2021-22946). */
export function refusalInClear(
  command: Command,
  clearance: Clearance,
): ConnectionError | undefined {
  if (isClear(command.verb, clearance)) return undefined;
  const message = `${command.verb} was not sent: the control connection is in clear, and TLS is required`;
  const context = { command: command.label, phase: 'secure' as const, connectionUsable: true };
  return new ConnectionError(message, context);
}
