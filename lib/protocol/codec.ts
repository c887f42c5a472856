import { argumentError } from '../errors';

/** An encoding of paths and replies. */
export interface Codec {
  /** Converts text to bytes; throws if the encoding cannot express it. */
  encode(text: string): Uint8Array;
  /** Converts bytes to text. */
  decode(bytes: Uint8Array): string;
  /**
   * Whether ASCII text has the same bytes in this encoding. That is so for all built-in encodings;
   * a user-defined one may differ. Default: unknown.
   */
  readonly keepsASCII?: true;
  /** Whether decoding and encoding again gives the same bytes; only if cheap to find out. */
  isExact?(bytes: Uint8Array): boolean;
}

const latin1 = (bytes: Uint8Array) => asBuffer(bytes).toString('latin1');

/** UTF-8. Invalid bytes are decoded as latin1, so that no text of the server is an error. */
const UTF8: Codec = {
  keepsASCII: true,
  encode(text) {
    // A lone surrogate would be sent as U+FFFD, which is another name.
    if (/\p{Surrogate}/u.test(text)) throw unencodable('a lone surrogate', 'UTF-8');
    return Buffer.from(text, 'utf8');
  },
  decode(bytes) {
    const text = asBuffer(bytes).toString('utf8');
    return isUTF8(text, bytes) ? text : latin1(bytes);
  },
  isExact: (bytes) => isUTF8(asBuffer(bytes).toString('utf8'), bytes),
};

const LATIN1: Codec = {
  keepsASCII: true,
  encode: (text) => narrow(text, 0xff, 'latin1'),
  decode: latin1,
  isExact: () => true,
};
const ASCII: Codec = {
  keepsASCII: true,
  encode: (text) => narrow(text, 0x7f, 'ASCII'),
  decode: latin1,
  isExact: (bytes) => bytes.every((byte) => byte < 0x80),
};

const CODECS = new Map<string, Codec>([
  ['utf8', UTF8],
  ['utf-8', UTF8],
  ['latin1', LATIN1],
  ['binary', LATIN1],
  ['ascii', ASCII],
]);

/**
 * Returns the codec for the name of an encoding, or wraps a user-defined one so that it decodes as
 * latin1 whatever it cannot decode.
 *
 * @throws TypeError `ERR_UNKNOWN_ENCODING` for any other value. FTP needs an encoding that contains
 *   ASCII, which rules out Node's `utf16le`, `hex` and `base64`.
 */
export function codecOf(encoding: string | Codec): Codec {
  if (typeof encoding === 'string') {
    const codec = CODECS.get(encoding.toLowerCase());
    if (codec) return codec;
  } else if (typeof encoding?.encode === 'function' && typeof encoding.decode === 'function') {
    return {
      encode: (text) => encoding.encode(text),
      decode(bytes) {
        try {
          return encoding.decode(bytes);
        } catch {
          return latin1(bytes);
        }
      },
    };
  }
  throw argumentError(TypeError, 'ERR_UNKNOWN_ENCODING', `Unknown encoding: ${String(encoding)}`);
}

// Buffer.from(text, 'latin1') keeps only the low byte: U+010A would become a line feed.
function narrow(text: string, highest: number, name: string): Uint8Array {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > highest) throw unencodable('a character', name);
  }
  return Buffer.from(text, 'latin1');
}

/**
 * Whether bytes are UTF-8, judged by the decoded text: a replacement character in it may have been
 * sent by the server. A fatal TextDecoder would also find out, but an error for each of many names
 * takes most of the time.
 */
function isUTF8(text: string, bytes: Uint8Array): boolean {
  return !text.includes('\ufffd') || Buffer.from(text, 'utf8').equals(bytes);
}

function unencodable(what: string, encoding: string): TypeError {
  return argumentError(TypeError, 'ERR_INVALID_ARG_VALUE', `${what} cannot be sent as ${encoding}`);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
