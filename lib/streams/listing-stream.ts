import { ProtocolError } from '../errors';
import { type LineReader, ParsedLines } from '../protocol/line-reader';
import type { TransferTls } from '../protocol/transfer-tls';
import type { Reply } from '../reply';
import { Slices } from '../util/slices';
import { Backlog } from './backlog';
import { destroyOnAbort } from './destroy-on-abort';
import { DownloadStream } from './download-stream';
import { iterate } from './item-iterator';
import type { OpenedTransfer, TransferRequest, TransferStream } from './transfer';
import { type TransferEvents, TypedReadable } from './typed-streams';
import { errorToEmit } from './user-initiated';

/** What makes items of the bytes: a function for each line, or a reader of its own. */
export type ListingSource<T> =
  | {
      /** What a line stands for; `undefined` leaves it out. */
      readonly parse: (line: Buffer) => T | undefined;
      /** Bytes of the longest line. */
      readonly maxListingLine: number;
    }
  | { readonly reader: LineReader<T> };

export type ListingStreamOptions<T> = ListingSource<T> & {
  /** Bytes that are kept when somebody waits for the connection. */
  readonly maxReadAhead: number;
  readonly signal?: AbortSignal | undefined;
};

/** What a listing emits besides Node's own events. */
export interface ListingEvents<T> extends TransferEvents {
  data: [item: T];
  /** A line that is no entry, nor what stands around entries. */
  unparsed: [line: string];
}

const BLOCKSIZE = 64 * 1024;
const ITEMS_PER_CHECK = 50; // entries, between two looks at the clock

/**
 * The lines of a listing or of a text, one at a time, or what they stand for.
 *
 * It holds the control connection no longer than it must: as soon as somebody
 * waits behind it, the rest of the data is read into memory, so that commands can
 * be sent from inside a `for await` over a listing.
 */
export class ListingStream<T> extends TypedReadable<T, ListingEvents<T>> implements TransferStream {
  readonly #source: DownloadStream;
  readonly #reader: LineReader<T>;
  readonly #maxReadAhead: number;
  readonly #ahead = new Backlog({ copies: true }); // read, but not yet given to the reader
  readonly #slices = new Slices(() => this.#deliver());
  #readsAhead = false;
  #readPending = false;
  #isAtEnd = false;
  #hasReaderEnded = false; // the reader knows
  #sinceCheck = 0; // past the buffer, since the last look at the clock
  #isDraining = false; // an iterator takes what is in the buffer, and the rest past it
  #isIterated = false;
  #isOpenedAwaited = false; // for its opening, which has not come yet
  #failure: Error | undefined; // comes after the items that are there

