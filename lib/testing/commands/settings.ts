import { FACTS, formatLong, formatReply } from '../listing';
import { Refusal } from '../refusal';
import type { CommandAnswer, TestSession } from '../session';
import { existing, resolvePath } from '../storage';

/** Transfer parameters, and information about the server (RFC 959 §4.1.2 and §4.1.3). */
export const settings: Readonly<Record<string, CommandAnswer>> = {
  NOOP: (session) => session.reply('200 NOOP ok.'),
  ALLO: (session) => session.reply('202 No storage allocation is needed.'),
  SYST: (session) => session.reply(`215 ${session.server.settings.system}`),
  HELP: (session) => session.reply('214 See RFC 959.'),

  SITE(session, argument) {
    if (argument.toUpperCase() === 'HELP') return session.reply('214 SITE HELP is all there is.');
    throw new Refusal('504 Unknown SITE command.');
  },

  /** Runs after the aborted transfer has ended and has replied 426. */
  ABOR: (session) => session.reply('226 Abort successful.'),

  FEAT(session) {
    const { features } = session.server.settings;
    if (features.length === 0) return session.reply('211 No features.');
    return session.reply(formatReply(211, 'Features:', features, 'End'));
  },

  OPTS(session, argument) {
    const [name = '', value = ''] = argument.split(' ', 2);
    if (name.toUpperCase() === 'UTF8') return session.reply('200 UTF8 is always on.');
    if (name.toUpperCase() !== 'MLST') throw new Refusal('501 Option not understood.');
    const wanted = value.toLowerCase().split(';');
    session.facts = Object.keys(FACTS).filter((fact) => wanted.includes(fact));
    const chosen = session.facts.map((fact) => `${fact === 'unix.mode' ? 'UNIX.mode' : fact};`);
    return session.reply(`200 MLST OPTS ${chosen.join('')}`.trimEnd());
  },

  TYPE(session, argument) {
    const type = argument.toUpperCase();
    if (/^A( N)?$/.test(type)) session.type = 'ascii';
    else if (type === 'I' || type === 'L 8') session.type = 'image';
    else if (/^([AE]( [NTC])?|L \d+)$/.test(type)) throw new Refusal('504 Type not implemented.');
    else throw new Refusal('501 Unknown type.');
    return session.reply(`200 Type set to ${type}.`);
  },

  MODE: (session, argument) => only(session, argument, 'S', /^[BC]$/i),
  STRU: (session, argument) => only(session, argument, 'F', /^[RP]$/i),

  REST(session, argument) {
    if (!/^\d+$/.test(argument) || !Number.isSafeInteger(Number(argument))) {
      throw new Refusal('501 REST takes a number of bytes.');
    }
    session.restart = Number(argument);
    return session.reply(`350 Restarting at ${argument}.`);
  },

  STAT(session, argument, command) {
    if (argument === '') return session.reply(status(session), command);
    const path = resolvePath(session.cwd, command.binary.replace(/^-\S+ ?/, ''));
    const entry = existing(session.server.storage, path);
    const entries = entry.type === 'folder' ? session.server.storage.list(path) : [entry];
    return session.reply(formatReply(213, 'Status:', entries.map(formatLong), 'End'), command);
  },
};

function only(
  session: TestSession,
  argument: string,
  served: string,
  known: RegExp,
): Promise<void> {
  if (argument.toUpperCase() === served) return session.reply('200 Ok.');
  throw new Refusal(known.test(argument) ? '504 Not implemented.' : '501 Unknown.');
}

function status(session: TestSession): Buffer {
  const { transfer } = session;
  const state = transfer
    ? `${transfer.command} in progress: ${transfer.bytes} bytes`
    : 'No transfer in progress';
  return formatReply(
    211,
    'Status:',
    [`User ${session.user}`, `Type ${session.type}`, state],
    'End',
  );
}
