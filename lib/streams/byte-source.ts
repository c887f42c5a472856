import type { Duplex } from 'node:stream';

/** Reads the bytes of a download, in chunks of any size. */
export interface ByteSource {
  /** Sets the callback for chunks; it returns whether to read on. Reading starts with `resume`. */
  start(onChunk: (chunk: Buffer) => boolean): void;
  /** Reads until `onChunk` returns false. */
  resume(): void;
  /** Whether the connection is known not to have been reset; false also if that cannot be known. */
  readonly isConnected?: boolean;
}

/** Reads any stream. It is the plain implementation beside `SocketReader`. */
export class DuplexSource implements ByteSource {
  readonly #data: Duplex;

  constructor(data: Duplex) {
    this.#data = data;
  }

  /** See `ByteSource`. */
  start(onChunk: (chunk: Buffer) => boolean): void {
    const data = this.#data;
    const listener = (chunk: Buffer) => {
      if (!onChunk(chunk)) data.pause();
    };
    data.pause(); // because the listener would resume it
    data.on('data', listener);
    // Bytes that were read before the error are valid: a reset may directly follow the last byte.
    data.once('error', () => {
      data.off('data', listener); // whether read() also emits 'data' depends on the version of Node
      for (let rest = data.read(); rest !== null; rest = data.read()) onChunk(rest);
    });
  }

  /** See `ByteSource`. */
  resume(): void {
    this.#data.resume();
  }
}
