import { type Binary, toBytes } from '../bytes';
import type { Command } from '../command';
import { formatFacts, formatReply } from '../listing';
import { Refusal } from '../refusal';
import type { CommandAnswer, TestSession } from '../session';
import { existing, resolvePath } from '../storage';
import { formatTimeVal, parseTimeVal } from '../time';

/** Commands for files and folders, except transfers (RFC 959 §4.1.3, RFC 3659). */
export const paths: Readonly<Record<string, CommandAnswer>> = {
  PWD: (session) => session.reply(quoted(session.cwd, ' is the current directory.')),

  CWD: (session, _argument, command) => changeTo(session, pathOf(session, command)),
  CDUP: (session) => changeTo(session, resolvePath(session.cwd, '..')),

  MKD(session, _argument, command) {
    const path = pathOf(session, command);
    session.server.storage.makeFolder(path);
    return session.reply(quoted(path, ' created.'));
  },

  RMD(session, _argument, command) {
    session.server.storage.removeFolder(pathOf(session, command));
    return session.reply('250 Directory removed.');
  },

  DELE(session, _argument, command) {
    session.server.storage.removeFile(pathOf(session, command));
    return session.reply('250 File removed.');
  },

  RNFR(session, _argument, command) {
    const path = pathOf(session, command);
    existing(session.server.storage, path);
    session.renameFrom = path;
    return session.reply('350 Ready for RNTO.');
  },

  RNTO(session, _argument, command) {
    const from = session.renameFrom;
    session.renameFrom = undefined;
    if (from === undefined) throw new Refusal('503 Send RNFR first.');
    session.server.storage.rename(from, pathOf(session, command));
    return session.reply('250 Renamed.');
  },

  SIZE(session, _argument, command) {
    const entry = existing(session.server.storage, pathOf(session, command));
    if (entry.type === 'folder') throw new Refusal('550 Not a plain file.');
    // SIZE in TYPE A is the size after conversion (RFC 3659 §4.2), which requires reading the file.
    if (session.type === 'ascii') throw new Refusal('550 SIZE is not given in ASCII mode.');
    return session.reply(`213 ${entry.size}`);
  },

  MDTM(session, _argument, command) {
    const entry = existing(session.server.storage, pathOf(session, command));
    return session.reply(`213 ${formatTimeVal(entry.modify)}`);
  },

  MFMT(session, _argument, command) {
    const [, time = '', name = ''] = /^(\S+) (.+)$/s.exec(command.binary) ?? [];
    const modify = parseTimeVal(time);
    if (!modify) throw new Refusal('501 MFMT takes a time and a path.');
    session.server.storage.setModified(resolvePath(session.cwd, name), modify);
    return session.reply(toBytes(`213 Modify=${formatTimeVal(modify)}; ${name}\r\n`));
  },

  MLST(session, _argument, command) {
    const path = resolvePath(session.cwd, command.binary);
    const entry = existing(session.server.storage, path);
    const line = formatFacts(entry, path, session.facts);
    return session.reply(formatReply(250, 'Listing:', [line], 'End'));
  },
};

function pathOf(session: TestSession, command: Command): Binary {
  if (command.binary === '') throw new Refusal('501 A path is missing.');
  return resolvePath(session.cwd, command.binary);
}

function changeTo(session: TestSession, path: Binary): Promise<void> {
  if (existing(session.server.storage, path).type !== 'folder') {
    throw new Refusal('550 Not a directory.');
  }
  session.cwd = path;
  return session.reply('250 Directory changed.');
}

/** A quote inside the path is doubled (RFC 959 appendix II). */
function quoted(path: Binary, comment: string): Buffer {
  return toBytes(`257 "${path.replaceAll('"', '""')}"${comment}\r\n`);
}
