import type { Reply } from '../reply';

// During a transfer, it answers 500 to every command but ABOR.
const WITHOUT_KEEP_ALIVE = /\bPure-FTPd\b/i;

/** Whether a server, by its greeting, accepts NOOP during a transfer. */
export function supportsKeepAlive(greeting: string): boolean {
  return !WITHOUT_KEEP_ALIVE.test(greeting);
}

/** Replies of a server that does not know NOOP, or accepts no command during a transfer. */
const REFUSALS: ReadonlySet<number> = new Set([500, 501, 502, 503, 504]);

/**
 * Returns the verb of a command that the server (ProFTPD) refused because of a running transfer.
 */
export function refusedDuringTransfer({ code, lines }: Reply): string | undefined {
  if (code !== 450) return undefined;
  return /^450[ -]([A-Z]{3,4}): /i.exec(lines[0] as string)?.[1]?.toUpperCase();
}

/**
 * Whether a reply that arrives during a transfer answers a NOOP that was sent meanwhile. Some
 * servers answer at once (pyftpdlib; ProFTPD in an upload, with 200 or 450), others after the
 * transfer (vsftpd; ProFTPD after a download). No server ends a transfer with one of these codes,
 * and a 200 must not confirm one.
 */
export function answersKeepAlive(reply: Reply): boolean {
  const { code } = reply;
  return code === 200 || REFUSALS.has(code) || refusedDuringTransfer(reply) === 'NOOP';
}
