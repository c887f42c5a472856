import { ReplyError } from '../errors';
import { BinaryContext, type ContextOptions } from '../listing/context';
import { type EntryParser, ListingParser } from '../listing/listing-parser';
import type { Codec } from '../protocol/codec';
import type { Command } from '../protocol/command';
import { DOWNLOAD, isVerdict, type TransferEvent } from '../protocol/transfer-states';
import type { Reply } from '../reply';
import type { Session } from '../session/session';
import { deferRelease, type Turn } from '../session/turn-queue';
import { type ByteSource, DuplexSource } from '../streams/byte-source';
import type { Transfer, TransferListener } from '../streams/transfer';
import { type EventDetail, TransferMachine } from '../streams/transfer-machine';
import { whenEnded } from '../streams/when-ended';
import type { StopSignal } from '../util/abort-signal';
import { unlessAborted } from '../util/abortable';
import { Deadline } from '../util/deadline';
import { Deferred } from '../util/deferred';

/** Bytes without an entry after which a listing no longer counts as empty. */
const MAX_SEARCHED = 16 * 1024;

/** Searches the bytes of a listing for an entry; that of the directory itself counts, too. */
class EntryFinder {
  readonly #parser: ListingParser;
  #unfinished = '';
  #bytes = 0;

  constructor({ codec, context, parser }: ListingLines) {
    const options = { all: true, parser, unparsed() {} };
    this.#parser = new ListingParser(new BinaryContext(codec, context), options);
  }

