/** One complete reply from the server (RFC 959 §4.2). */
export interface Reply {
  /** The three-digit reply code, such as `226`. */
  readonly code: number;
  /** The lines as received, with their codes but without line endings; at least one. */
  readonly lines: readonly string[];
}

/** Returns the whole reply in ftplib's form: its lines joined by `\n`. */
export function replyText(reply: Reply): string {
  return reply.lines.join('\n');
}

/** Parses a text in ftplib's form, the inverse of {@link replyText}. */
export function replyOf(text: string): Reply {
  return { code: Number.parseInt(text.slice(0, 3), 10), lines: text.split('\n') };
}

/**
 * Returns the first digit of a reply code: 1 preliminary, 2 completion, 3 intermediate,
 * 4 transient error, 5 permanent error.
 */
export function replyClass(reply: Reply): 1 | 2 | 3 | 4 | 5 {
  return Math.floor(reply.code / 100) as 1 | 2 | 3 | 4 | 5;
}
