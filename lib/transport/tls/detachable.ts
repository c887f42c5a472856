import { Duplex } from 'node:stream';
import type { SocketReader } from '../socket/socket-reader';

type Callback = (error?: Error | null) => void;

export interface DetachableOptions {
  /** Whether the end of this side ends the stream under it, too. TLS ends before TCP does (CCC). */
  readonly endsRaw: boolean;
  /** Looks at the first bytes; what it returns destroys the stream before anybody has read them. */
  readonly check?: (first: Buffer) => Error | undefined;
  /** What reads the stream under it, where that is a faster way than as a stream. */
  readonly reader?: SocketReader | undefined;
}

/**
 * A stream between TLS and the one that carries it. A bare `net.Socket` under TLS ends with
 * it, and hides how: through this one TLS can be taken off again (RFC 4217 §5, CCC), and a
 * TCP connection that ends before TLS has said so is seen (a truncation attack).
 */
export class Detachable extends Duplex {
  readonly #raw: Duplex;
  readonly #options: DetachableOptions;
  #isFirst = true;
  #isDetached = false;
  #lastChunk: Buffer | undefined;
  #failure: { readonly error: Error | undefined } | undefined; // told after the last byte

  constructor(raw: Duplex, options: DetachableOptions) {
    super({ allowHalfOpen: true });
    this.#raw = raw;
    this.#options = options;
    if (options.reader) options.reader.start(this.#onChunk);
    else raw.on('data', this.#onChunk);
    raw.on('end', this.#onEnd);
    raw.on('error', this.#onError);
    raw.on('close', this.#onClose);
    if (raw.destroyed) this.destroy(raw.errored ?? undefined);
  }

  /** The bytes that came last: where TLS is broken by text, they are that text. */
  get lastChunk(): Buffer | undefined {
    return this.#lastChunk;
  }

  /** Lets go of the stream under it, which stays open. */
  detach(): void {
    this.#isDetached = true;
    this.#raw.off('data', this.#onChunk);
    this.#raw.off('end', this.#onEnd);
    this.#raw.off('error', this.#onError);
    this.#raw.off('close', this.#onClose);
  }

  override _read(): void {
    const { reader } = this.#options;
    if (!this.#isDetached) (reader ?? this.#raw).resume();
  }

  // TLS is given its bytes by this, too.
  override read(size?: number): ReturnType<Duplex['read']> {
    const chunk = super.read(size);
    const failure = this.readableLength === 0 ? this.#failure : undefined;
    if (failure) process.nextTick(() => this.destroy(failure.error)); // after its 'end', if there is one
    return chunk;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    this.#raw.write(chunk, callback);
  }

  override _final(callback: Callback): void {
    if (this.#options.endsRaw) this.#raw.end(callback);
    else callback();
  }

  override _destroy(error: Error | null, callback: Callback): void {
    if (!this.#isDetached) this.#raw.destroy();
    callback(error);
  }

  readonly #onChunk = (chunk: Buffer): boolean => {
    const error = this.#isFirst ? this.#options.check?.(chunk) : undefined;
    this.#isFirst = false;
    this.#lastChunk = chunk;
    if (error) this.destroy(error);
    else if (this.push(chunk)) return true;
    else if (!this.#options.reader) this.#raw.pause();
    return false;
  };

  readonly #onEnd = (): void => {
    this.push(null);
  };

  readonly #onError = (error: Error): void => this.#finish(error);
  readonly #onClose = (): void => this.#finish();

  /** The stream under it is gone; a reset may follow its last bytes at once, so they are read first. */
  #finish(error?: Error): void {
    if (this.#failure) return;
    if (this.readableLength === 0) this.destroy(error);
    else this.#failure = { error };
  }
}
