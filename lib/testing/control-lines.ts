import type { Binary } from './bytes';

const LF = 0x0a;
const CR = 0x0d;
const IAC = 0xff;
const FIRST_TELNET_COMMAND = 0xf0;
const FIRST_TELNET_OPTION = 0xfb; // WILL, WONT, DO, DONT: one more byte follows
const LINE_LIMIT = 64 * 1024;

/**
 * Cuts the bytes of a control connection into command lines and takes Telnet's own bytes out
 * (RFC 854). A lone LF ends a line too, as it does on vsftpd and Pure-FTPd: a test sees
 * an injected command the way such a server would.
 */
export class ControlLines {
  #line: number[] = [];
  #telnet: 'none' | 'command' | 'option' = 'none';
  #urgentAbort = false;

  /** The lines that this piece completes, without their ends. */
  push(chunk: Buffer): Binary[] {
    const lines: Binary[] = [];
    for (const byte of chunk) {
      if (!this.#text(byte)) continue;
      if (byte !== LF) this.#keep(byte);
      else if (!this.#urgentAbort || this.#line.length > 0) lines.push(this.#take());
      this.#urgentAbort = false;
    }
    // ftplib sends "ABOR\r\n" as urgent data, and the LF then travels out of band, where Node
    // does not see it.
    if (this.#line.length === 5 && /^ABOR\r$/i.test(latin1(this.#line))) {
      lines.push(this.#take());
      this.#urgentAbort = true;
    }
    return lines;
  }

  /** Whether the byte belongs to the line; Telnet commands and options do not. */
  #text(byte: number): boolean {
    if (this.#telnet === 'option') {
      this.#telnet = 'none';
      return false;
    }
    if (this.#telnet === 'command') {
      this.#telnet = 'none';
      if (byte === IAC) return true;
      if (byte >= FIRST_TELNET_OPTION) this.#telnet = 'option';
      if (byte >= FIRST_TELNET_COMMAND) return false;
      // A lone 0xFF inside a name stays (all servers do so); before a verb it is what is left of
      // "IAC DM" whose second byte went out of band.
      if (this.#line.length > 0) this.#keep(IAC);
      return true;
    }
    if (byte !== IAC) return true;
    this.#telnet = 'command';
    return false;
  }

  #keep(byte: number): void {
    if (this.#line.length < LINE_LIMIT) this.#line.push(byte);
  }

  #take(): Binary {
    if (this.#line.at(-1) === CR) this.#line.pop();
    const line = latin1(this.#line);
    this.#line = [];
    return line;
  }
}

function latin1(bytes: number[]): Binary {
  return Buffer.from(bytes).toString('latin1');
}
