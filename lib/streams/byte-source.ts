import type { Duplex } from 'node:stream';

/** Where the bytes of a download come from, in chunks of any size. */
export interface ByteSource {
  /** Whom to give each chunk; he returns whether he wants another one at once. Nothing is read yet. */
  start(onChunk: (chunk: Buffer) => boolean): void;
  /** Reads on, until the taker has enough. */
  resume(): void;
  /** Whether the connection is known not to have been reset; false, too, where nobody can tell. */
  readonly isConnected?: boolean;
}

/** Any stream as a source. */
export class DuplexSource implements ByteSource {
  readonly #data: Duplex;

  constructor(data: Duplex) {
    this.#data = data;
  }

  start(take: (chunk: Buffer) => boolean): void {
    const data = this.#data;
    const taken = (chunk: Buffer) => {
      if (!take(chunk)) data.pause();
    };
    data.pause(); // or the listener would start it
    data.on('data', taken);
    // What was read before the error came whole: a reset may follow the last byte at once.
    data.once('error', () => {
      data.off('data', taken); // whether read() emits it, too, depends on the version of Node
      for (let rest = data.read(); rest !== null; rest = data.read()) take(rest);
    });
  }

  resume(): void {
    this.#data.resume();
  }
}
