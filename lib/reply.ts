/** One complete reply of the server (RFC 959 §4.2). */
export interface Reply {
  readonly code: number;
  /** The lines as received, codes included, line endings removed; never empty. */
  readonly lines: readonly string[];
}

/** The whole reply as ftplib gives it: its lines joined by `\n`. */
export function replyText(reply: Reply): string {
  return reply.lines.join('\n');
}

/** The reply that a text of ftplib's form stands for. */
export function replyOf(text: string): Reply {
  return { code: Number.parseInt(text.slice(0, 3), 10), lines: text.split('\n') };
}

/** The first digit of a reply: 1 preliminary, 2 completion, 3 intermediate, 4 transient, 5 permanent. */
export function replyClass(reply: Reply): 1 | 2 | 3 | 4 | 5 {
  return Math.floor(reply.code / 100) as 1 | 2 | 3 | 4 | 5;
}