  /** @internal */
  constructor(request: TransferRequest, options: ListingStreamOptions<T>) {
    super({ objectMode: true });
    const { maxReadAhead, signal } = options;
    this.#maxReadAhead = maxReadAhead;
    this.#reader = 'reader' in options ? options.reader : lines(request, options);
    this.#source = new DownloadStream(request, {
      blocksize: BLOCKSIZE,
      isListing: true,
      isInner: true,
      onQueued: () => {
        this.#readsAhead = true;
        this.#readAhead();
      },
    });
    destroyOnAbort(signal, this);
    this.#source.on('readable', () => {
      this.#readAhead();
      this.#deliver();
    });
    this.#source.on('end', () => {
      this.#isAtEnd = true;
      this.#deliver();
    });
    this.#source.on('error', (error) => {
      if (this.#slices.isDue) this.#failure = error;
      else this.destroy(error);
    });
    this.#source.on('close', () => this.#isAtEnd || this.#failure || this.destroy());
    for (const event of ['open', 'progress']) {
      this.#source.on(event, (...args) => this.emit(event, ...args));
    }
  }

  get command(): string {
    return this.#source.command;
  }

  get size(): number | null {
    return null; // what a 150 says of a listing is not its size
  }

  get bytesTransferred(): number {
    return this.#source.bytesTransferred;
  }

  get reply(): Reply | undefined {
    return this.#source.reply;
  }

  get tls(): TransferTls | undefined {
    return this.#source.tls;
  }

  opened(): Promise<OpenedTransfer> {
    this.#isOpenedAwaited = true;
    const opened = this.#source.opened();
    const answered = () => {
      this.#isOpenedAwaited = false;
    };
    opened.then(answered, () => {});
    return opened;
  }

  override [Symbol.asyncIterator](): NodeJS.AsyncIterator<T> {
    this.#isIterated = true;
    return iterate(this, { fromBuffer: this.#fromBuffer, pastBuffer: this.#pastBuffer });
  }

  override _read(): void {
    this.#readPending = true;
    // What is pushed inside of read() goes through the buffer; outside, straight to the listeners.
    process.nextTick(this.#offer);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#slices.stop();
    this.#ahead.clear();
    this.#source.destroy(error ?? undefined);
    callback(errorToEmit(this, error, this.#isOpenedAwaited));
  }

  readonly #offer = (): void => this.#deliver();

  readonly #fromBuffer = (): T | undefined => {
    this.#isDraining = true;
    try {
      return this.read() ?? undefined;
    } finally {
      this.#isDraining = false;
    }
  };

  /** What comes next, past the stream's buffer. */
  readonly #pastBuffer = (): T | undefined => {
    if (this.#slices.isDue) return undefined;
    if (++this.#sinceCheck === ITEMS_PER_CHECK) {
      this.#sinceCheck = 0;
      if (this.#slices.isOver(ITEMS_PER_CHECK)) return undefined;
    }
    try {
      do {
        const item = this.#reader.next();
        if (item !== undefined) return item;
      } while (this.#refill());
    } catch (error) {
      this.destroy(error as Error);
    }
    return undefined;
  };

  // Whether push() would do no more than tell the listeners; it has to be the one that begins. To do so here spares the compiler
  // three large functions of Node's, and many listings are over before they pay for that.
  get #isFlowing(): boolean {
    const isEmpty = this.readableDidRead && this.readableLength === 0;
    return isEmpty && this.readableFlowing === true && this.listenerCount('data') > 0;
  }

  /** Keeps what has arrived, as far as there is room. */
  #readAhead(): void {
    while (this.#readsAhead && this.#ahead.length < this.#maxReadAhead) {
      const chunk: Buffer | null = this.#source.read();
      if (chunk === null) break;
      this.#ahead.add(chunk);
    }
  }

  /** Pushes entries until the consumer has enough, the slice is over, or the bytes are out. */
  #deliver(): void {
    try {
      while (this.#deliverSome());
    } catch (error) {
      this.destroy(error as Error);
    }
    if (this.#failure && !this.#isIterated) setImmediate(this.#emitFailure);
  }

  // Whoever has not asked for more in the meantime has stopped.
  readonly #emitFailure = (): void => {
    if (!this.#readPending && !this.#slices.isDue) this.destroy(this.#failure);
  };

  /** Returns whether there may be more to push. A loop that ends now and then is compiled once; another one twice. */
  #deliverSome(): boolean {
    if (!this.#readPending || this.#slices.isOver(ITEMS_PER_CHECK)) return false;
    for (let i = 0; i < ITEMS_PER_CHECK; i++) {
      if (!this.#readPending || this.destroyed || this.#isDraining) return false;
      const item = this.#reader.next();
      if (item === undefined) return this.#refill();
      if (this.#isFlowing) this.emit('data', item);
      else this.#readPending = this.push(item);
    }
    return true;
  }

  /** Returns whether the reader, which found nothing, is to look on now. */
  #refill(): boolean {
    if (!this.#reader.hasMore && !this.#feed()) return false;
    return !this.#slices.isOver(ITEMS_PER_CHECK);
  }

  /** Returns whether the reader has something new to look at. */
  #feed(): boolean {
    const chunk = this.#takeChunk();
    if (chunk) {
      this.#reader.push(chunk);
    } else if (this.#isAtEnd && !this.#hasReaderEnded) {
      this.#hasReaderEnded = true;
      this.#reader.end();
    } else {
      if (this.#failure) this.destroy(this.#failure);
      else if (this.#isAtEnd) this.push(null);
      return false;
    }
    return true;
  }

  #takeChunk(): Buffer | undefined {
    if (this.#ahead.length === 0) return this.#source.read() ?? undefined;
    const chunk = this.#ahead.take(BLOCKSIZE);
    this.#readAhead();
    return chunk;
  }
}

function lines<T>(
  { command }: TransferRequest,
  { parse, maxListingLine }: Extract<ListingSource<T>, { parse: unknown }>,
): LineReader<T> {
  return new ParsedLines(parse, maxListingLine, () => lineTooLongError(command, maxListingLine));
}

/** The error of a listing whose line has no end in sight. */
export function lineTooLongError(command: string, maxListingLine: number): ProtocolError {
  const message = `A line of ${command} exceeds ${maxListingLine} bytes`;
  return new ProtocolError(message, { connectionUsable: true });
}
