import { Duplex } from 'node:stream';
import type { SocketReader } from '../socket/socket-reader';

type Callback = (error?: Error | null) => void;

/** Options of a `Detachable`. */
export interface DetachableOptions {
  /**
   * Whether the end of this stream also ends the one below it. Not where TLS may end before TCP
   * (CCC).
   */
  readonly endsRaw: boolean;
  /** Checks the first bytes. An error that it returns destroys the stream before TLS reads them. */
  readonly check?: (first: Buffer) => Error | undefined;
  /** Reads the socket below, which is faster than reading it as a stream. */
  readonly reader?: SocketReader | undefined;
}

/**
 * A stream between TLS and the socket. With it, TLS can be removed again (RFC 4217 §5, CCC), and
 * the end of TCP before that of TLS is detected (a truncation attack). If TLS used the `net.Socket`
 * directly, Node would close both together, and hide which one ended first.
 */
export class Detachable extends Duplex {
  readonly #raw: Duplex;
  readonly #options: DetachableOptions;
  #isFirst = true;
  #isDetached = false;
  #lastChunk: Buffer | undefined;
  // Destroys this stream after the last byte.
  #failure: { readonly error: Error | undefined } | undefined;

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

  /** The last bytes that arrived: if plaintext broke TLS, they are that text. */
  get lastChunk(): Buffer | undefined {
    return this.#lastChunk;
  }

  /** Detaches from the stream below, which stays open. */
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

  // TLS reads by this method too.
  override read(size?: number): ReturnType<Duplex['read']> {
    const chunk = super.read(size);
    const failure = this.readableLength === 0 ? this.#failure : undefined;
    // After 'end', if there is one.
    if (failure) process.nextTick(() => this.destroy(failure.error));
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

  /**
   * The stream below was closed. A reset may directly follow the last bytes, so they are read
   * first.
   */
  #finish(error?: Error): void {
    if (this.#failure) return;
    if (this.readableLength === 0) this.destroy(error);
    else this.#failure = { error };
  }
}
