import { Readable } from 'node:stream';
import { type Binary, toBytes } from '../bytes';
import type { Command } from '../command';
import { formatFacts, formatLong } from '../listing';
import { Refusal } from '../refusal';
import type { CommandAnswer, TestSession } from '../session';
import { existing, parentOf, resolvePath, type StoredEntry, type WriteMode } from '../storage';
import { receiveFile, sendFile } from '../transfer';

/** The commands that use the data connection (RFC 959 §4.1.3, RFC 3659 §7). */
export const transfers: Readonly<Record<string, CommandAnswer>> = {
  RETR(session, _argument, command) {
    const start = takeRestart(session);
    const path = filePath(session, command);
    const { size, type } = existing(session.server.storage, path);
    if (type === 'folder') throw new Refusal('550 Not a plain file.');
    if (start > size) throw new Refusal('554 The restart offset is beyond the end.');
    requireData(session, command);
    const opening = openingFor(session, command.binary, ` (${size - start} bytes)`);
    const ascii = session.type === 'ascii';
    const source = session.server.storage.read(path, start);
    return sendFile(session, { command, path, opening, ascii }, source);
  },

  STOR(session, _argument, command) {
    const start = takeRestart(session);
    return store(session, command, filePath(session, command), { start });
  },

  APPE(session, _argument, command) {
    takeRestart(session);
    return store(session, command, filePath(session, command), 'append');
  },

  STOU(session, _argument, command) {
    takeRestart(session);
    const name = uniqueName(session, command.binary || 'file');
    return store(session, command, resolvePath(session.cwd, name), 'exclusive', name);
  },

  LIST: (session, _argument, command) =>
    sendLines(session, command, stripOptions(command.binary), (entry) => formatLong(entry)),

  NLST(session, _argument, command) {
    const argument = stripOptions(command.binary);
    // Names include the requested folder, so that a client can pass them to RETR (RFC 1123
    // §4.1.2.7).
    const prefix = argument === '' ? '' : argument.replace(/\/*$/, '/');
    return sendLines(session, command, argument, ({ name }, alone) =>
      alone ? argument : prefix + name,
    );
  },

  MLSD(session, _argument, command) {
    const { storage } = session.server;
    const { facts } = session;
    const path = resolvePath(session.cwd, command.binary);
    const folder = existing(storage, path);
    if (folder.type !== 'folder') throw new Refusal('501 Not a directory.');
    const parent = existing(storage, parentOf(path));
    const lines = [
      formatFacts(folder, '.', facts, 'cdir'),
      formatFacts(parent, '..', facts, 'pdir'),
      ...storage.list(path).map((entry) => formatFacts(entry, entry.name, facts)),
    ];
    return sendListing(session, command, path, lines);
  },
};

/** Returns and resets the offset: it applies only to the next transfer (RFC 3659 §5.3). */
function takeRestart(session: TestSession): number {
  const { restart } = session;
  session.restart = 0;
  return restart;
}

function filePath(session: TestSession, command: Command): Binary {
  if (command.binary === '') throw new Refusal('501 A path is missing.');
  return resolvePath(session.cwd, command.binary);
}

function requireData(session: TestSession, command: Command): void {
  const { announced } = session;
  session.announced = undefined;
  if (announced !== undefined && announced !== command.line) {
    throw new Refusal('503 PRET has named another transfer.');
  }
  const { security } = session;
  if (security?.settings.requireProtection && !security.protectsData) {
    throw new Refusal('521 Send PROT P first.');
  }
  if (!session.data) throw new Refusal('425 Use PASV, EPSV, PORT or EPRT first.');
}

function openingFor(session: TestSession, name: Binary, size = ''): Buffer {
  const type = session.type === 'ascii' ? 'ASCII' : 'BINARY';
  return toBytes(`150 Opening ${type} mode data connection for ${name}${size}.\r\n`);
}

function store(
  session: TestSession,
  command: Command,
  path: Binary,
  mode: WriteMode,
  unique?: Binary,
): Promise<void> {
  if (session.server.storage.stat(path)?.type === 'folder') throw new Refusal('553 A directory.');
  requireData(session, command);
  // RFC 1123 §4.1.2.9 specifies this format, so that the client can find the name.
  const opening = unique ? toBytes(`150 FILE: ${unique}\r\n`) : openingFor(session, command.binary);
  const sink = session.server.storage.write(path, mode);
  return receiveFile(session, { command, path, opening, ascii: session.type === 'ascii' }, sink);
}

function uniqueName(session: TestSession, base: Binary): Binary {
  const { storage } = session.server;
  for (let count = 1; ; count += 1) {
    const name = `${base}.${count}`;
    if (!storage.stat(resolvePath(session.cwd, name))) return name;
  }
}

/** Removes options of `ls`, as in `LIST -la pub`: clients send them, and servers accept them. */
function stripOptions(argument: Binary): Binary {
  return argument.replace(/^(-[A-Za-z]+( +|$))+/, '');
}

function sendLines(
  session: TestSession,
  command: Command,
  argument: Binary,
  format: (entry: StoredEntry, alone: boolean) => Binary,
): Promise<void> {
  const { storage } = session.server;
  const path = resolvePath(session.cwd, argument);
  const entry = existing(storage, path);
  const lines =
    entry.type === 'folder'
      ? storage.list(path).map((child) => format(child, false))
      : [format(entry, true)];
  return sendListing(session, command, path, lines);
}

function sendListing(
  session: TestSession,
  command: Command,
  path: Binary,
  lines: readonly Binary[],
): Promise<void> {
  takeRestart(session);
  requireData(session, command);
  const opening = openingFor(session, 'file list');
  // Lines end with CRLF in any TYPE (RFC 1123 §4.1.2.7, RFC 3659 §7.2).
  const bytes = toBytes(lines.map((line) => `${line}\r\n`).join(''));
  const source = Readable.from(bytes.length > 0 ? [bytes] : []);
  return sendFile(session, { command, path, opening, ascii: false }, source);
}
