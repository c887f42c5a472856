import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

const TLS_TYPES = { first: 20, last: 24 };
const RECORD_HEADER = 5;

/**
 * Stands between a TCP connection and the TLS on it, and tells what TLS keeps to itself: whether the
 * TCP connection has ended. It can cut a record, and let go of the TCP connection (CCC), which a TLS
 * socket straight on it would close.
 */
export class Tap extends Duplex {
  readonly raw: Socket;
  /** The TCP connection has ended, and TLS is about to hear of it. */
  tcpEnded = false;
  #cutting = false;
  /** Set when the TCP connection is to outlive TLS: what came and is not yet passed on. */
  #held: Buffer | undefined;

  constructor(raw: Socket) {
    super();
    this.raw = raw;
    // Before TLS adds its own listener for the end, to be called before it.
    this.once('end', () => {
      this.tcpEnded = true;
    });
    raw.on('data', this.#onData).on('end', this.#onEnd);
    raw.on('error', this.#onError).on('close', this.#onClose);
  }

  /** The record that is written next is sent by half, and then the connection ended. */
  cutNextRecord(): void {
    this.#cutting = true;
  }

  /** From now on the end of TLS does not end the TCP connection, and nothing but TLS goes up. */
  keepRaw(): void {
    this.#held = Buffer.alloc(0);
  }

  /** Gives the TCP connection back, paused, with what came for it behind the last record. */
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

  /** A client may send its close_notify and a command in clear together; TLS would lose the latter. */
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
    // TLS may have an alert to send on a connection that a fault has ended.
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
