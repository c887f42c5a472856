import type { Entry } from '../listing/entry';
import { EntryReader } from '../listing/entry-reader';
import { ListedPath } from '../listing/listed-path';
import type { CallOptions, StepOptions } from '../options/client-options';
import { type CheckedListing, checkListing, type ListOptions } from '../options/listing-options';
import type { Command, Path } from '../protocol/command';
import { isRefused, offers } from '../session/features';
import { pendingRequest } from '../session/pending-session';
import type { Session } from '../session/session';
import { deferRelease, type Turn } from '../session/turn-queue';
import { ListingStream, lineTooLongError } from '../streams/listing-stream';
import type { Transfer, TransferListener, TransferRequest } from '../streams/transfer';
import type { StopSignal } from '../util/abort-signal';
import { type OpenListing, openHidden } from './hidden-listing';
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
export interface ListPlace {
  readonly session: Session;
  readonly ticket: Turn;
}

/** What is told to somebody while a listing is read. */
export interface ListWatcher {
  unparsed(line: string, stream: ListingStream<Entry>): void;
}

/** A stream of the entries of a directory; `take` gives the session, and a place among the commands. */
export function listStream(
  take: () => ListPlace | Promise<ListPlace>,
  commands: ListCommands,
  options: ListOptions,
  limits: { readonly maxListingLine: number; readonly maxReadAhead: number },
  watcher: ListWatcher,
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
  take: () => ListPlace | Promise<ListPlace>,
  commands: ListCommands,
  { timeout }: CallOptions,
  reader: EntryReader,
  listing: CheckedListing,
  unparsed: (line: string) => void,
): TransferRequest {
  const { label } = commands.mlsd;
  const at = (each: ListPlace) => placedRequest(each, commands, timeout, reader, listing, unparsed);
  try {
    const place = take();
    return place instanceof Promise ? pendingRequest(label, place.then(at)) : at(place);
  } catch (error) {
    // Not connected: that is the stream's error, as all that comes after.
    return { command: label, open: () => Promise.reject(error) };
  }
}

function placedRequest(
  { session, ticket }: ListPlace,
  commands: ListCommands,
  timeout: number | undefined,
  reader: EntryReader,
  listing: CheckedListing,
  unparsed: (line: string) => void,
): TransferRequest {
  let command = commands.mlsd;
  const details: TransferDetails = { direction: 'download', type: 'A', timeout };
  const open = (watcher: TransferListener, signal: StopSignal) => {
    const use: OpenListing = (made, turn, told) => {
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
      if (!hidden) return use(list, ticket, watcher);
      const { parser } = listing.parsing;
      const lines = { codec: session.settings.codec, context: listing.context(), parser };
      return openHidden(session, ticket, { list, hidden }, watcher, lines, use, signal);
    };
    return openListing(session, ticket, commands.mlsd, { timeout, signal }, watcher, use, byList);
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
  ticket: Turn,
  mlsd: Command,
  options: StepOptions,
  watcher: TransferListener,
  use: OpenListing,
  byList: () => Promise<Transfer>,
): Promise<Transfer> {
  await ticket.ready(session.timeouts(options).reply, options.signal);
  let isOffered: boolean;
  try {
    isOffered = await offers(session, 'MLSD', options);
  } catch (error) {
    ticket.release();
    throw error;
  }
  if (!isOffered) return byList();
  const lent = deferRelease(ticket); // nobody must come between the two
  try {
    const transfer = await use(mlsd, lent, sparing(watcher));
    lent.give();
    return transfer;
  } catch (error) {
    if (!isRefused(session, 'MLSD', error)) {
      lent.give();
      throw error;
    }
  }
  return byList();
}

/** The stream is not told of a refusal that another command may make good. */
function sparing(watcher: TransferListener): TransferListener {
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
