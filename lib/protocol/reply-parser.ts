import { ProtocolError, printable } from '../errors';
import type { Reply } from '../reply';
import { LineSplitter } from './line-splitter';
import { TelnetDecoder, type TelnetRule } from './telnet';

export interface ReplyLimits {
  /** Bytes of one line. ftplib: 8192. */
  readonly maxLine: number;
  /** Bytes of one reply. curl: 64 KiB; ftplib and basic-ftp: none. */
  readonly maxReply: number;
}

export interface ReplyParserOptions extends ReplyLimits {
  /** Whether a multi-line reply ends only at its own code; else at any code and a space, as in curl. */
  readonly strictMultiline: boolean;
  /** How the server writes a 0xFF; the greeting may change it. */
  readonly telnet: TelnetRule;
  /** A text without what must not be shown, for errors. */
  readonly mask?: (text: string) => string;
  readonly decode: (line: Uint8Array) => string;
  /** Whether `decode` leaves ASCII as it is, which may change. */
  readonly keepsASCII?: (() => boolean) | undefined;
}

const FIRST_LINE = /^[1-5]\d\d(?:[ -]|$)/; // 6yz are RFC 2228's protected replies, which nobody asked for
/** A whole reply of one line, as nearly all are. */
const PLAIN_REPLY = /^[1-5]\d\d [\x20-\x7e]*\r\n$/;
const LAST_LINE_OF_ANY = /^[1-5]\d\d /;
const NUL = 0x00;
const CR = 0x0d;

/**
 * Turns the bytes of a control connection into replies, however the network cut
 * them up. Pure: no socket, no timer, no event. A parser that has thrown is spent.
 */
export class ReplyParser {
  readonly #options: ReplyParserOptions;
  readonly #telnet = new TelnetDecoder();
  readonly #splitter: LineSplitter;
  #lines: string[] = []; // of the reply being received; empty between replies
  #bytes = 0; // of its lines, and of blank lines before it
  #failure: unknown;

  constructor(options: ReplyParserOptions) {
    this.#options = options;
    const { maxLine } = options;
    this.#splitter = new LineSplitter(maxLine, () => tooLarge(`a line exceeds ${maxLine} bytes`));
  }

  /** Whether nothing has arrived since the last reply, not even a blank line. */
  get idle(): boolean {
    return this.#bytes === 0 && this.#splitter.pendingLength === 0 && this.#telnet.idle;
  }

  /** Why no more can be read. What came before it, in the same chunk too, was still a reply. */
  get failure(): unknown {
    return this.#failure;
  }

  push(chunk: Buffer): Reply[] {
    if (this.#failure) throw this.#failure;
    const plain = this.#plainReply(chunk);
    if (plain) return [plain];
    const replies: Reply[] = [];
    try {
      this.#parse(chunk, replies);
    } catch (error) {
      this.#failure = error;
      if (replies.length === 0) throw error;
    }
    return replies;
  }

  /** Tells in one look what would come of it by all the other steps. */
  #plainReply(chunk: Buffer): Reply | undefined {
    const { maxLine, maxReply, keepsASCII } = this.#options;
    if (chunk.length > Math.min(maxLine, maxReply) || !keepsASCII?.()) return undefined;
    if (!this.idle) return undefined;
    const text = chunk.toString('latin1');
    if (!PLAIN_REPLY.test(text)) return undefined;
    return { code: Number(text.slice(0, 3)), lines: [text.slice(0, -2)] };
  }

  #parse(chunk: Buffer, replies: Reply[]): void {
    const { telnet, maxReply, decode } = this.#options;
    this.#splitter.push(telnet.replies === 'raw' ? chunk : this.#telnet.push(chunk));
    for (let line = this.#splitter.next(); line; line = this.#splitter.next()) {
      this.#bytes += line.length + 1;
      if (this.#bytes > maxReply) throw tooLarge(`it exceeds ${maxReply} bytes`);
      const reply = this.#addLine(decode(withoutNul(line)));
      if (reply) replies.push(reply);
    }
    if (this.#bytes + this.#splitter.pendingLength > maxReply)
      throw tooLarge(`it exceeds ${maxReply} bytes`);
  }

  #addLine(line: string): Reply | undefined {
    if (this.#lines.length === 0 && line === '') return undefined; // blank lines between replies
    const first = this.#lines[0] ?? line;
    if (!FIRST_LINE.test(first)) {
      const { mask = (text: string) => text } = this.#options;
      throw new ProtocolError(`Not an FTP reply: ${printable(mask(first))}`);
    }
    this.#lines.push(line);
    if (!this.#ends(first.slice(0, 3), line)) return undefined;

    const last = this.#lines.at(-1) as string;
    const code = this.#options.strictMultiline ? first.slice(0, 3) : last.slice(0, 3);
    const reply = { code: Number(code), lines: this.#lines };
    this.#lines = [];
    this.#bytes = 0;
    return reply;
  }

  // A line between may begin with digits, even with another code: only the first
  // line's code, followed by a space (or by nothing), ends the reply (RFC 959 §4.2).
  #ends(code: string, line: string): boolean {
    if (line === code || line.startsWith(`${code} `)) return true;
    return !this.#options.strictMultiline && LAST_LINE_OF_ANY.test(line);
  }
}

function tooLarge(what: string): ProtocolError {
  return new ProtocolError(`The reply is too large: ${what}`, {}, 'ERR_FTP_REPLY_TOO_LARGE');
}

// Telnet's CR NUL is a bare CR (RFC 854); any other NUL has no place in a reply.
function withoutNul(line: Buffer): Buffer {
  if (!line.includes(NUL)) return line;
  const bytes = [...line].filter((byte, i) => byte !== NUL || line[i - 1] !== CR);
  if (bytes.includes(NUL)) throw new ProtocolError('A reply contains a NUL');
  return Buffer.from(bytes);
}
