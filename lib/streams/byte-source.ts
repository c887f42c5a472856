import type { Duplex } from 'node:stream';

/** Where the bytes of a download come from, in chunks of any size. */
export interface ByteSource {
  /** Whom to give each chunk; he returns whether he wants another one at once. Nothing is read yet. */
  start(take: (chunk: Buffer) => boolean): void;
  /** Reads on, until the taker has enough. */
  resume(): void;
  /** Whether the connection is known not to have been reset; false, too, where nobody can tell. */
  readonly isStanding?: boolean;
}

/** Any stream as a source. */
export class DuplexSource implements ByteSource {
  readonly #data: Duplex;

  constructor(data: Duplex) {
    this.#data = data;
  }

  start(take: (chunk: Buffer) => boolean): void {
    this.#data.pause(); // or the listener would start it
    this.#data.on('data', (chunk: Buffer) => {
      if (!take(chunk)) this.#data.pause();
    });
  }

  resume(): void {
    this.#data.resume();
  }
}
