import { FTPError, ReplyError } from '../errors';
import { textContext } from '../listing/context';
import { type Draft, draft, type Entry, isUnsafe, setUTC } from '../listing/entry';
import { parseMlstReply } from '../listing/mlst-reply';
import type { CallOptions } from '../options/client-options';
import { checkListing, type StatOptions } from '../options/listing-options';
import type { Codec } from '../protocol/codec';
import type { Path } from '../protocol/command';
import { originalReply, parseOriginal } from '../protocol/secrets';
import { parse213 } from '../protocol/size';
import { parseModificationTime } from '../protocol/time-val';
import { replyClass } from '../reply';
import { noteIfRefused, supportsCommand } from '../session/features';
import type { Session } from '../session/session';
import { nestedTurn } from '../session/turn-queue';
import { listCommands, listStream } from './list';
import { trySetType } from './representation-type';

/**
 * Returns the entry of one path, by MLST. Without MLST, it uses SIZE and MDTM, which work for
 * files. If the size is unknown then, it searches the listing of the parent directory. The caller
 * must hold the turn.
 *
 * @throws ReplyError if the server provides no information about the path
 */
export async function statPath(session: Session, path: Path, options: StatOptions): Promise<Entry> {
  const parts = splitPath(path, session.settings.codec);
  const facts = await mlst(session, path, options);
  if (facts) return withName(facts, parts);
  const isBinary = await trySetType(session, 'I', options); // SIZE depends on it
  const size = await query(session, 'SIZE', path, options, parse213);
  const modified = await query(session, 'MDTM', path, options, parseModificationTime);
  const isExact = isBinary && size.value !== undefined;
  const isKnown = size.value !== undefined || modified.value !== undefined;
  const found = isExact ? undefined : await findInListing(session, parts, options, isKnown);
  if (!isKnown && !found) throw size.failure;
  const context = textContext(checkListing(options).context());
  const type = size.failure instanceof ReplyError && !isCompletion(size.failure) ? 'other' : 'file';
  const entry: Draft = { ...(found ?? draft(context, '', parts.name, type)) };
  entry.size = isExact ? size.value : (entry.size ?? size.value);
  const time = modified.value;
  if (time) setUTC(entry, time, time.getUTCMilliseconds() === 0 ? 'second' : 'millisecond');
  return entry;
}

/** The entry in the reply to MLST; `undefined` if the server does not support MLST. */
async function mlst(
  session: Session,
  path: Path,
  options: StatOptions,
): Promise<Entry | undefined> {
  if (!(await supportsCommand(session, 'MLST', options))) return undefined;
  try {
    const reply = await session.exchange(session.command('MLST', path), options);
    return parseMlstReply(originalReply(reply), textContext(checkListing(options).context()));
  } catch (error) {
    if (!noteIfRefused(session, 'MLST', error)) throw error;
    return undefined;
  }
}

/** The value in the reply to a command, or why there is none. */
interface Answer<T> {
  readonly value?: T;
  readonly failure?: FTPError;
}

/** Sends a command that asks for one value of a path. Throws only if the connection is unusable. */
async function query<T>(
  session: Session,
  verb: 'SIZE' | 'MDTM',
  path: Path,
  options: CallOptions,
  parse: (reply: string) => T,
): Promise<Answer<T>> {
  try {
    const reply = await session.exchange(session.command(verb, path), options);
    return { value: parseOriginal(reply, parse) };
  } catch (error) {
    if (error instanceof FTPError && error.connectionUsable) return { failure: error };
    throw error;
  }
}

/** Whether the reply is a 2yz, though not the standard one: the server has executed the command. */
function isCompletion({ reply }: ReplyError): boolean {
  return replyClass(reply) === 2;
}

/** A path, split into its directory and the name in it. */
interface PathParts {
  readonly directory: Path;
  readonly name: string;
  readonly nameBytes: Buffer;
}

const SLASH = 0x2f;

function splitPath(path: Path, codec: Codec): PathParts {
  const bytes = Buffer.from(typeof path === 'string' ? codec.encode(path) : path);
  let end = bytes.length;
  while (end > 1 && bytes[end - 1] === SLASH) end--;
  const slash = bytes.lastIndexOf(SLASH, end - 1);
  // The root has no parent directory.
  if (slash === end - 1) return { directory: '', name: '/', nameBytes: bytes.subarray(0, 0) };
  const nameBytes = bytes.subarray(slash + 1, end);
  const directory = bytes.subarray(0, slash === 0 ? 1 : Math.max(slash, 0));
  return { directory, name: codec.decode(nameBytes), nameBytes };
}

/** Sets the name, since MLST returns a whole path. It stays in `raw`. */
function withName(entry: Entry, { name }: PathParts): Entry {
  return { ...entry, name, unsafe: isUnsafe(name) ? true : undefined };
}

/**
 * Finds the entry of a path in the listing of its directory.
 * @param mayFail - whether to return `undefined` if the listing fails
 */
async function findInListing(
  session: Session,
  parts: PathParts,
  options: StatOptions,
  mayFail: boolean,
): Promise<Entry | undefined> {
  const { directory, name, nameBytes } = parts;
  const context = textContext(checkListing(options).context());
  if (nameBytes.length === 0 || name === '.' || name === '..') {
    return draft(context, '', name, 'directory');
  }
  const commands = listCommands(
    (...words) => session.command(...words),
    directory,
    name.startsWith('.'),
  );
  const { codec, maxListingLine, maxReadAhead } = session.settings;
  const { turn, released } = nestedTurn();
  const limits = { maxListingLine, maxReadAhead };
  const unparsed = () => {}; // other lines do not matter
  const stream = listStream(() => ({ session, turn }), commands, options, limits, { unparsed });
  let found: Entry | undefined;
  try {
    for await (const entry of stream) {
      if (nameBytes.equals(entry.rawName ?? codec.encode(entry.name))) found ??= entry;
    }
  } catch (error) {
    const isHarmless = mayFail && error instanceof FTPError && error.connectionUsable;
    if (!isHarmless && !(error instanceof ReplyError)) throw error;
  } finally {
    await released;
  }
  return found;
}