  /**
   * Searches more bytes. Returns true if there is an entry, or `MAX_SEARCHED` bytes without one.
   */
  push(chunk: Buffer): boolean {
    const rest = chunk.subarray(0, MAX_SEARCHED - this.#bytes);
    this.#bytes += rest.length;
    const lines = (this.#unfinished + rest.toString('latin1')).split('\n');
    this.#unfinished = lines.pop() as string;
    return lines.some((line) => this.#isEntry(line)) || this.#bytes === MAX_SEARCHED;
  }

  /** Searches the last line, which may have no line ending. */
  end(): boolean {
    return this.#isEntry(this.#unfinished) || this.#parser.flush() !== undefined;
  }

  #isEntry(line: string): boolean {
    try {
      return this.#parser.push(line.replace(/\r$/, '')) !== undefined;
    } catch {
      return true; // thrown by the user's parser: the reader of the listing will report it
    }
  }
}

/** How a listing begins. `'unclear'` means that something failed; the reader reports the error. */
type Beginning = 'entries' | 'empty' | 'refused' | 'unclear';

type ListenerEvent = Parameters<TransferListener['onEvent']>;

/** How to read the lines of a listing. */
export interface ListingLines {
  /** The encoding of the server. */
  readonly codec: Codec;
  /** How to interpret dates and names. */
  readonly context: ContextOptions;
  /** The user's own parser, if any. */
  readonly parser: EntryParser | undefined;
}

/** Buffers a listing until it is known whether it has entries. Then its reader gets all of it. */
class BufferedListing {
  /** The listener to open the transfer with. */
  readonly listener: TransferListener;
  readonly #target: TransferListener;
  readonly #finder: EntryFinder;
  readonly #machine = new TransferMachine(DOWNLOAD, 'commanded');
  readonly #outcome = new Deferred<Beginning>();
  readonly #deadline = new Deadline();
  readonly #events: ListenerEvent[] = [];
  readonly #chunks: Buffer[] = [];
  #isBuffering = true; // events and chunks are kept for the reader
  #isFound = false;
  #onChunk: ((chunk: Buffer) => boolean) | undefined; // set by the reader

  constructor(reader: TransferListener, lines: ListingLines) {
    this.#target = reader;
    this.#finder = new EntryFinder(lines);
    const onEvent: TransferListener['onEvent'] = (event, detail) => {
      if (!this.#isBuffering) return reader.onEvent(event, detail);
      this.#events.push([event, detail]);
      this.#dispatch(event, detail);
    };
    this.listener = { ...reader, onEvent };
  }

  /** Reads until an entry is found, or until the listing ends. */
  async inspect({ data, explainEnd, timeouts }: Transfer, source: ByteSource, signal: StopSignal) {
    const expired = () => this.#outcome.resolve('unclear');
    // After a 226 without a 150, nothing more may come.
    const isEarly = this.#machine.state === 'early';
    this.#deadline.arm(isEarly ? timeouts.abort : timeouts.dataIdle, expired);
    source.start((chunk) => this.#read(chunk));
    whenEnded(data, (endError) => {
      if (this.#isFound || !this.#isBuffering) return;
      const error = explainEnd ? explainEnd(endError ?? undefined) : endError;
      if (!error && this.#finder.end()) return this.#onEntry();
      if (!error) data.end(); // some servers wait for this end before they send 226
      this.#dispatch(error ? 'dataError' : 'dataEnd', error ?? undefined);
    });
    source.resume();
    try {
      return await unlessAborted(this.#outcome.promise, signal);
    } finally {
      this.#deadline.stop();
    }
  }

  /** Passes the buffered events and chunks to the reader, and all later ones. */
  handOver(transfer: Transfer, source: ByteSource): Transfer {
    this.#isBuffering = false;
    for (const event of this.#events) this.#target.onEvent(...event);
    const start = (take: (chunk: Buffer) => boolean) => {
      this.#onChunk = take;
      for (const chunk of this.#chunks.splice(0)) take(chunk);
    };
    const resume = () => source.resume();
    const replayed: ByteSource = {
      start,
      resume,
      get isConnected() {
        return source.isConnected === true;
      },
    };
    return { ...transfer, source: replayed };
  }

  #read(chunk: Buffer): boolean {
    if (this.#onChunk) return this.#onChunk(chunk);
    this.#chunks.push(chunk);
    if (!this.#isFound && this.#finder.push(chunk)) this.#onEntry();
    return !this.#isFound;
  }

  #onEntry(): void {
    this.#isFound = true;
    this.#outcome.resolve('entries');
  }

  #dispatch(event: TransferEvent, detail: EventDetail): void {
    const next = this.#machine.dispatch(event, detail);
    if (next === undefined || !isVerdict(next)) return;
    const isRefused = next === '!refused' && isRefusal(this.#machine.reply);
    this.#outcome.resolve(next === '!success' ? 'empty' : isRefused ? 'refused' : 'unclear');
  }
}

/** Opens a listing with one of its commands. */
export type OpenByCommand = (
  command: Command,
  turn: Turn,
  listener: TransferListener,
) => Promise<Transfer>;

const LIST_HIDDEN = 'LIST -a';

/**
 * Opens a listing with hidden files by LIST -a. If the server refuses that, or takes `-a` for a
 * name and lists nothing, LIST is used instead. A refusal is noted in the session.
 *
 * @throws FTPError if the listing cannot be opened; or the signal's reason
 */
export async function openHiddenListing(
  session: Session,
  turn: Turn,
  commands: { readonly hidden: Command; readonly list: Command },
  listener: TransferListener,
  lines: ListingLines,
  open: OpenByCommand,
  signal: StopSignal,
): Promise<Transfer> {
  const { hidden, list } = commands;
  if (session.state.refused.has(LIST_HIDDEN)) return open(list, turn, listener);
  const deferred = deferRelease(turn); // no other call may run between the two commands
  let isRefused = false;
  try {
    const buffered = new BufferedListing(listener, lines);
    const transfer = await open(hidden, deferred, buffered.listener);
    const source = transfer.source ?? new DuplexSource(transfer.data);
    const beginning = await buffered.inspect(transfer, source, signal).catch((reason) => {
      transfer.release(false);
      throw reason;
    });
    if (beginning === 'entries' || beginning === 'unclear') {
      deferred.allowRelease();
      return buffered.handOver(transfer, source);
    }
    isRefused = beginning === 'refused';
    transfer.release(!isRefused);
  } catch (error) {
    if (!(error instanceof ReplyError) || !isRefusal(error.reply)) {
      deferred.allowRelease();
      throw error;
    }
    isRefused = true;
  }
  const transfer = await open(list, turn, listener);
  // Noted only now that LIST has worked: otherwise the path may be the reason of the refusal.
  if (isRefused) session.noteRefusal(LIST_HIDDEN);
  return transfer;
}

/**
 * Whether a reply refuses this way of listing. A failure of a connection (421, 425, 426) does not.
 */
function isRefusal(reply: Reply | undefined): boolean {
  const code = reply?.code ?? 0;
  return code >= 400 && code !== 421 && code !== 425 && code !== 426;
}
