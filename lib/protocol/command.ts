import { argumentError, printable } from '../errors';
import { isBytes } from '../util/bytes';
import type { Codec } from './codec';
import { traitsOf } from './commands';

/**
 * A pathname, or any other argument: text in the connection's encoding, or bytes in the server's.
 */
export type Path = string | Uint8Array;

/** A command line that is ready to be written, and the form of it that may be shown. */
export interface Command {
  /** The name of the command in upper case, such as `RETR`. */
  readonly verb: string;
  /** The text after the verb; may be empty. */
  readonly argument: string;
  /** The bytes of the line with its CRLF. Telnet escapes are added only when it is written. */
  readonly wire: Buffer;
  /** The line for logs and errors, with secrets masked. */
  readonly label: string;
  /**
   * The part that must not be shown, even if the server echoes it; `undefined` if there is none.
   */
  readonly secret: string | undefined;
}

/** How the text of commands is encoded. */
export interface CommandEncoding {
  /** Converts text to bytes. */
  readonly codec: Codec;
}

const CRLF = Buffer.from('\r\n');
const SPACE = Buffer.from(' ');
const PLAIN = /^[\x21-\x7e][\x20-\x7e]{0,500}$/; // short enough for an error to show all of it
const NON_ASCII = /[^\p{ASCII}]/u;

/**
 * Creates a command from its parts, which are joined by single spaces. Every command that is sent
 * is created here.
 *
 * @throws TypeError `ERR_INVALID_ARG_VALUE` if the encoded bytes contain a CR, LF or NUL: they
 *   would end the command and let an attacker inject another one. vsftpd and Pure-FTPd also treat a
 *   bare LF, and even RFC 2640's CR NUL LF, as the end.
 * @throws TypeError `ERR_INVALID_ARG_VALUE` if the command is empty
 * @throws TypeError `ERR_INVALID_ARG_TYPE` if a part is neither a string nor a Uint8Array
 */
export function command(encoding: CommandEncoding, ...parts: readonly Path[]): Command {
  return plainCommand(encoding, parts) ?? anyCommand(encoding, parts);
}

/**
 * Fast path for printable ASCII, which nearly all commands are. It needs no further checks. Without
 * it, a NOOP takes 1.13 of the CPU time.
 */
function plainCommand({ codec }: CommandEncoding, parts: readonly Path[]): Command | undefined {
  if (!codec.keepsASCII || !parts.every((part) => typeof part === 'string')) return undefined;
  const text = parts.length === 1 ? (parts[0] as string) : parts.join(' ');
  if (!PLAIN.test(text)) return undefined;
  const space = text.indexOf(' ');
  const verb = (space === -1 ? text : text.slice(0, space)).toUpperCase();
  const argument = space === -1 ? '' : text.slice(space + 1);
  const secret = secretOf(verb, argument);
  const wire = Buffer.from(`${text}\r\n`, 'latin1');
  return { verb, argument, wire, label: labelOf(text, secret), secret };
}

function anyCommand(encoding: CommandEncoding, parts: readonly Path[]): Command {
  const encoded = parts.map((part) => encode(part, encoding.codec));
  const line = joined(encoded);
  const text = encoding.codec.decode(line).trimStart();
  const space = text.search(/\s/);
  const verb = (space === -1 ? text : text.slice(0, space)).toUpperCase();
  const argument = space === -1 ? '' : text.slice(space + 1);
  if (verb === '') {
    throw argumentError(TypeError, 'ERR_INVALID_ARG_VALUE', 'A command cannot be empty');
  }
  const wire = Buffer.concat([line, CRLF]);
  if (hasLineEnd(wire.subarray(0, -CRLF.length))) {
    // The argument is not shown: it may be a password, or an attack.
    const where = /^[A-Z]{3,4}$/.test(verb) ? ` in ${verb}` : '';
    throw argumentError(TypeError, 'ERR_INVALID_ARG_VALUE', `CR, LF or NUL is not allowed${where}`);
  }
  const secret = secretOf(verb, argument);
  if (secret === undefined) {
    // A user-defined codec may not decode what it encodes. The server sees only the bytes, so look
    // for a secret there too.
    const sent = line.toString('latin1').trimStart();
    const name = sent.split(/\s/, 1)[0] as string;
    const hidden = secretOf(name.toUpperCase(), sent.slice(name.length + 1));
    if (hidden !== undefined) {
      return { verb, argument, wire, label: `${name.toUpperCase()} ****`, secret: hidden };
    }
  }
  return { verb, argument, wire, label: printable(labelOf(text, secret)), secret };
}

function hasLineEnd(bytes: Buffer): boolean {
  return bytes.includes(0x0d) || bytes.includes(0x0a) || bytes.includes(0x00);
}

// A secret is always at the end of its line.
function labelOf(text: string, secret: string | undefined): string {
  return secret === undefined ? text : `${text.slice(0, -secret.length)}****`;
}

/** Whether the argument of a command is a path that is not ASCII (RFC 2640). */
export function hasInternationalPath({ verb, argument }: Command): boolean {
  return traitsOf(verb).path === true && NON_ASCII.test(argument);
}

/** Returns the bytes of the argument. The text may have been decoded with loss. */
export function argumentBytes({ wire }: Command): Uint8Array {
  const isBlank = (byte: number) => byte === 0x20 || byte === 0x09;
  const verb = wire.findIndex((byte) => !isBlank(byte));
  const blank = wire.findIndex((byte, i) => i > verb && isBlank(byte));
  return blank === -1 ? new Uint8Array(0) : wire.subarray(blank + 1, -CRLF.length);
}

function encode(part: Path, codec: Codec): Uint8Array {
  if (isBytes(part)) return part;
  if (typeof part === 'string') return codec.encode(part);
  const message = 'A command or path must be a string or a Uint8Array';
  throw argumentError(TypeError, 'ERR_INVALID_ARG_TYPE', message);
}

function joined(parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat(parts.flatMap((part, i) => (i > 0 ? [SPACE, part] : [part])));
}

function secretOf(verb: string, argument: string): string | undefined {
  if (argument === '') return undefined;
  if (traitsOf(verb).secret) return argument;
  // SITE PSWD and similar commands change passwords.
  return verb === 'SITE'
    ? /^\s*(?:\w*PSWD|\w*PASS\w*|\w*PWD)\s+(.+)$/is.exec(argument)?.[1]
    : undefined;
}
