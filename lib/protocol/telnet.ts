const IAC = 0xff;
const FIRST_COMMAND = 0xf0; // RFC 854: commands are 240 to 255
const WILL = 0xfb; // WILL, WONT, DO and DONT (251 to 254) are followed by an option

/**
 * Takes Telnet's commands out of the bytes of a control connection (RFC 854;
 * RFC 1123 §4.1.2.12: they are to be ignored, never answered).
 *
 * A 0xFF before a byte that is no Telnet command is kept: vsftpd and Pure-FTPd
 * send names with a single 0xFF as they are.
 */
export class TelnetDecoder {
  #held: 'nothing' | 'iac' | 'option' = 'nothing';

  /** Whether no command has begun. */
  get idle(): boolean {
    return this.#held === 'nothing';
  }

  push(chunk: Buffer): Buffer {
    if (this.idle && !chunk.includes(IAC)) return chunk;
    const data: number[] = [];
    for (const byte of chunk) this.#take(byte, data);
    return Buffer.from(data);
  }

  #take(byte: number, data: number[]): void {
    switch (this.#held) {
      case 'nothing':
        if (byte === IAC) this.#held = 'iac';
        else data.push(byte);
        break;
      case 'iac':
        this.#held = byte >= WILL && byte < IAC ? 'option' : 'nothing';
        if (byte === IAC) data.push(IAC);
        else if (byte < FIRST_COMMAND) data.push(IAC, byte);
        break;
      case 'option':
        this.#held = 'nothing';
        break;
    }
  }
}

/** Doubles each 0xFF, as RFC 959 §4.1.3 and RFC 3659 §2.2 ask of pathnames. */
export function escapeIac(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(IAC)) return bytes;
  return Buffer.from([...bytes].flatMap((byte) => (byte === IAC ? [IAC, IAC] : [byte])));
}
