import { ProtocolError, ReplyError } from '../errors';
import { replyOf } from '../reply';

/**
 * The pathname in a 257 (RFC 959 appendix II, `ftplib.parse257`); `''` when it is not quoted. Some
 * servers put words before it: the first quoted string is the path.
 *
 * A quote in the name is doubled by the RFC, but not by Pure-FTPd: when the name
 * would end in the middle of a word, it is read up to the last quote instead.
 *
 * @throws ReplyError for another code
 * @throws ProtocolError where the name comes first and has no closing quote, or for control characters in it
 */
export function parse257(reply: string): string {
  if (!reply.startsWith('257')) throw new ReplyError(replyOf(reply));
  const quote = reply.indexOf('"', 4);
  if (quote === -1) return '';
  const text = reply.slice(quote);
  const name = doubledName(text, true) ?? undoubledName(text) ?? doubledName(text, false);
  if (name === undefined && quote > 4) return ''; // a quote among words: 5" is a length
  if (name === undefined)
    throw new ProtocolError(`${reply} (no closing quote)`, errorContext(reply));
  if (/\p{Cc}/u.test(name)) {
    throw new ProtocolError(`${reply} (a control character in the name)`, errorContext(reply));
  }
  return name;
}

/** A pathname as a 257 quotes it. */
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
