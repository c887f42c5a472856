import { ProtocolError, ReplyError } from '../errors';
import { replyOf } from '../reply';

/**
 * Parses the pathname in a 257 reply (RFC 959 appendix II, `ftplib.parse257`). It is the first
 * quoted string, because some servers put words before it; without quotes, it is `''`.
 *
 * The RFC doubles a quote in the name, but Pure-FTPd does not. If the name would end in the middle
 * of a word, it therefore extends to the last quote.
 *
 * @throws ReplyError for another code
 * @throws ProtocolError if the name comes first and has no closing quote, or if it contains control
 *   characters
 */
export function parse257(reply: string): string {
  if (!reply.startsWith('257')) throw new ReplyError(replyOf(reply));
  const quote = reply.indexOf('"', 4);
  if (quote === -1) return '';
  const text = reply.slice(quote);
  const name = doubledName(text, true) ?? undoubledName(text) ?? doubledName(text, false);
  if (name === undefined && quote > 4) return ''; // a quote in other words, as in 5" for a length
  if (name === undefined)
    throw new ProtocolError(`${reply} (no closing quote)`, errorContext(reply));
  if (/\p{Cc}/u.test(name)) {
    throw new ProtocolError(`${reply} (a control character in the name)`, errorContext(reply));
  }
  return name;
}

/** Quotes a pathname as in a 257 reply. */
export function quotePathname(path: string): string {
  return `"${path.replaceAll('"', '""')}"`;
}

function doubledName(text: string, isStrict: boolean): string | undefined {
  let end = text.indexOf('"', 1);
  while (end !== -1 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
  if (end === -1 || (isStrict && !isDelimiter(text[end + 1]))) return undefined;
  return text.slice(1, end).replaceAll('""', '"');
}

function undoubledName(text: string): string | undefined {
  for (let end = text.lastIndexOf('"'); end > 0; end = text.lastIndexOf('"', end - 1)) {
    if (isDelimiter(text[end + 1])) return text.slice(1, end);
  }
  return undefined;
}

function isDelimiter(character: string | undefined): boolean {
  return character === undefined || character === ' ' || character === '\n';
}

function errorContext(reply: string) {
  return { reply: replyOf(reply), connectionUsable: true };
}
