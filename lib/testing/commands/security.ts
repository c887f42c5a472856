import { Refusal } from '../refusal';
import type { CommandAnswer, TestSession } from '../session';
import type { SessionSecurity } from '../tls/session-security';

/** Security commands (RFC 4217, RFC 2228). */
export const security: Readonly<Record<string, CommandAnswer>> = {
  async AUTH(session, argument, command) {
    const { control } = securityOf(session);
    if (!/^TLS(-C)?$/i.test(argument)) throw new Refusal('504 The mechanism is TLS.');
    if (control) throw new Refusal('503 TLS is on already.');
    await session.secureControl(command, () => session.reply('234 Begin TLS.', command));
  },

  PBSZ(session, argument) {
    const own = afterAuth(session);
    if (!/^\d+$/.test(argument)) throw new Refusal('501 PBSZ takes a number.');
    own.bufferSize = true;
    return session.reply('200 PBSZ=0');
  },

  PROT(session, argument) {
    const own = afterAuth(session);
    const level = argument.toUpperCase();
    if (!own.bufferSize) throw new Refusal('503 Send PBSZ first.');
    if (level === 'S' || level === 'E') throw new Refusal('536 TLS has the levels C and P.');
    if (level !== 'C' && level !== 'P') throw new Refusal('504 Unknown protection level.');
    own.protectsData = level === 'P';
    return session.reply(`200 Protection set to ${level}.`);
  },

  async CCC(session, _argument, command) {
    const { control, settings } = securityOf(session);
    if (!control) throw new Refusal('533 The control connection is clear already.');
    if (settings.requireTls) throw new Refusal('534 TLS is required.');
    await session.reply('200 Clear from now on.', command);
    await session.clearControl();
  },
};

function securityOf(session: TestSession): SessionSecurity {
  if (!session.security) throw new Refusal('502 This server speaks no TLS.');
  return session.security;
}

function afterAuth(session: TestSession): SessionSecurity {
  const own = securityOf(session);
  if (!own.authenticated) throw new Refusal('503 Send AUTH first.');
  return own;
}
