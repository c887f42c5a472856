import { argumentError } from '../errors';

/** How paths and replies become bytes and back. */
export interface Codec {
  encode(text: string): Uint8Array;
  decode(bytes: Uint8Array): string;
  /** Whether ASCII text is the same in bytes, as it is in all encodings known here; one of the user's own may shift. */
  readonly keepsASCII?: true;
  /** Whether bytes become text that becomes the same bytes again, where that can be told without doing so. */
  isExact?(bytes: Uint8Array): boolean;
}

const latin1 = (bytes: Uint8Array) => asBuffer(bytes).toString('latin1');

/** UTF-8; bytes that are none are read as latin1, so that nothing the server says is fatal. */
const UTF8: Codec = {
  keepsASCII: true,
  encode(text) {
    // A lone surrogate would go out as U+FFFD: another name than the one asked for.
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
 * The codec of an encoding's name, or the user's own made safe: one that cannot
 * decode falls back to latin1.
 *
 * @throws TypeError `ERR_UNKNOWN_ENCODING`: only encodings that contain ASCII can
 * carry FTP, which leaves out Node's `utf16le`, `hex` and `base64`
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

// Buffer.from(text, 'latin1') keeps the low byte only: U+010A would become a line feed.
function narrow(text: string, highest: number, name: string): Uint8Array {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > highest) throw unencodable('a character', name);
  }
  return Buffer.from(text, 'latin1');
}

/**
 * Whether bytes are UTF-8, told by what became of them: a replacement character may be one that the server
 * has sent. A fatal TextDecoder would tell it too, but an error for each of many names takes most of the time.
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
