import { isIP } from 'node:net';
import { argumentError } from '../errors';
import { checkString, invalidType, invalidValue } from './validate';

/**
 * Checks a host, and removes the brackets of an IPv6 address, as `net.connect` requires.
 * @throws TypeError if it is not a host name or address; the message says so for a URL or
 * `host:port`
 */
export function checkHost(host: unknown): string {
  if (host instanceof URL) throw invalidHost('a URL', PARTS);
  const text = checkString('host', host).replace(/^\[([^[\]]*)\]$/, '$1');
  if (text === '' || /[\s\p{Cc}]/u.test(text))
    throw invalidValue('host', host, 'a host name or address');
  if (isIP(text) !== 0) return text;
  if (/[/\\@?#]/.test(text)) throw invalidHost('a URL', PARTS);
  const colon = text.lastIndexOf(':');
  if (colon === -1) return text;
  const port = text.slice(colon + 1);
  const example = /^\d{1,5}$/.test(port) ? ` (port: ${Number(port)})` : '';
  throw invalidHost('a host with a port', `pass the port as the option port${example}`);
}

/** @throws TypeError for an address that is no IP address */
export function checkAddress(name: string, address: unknown): string | undefined {
  if (address === undefined) return undefined;
  if (typeof address !== 'string') throw invalidType(name, address, 'a string');
  if (isIP(address) === 0) throw invalidValue(name, address, 'an IP address');
  return address;
}

const PARTS = 'pass its parts as the options host, port, user and password';

// The message does not contain the value: a URL may contain a password.
function invalidHost(what: string, advice: string): TypeError {
  const message = `"host" must be only a host name or address, not ${what}: ${advice}`;
  return argumentError(TypeError, 'ERR_INVALID_ARG_VALUE', message);
}
