import { ProtocolError, ReplyError } from '../errors';
import { replyOf } from '../reply';

/** Where a data connection is to go. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

// RFC 1123 §4.1.2.6: the parentheses may be missing, so scan for six numbers. Bounded
// digits keep the search linear; the look-arounds keep 1234 from being read as 234, and 1e3 as 1.
const SIX_NUMBERS =
  /(?<!\d)(\d{1,3}), ?(\d{1,3}), ?(\d{1,3}), ?(\d{1,3}), ?(\d{1,3}), ?(\d{1,3})(?!\w)/;

const COMMON_229 = /^229[^(]*\(\|\|\|(\d{1,5})\|\)/;

/**
 * The address in the reply to PASV (`ftplib.parse227`).
 *
 * @throws ReplyError for another code
 * @throws ProtocolError `ERR_FTP_BAD_PASV` without six numbers below 256, or for port 0
 */
export function parse227(reply: string): Endpoint {
  if (!reply.startsWith('227')) throw new ReplyError(replyOf(reply));
  const numbers = SIX_NUMBERS.exec(reply.slice(3))?.slice(1).map(Number);
  if (!numbers || numbers.some((number) => number > 255)) throw badAddress(reply);
  const [high, low] = numbers.slice(4) as [number, number];
  return { host: numbers.slice(0, 4).join('.'), port: checkedPort(high * 256 + low, reply) };
}

/**
 * The port in the reply to EPSV, at the address of `peer` (`ftplib.parse229`, RFC 2428 §3).
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
  // An address in the first fields would be no more trustworthy than that of a 227.
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
