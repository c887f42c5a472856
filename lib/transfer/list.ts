import type { Entry } from '../listing/entry';
import { EntryReader } from '../listing/entry-reader';
import { ListedPath } from '../listing/listed-path';
import type { CallOptions, StepOptions } from '../options/client-options';
import { type CheckedListing, checkListing, type ListOptions } from '../options/listing-options';
import type { Command, Path } from '../protocol/command';
import { noteIfRefused, supportsCommand } from '../session/features';
import { pendingRequest } from '../session/pending-session';
import type { Session } from '../session/session';
import { deferRelease, type Turn } from '../session/turn-queue';
import { ListingStream, lineTooLongError } from '../streams/listing-stream';
import type { Transfer, TransferListener, TransferRequest } from '../streams/transfer';
import type { StopSignal } from '../util/abort-signal';
import { type OpenByCommand, openHiddenListing } from './hidden-listing';
import { openTransfer } from './open-transfer';
import type { TransferDetails } from './transfer-details';

/** The two commands for one directory. */
export interface ListCommands {
  readonly mlsd: Command;
  readonly list: Command;
  /** LIST -a, where hidden files are wanted. */
  readonly hidden: Command | undefined;
  /** What is listed. */
  readonly path: Path;
}

/**
 * The commands that list a directory.
 *
 * Servers read a path that begins with a dash as options of LIST: `./` keeps them from it.
 */
export function listCommands(
  make: (...parts: Path[]) => Command,
  path: Path,
  hidden: boolean,
): ListCommands {
  const named = path.length === 0 ? [] : [path];
  const guarded = named.map((each) => (beginsWithDash(each) ? inDirectory(each) : each));
  return {
    mlsd: make('MLSD', ...named),
    list: make('LIST', ...guarded),
    hidden: hidden ? make('LIST', '-a', ...guarded) : undefined,
    path,
  };
}

function beginsWithDash(path: Path): boolean {
  return typeof path === 'string' ? path.startsWith('-') : path[0] === 0x2d;
}

function inDirectory(path: Path): Path {
  return typeof path === 'string' ? `./${path}` : Buffer.concat([Buffer.from('./'), path]);
}

/** The session, and a place among its commands. */
export interface SessionTurn {
  readonly session: Session;
  readonly turn: Turn;
}

/** What is told to somebody while a listing is read. */
export interface ListListener {
  unparsed(line: string, stream: ListingStream<Entry>): void;
}

/** A stream of the entries of a directory; `take` gives the session, and a place among the commands. */
export function listStream(
  take: () => SessionTurn | Promise<SessionTurn>,
  commands: ListCommands,
  options: ListOptions,
  limits: { readonly maxListingLine: number; readonly maxReadAhead: number },
  watcher: ListListener,
): ListingStream<Entry> {
  const listing = checkListing(options);
  const { maxListingLine, maxReadAhead } = limits;
  const reader: EntryReader = new EntryReader(
    maxListingLine,
    (): Error => lineTooLongError(stream.command, maxListingLine),
  );
  const unparsed = (line: string) => watcher.unparsed(line, stream);
  const request = listRequest(take, commands, options, reader, listing, unparsed);
  const { signal } = options;
  const stream: ListingStream<Entry> = new ListingStream<Entry>(request, {
    reader,
    maxReadAhead,
    signal,
  });
  return stream;
}

function listRequest(
  take: () => SessionTurn | Promise<SessionTurn>,
  commands: ListCommands,
  { timeout }: CallOptions,
  reader: EntryReader,
  listing: CheckedListing,
  unparsed: (line: string) => void,
): TransferRequest {
  const { label } = commands.mlsd;
  const at = (each: SessionTurn) =>
    requestForTurn(each, commands, timeout, reader, listing, unparsed);
  try {
    const place = take();
    return place instanceof Promise ? pendingRequest(label, place.then(at)) : at(place);
  } catch (error) {
    // Not connected: that is the stream's error, as all that comes after.
    return { command: label, open: () => Promise.reject(error) };
  }
}

function requestForTurn(
  { session, turn }: SessionTurn,
  commands: ListCommands,
  timeout: number | undefined,
  reader: EntryReader,
  listing: CheckedListing,
  unparsed: (line: string) => void,
): TransferRequest {
  let command = commands.mlsd;
  const details: TransferDetails = { direction: 'download', type: 'A', timeout };
  const open = (watcher: TransferListener, signal: StopSignal) => {
    const use: OpenByCommand = (made, turn, told) => {
      command = made;
      const isMlsd = made === commands.mlsd;
      const { codec } = session.settings;
      const listed = new ListedPath(commands.path, codec);
      const parsing = { ...listing.parsing, isMlsd, listed, unparsed };
      reader.begin(codec, listing.context(), parsing);
      return openTransfer(session, turn, made, details, told, signal);
    };
    const byList = () => {
      const { list, hidden } = commands;
      if (!hidden) return use(list, turn, watcher);
      const { parser } = listing.parsing;
      const lines = { codec: session.settings.codec, context: listing.context(), parser };
      return openHiddenListing(session, turn, { list, hidden }, watcher, lines, use, signal);
    };
    return openListing(session, turn, commands.mlsd, { timeout, signal }, watcher, use, byList);
  };
  return {
    get command() {
      return command.label; // as it is now
    },
    open,
  };
}

/** Opens the listing by MLSD where the server has it; else, or if it is refused all the same, by LIST. */
async function openListing(
  session: Session,
  turn: Turn,
  mlsd: Command,
  options: StepOptions,
  watcher: TransferListener,
  use: OpenByCommand,
  byList: () => Promise<Transfer>,
): Promise<Transfer> {
  await turn.ready(session.timeouts(options).reply, options.signal);
  let isOffered: boolean;
  try {
    isOffered = await supportsCommand(session, 'MLSD', options);
  } catch (error) {
    turn.release();
    throw error;
  }
  if (!isOffered) return byList();
  const lent = deferRelease(turn); // nobody must come between the two
  try {
    const transfer = await use(mlsd, lent, withoutFirstRefusal(watcher));
    lent.allowRelease();
    return transfer;
  } catch (error) {
    if (!noteIfRefused(session, 'MLSD', error)) {
      lent.allowRelease();
      throw error;
    }
  }
  return byList();
}

/** The stream is not told of a refusal that another command may make good. */
function withoutFirstRefusal(watcher: TransferListener): TransferListener {
  let hasBegun = false;
  return {
    ...watcher,
    onEvent(event, what) {
      if (event === 'refusal' && !hasBegun) return;
      hasBegun = true;
      watcher.onEvent(event, what);
    },
  };
}
