import type { Codec } from '../protocol/codec';
import { type DateOrder, RecentTimes } from './dates/ls-date';
import type { ServerZone } from './dates/server-zone';

/** What the parsers of all dialects must know beside the line. */
export interface ListingContext {
  /** The present, in milliseconds: a date without a year is the last one before it. */
  readonly now: number;
  readonly recent: RecentTimes;
  /** The zone of the server's clock; UTC is assumed without. */
  readonly zone: ServerZone | undefined;
  /** How to read 04/03/02, where the format does not say. */
  readonly dateOrder: DateOrder | undefined;
  /** Whether each character of a line stands for a byte, or for itself. */
  readonly isBinary: boolean;
  /** Whether ASCII stands for itself in the encoding of the lines. */
  readonly keepsASCII: boolean;
  /** What a part of a line says. */
  text(part: string): string;
  /** The bytes of a name that the encoding cannot express. */
  rawName(name: string, text: string): Uint8Array | undefined;
}

export interface ContextOptions {
  readonly now: number;
  readonly zone?: ServerZone | undefined;
  readonly dateOrder?: DateOrder | undefined;
}

export const NON_ASCII = /[^\0-\x7f]/;

/** For lines that are text already. */
export function textContext({ now, zone, dateOrder }: ContextOptions): ListingContext {
  return {
    now,
    recent: new RecentTimes(now),
    zone,
    dateOrder,
    isBinary: false,
    keepsASCII: true,
    text: (part) => part,
    rawName: () => undefined,
  };
}

/**
 * For lines whose characters are the bytes that came. All that shapes a line is ASCII, in
 * whatever encoding its names are: so it is cut before it is decoded, and each name alone is
 * valid or not.
 */
export class BinaryContext implements ListingContext {
  readonly now: number;
  readonly recent: RecentTimes;
  readonly zone: ServerZone | undefined;
  readonly dateOrder: DateOrder | undefined;
  readonly isBinary = true;
  readonly keepsASCII: boolean;
  readonly #codec: Codec;
  #isPlain = false;

  constructor(codec: Codec, { now, zone, dateOrder }: ContextOptions) {
    this.now = now;
    this.recent = new RecentTimes(now);
    this.zone = zone;
    this.dateOrder = dateOrder;
    this.#codec = codec;
    this.keepsASCII = codec.keepsASCII === true;
  }

  /** Tells of what the next lines are cut from: most have nothing to be decoded. */
  setASCII(isASCII: boolean): void {
    this.#isPlain = isASCII && this.keepsASCII;
  }

  text(part: string): string {
    if (this.#isPlain || (this.keepsASCII && !NON_ASCII.test(part))) return part;
    return this.#codec.decode(Buffer.from(part, 'latin1'));
  }

  rawName(name: string, text: string): Uint8Array | undefined {
    if (this.#isPlain || (this.keepsASCII && !NON_ASCII.test(name))) return undefined;
    const bytes = Buffer.from(name, 'latin1');
    const isExact = this.#codec.isExact?.(bytes);
    if (isExact !== undefined) return isExact ? undefined : bytes;
    try {
      if (bytes.equals(this.#codec.encode(text))) return undefined;
    } catch {
      // What cannot be encoded is not valid, either.
    }
    return bytes;
  }
}
