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

/** Index of a reply's class, its first digit, in a row of five. */
export function replyClass(reply: Reply): 0 | 1 | 2 | 3 | 4 {
  return (Math.floor(reply.code / 100) - 1) as 0 | 1 | 2 | 3 | 4;
}
