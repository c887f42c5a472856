import { Readable } from 'node:stream';
import { ProtocolError } from '../errors';
import { LineSplitter } from '../protocol/line-splitter';
import type { Reply } from '../protocol/reply';
import { abortOn } from './abort-on';
import { DownloadStream } from './download-stream';
import { emittable } from './own-doing';
import type { OpenedTransfer, TransferRequest, TransferStream, TransferTls } from './transfer';

export interface ListingStreamOptions<T> {
  /** What a line stands for; `undefined` leaves it out. */
  readonly parse: (line: Buffer) => T | undefined;
  /** Bytes of the longest line. */
  readonly maxListingLine: number;
  /** Bytes that are kept when somebody waits for the connection. */
  readonly maxReadAhead: number;
  readonly signal?: AbortSignal | undefined;
}

const BLOCKSIZE = 64 * 1024;

/**
 * The lines of a listing or of a text, one at a time, or what they stand for.
 *
 * It holds the control connection no longer than it must: as soon as somebody
 * waits behind it, the rest of the data is read into memory, so that commands can
 * be sent from inside a `for await` over a listing.
 */
export class ListingStream<T> extends Readable implements TransferStream {
  readonly command: string;
  readonly #source: DownloadStream;
  readonly #splitter: LineSplitter;
  readonly #options: ListingStreamOptions<T>;
  readonly #ahead: Buffer[] = []; // read, but not yet cut into lines
  #aheadBytes = 0;
  #readsAhead = false;
  #lines: Buffer[] = []; // of the last chunk; from #next on they are still to come
  #next = 0;
  #wanted = false;
  #isAtEnd = false;
  #isAsked = false; // for its opening, which has not come yet

  /** @internal */
  constructor(request: TransferRequest, options: ListingStreamOptions<T>) {
    super({ objectMode: true });
    this.command = request.command;
    this.#options = options;
    const { maxListingLine, signal } = options;
    const tooLong = `A line of ${request.command} exceeds ${maxListingLine} bytes`;
    this.#splitter = new LineSplitter(
      maxListingLine,
      () => new ProtocolError(tooLong, { connectionUsable: true }),
    );
    this.#source = new DownloadStream(request, {
      blocksize: BLOCKSIZE,
      isListing: true,
      waitedFor: () => {
        this.#readsAhead = true;
        this.#readAhead();
      },
    });
    abortOn(signal, this);
    this.#source.on('readable', () => {
      this.#readAhead();
      this.#handOut();
    });
    this.#source.on('end', () => {
      this.#isAtEnd = true;
      this.#handOut();
    });
    this.#source.on('error', (error) => this.destroy(error));
    this.#source.on('close', () => this.#isAtEnd || this.destroy());
    for (const event of ['open', 'progress']) {
      this.#source.on(event, (...args) => this.emit(event, ...args));
    }
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
    this.#isAsked = true;
    const opened = this.#source.opened();
    const answered = () => {
      this.#isAsked = false;
    };
    opened.then(answered, () => {});
    return opened;
  }

  override [Symbol.asyncIterator](): NodeJS.AsyncIterator<T> {
    return super[Symbol.asyncIterator]();
  }

  override _read(): void {
    this.#wanted = true;
    this.#handOut();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#source.destroy(error ?? undefined);
    callback(emittable(this, error, this.#isAsked));
  }

  /** Keeps what has arrived, as far as there is room. */
  #readAhead(): void {
    const { maxReadAhead } = this.#options;
    while (this.#readsAhead && this.#aheadBytes < maxReadAhead) {
      const chunk: Buffer | null = this.#source.read();
      if (chunk === null) break;
      this.#ahead.push(chunk);
      this.#aheadBytes += chunk.length;
    }
  }

  /** Pushes entries until the consumer has enough, or the bytes are out. */
  #handOut(): void {
    try {
      while (this.#wanted && !this.destroyed) {
        const line = this.#lines[this.#next++];
        if (line) {
          const entry = this.#options.parse(line);
          if (entry !== undefined) this.#wanted = this.push(entry);
        } else if (!this.#cutNextChunk()) {
          break;
        }
      }
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  /** Returns whether there are new lines. */
  #cutNextChunk(): boolean {
    this.#lines = [];
    this.#next = 0;
    const chunk = this.#takeChunk();
    if (chunk) {
      this.#lines = this.#splitter.push(chunk);
      return true;
    }
    if (!this.#isAtEnd) return false;
    const last = this.#splitter.flush();
    if (last) this.#lines = [last];
    else this.push(null);
    return last !== undefined;
  }

  #takeChunk(): Buffer | undefined {
    const chunk = this.#ahead.shift();
    if (!chunk) return this.#source.read() ?? undefined;
    this.#aheadBytes -= chunk.length;
    this.#readAhead();
    return chunk;
  }
}
