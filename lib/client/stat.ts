import { ProtocolError, ReplyError } from '../errors';
import type { Codec } from '../protocol/codec';
import type { Path } from '../protocol/command';
import { textContext } from '../protocol/listing/context';
import { type Draft, draft, type Entry, isUnsafe } from '../protocol/listing/entry';
import { setUTC } from '../protocol/listing/ls-date';
import { parseMlsx } from '../protocol/listing/mlsx';
import { type Reply, replyText } from '../protocol/reply';
import { parse213 } from '../protocol/size';
import { parseModificationTime } from '../protocol/time-val';
import { isNotImplemented, offers, remember } from './features';
import { listCommands, listStream } from './list';
import { checkListing, type ListingOptions } from './listing-options';
import { setType } from './open-transfer';
import type { CallOptions } from './options';
import type { Session } from './session';
import { heldTurn } from './turn';

/** Options of `stat()`. */
export interface StatOptions
  extends CallOptions,
    Pick<ListingOptions, 'serverTimeZone' | 'dateOrder' | 'now' | 'parser'> {}

/**
 * What the server says of one path: by MLST; without it SIZE and MDTM, which are for files; and
 * what refuses those, as directories do, by its entry in the listing of the directory that it is in.
 * It takes the turn.
 */
export async function statPath(session: Session, path: Path, options: StatOptions): Promise<Entry> {
  const place = placeOf(path, session.settings.codec);
  if (await offers(session, 'MLST', options)) {
    try {
      const reply = await session.exchange(session.command('MLST', path), options);
      return named(entryIn(reply, options), place);
    } catch (error) {
      if (!isNotImplemented(error)) throw error;
      remember(session, 'MLST');
    }
  }
  await setType(session, 'I', options); // SIZE depends on it
  const size = await asked(session, 'SIZE', path, options, parse213);
  const modified = await asked(session, 'MDTM', path, options, parseModificationTime);
  const found = typeof size === 'number' ? undefined : await listed(session, place, options);
  if (typeof size !== 'number' && !found) throw size;
  const context = textContext(checkListing(options).context());
  const entry: Draft = { ...(found ?? draft(context, '', place.name, 'file')) };
  if (typeof size === 'number') entry.size = size;
  if (modified instanceof Date) {
    setUTC(entry, modified, modified.getUTCMilliseconds() === 0 ? 'second' : 'millisecond');
  }
  return entry;
}

/** What a command says of a path, or the reply that refuses it. */
async function asked<T>(
  session: Session,
  verb: 'SIZE' | 'MDTM',
  path: Path,
  options: CallOptions,
  parse: (reply: string) => T,
): Promise<T | ReplyError> {
  try {
    return parse(replyText(await session.exchange(session.command(verb, path), options)));
  } catch (error) {
    if (error instanceof ReplyError && error.connectionUsable) return error;
    throw error;
  }
}

/** The entry in the reply to MLST: a line between the first and the last, behind one space. */
function entryIn(reply: Reply, options: StatOptions): Entry {
  const context = textContext(checkListing(options).context());
  for (const line of reply.lines.slice(1, -1)) {
    const entry = parseMlsx(line.replace(/^(?:250-| )/, ''), context);
    if (entry) return entry;
  }
  throw new ProtocolError(`${replyText(reply)} (no facts in it)`, {
    reply,
    connectionUsable: true,
  });
}

/** Where a path leads: the directory, and the name in it. */
interface Place {
  readonly directory: Path;
  readonly name: string;
  readonly nameBytes: Buffer;
}

const SLASH = 0x2f;

function placeOf(path: Path, codec: Codec): Place {
  const bytes = Buffer.from(typeof path === 'string' ? codec.encode(path) : path);
  let end = bytes.length;
  while (end > 1 && bytes[end - 1] === SLASH) end--;
  const slash = bytes.lastIndexOf(SLASH, end - 1);
  // The root is in no directory.
  if (slash === end - 1) return { directory: '', name: '/', nameBytes: bytes.subarray(0, 0) };
  const nameBytes = bytes.subarray(slash + 1, end);
  const directory = bytes.subarray(0, slash === 0 ? 1 : Math.max(slash, 0));
  return { directory, name: codec.decode(nameBytes), nameBytes };
}

/** MLST tells a whole path: the entry is called as in a listing; `raw` has the rest. */
function named(entry: Entry, { name }: Place): Entry {
  return { ...entry, name, unsafe: isUnsafe(name) ? true : undefined };
}

async function listed(
  session: Session,
  place: Place,
  options: StatOptions,
): Promise<Entry | undefined> {
  const { directory, name, nameBytes } = place;
  const context = textContext(checkListing(options).context());
  if (nameBytes.length === 0 || name === '.' || name === '..') {
    return draft(context, '', name, 'directory');
  }
  const commands = listCommands((...parts) => session.command(...parts), directory, false);
  const { codec, maxListingLine, maxReadAhead } = session.settings;
  const { ticket, released } = heldTurn();
  const limits = { maxListingLine, maxReadAhead };
  const unparsed = () => {}; // of other names
  const stream = listStream(() => ({ session, ticket }), commands, options, limits, { unparsed });
  let found: Entry | undefined;
  try {
    for await (const entry of stream) {
      if (nameBytes.equals(entry.rawName ?? codec.encode(entry.name))) found ??= entry;
    }
  } catch (error) {
    if (!(error instanceof ReplyError)) throw error;
  } finally {
    await released;
  }
  return found;
}
