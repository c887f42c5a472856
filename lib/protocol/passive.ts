import { ProtocolError, ReplyError } from '../errors';
import { replyOf } from '../reply';

/** The address of a data connection. */
export interface Endpoint {
  /** An IP address or host name. */
  readonly host: string;
  /** A TCP port, 1 to 65535. */
  readonly port: number;
}

// RFC 1123 §4.1.2.6: the parentheses may be missing, so search for six numbers. The limit on digits
// keeps the search linear; the lookarounds prevent reading 1234 as 234, and 1e3 as 1.
const SIX_NUMBERS =
  /(?<!\d)(\d{1,3}), ?(\d{1,3}), ?(\d{1,3}), ?(\d{1,3}), ?(\d{1,3}), ?(\d{1,3})(?!\w)/;

const COMMON_229 = /^229[^(]*\(\|\|\|(\d{1,5})\|\)/;

/**
 * Parses the address in the reply to PASV (`ftplib.parse227`).
 *
 * @throws ReplyError for another code
 * @throws ProtocolError `ERR_FTP_BAD_PASV` if it lacks six numbers below 256, or for port 0
 */
export function parse227(reply: string): Endpoint {
  if (!reply.startsWith('227')) throw new ReplyError(replyOf(reply));
  const numbers = SIX_NUMBERS.exec(reply.slice(3))?.slice(1).map(Number);
  if (!numbers || numbers.some((number) => number > 255)) throw badAddress(reply);
  const [high, low] = numbers.slice(4) as [number, number];
  return { host: numbers.slice(0, 4).join('.'), port: checkedPort(high * 256 + low, reply) };
}

/**
 * Parses the port in the reply to EPSV (`ftplib.parse229`, RFC 2428 §3). The host is `peer`, the
 * address of the control connection.
 *
 * @throws ReplyError for another code
 * @throws ProtocolError `ERR_FTP_BAD_PASV` for a malformed reply
 */
export function parse229(reply: string, peer: string): Endpoint {
  const usual = COMMON_229.exec(reply)?.[1];
  if (usual !== undefined) return { host: peer, port: checkedPort(Number(usual), reply) };
  if (!reply.startsWith('229')) throw new ReplyError(replyOf(reply));
  const open = reply.indexOf('(');
  const delimiter = reply[open + 1] ?? '';
  const end = reply.indexOf(')', open);
  const fields = reply.slice(open + 1, end).split(delimiter);
  // An address in the first fields is ignored: it deserves no more trust than the one in a 227.
  const port = fields[3] ?? '';
  if (open === -1 || end === -1 || !/^[!-/:-~]$/.test(delimiter) || fields.length !== 5) {
    throw badAddress(reply);
  }
  if (fields[4] !== '' || !/^\d{1,5}$/.test(port)) throw badAddress(reply);
  return { host: peer, port: checkedPort(Number(port), reply) };
}

function checkedPort(port: number, reply: string): number {
  if (port < 1 || port > 65535) throw badAddress(reply);
  return port;
}

function badAddress(text: string): ProtocolError {
  const reply = replyOf(text);
  const context = { reply, connectionUsable: true };
  return new ProtocolError(`${text} (no usable port in it)`, context, 'ERR_FTP_BAD_PASV');
}
