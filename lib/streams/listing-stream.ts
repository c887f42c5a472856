import { ProtocolError } from '../errors';
import { type LineReader, ParsedLines } from '../protocol/line-reader';
import type { TransferTls } from '../protocol/transfer-tls';
import type { Reply } from '../reply';
import { Slices } from '../util/slices';
import { Backlog } from './backlog';
import { destroyOnAbort } from './destroy-on-abort';
import { DownloadStream } from './download-stream';
import { iterateFast } from './fast-iterator';
import type { OpenedTransfer, TransferRequest, TransferStream } from './transfer';
import { type TransferEvents, TypedReadable } from './typed-streams';
import { errorToEmit } from './user-initiated';

/** How bytes become items: with a function for each line, or with a `LineReader`. */
export type ListingSource<T> =
  | {
      /** Parses a line; `undefined` omits it. */
      readonly parse: (line: Buffer) => T | undefined;
      /** Bytes of the longest line that is accepted. */
      readonly maxListingLine: number;
    }
  | {
      /** Reads the lines, and returns the items. */
      readonly reader: LineReader<T>;
    };

/** Options of a `ListingStream`. */
export type ListingStreamOptions<T> = ListingSource<T> & {
  /** Bytes that are read ahead into memory while another call waits for the connection. */
  readonly maxReadAhead: number;
  /** Destroys the stream when it is aborted. */
  readonly signal?: AbortSignal | undefined;
};

/** The events of a listing besides those of a Readable. */
export interface ListingEvents<T> extends TransferEvents {
  /** An item. */
  data: [item: T];
  /** A line that is neither an entry nor a known header or footer. */
  unparsed: [line: string];
}

const BLOCKSIZE = 64 * 1024;
const ITEMS_PER_CHECK = 50; // entries between two checks of the slice

/**
 * The lines of a listing or of a text, or the items that are parsed from them.
 *
 * It does not keep other calls waiting: as soon as one waits for the control connection, the rest
 * of the data is read into memory. So commands can be sent from inside a `for await` over a
 * listing.
 */
export class ListingStream<T> extends TypedReadable<T, ListingEvents<T>> implements TransferStream {
  readonly #source: DownloadStream;
  readonly #reader: LineReader<T>;
  readonly #maxReadAhead: number;
  // Bytes that were read, and not yet passed to the reader.
  readonly #ahead = new Backlog({ copies: true });
  readonly #slices = new Slices(() => this.#deliver());
  #readsAhead = false;
  #readPending = false;
  #isAtEnd = false;
  #hasReaderEnded = false; // whether reader.end() was called
  #sinceCheck = 0; // items returned past the buffer since the last check of the slice
  #isDraining = false; // whether an iterator is emptying the buffer
  #isIterated = false;
  #isOpenedAwaited = false; // whether a promise of opened() is pending
  #failure: Error | undefined; // reported after the items that have arrived

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

  /** The transfer command, with secrets masked. */
  get command(): string {
    return this.#source.command;
  }

  /** Always `null`: the size in a 150 is not that of the listing. */
  get size(): number | null {
    return null;
  }

  /** Bytes transferred over the data connection so far. */
  get bytesTransferred(): number {
    return this.#source.bytesTransferred;
  }

  /** The final reply; `undefined` until it arrives. */
  get reply(): Reply | undefined {
    return this.#source.reply;
  }

  /** Details of the data connection's TLS, from the opening on; `undefined` without TLS. */
  get tls(): TransferTls | undefined {
    return this.#source.tls;
  }

  /**
   * Resolves when the server has accepted the command; rejects if the transfer fails before that.
   * An error that is reported here is emitted as `'error'` only if there is a listener for it.
   * @throws FTPError, or the reason with which the stream was destroyed
   */
  opened(): Promise<OpenedTransfer> {
    this.#isOpenedAwaited = true;
    const opened = this.#source.opened();
    const settled = () => {
      this.#isOpenedAwaited = false;
    };
    opened.then(settled, () => {});
    return opened;
  }

  /** Iterates over the items. Leaving the loop early destroys the stream. */
  override [Symbol.asyncIterator](): NodeJS.AsyncIterator<T> {
    this.#isIterated = true;
    return iterateFast(this, { fromBuffer: this.#fromBuffer, pastBuffer: this.#pastBuffer });
  }

  /** Implements `Readable._read`. */
  override _read(): void {
    this.#readPending = true;
    // In the next tick, because what is pushed inside read() goes through the buffer; outside of
    // it, Node emits it at once.
    process.nextTick(this.#offer);
  }

  /** Implements `Readable._destroy`. */
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

  /** Returns the next item without the stream's buffer. */
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

  // Whether push() would only emit 'data'. The first item must go through push(). Afterwards
  // emitting it here is faster: with push() alone, a listing takes 1.07 of the CPU time.
  get #canEmitDirectly(): boolean {
    const isEmpty = this.readableDidRead && this.readableLength === 0;
    return isEmpty && this.readableFlowing === true && this.listenerCount('data') > 0;
  }

  /** Reads ahead, up to `maxReadAhead` bytes. */
  #readAhead(): void {
    while (this.#readsAhead && this.#ahead.length < this.#maxReadAhead) {
      const chunk: Buffer | null = this.#source.read();
      if (chunk === null) break;
      this.#ahead.add(chunk);
    }
  }

  /** Pushes items until the consumer has enough, the slice is over, or no bytes are left. */
  #deliver(): void {
    try {
      while (this.#deliverSome());
    } catch (error) {
      this.destroy(error as Error);
    }
    if (this.#failure && !this.#isIterated) setImmediate(this.#emitFailure);
  }

  // A consumer that has not asked for more by now has stopped.
  readonly #emitFailure = (): void => {
    if (!this.#readPending && !this.#slices.isDue) this.destroy(this.#failure);
  };

  /**
   * Pushes some items. Returns whether there may be more. The loop is bounded, because V8 compiles
   * an unbounded one twice.
   */
  #deliverSome(): boolean {
    if (!this.#readPending || this.#slices.isOver(ITEMS_PER_CHECK)) return false;
    for (let i = 0; i < ITEMS_PER_CHECK; i++) {
      if (!this.#readPending || this.destroyed || this.#isDraining) return false;
      const item = this.#reader.next();
      if (item === undefined) return this.#refill();
      if (this.#canEmitDirectly) this.emit('data', item);
      else this.#readPending = this.push(item);
    }
    return true;
  }

  /** Called when the reader has no item. Returns whether to ask it again at once. */
  #refill(): boolean {
    if (!this.#reader.hasMore && !this.#feed()) return false;
    return !this.#slices.isOver(ITEMS_PER_CHECK);
  }

  /** Passes new bytes, or the end, to the reader. Returns whether there was anything to pass. */
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

/** The error of a listing with a line that is too long. */
export function lineTooLongError(command: string, maxListingLine: number): ProtocolError {
  const message = `A line of ${command} exceeds ${maxListingLine} bytes`;
  return new ProtocolError(message, { connectionUsable: true });
}
