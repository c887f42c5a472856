import type { ByteEncoder } from '../protocol/line-encoder';
import { Slices } from '../util/slices';

const PIECE = 64 * 1024; // bytes
const WORK_PER_PIECE = 16;

/** What sends the bytes. */
export interface ChunkSender {
  send(chunks: Uint8Array[], sent: () => void): void;
  /** Bytes that were to be encoded are not there any more. */
  onDetached(): void;
}

/**
 * Has chunks sent, encoded if there is an encoder: piece by piece then, each once the one before is out. A large
 * chunk at once would hold up all else.
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

  /** What is still to be sent after the last chunk. */
  finish(): Uint8Array[] {
    return this.#encoder ? [this.#encoder.finish()] : [];
  }

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

/** The pieces of chunks, encoded; `undefined` where a chunk is not as long any more as it was. */
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
