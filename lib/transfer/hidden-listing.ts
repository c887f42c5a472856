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
const ENOUGH = 16 * 1024;

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
    const rest = chunk.subarray(0, ENOUGH - this.#bytes);
    this.#bytes += rest.length;
    const lines = (this.#unfinished + rest.toString('latin1')).split('\n');
    this.#unfinished = lines.pop() as string;
    return lines.some((line) => this.#isEntry(line)) || this.#bytes === ENOUGH;
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

type Told = Parameters<TransferListener['onEvent']>;

/** How to read the lines of a listing. */
export interface ListingLines {
  readonly codec: Codec;
  readonly context: ContextOptions;
  /** The user's own. */
  readonly parser: EntryParser | undefined;
}

/** A listing that is kept from its reader until it is known whether it has entries. */
class HeldListing {
  /** For whoever opens the transfer. */
  readonly watcher: TransferListener;
  readonly #reader: TransferListener;
  readonly #finder: EntryFinder;
  readonly #machine = new TransferMachine(DOWNLOAD, 'commanded');
  readonly #beginning = new Deferred<Beginning>();
  readonly #deadline = new Deadline();
  readonly #told: Told[] = [];
  readonly #chunks: Buffer[] = [];
  #isKept = true; // what comes, since the reader does not take it yet
  #isFound = false;
  #take: ((chunk: Buffer) => boolean) | undefined; // the reader's

  constructor(reader: TransferListener, lines: ListingLines) {
    this.#reader = reader;
    this.#finder = new EntryFinder(lines);
    const told: TransferListener['onEvent'] = (event, what) => {
      if (!this.#isKept) return reader.onEvent(event, what);
      this.#told.push([event, what]);
      this.#step(event, what);
    };
    this.watcher = { ...reader, onEvent: told };
  }

  /** Reads until there is an entry, or until no more comes. */
  async beginning(
    { data, explainEnd, timeouts }: Transfer,
    source: ByteSource,
    signal: StopSignal,
  ) {
    const expired = () => this.#beginning.resolve('unclear');
    const isEarly = this.#machine.state === 'early'; // a 226 before any 150 may be all that comes
    this.#deadline.arm(isEarly ? timeouts.abort : timeouts.dataIdle, expired);
    source.start((chunk) => this.#read(chunk));
    whenEnded(data, (met) => {
      if (this.#isFound || !this.#isKept) return;
      const error = explainEnd ? explainEnd(met ?? undefined) : met;
      if (!error && this.#finder.end()) return this.#found();
      if (!error) data.end(); // some servers wait for it before they say 226
      this.#step(error ? 'dataError' : 'dataEnd', error ?? undefined);
    });
    source.resume();
    try {
      return await unlessAborted(this.#beginning.promise, signal);
    } finally {
      this.#deadline.stop();
    }
  }

  /** Gives the reader what has come, and all that comes. */
  handOver(transfer: Transfer, source: ByteSource): Transfer {
    this.#isKept = false;
    for (const told of this.#told) this.#reader.onEvent(...told);
    const start = (take: (chunk: Buffer) => boolean) => {
      this.#take = take;
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
    if (this.#take) return this.#take(chunk);
    this.#chunks.push(chunk);
    if (!this.#isFound && this.#finder.push(chunk)) this.#found();
    return !this.#isFound;
  }

  #found(): void {
    this.#isFound = true;
    this.#beginning.resolve('entries');
  }

  #step(event: TransferEvent, what: EventDetail): void {
    const next = this.#machine.dispatch(event, what);
    if (next === undefined || !isVerdict(next)) return;
    const isRefused = next === '!refused' && isRefusal(this.#machine.reply);
    this.#beginning.resolve(next === '!success' ? 'empty' : isRefused ? 'refused' : 'unclear');
  }
}

/** How `openHidden` opens a listing by one of its commands. */
export type OpenListing = (
  command: Command,
  ticket: Turn,
  watcher: TransferListener,
) => Promise<Transfer>;

const HIDDEN = 'LIST -a';

/**
 * Opens a listing that is to have hidden files: by LIST -a; or by LIST where the server refuses that,
 * which is remembered, or takes `-a` for a name and lists nothing.
 */
export async function openHidden(
  session: Session,
  ticket: Turn,
  commands: { readonly hidden: Command; readonly list: Command },
  watcher: TransferListener,
  lines: ListingLines,
  open: OpenListing,
  signal: StopSignal,
): Promise<Transfer> {
  const { hidden, list } = commands;
  if (session.state.refused.has(HIDDEN)) return open(list, ticket, watcher);
  const lent = deferRelease(ticket); // nobody must come between the two
  let isRefused = false;
  try {
    const held = new HeldListing(watcher, lines);
    const transfer = await open(hidden, lent, held.watcher);
    const source = transfer.source ?? new DuplexSource(transfer.data);
    const beginning = await held.beginning(transfer, source, signal).catch((reason) => {
      transfer.release(false);
      throw reason;
    });
    if (beginning === 'entries' || beginning === 'unclear') {
      lent.give();
      return held.handOver(transfer, source);
    }
    isRefused = beginning === 'refused';
    transfer.release(!isRefused);
  } catch (error) {
    if (!(error instanceof ReplyError) || !isRefusal(error.reply)) {
      lent.give();
      throw error;
    }
    isRefused = true;
  }
  const transfer = await open(list, ticket, watcher);
  if (isRefused) session.noteRefusal(HIDDEN); // not where it was the path that was refused
  return transfer;
}

/** Whether a reply means that the server will not list so: one about the data connection does not. */
function isRefusal(reply: Reply | undefined): boolean {
  const code = reply?.code ?? 0;
  return code >= 400 && code !== 421 && code !== 425 && code !== 426;
}
