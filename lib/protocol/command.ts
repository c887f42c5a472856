import { argumentError, printable } from '../errors';
import { isBytes } from '../util/bytes';
import type { Codec } from './codec';
import { traitsOf } from './commands';

/** A pathname, or any other argument: text in the connection's encoding, or bytes in the server's. */
export type Path = string | Uint8Array;

/** A command line ready to be written, and the form of it that may be shown. */
export interface Command {
  /** In upper case. */
  readonly verb: string;
  readonly argument: string;
  /** The line as the server is to read it: what Telnet adds to it is added when it is written. */
  readonly wire: Buffer;
  /** The line for logs and errors, secrets masked. */
  readonly label: string;
  /** What must not be shown even when the server echoes it. */
  readonly secret: string | undefined;
}

/** How text becomes the bytes of a command. */
export interface CommandEncoding {
  readonly codec: Codec;
}

const CRLF = Buffer.from('\r\n');
const SPACE = Buffer.from(' ');
const PLAIN = /^[\x21-\x7e][\x20-\x7e]{0,500}$/; // short enough to be shown whole
const NON_ASCII = /[^\p{ASCII}]/u;

/**
 * The command whose parts, joined by single spaces, are these. Every command
 * that is ever sent is made here.
 *
 * @throws TypeError `ERR_INVALID_ARG_VALUE` for a CR, LF or NUL in the encoded
 * bytes: they would end the command early and begin another of an attacker's
 * choice (vsftpd and Pure-FTPd take a bare LF, and even RFC 2640's CR NUL LF, for the end)
 */
export function command(encoding: CommandEncoding, ...parts: readonly Path[]): Command {
  return plainCommand(encoding, parts) ?? anyCommand(encoding, parts);
}

/** The same for what is mostly sent, printable ASCII: nothing in it can be odd. */
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
    // The argument is not shown: it may be a password, and it is hostile.
    const where = /^[A-Z]{3,4}$/.test(verb) ? ` in ${verb}` : '';
    throw argumentError(TypeError, 'ERR_INVALID_ARG_VALUE', `CR, LF or NUL is not allowed${where}`);
  }
  const secret = secretOf(verb, argument);
  if (secret === undefined) {
    // A codec of the user's own need not read what it writes: the server goes by the bytes.
    const sent = line.toString('latin1').trimStart();
    const [name = ''] = sent.split(/\s/, 1);
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

// A secret is always the end of its line.
function labelOf(text: string, secret: string | undefined): string {
  return secret === undefined ? text : `${text.slice(0, -secret.length)}****`;
}

/** Whether the command names a path that is not ASCII (RFC 2640). */
export function hasInternationalPath({ verb, argument }: Command): boolean {
  return traitsOf(verb).path === true && NON_ASCII.test(argument);
}

/** The argument in bytes: text that was decoded for display may not encode to them again. */
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
  // SITE PSWD and its like change passwords.
  return verb === 'SITE'
    ? /^\s*(?:\w*PSWD|\w*PASS\w*|\w*PWD)\s+(.+)$/is.exec(argument)?.[1]
    : undefined;
}
