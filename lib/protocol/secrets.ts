import { ProtocolError, printable } from '../errors';
import { type Reply, replyText } from '../reply';
import { argumentBytes, type Command } from './command';

const MASK = '****';

/** Shorter secrets are not masked: they would hide parts of every text. */
const MIN_LENGTH = 3;
/** The minimum length of a part of a secret that is masked on its own. */
const MIN_PART_LENGTH = 4;

/** The original of each masked reply. */
const originals = new WeakMap<Reply, Reply>();

/**
 * The secrets that a control connection has sent. A server may repeat them in any reply, in the
 * same bytes or in another encoding, so they are masked in all text that may be shown.
 */
export class Secrets {
  readonly #forms = new Set<string>();
  #pattern: RegExp | undefined;

  /** Adds the secret of a command, if it has one. */
  add(command: Command): void {
    if (command.secret === undefined) return;
    const before = this.#forms.size;
    for (const form of formsOf(command, command.secret)) {
      if (form.length >= MIN_LENGTH) this.#forms.add(form);
    }
    if (this.#forms.size === before) return;
    // The longest comes first, because it may contain a shorter one.
    const longestFirst = [...this.#forms].sort((a, b) => b.length - a.length);
    this.#pattern = new RegExp(longestFirst.map(escaped).join('|'), 'g');
  }

  /**
   * Masks the secrets in a text. Call it before anything changes the text by cutting or escaping.
   */
  mask(text: string): string {
    return this.#pattern === undefined ? text : text.replace(this.#pattern, MASK);
  }

  /** Masks the secrets in a reply, but not in its code. */
  maskReply(reply: Reply): Reply {
    if (this.#pattern === undefined) return reply;
    const last = reply.lines.length - 1;
    const lines = reply.lines.map((line, index) => {
      const hasCode = index === 0 || index === last;
      const text = hasCode ? line.replace(/^\d{3}[ -]?/, '') : line;
      return line.slice(0, line.length - text.length) + this.mask(text);
    });
    if (lines.every((line, index) => line === reply.lines[index])) return reply;
    const masked = { ...reply, lines };
    originals.set(masked, reply);
    return masked;
  }
}

/**
 * Returns the unmasked form of a reply, for parsing only, never to be shown. A path, size or port
 * may contain the same characters as a password.
 */
export function originalReply(reply: Reply): Reply {
  return originals.get(reply) ?? reply;
}

/**
 * Parses the unmasked text of a reply. Errors show the masked text.
 *
 * @throws the error of `parse` for the masked text, or a ProtocolError if it throws only for the
 *   unmasked one
 */
export function parseOriginal<T>(reply: Reply, parse: (text: string) => T): T {
  const whole = originalReply(reply);
  if (whole === reply) return parse(replyText(reply));
  try {
    return parse(replyText(whole));
  } catch {
    parse(replyText(reply)); // throws the same error, with the masked text
    const context = { reply, connectionUsable: true };
    throw new ProtocolError(`${replyText(reply)} (the reply cannot be read)`, context);
  }
}

/** Yields the forms in which a server may repeat a secret. */
function* formsOf(command: Command, secret: string): Generator<string> {
  for (const text of partsOf(command, secret)) {
    for (const encoding of encodingsOf(text)) {
      for (const form of quotationsOf(encoding)) {
        yield form;
        yield form.trim();
        yield form.trimEnd();
        yield form.trimStart();
      }
    }
  }
}

function* partsOf(command: Command, secret: string): Generator<string> {
  yield secret;
  // SITE PSWD has two passwords, the old and the new.
  if (command.verb === 'SITE') yield* secret.trim().split(/\s+/);
  else yield Buffer.from(argumentBytes(command)).toString('latin1');
}

/** Yields the text as a server writes it between quotation marks. */
function* quotationsOf(text: string): Generator<string> {
  yield text;
  if (!/["'\\]/.test(text)) return;
  yield text.replaceAll('"', '""'); // as RFC 959 quotes a path
  yield text.replaceAll("'", "''");
  yield text.replace(/["\\]/g, '\\$&');
  yield text.replace(/['\\]/g, '\\$&');
}

/** Yields the text as it looks when its bytes are decoded with other encodings. */
function* encodingsOf(text: string): Generator<string> {
  yield text;
  if (/^[\x20-\x7e]*$/.test(text)) return;
  const bytes = Buffer.from(text, 'utf8');
  yield bytes.toString('latin1');
  if (!/[^\0-\xff]/.test(text)) {
    const narrow = Buffer.from(text, 'latin1');
    yield narrow.toString('utf8');
    yield text.replaceAll('\xff', '\xff\xff'); // as Telnet sends it
  }
  yield printable(text);
  // A server may write the other characters in any form, but it leaves printable ASCII unchanged.
  for (const [part] of text.matchAll(/[\x21-\x7e][\x20-\x7e]*/g)) {
    if (part.trimEnd().length >= MIN_PART_LENGTH) yield part;
  }
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
