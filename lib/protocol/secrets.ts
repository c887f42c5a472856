import { ProtocolError, printable } from '../errors';
import { type Reply, replyText } from '../reply';
import { argumentBytes, type Command } from './command';

const MASK = '****';

/** Shorter secrets would mask half of every text. */
const MIN_LENGTH = 3;
/** So long must a part of a secret be that is masked by itself. */
const MIN_PART_LENGTH = 4;

/** The replies as they came, of those from which a secret was taken out. */
const originals = new WeakMap<Reply, Reply>();

/**
 * The secrets that a control connection has sent. A server may repeat each of them in any reply, in
 * the bytes that were sent or in others, so that they are masked in everything that may be shown.
 */
export class Secrets {
  readonly #forms = new Set<string>();
  #pattern: RegExp | undefined;

  /** Keeps the secret of a command, if it has one. */
  add(command: Command): void {
    if (command.secret === undefined) return;
    const before = this.#forms.size;
    for (const form of formsOf(command, command.secret)) {
      if (form.length >= MIN_LENGTH) this.#forms.add(form);
    }
    if (this.#forms.size === before) return;
    // The longest first: another one may be a part of it.
    const longestFirst = [...this.#forms].sort((a, b) => b.length - a.length);
    this.#pattern = new RegExp(longestFirst.map(escaped).join('|'), 'g');
  }

  /** A text without the secrets. To be called before all else that changes a text: cutting, escaping. */
  mask(text: string): string {
    return this.#pattern === undefined ? text : text.replace(this.#pattern, MASK);
  }

  /** A reply without the secrets, except that its code is always shown. */
  maskReply(reply: Reply): Reply {
    if (this.#pattern === undefined) return reply;
    const last = reply.lines.length - 1;
    const lines = reply.lines.map((line, index) => {
      const code = index === 0 || index === last ? (/^\d{3}[ -]?/.exec(line)?.[0] ?? '') : '';
      return code + this.mask(line.slice(code.length));
    });
    if (lines.every((line, index) => line === reply.lines[index])) return reply;
    const masked = { ...reply, lines };
    originals.set(masked, reply);
    return masked;
  }
}

/**
 * A reply as it came, to be read and not to be shown: a path, a size or a port may happen to contain
 * what is a password elsewhere.
 */
export function originalReply(reply: Reply): Reply {
  return originals.get(reply) ?? reply;
}

/** What the text of a reply says. It is read as it came; what an error tells of it is masked. */
export function parseOriginal<T>(reply: Reply, parse: (text: string) => T): T {
  const whole = originalReply(reply);
  if (whole === reply) return parse(replyText(reply));
  try {
    return parse(replyText(whole));
  } catch {
    parse(replyText(reply)); // throws the same, with the masked text
    const context = { reply, connectionUsable: true };
    throw new ProtocolError(`${replyText(reply)} (the reply cannot be read)`, context);
  }
}

/** The forms in which a server may give a secret back. */
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
  // SITE PSWD has the old password and the new one.
  if (command.verb === 'SITE') yield* secret.trim().split(/\s+/);
  else yield Buffer.from(argumentBytes(command)).toString('latin1');
}

/** The same text, as a server writes it between quotation marks. */
function* quotationsOf(text: string): Generator<string> {
  yield text;
  if (!/["'\\]/.test(text)) return;
  yield text.replaceAll('"', '""'); // as RFC 959 quotes a path
  yield text.replaceAll("'", "''");
  yield text.replace(/["\\]/g, '\\$&');
  yield text.replace(/['\\]/g, '\\$&');
}

/** The same characters, as other encodings show their bytes. */
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
  // However a server writes the other characters, these it writes as they are.
  for (const [part] of text.matchAll(/[\x21-\x7e][\x20-\x7e]*/g)) {
    if (part.trimEnd().length >= MIN_PART_LENGTH) yield part;
  }
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
