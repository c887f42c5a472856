const LF = 0x0a;
const CR = 0x0d;
const CRLF = Buffer.from('\r\n');

/** Converts the bytes of an upload. */
export interface ByteEncoder {
  /** Converts the next bytes. */
  push(chunk: Uint8Array): Uint8Array;
  /** Returns the bytes to send after the last chunk; may be empty. */
  finish(): Uint8Array;
}

/**
 * Converts line endings to CRLF, and adds one after an unfinished last line, as TYPE A requires
 * (RFC 959 §3.1.1.1, `ftplib.storlines`). A CR within a line is data.
 */
export class LineEncoder implements ByteEncoder {
  #afterCr = false; // the last byte was a CR, which is held back
  #inLine = false;

  /** Converts the next bytes. */
  push(chunk: Uint8Array): Buffer {
    // The worst case: only line endings, and the CR that was held back.
    const encoded = Buffer.allocUnsafe(2 * chunk.length + 1);
    let length = 0;
    for (const byte of chunk) {
      const endsLine = byte === LF;
      if (endsLine || this.#afterCr) encoded[length++] = CR;
      this.#afterCr = byte === CR;
      if (!this.#afterCr) encoded[length++] = byte;
      this.#inLine = !endsLine;
    }
    return encoded.subarray(0, length);
  }

  /** Returns the CRLF that is missing after the last line, or nothing. */
  finish(): Buffer {
    return this.#inLine ? CRLF : Buffer.alloc(0);
  }
}
