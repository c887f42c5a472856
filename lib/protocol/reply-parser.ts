import { ProtocolError, printable } from '../errors';
import type { Reply } from '../reply';
import { LineSplitter } from './line-splitter';
import { TelnetDecoder, type TelnetRule } from './telnet';

/** Limits on the size of replies. */
export interface ReplyLimits {
  /** Limit on the bytes of one line. ftplib has 8192. */
  readonly maxLine: number;
  /** Limit on the bytes of one reply. curl has 64 KiB; ftplib and basic-ftp have none. */
  readonly maxReply: number;
}

/** Options of a {@link ReplyParser}. */
export interface ReplyParserOptions extends ReplyLimits {
  /**
   * Whether a multi-line reply ends only at the code of its first line. If `false`, it ends at any
   * code that is followed by a space, as in curl.
   */
  readonly strictMultiline: boolean;
  /** How the server writes a 0xFF. The greeting may change it. */
  readonly telnet: TelnetRule;
  /** Removes secrets from text that is shown in errors; default: removes nothing. */
  readonly mask?: (text: string) => string;
  /** Decodes a line. */
  readonly decode: (line: Uint8Array) => string;
  /** Whether `decode` currently leaves ASCII unchanged. */
  readonly keepsASCII?: (() => boolean) | undefined;
}

// No 6yz: these are the protected replies of RFC 2228, which this client never requests.
const FIRST_LINE = /^[1-5]\d\d(?:[ -]|$)/;
/** A complete reply of one line, as nearly all are. */
const PLAIN_REPLY = /^[1-5]\d\d [\x20-\x7e]*\r\n$/;
const LAST_LINE_OF_ANY = /^[1-5]\d\d /;
const NUL = 0x00;
const CR = 0x0d;

/**
 * Parses the bytes of a control connection into replies, however they are split into chunks. It
 * uses no sockets, timers or events. A parser that has failed cannot be used again.
 */
export class ReplyParser {
  readonly #options: ReplyParserOptions;
  readonly #telnet = new TelnetDecoder();
  readonly #splitter: LineSplitter;
  #lines: string[] = []; // of the reply that is being received; empty between replies
  #bytes = 0; // of these lines, and of blank lines before them
  #failure: unknown;

  constructor(options: ReplyParserOptions) {
    this.#options = options;
    const { maxLine } = options;
    this.#splitter = new LineSplitter(maxLine, () => tooLarge(`a line exceeds ${maxLine} bytes`));
  }

  /** Whether nothing, not even a blank line, has arrived since the last reply. */
  get idle(): boolean {
    return this.#bytes === 0 && this.#splitter.pendingLength === 0 && this.#telnet.idle;
  }

  /** The error that ended parsing, if any. Replies before it, even in the same chunk, are valid. */
  get failure(): unknown {
    return this.#failure;
  }

  /**
   * Parses the next bytes and returns the replies that they complete.
   *
   * @throws ProtocolError for an invalid or too large reply, unless other replies come before it in
   *   the chunk: then the error is kept in `failure`
   */
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

  /** Fast path: recognizes a chunk that is exactly one single-line reply, as nearly all are. */
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
    if (this.#lines.length === 0 && line === '') return undefined; // blank line between replies
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

  // Lines in between may begin with digits, even with another code. Only the code of the first
  // line, followed by a space or nothing, ends the reply (RFC 959 §4.2).
  #ends(code: string, line: string): boolean {
    if (line === code || line.startsWith(`${code} `)) return true;
    return !this.#options.strictMultiline && LAST_LINE_OF_ANY.test(line);
  }
}

function tooLarge(what: string): ProtocolError {
  return new ProtocolError(`The reply is too large: ${what}`, {}, 'ERR_FTP_REPLY_TOO_LARGE');
}

// In Telnet, CR NUL is a bare CR (RFC 854). Any other NUL is invalid in a reply.
function withoutNul(line: Buffer): Buffer {
  if (!line.includes(NUL)) return line;
  const bytes = [...line].filter((byte, i) => byte !== NUL || line[i - 1] !== CR);
  if (bytes.includes(NUL)) throw new ProtocolError('A reply contains a NUL');
  return Buffer.from(bytes);
}
