import { ProtocolError, ReplyError } from '../errors';
import { type Reply, replyOf, replyText } from '../reply';
import { originalReply } from './secrets';

/**
 * Parses the size in bytes from a 150 reply; `null` if it holds none (`ftplib.parse150`).
 *
 * @throws ReplyError for another code
 * @throws ProtocolError for a size beyond the safe integers
 */
export function parse150(reply: string): number | null {
  if (!reply.startsWith('150')) throw new ReplyError(replyOf(reply));
  const digits = [...reply.matchAll(/ \((\d+) bytes\)/gi)].at(-1)?.[1];
  return digits === undefined ? null : safeInteger(digits, reply);
}

/**
 * Returns the size in bytes that the reply to a transfer command announces at its end, or `null`.
 * It is only a hint, so an unusable size is not an error.
 */
export function announcedSize(reply: Reply): number | null {
  const digits =
    reply.code === 150
      ? / \((\d+) bytes\)\.?\s*$/i.exec(replyText(originalReply(reply)))?.[1]
      : undefined;
  const size = Number(digits ?? Number.NaN);
  return Number.isSafeInteger(size) ? size : null;
}

/**
 * Parses the number of bytes in the reply to SIZE (RFC 3659 §4). Some servers add words to it.
 *
 * @throws ReplyError for another code
 * @throws ProtocolError if there is no number, or one beyond the safe integers
 */
export function parse213(reply: string): number {
  if (!reply.startsWith('213')) throw new ReplyError(replyOf(reply));
  const text = reply.slice(4).trim();
  const digits = /^\d+(?!\S)/.exec(text)?.[0] ?? text.match(/(?<![\w.-])\d+(?![\w.])/g)?.at(-1);
  if (digits === undefined) throw notASize(reply);
  return safeInteger(digits, reply);
}

function safeInteger(digits: string, reply: string): number {
  const size = Number(digits);
  if (!Number.isSafeInteger(size)) throw notASize(reply);
  return size;
}

function notASize(text: string): ProtocolError {
  const context = { reply: replyOf(text), connectionUsable: true };
  return new ProtocolError(`${text} (no usable size in it)`, context);
}
