import { argumentError, printable } from '../errors';
import type { Codec } from './codec';
import { traitsOf } from './commands';
import type { Reply } from './reply';
import { escapeIac } from './telnet';

/** A pathname, or any other argument: text in the connection's encoding, or bytes that go out as they are. */
export type Path = string | Uint8Array;

/** A command line ready to be written, and the form of it that may be shown. */
export interface Command {
  /** In upper case. */
  readonly verb: string;
  readonly argument: string;
  readonly wire: Buffer;
  /** The line for logs and errors, secrets masked. */
  readonly label: string;
  /** What must not be shown even when the server echoes it. */
  readonly secret: string | undefined;
}

/** How text becomes the bytes of a command. */
export interface CommandEncoding {
  readonly codec: Codec;
  /** Whether a 0xFF in text is doubled, as Telnet asks, or sent as it is. */
  readonly telnetIac: 'double' | 'raw';
}

const CRLF = Buffer.from('\r\n');
const SPACE = Buffer.from(' ');
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
  const bytes = parts.flatMap((part, i) => [...(i > 0 ? [SPACE] : []), encode(part, encoding)]);
  const line = Buffer.concat(bytes);
  const text = encoding.codec.decode(line).trimStart();
  const space = text.search(/\s/);
  const verb = (space === -1 ? text : text.slice(0, space)).toUpperCase();
  const argument = space === -1 ? '' : text.slice(space + 1);
  if (verb === '') {
    throw argumentError(TypeError, 'ERR_INVALID_ARG_VALUE', 'A command cannot be empty');
  }
  if (line.includes(0x0d) || line.includes(0x0a) || line.includes(0x00)) {
    // The argument is not shown: it may be a password, and it is hostile.
    const shown = /^[A-Z]{3,4}$/.test(verb) ? ` in ${verb}` : '';
    throw argumentError(TypeError, 'ERR_INVALID_ARG_VALUE', `CR, LF or NUL is not allowed${shown}`);
  }
  const secret = secretOf(verb, argument);
  return {
    verb,
    argument,
    wire: Buffer.concat([line, CRLF]),
    label: printable(secret === undefined ? text : text.replace(secret, '****')),
    secret,
  };
}

/** Whether the command names a path that is not ASCII (RFC 2640). */
export function hasInternationalPath({ verb, argument }: Command): boolean {
  return traitsOf(verb).path === true && NON_ASCII.test(argument);
}

/** The argument as it goes out: text that was decoded for display may not encode to it again. */
export function argumentBytes({ wire }: Command): Uint8Array {
  const space = wire.indexOf(0x20);
  return space === -1 ? new Uint8Array(0) : wire.subarray(space + 1, -CRLF.length);
}

function encode(part: Path, { codec, telnetIac }: CommandEncoding): Uint8Array {
  if (part instanceof Uint8Array) return part;
  if (typeof part !== 'string') {
    const message = 'A command or path must be a string or a Uint8Array';
    throw argumentError(TypeError, 'ERR_INVALID_ARG_TYPE', message);
  }
  const bytes = codec.encode(part);
  return telnetIac === 'double' ? escapeIac(bytes) : bytes;
}

function secretOf(verb: string, argument: string): string | undefined {
  if (argument === '') return undefined;
  if (traitsOf(verb).secret) return argument;
  // SITE PSWD and its like change passwords.
  return verb === 'SITE' ? /^\s*(?:PSWD|PASS\w*)\s+(.+)$/is.exec(argument)?.[1] : undefined;
}

// A server may echo the password it refuses: what is masked in the command must not
// come back by way of the reply. Shorter secrets would mask half of every text.
const SHORTEST_SECRET = 3;

/** A reply as it may be shown, when it is the answer to this command. */
export function maskedReply(reply: Reply, { secret }: Pick<Command, 'secret'>): Reply {
  if (secret === undefined || secret.length < SHORTEST_SECRET) return reply;
  const mask = (line: string) => {
    const code = /^\d{3}[ -]?/.exec(line)?.[0] ?? ''; // which a secret may happen to be
    return code + line.slice(code.length).replaceAll(secret, '****');
  };
  return { ...reply, lines: reply.lines.map(mask) };
}
