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

/** The commands that can list one directory. */
export interface ListCommands {
  /** MLSD, preferred. */
  readonly mlsd: Command;
  /** LIST, if the server does not support MLSD. */
  readonly list: Command;
  /** LIST -a, if hidden files are wanted. */
  readonly hidden: Command | undefined;
  /** The directory to list. */
  readonly path: Path;
}

/**
 * Creates the commands that list a directory. Servers read a path that begins with a dash as
 * options of LIST, so such a path gets the prefix `./`.
 */
export function listCommands(
  make: (...parts: Path[]) => Command,
  path: Path,
  hidden: boolean,
): ListCommands {
  const named = path.length === 0 ? [] : [path];
  const escaped = named.map((each) => (beginsWithDash(each) ? inDirectory(each) : each));
  return {
    mlsd: make('MLSD', ...named),
    list: make('LIST', ...escaped),
    hidden: hidden ? make('LIST', '-a', ...escaped) : undefined,
    path,
  };
}

function beginsWithDash(path: Path): boolean {
  return typeof path === 'string' ? path.startsWith('-') : path[0] === 0x2d;
}

function inDirectory(path: Path): Path {
  return typeof path === 'string' ? `./${path}` : Buffer.concat([Buffer.from('./'), path]);
}

/** A session, and a turn in its queue. */
export interface SessionTurn {
  /** The session that lists. */
  readonly session: Session;
  /** The turn of the listing. */
  readonly turn: Turn;
}

/** The callbacks of a listing. */
export interface ListListener {
  /** Called with each line that no parser understands. */
  unparsed(line: string, stream: ListingStream<Entry>): void;
}

/**
 * Creates a stream of the entries of a directory.
 * @param takeTurn - takes a turn in the queue of the session
 */
export function listStream(
  takeTurn: () => SessionTurn | Promise<SessionTurn>,
  commands: ListCommands,
  options: ListOptions,
  limits: { readonly maxListingLine: number; readonly maxReadAhead: number },
  listener: ListListener,
): ListingStream<Entry> {
  const listing = checkListing(options);
  const { maxListingLine, maxReadAhead } = limits;
  const reader: EntryReader = new EntryReader(
    maxListingLine,
    (): Error => lineTooLongError(stream.command, maxListingLine),
  );
  const unparsed = (line: string) => listener.unparsed(line, stream);
  const request = listRequest(takeTurn, commands, options, reader, listing, unparsed);
  const { signal } = options;
  const stream: ListingStream<Entry> = new ListingStream<Entry>(request, {
    reader,
    maxReadAhead,
    signal,
  });
  return stream;
}

function listRequest(
  takeTurn: () => SessionTurn | Promise<SessionTurn>,
  commands: ListCommands,
  { timeout }: CallOptions,
  reader: EntryReader,
  listing: CheckedListing,
  unparsed: (line: string) => void,
): TransferRequest {
  const { label } = commands.mlsd;
  const create = (each: SessionTurn) =>
    requestForTurn(each, commands, timeout, reader, listing, unparsed);
  try {
    const taken = takeTurn();
    return taken instanceof Promise ? pendingRequest(label, taken.then(create)) : create(taken);
  } catch (error) {
    // If the client is not connected, the stream reports it, like all later errors.
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
  const open = (listener: TransferListener, signal: StopSignal) => {
    const openBy: OpenByCommand = (chosen, onTurn, streamListener) => {
      command = chosen;
      const isMlsd = chosen === commands.mlsd;
      const { codec } = session.settings;
      const listed = new ListedPath(commands.path, codec);
      const parsing = { ...listing.parsing, isMlsd, listed, unparsed };
      reader.begin(codec, listing.context(), parsing);
      return openTransfer(session, onTurn, chosen, details, streamListener, signal);
    };
    const openByList = () => {
      const { list, hidden } = commands;
      if (!hidden) return openBy(list, turn, listener);
      const { parser } = listing.parsing;
      const lines = { codec: session.settings.codec, context: listing.context(), parser };
      return openHiddenListing(session, turn, { list, hidden }, listener, lines, openBy, signal);
    };
    return openListing(
      session,
      turn,
      commands.mlsd,
      { timeout, signal },
      listener,
      openBy,
      openByList,
    );
  };
  return {
    get command() {
      return command.label; // the one chosen so far
    },
    open,
  };
}

/**
 * Opens the listing by MLSD if the server supports it; otherwise, or if MLSD is refused, by LIST.
 */
async function openListing(
  session: Session,
  turn: Turn,
  mlsd: Command,
  options: StepOptions,
  listener: TransferListener,
  openBy: OpenByCommand,
  openByList: () => Promise<Transfer>,
): Promise<Transfer> {
  await turn.ready(session.timeouts(options).reply, options.signal);
  let isSupported: boolean;
  try {
    isSupported = await supportsCommand(session, 'MLSD', options);
  } catch (error) {
    turn.release();
    throw error;
  }
  if (!isSupported) return openByList();
  const deferred = deferRelease(turn); // no other call may run between the two commands
  try {
    const transfer = await openBy(mlsd, deferred, withoutFirstRefusal(listener));
    deferred.allowRelease();
    return transfer;
  } catch (error) {
    if (!noteIfRefused(session, 'MLSD', error)) {
      deferred.allowRelease();
      throw error;
    }
  }
  return openByList();
}

/** Hides a first event that is a refusal from the stream: another command will be tried. */
function withoutFirstRefusal(listener: TransferListener): TransferListener {
  let hasStarted = false;
  return {
    ...listener,
    onEvent(event, detail) {
      if (event === 'refusal' && !hasStarted) return;
      hasStarted = true;
      listener.onEvent(event, detail);
    },
  };
}
