import type { Codec } from '../protocol/codec';
import type { DateOrder } from './dates/ls-date';
import type { ServerZone } from './dates/server-zone';

/** What the parsers of all dialects need besides the line. */
export interface ListingContext {
  /**
   * The current time in milliseconds since 1970. A date without a year is the last one before it.
   */
  readonly now: number;
  /** The time zone of the server; if `undefined`, UTC is assumed. */
  readonly zone: ServerZone | undefined;
  /** How to read an ambiguous date like 04/03/02. */
  readonly dateOrder: DateOrder | undefined;
  /** Whether each character of a line is a byte; if `false`, the lines are decoded text. */
  readonly isBinary: boolean;
  /** Whether the encoding of the lines leaves ASCII unchanged. */
  readonly keepsASCII: boolean;
  /** Decodes a part of a line. */
  text(part: string): string;
  /** Returns the bytes of a name if they are invalid in the encoding; else `undefined`. */
  rawName(name: string, text: string): Uint8Array | undefined;
}

/** Options of a {@link ListingContext}. */
export interface ContextOptions {
  /** The current time in milliseconds since 1970. */
  readonly now: number;
  /** The time zone of the server; default: UTC is assumed. */
  readonly zone?: ServerZone | undefined;
  /** How to read an ambiguous date; default: depends on the dialect. */
  readonly dateOrder?: DateOrder | undefined;
}

/** Matches a character that is not ASCII. */
export const NON_ASCII = /[^\0-\x7f]/;

/** Creates the context for lines that are already decoded. */
export function textContext({ now, zone, dateOrder }: ContextOptions): ListingContext {
  return {
    now,
    zone,
    dateOrder,
    isBinary: false,
    keepsASCII: true,
    text: (part) => part,
    rawName: () => undefined,
  };
}

/**
 * The context for lines whose characters are the received bytes. The structure of a line is ASCII
 * in any encoding, so the line is split before decoding, and an invalid name does not affect the
 * rest.
 */
export class BinaryContext implements ListingContext {
  /** {@inheritDoc ListingContext.now} */
  readonly now: number;
  /** {@inheritDoc ListingContext.zone} */
  readonly zone: ServerZone | undefined;
  /** {@inheritDoc ListingContext.dateOrder} */
  readonly dateOrder: DateOrder | undefined;
  /** Always `true`: each character of a line is a byte. */
  readonly isBinary = true;
  /** {@inheritDoc ListingContext.keepsASCII} */
  readonly keepsASCII: boolean;
  readonly #codec: Codec;
  #isPlain = false;

  /** @param codec - the encoding of the names */
  constructor(codec: Codec, { now, zone, dateOrder }: ContextOptions) {
    this.now = now;
    this.zone = zone;
    this.dateOrder = dateOrder;
    this.#codec = codec;
    this.keepsASCII = codec.keepsASCII === true;
  }

  /** Sets whether the next lines are ASCII, and so need no decoding; most listings are. */
  setASCII(isASCII: boolean): void {
    this.#isPlain = isASCII && this.keepsASCII;
  }

  /** {@inheritDoc ListingContext.text} */
  text(part: string): string {
    if (this.#isPlain || (this.keepsASCII && !NON_ASCII.test(part))) return part;
    return this.#codec.decode(Buffer.from(part, 'latin1'));
  }

  /** {@inheritDoc ListingContext.rawName} */
  rawName(name: string, text: string): Uint8Array | undefined {
    if (this.#isPlain || (this.keepsASCII && !NON_ASCII.test(name))) return undefined;
    const bytes = Buffer.from(name, 'latin1');
    const isExact = this.#codec.isExact?.(bytes);
    if (isExact !== undefined) return isExact ? undefined : bytes;
    try {
      if (bytes.equals(this.#codec.encode(text))) return undefined;
    } catch {
      // Text that cannot be encoded is not valid either.
    }
    return bytes;
  }
}
