import type { Reply } from '../reply';
import type { ListingContext } from './context';
import { parseMlsx, parseMlsxFacts } from './dialects/mlsx';
import type { Entry } from './entry';

/**
 * Parses the entry in a reply to MLST (RFC 3659 §7.2); `undefined` if it holds none. By the
 * standard, the entry is between the first and the last line, after one space:
 *
 *     250-Listing /x
 *      type=file;size=5; /x
 *     250 End
 *
 * Some servers omit the first line (`250- type=file;size=5; /x`), or both
 * (`250 type=file;size=5; /x`).
 */
export function parseMlstReply({ lines }: Reply, context: ListingContext): Entry | undefined {
  for (const line of lines.slice(1, -1)) {
    const entry = parseMlsx(line.replace(/^(?:\d{3}- ?| )/, ''), context);
    if (entry) return entry;
  }
  // These lines are usually prose: only a line with facts is an entry.
  for (const line of [lines[0], lines.at(-1)]) {
    const entry = parseMlsxFacts((line ?? '').replace(/^\d{3}[- ] ?/, ''), context);
    if (entry) return entry;
  }
  return undefined;
}
