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
    const pieces: Uint8Array[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      const line = chunk.subarray(start, end);
      const ending = line.length === 0 ? this.#afterCr : line.at(-1) === CR;
      if (line.length > 0) pieces.push(...this.#heldCr(), ending ? line.subarray(0, -1) : line);
      pieces.push(CRLF);
      this.#afterCr = false;
      this.#inLine = false;
      start = end + 1;
    }
    const rest = chunk.subarray(start);
    if (rest.length > 0) {
      pieces.push(...this.#heldCr());
      this.#afterCr = rest.at(-1) === CR;
      this.#inLine = true;
      pieces.push(this.#afterCr ? rest.subarray(0, -1) : rest);
    }
    return Buffer.concat(pieces);
  }

  /** What is still to be sent after the last byte. */
  finish(): Buffer {
    return this.#inLine ? CRLF : Buffer.alloc(0);
  }

  #heldCr(): Uint8Array[] {
    return this.#afterCr ? [Buffer.of(CR)] : [];
  }
}
