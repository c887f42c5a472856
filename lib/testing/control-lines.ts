import type { Binary } from './bytes';

const LF = 0x0a;
const CR = 0x0d;
const IAC = 0xff;
const FIRST_TELNET_COMMAND = 0xf0;
const FIRST_TELNET_OPTION = 0xfb; // WILL, WONT, DO, DONT: one more byte follows
const LINE_LIMIT = 64 * 1024;

/**
 * Splits the bytes of a control connection into command lines, and removes Telnet commands (RFC
 * 854). A lone LF also ends a line, as on vsftpd and Pure-FTPd, so that a test sees an injected
 * command as such a server would.
 */
export class ControlLines {
  #line: number[] = [];
  #telnet: 'none' | 'command' | 'option' = 'none';
  #urgentAbort = false;

  /** Returns the lines that this chunk completes, without their line ends. */
  push(chunk: Buffer): Binary[] {
    const lines: Binary[] = [];
    for (const byte of chunk) {
      if (!this.#text(byte)) continue;
      if (byte !== LF) this.#keep(byte);
      else if (!this.#urgentAbort || this.#line.length > 0) lines.push(this.#take());
      this.#urgentAbort = false;
    }
    // ftplib sends "ABOR\r\n" as urgent data. The LF is then sent out of band, and Node does not
    // receive it.
    if (this.#line.length === 5 && /^ABOR\r$/i.test(latin1(this.#line))) {
      lines.push(this.#take());
      this.#urgentAbort = true;
    }
    return lines;
  }

  /** Whether the byte belongs to the line, not to a Telnet command or option. */
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
      // A lone 0xFF inside a name is kept, as all servers do. Before a verb it is the rest of
      // "IAC DM", whose second byte was sent out of band.
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
