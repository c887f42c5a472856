const LF = 0x0a;
const CR = 0x0d;
const CRLF = Buffer.from('\r\n');

/** Changes the bytes on their way, as TYPE A wants it. */
export interface ByteEncoder {
  push(chunk: Uint8Array): Uint8Array;
  finish(): Uint8Array;
}

/**
 * Makes every line end a CRLF, and adds a missing last one, as TYPE A wants it
 * (RFC 959 §3.1.1.1, `ftplib.storlines`). A CR inside a line is data.
 */
export class LineEncoder implements ByteEncoder {
  #afterCr = false; // the last chunk ended with a CR, which is held back
  #inLine = false;

  push(chunk: Uint8Array): Buffer {
    const encoded = Buffer.allocUnsafe(2 * chunk.length + 1); // all of it line ends, and the CR held back
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

  /** What is still to be sent after the last byte. */
  finish(): Buffer {
    return this.#inLine ? CRLF : Buffer.alloc(0);
  }
}
