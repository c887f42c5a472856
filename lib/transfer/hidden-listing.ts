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

/** Bytes without an entry after which a listing is no longer taken for an empty one. */
const MAX_SEARCHED = 16 * 1024;

/** Whether the bytes of a listing hold an entry, even one of the directory itself. */
class EntryFinder {
  readonly #parser: ListingParser;
  #unfinished = '';
  #bytes = 0;

  constructor({ codec, context, parser }: ListingLines) {
    const options = { all: true, parser, unparsed() {} };
    this.#parser = new ListingParser(new BinaryContext(codec, context), options);
  }

  /** Looks at more bytes; returns whether there is an entry, or too much to be nothing. */
  push(chunk: Buffer): boolean {
    const rest = chunk.subarray(0, MAX_SEARCHED - this.#bytes);
    this.#bytes += rest.length;
    const lines = (this.#unfinished + rest.toString('latin1')).split('\n');
    this.#unfinished = lines.pop() as string;
    return lines.some((line) => this.#isEntry(line)) || this.#bytes === MAX_SEARCHED;
  }

  /** Looks at the last line, which may have no ending. */
  end(): boolean {
    return this.#isEntry(this.#unfinished) || this.#parser.flush() !== undefined;
  }

  #isEntry(line: string): boolean {
    try {
      return this.#parser.push(line.replace(/\r$/, '')) !== undefined;
    } catch {
      return true; // by the user's own parser: whoever reads the listing will tell
    }
  }
}

/** How a listing begins; `'unclear'` if something failed, which its reader is to tell. */
type Beginning = 'entries' | 'empty' | 'refused' | 'unclear';

type ListenerEvent = Parameters<TransferListener['onEvent']>;

/** How to read the lines of a listing. */
export interface ListingLines {
  readonly codec: Codec;
  readonly context: ContextOptions;
  /** The user's own. */
  readonly parser: EntryParser | undefined;
}

/** A listing that is kept from its reader until it is known whether it has entries. */
class BufferedListing {
  /** For whoever opens the transfer. */
  readonly listener: TransferListener;
  readonly #target: TransferListener;
  readonly #finder: EntryFinder;
  readonly #machine = new TransferMachine(DOWNLOAD, 'commanded');
  readonly #outcome = new Deferred<Beginning>();
  readonly #deadline = new Deadline();
  readonly #events: ListenerEvent[] = [];
  readonly #chunks: Buffer[] = [];
  #isBuffering = true; // what comes, since the reader does not take it yet
  #isFound = false;
  #onChunk: ((chunk: Buffer) => boolean) | undefined; // the reader's

  constructor(reader: TransferListener, lines: ListingLines) {
    this.#target = reader;
    this.#finder = new EntryFinder(lines);
    const told: TransferListener['onEvent'] = (event, what) => {
      if (!this.#isBuffering) return reader.onEvent(event, what);
      this.#events.push([event, what]);
      this.#dispatch(event, what);
    };
    this.listener = { ...reader, onEvent: told };
  }

  /** Reads until there is an entry, or until no more comes. */
  async inspect({ data, explainEnd, timeouts }: Transfer, source: ByteSource, signal: StopSignal) {
    const expired = () => this.#outcome.resolve('unclear');
    const isEarly = this.#machine.state === 'early'; // a 226 before any 150 may be all that comes
    this.#deadline.arm(isEarly ? timeouts.abort : timeouts.dataIdle, expired);
    source.start((chunk) => this.#read(chunk));
    whenEnded(data, (met) => {
      if (this.#isFound || !this.#isBuffering) return;
      const error = explainEnd ? explainEnd(met ?? undefined) : met;
      if (!error && this.#finder.end()) return this.#onEntry();
      if (!error) data.end(); // some servers wait for it before they say 226
      this.#dispatch(error ? 'dataError' : 'dataEnd', error ?? undefined);
    });
    source.resume();
    try {
      return await unlessAborted(this.#outcome.promise, signal);
    } finally {
      this.#deadline.stop();
    }
  }

  /** Gives the reader what has come, and all that comes. */
  handOver(transfer: Transfer, source: ByteSource): Transfer {
    this.#isBuffering = false;
    for (const told of this.#events) this.#target.onEvent(...told);
    const start = (take: (chunk: Buffer) => boolean) => {
      this.#onChunk = take;
      for (const chunk of this.#chunks.splice(0)) take(chunk);
    };
    const resume = () => source.resume();
    const kept = {
      start,
      resume,
      get isConnected() {
        return source.isConnected === true;
      },
    };
    return { ...transfer, source: kept };
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

  #dispatch(event: TransferEvent, what: EventDetail): void {
    const next = this.#machine.dispatch(event, what);
    if (next === undefined || !isVerdict(next)) return;
    const isRefused = next === '!refused' && isRefusal(this.#machine.reply);
    this.#outcome.resolve(next === '!success' ? 'empty' : isRefused ? 'refused' : 'unclear');
  }
}

/** How `openHidden` opens a listing by one of its commands. */
export type OpenByCommand = (
  command: Command,
  turn: Turn,
  watcher: TransferListener,
) => Promise<Transfer>;

const LIST_HIDDEN = 'LIST -a';

/**
 * Opens a listing that is to have hidden files: by LIST -a; or by LIST where the server refuses that,
 * which is remembered, or takes `-a` for a name and lists nothing.
 */
export async function openHiddenListing(
  session: Session,
  turn: Turn,
  commands: { readonly hidden: Command; readonly list: Command },
  watcher: TransferListener,
  lines: ListingLines,
  open: OpenByCommand,
  signal: StopSignal,
): Promise<Transfer> {
  const { hidden, list } = commands;
  if (session.state.refused.has(LIST_HIDDEN)) return open(list, turn, watcher);
  const lent = deferRelease(turn); // nobody must come between the two
  let isRefused = false;
  try {
    const held = new BufferedListing(watcher, lines);
    const transfer = await open(hidden, lent, held.listener);
    const source = transfer.source ?? new DuplexSource(transfer.data);
    const beginning = await held.inspect(transfer, source, signal).catch((reason) => {
      transfer.release(false);
      throw reason;
    });
    if (beginning === 'entries' || beginning === 'unclear') {
      lent.allowRelease();
      return held.handOver(transfer, source);
    }
    isRefused = beginning === 'refused';
    transfer.release(!isRefused);
  } catch (error) {
    if (!(error instanceof ReplyError) || !isRefusal(error.reply)) {
      lent.allowRelease();
      throw error;
    }
    isRefused = true;
  }
  const transfer = await open(list, turn, watcher);
  if (isRefused) session.noteRefusal(LIST_HIDDEN); // not where it was the path that was refused
  return transfer;
}

/** Whether a reply means that the server will not list so: one about the data connection does not. */
function isRefusal(reply: Reply | undefined): boolean {
  const code = reply?.code ?? 0;
  return code >= 400 && code !== 421 && code !== 425 && code !== 426;
}
