import { isUtf8 } from 'node:buffer';

/**
 * A path or a line with one character per byte (`latin1`). The server stores names in this form, so
 * that a name that is not valid UTF-8 is returned unchanged.
 */
export type Binary = string;

/** The bytes of a text (in UTF-8) or of a buffer, one character each. */
export function toBinary(value: string | Buffer): Binary {
  return (typeof value === 'string' ? Buffer.from(value) : value).toString('latin1');
}

/** Text for tests: decoded as UTF-8 if it is valid, otherwise one character per byte. */
export function toText(value: Binary | Buffer): string {
  const bytes = typeof value === 'string' ? toBytes(value) : value;
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
}

/** The bytes of a binary string. */
export function toBytes(value: Binary): Buffer {
  return Buffer.from(value, 'latin1');
}
