import { BinaryContext, type ListingContext, textContext } from '../../lib/listing/context';
import type { Entry } from '../../lib/listing/entry';
import { ListingParser, type ListingParserOptions } from '../../lib/listing/listing-parser';
import { codecOf } from '../../lib/protocol/codec';
import { NOW } from './corpus/corpus';

export interface Read {
  readonly entries: readonly Entry[];
  readonly unparsed: readonly string[];
}

/** Reads a listing of these lines. */
export function readLines(
  lines: readonly string[],
  context: ListingContext = textContext({ now: NOW }),
  options: Partial<ListingParserOptions> = {},
): Read {
  const unparsed: string[] = [];
  const parser = new ListingParser(context, {
    all: true,
    unparsed: (line) => unparsed.push(line),
    ...options,
  });
  const read = [...lines.map((line) => parser.push(line)), parser.flush()];
  return { entries: read.flat().filter((entry) => entry !== undefined), unparsed };
}

/** Reads a listing of these lines as bytes, as they arrive from a server. */
export function readBytes(
  lines: readonly string[],
  encoding = 'utf8',
  options: Partial<ListingParserOptions> = {},
): Read {
  const context = new BinaryContext(codecOf(encoding), { now: NOW });
  const binary = lines.map((line) => Buffer.from(line, 'utf8').toString('latin1'));
  return readLines(binary, context, options);
}
