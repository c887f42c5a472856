import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

const TLS_TYPES = { first: 20, last: 24 };
const RECORD_HEADER = 5;

/**
 * A Duplex between a TCP connection and the TLS on it. Reports the end of the TCP connection, which
 * TLS hides. It can truncate a record, and detach the TCP connection (CCC), which a TLS socket
 * directly on it would close.
 */
export class Tap extends Duplex {
  readonly raw: Socket;
  /** Called when the TCP connection has ended, before TLS is notified. */
  tcpEnded = false;
  #cutting = false;
  /** Data received but not passed on. Set if the TCP connection is to remain open after TLS. */
  #held: Buffer | undefined;

  constructor(raw: Socket) {
    super();
    this.raw = raw;
    // Added before the listener of TLS, so that it is called first.
    this.once('end', () => {
      this.tcpEnded = true;
    });
    raw.on('data', this.#onData).on('end', this.#onEnd);
    raw.on('error', this.#onError).on('close', this.#onClose);
  }

  /** Sends only half of the next record, and ends the connection. */
  cutNextRecord(): void {
    this.#cutting = true;
  }

  /** Keeps the TCP connection open after TLS ends, and passes only TLS records on. */
  keepRaw(): void {
    this.#held = Buffer.alloc(0);
  }

  /** Returns the paused TCP connection, with the data that followed the last TLS record. */
  detach(): Socket {
    const { raw } = this;
    raw.off('data', this.#onData).off('end', this.#onEnd);
    raw.off('error', this.#onError).off('close', this.#onClose);
    raw.pause();
    if (this.#held && this.#held.length > 0 && !raw.readableEnded) raw.unshift(this.#held);
    this.#held = Buffer.alloc(0);
    return raw;
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#held) this.#passRecords(Buffer.concat([this.#held, chunk]));
    else if (!this.push(chunk)) this.raw.pause();
  };

  readonly #onEnd = (): void => {
    this.push(null);
  };

  readonly #onError = (error: Error): void => {
    this.destroy(error);
  };

  readonly #onClose = (): void => {
    this.destroy();
  };

  /** Splits close_notify from a plaintext command in the same segment, which TLS would lose. */
  #passRecords(bytes: Buffer): void {
    let rest = bytes;
    for (;;) {
      const [type = 0] = rest;
      if (rest.length < RECORD_HEADER || type < TLS_TYPES.first || type > TLS_TYPES.last) break;
      const length = RECORD_HEADER + rest.readUInt16BE(3);
      if (rest.length < length) break;
      this.push(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    this.#held = rest;
  }

  override _read(): void {
    this.raw.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void) {
    // TLS may send an alert on a connection that a fault has ended.
    if (this.raw.writableEnded) return done();
    if (!this.#cutting) return void this.raw.write(chunk, done);
    this.raw.end(chunk.subarray(0, chunk.length >> 1), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.#held || this.raw.writableEnded) done();
    else this.raw.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.#held) this.raw.destroy();
    done(error);
  }
}
