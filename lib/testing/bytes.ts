import { isUtf8 } from 'node:buffer';

/**
 * A path or a line with one character for each byte (`latin1`). Names travel through the server in
 * this form, so that one that is not UTF-8 comes out as it went in.
 */
export type Binary = string;

/** The bytes of a text (in UTF-8) or of a buffer, one character each. */
export function toBinary(value: string | Buffer): Binary {
  return (typeof value === 'string' ? Buffer.from(value) : value).toString('latin1');
}

/** What a test wants to read: UTF-8 where the bytes are UTF-8, one character per byte elsewhere. */
export function toText(value: Binary | Buffer): string {
  const bytes = typeof value === 'string' ? toBytes(value) : value;
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
}

/** The bytes of a binary string. */
export function toBytes(value: Binary): Buffer {
  return Buffer.from(value, 'latin1');
}
