import type { ByteEncoder } from '../protocol/line-encoder';
import { Slices } from '../util/slices';

const PIECE = 64 * 1024; // bytes that are encoded at once
const WORK_PER_PIECE = 16; // units of work, for `Slices`

/** Sends the bytes for an `EncodedChunks`. */
export interface ChunkSender {
  /** Sends chunks, then calls back. */
  send(chunks: Uint8Array[], sent: () => void): void;
  /** The memory of bytes to be encoded was detached. */
  onDetached(): void;
}

/**
 * Encodes chunks, if there is an encoder, and passes them to a sender. Encoded chunks are sent in
 * pieces, each after the previous one. To encode a large chunk at once would block the event loop.
 */
export class EncodedChunks {
  readonly #encoder: ByteEncoder | undefined;
  readonly #sender: ChunkSender;
  readonly #slices = new Slices(() => this.#sendNext());
  #pieces: Iterator<Uint8Array | undefined> | undefined;
  #onAllSent: (() => void) | undefined;

  constructor(encoder: ByteEncoder | undefined, sender: ChunkSender) {
    this.#encoder = encoder;
    this.#sender = sender;
  }

  /** Sends chunks, then calls back. */
  send(chunks: Uint8Array[], sent: () => void): void {
    if (!this.#encoder) return this.#sender.send(chunks, sent);
    this.#pieces = encodedPieces(chunks, this.#encoder);
    this.#onAllSent = sent;
    this.#sendNext();
  }

  /** Returns what must be sent after the last chunk. */
  finish(): Uint8Array[] {
    return this.#encoder ? [this.#encoder.finish()] : [];
  }

  /** Stops encoding. */
  stop(): void {
    this.#slices.stop();
  }

  #sendNext(): void {
    const next = this.#pieces?.next();
    if (next?.done !== false) return this.#onAllSent?.();
    if (!next.value) return this.#sender.onDetached();
    this.#sender.send([next.value], () => {
      if (!this.#slices.isOver(WORK_PER_PIECE)) this.#sendNext();
    });
  }
}

/** The encoded pieces of chunks; `undefined` if the memory of a chunk was detached or shrunk. */
function* encodedPieces(
  chunks: readonly Uint8Array[],
  encoder: ByteEncoder,
): Generator<Uint8Array | undefined> {
  const lengths = chunks.map(({ length }) => length);
  for (const [i, chunk] of chunks.entries()) {
    const length = lengths[i] as number;
    for (let at = 0; at < length; at += PIECE) {
      yield chunk.length < length ? undefined : encoder.push(chunk.subarray(at, at + PIECE));
    }
  }
}
