import type { Reply } from '../reply';

// Answers 500 to every command but ABOR while a transfer runs.
const WITHOUT_KEEP_ALIVE = /\bPure-FTPd\b/i;

/** Whether a server, as its greeting tells it, can be sent NOOP while a transfer runs. */
export function supportsKeepAlive(greeting: string): boolean {
  return !WITHOUT_KEEP_ALIVE.test(greeting);
}

/** What a server says that does not know NOOP, or takes no command while a transfer runs. */
const REFUSALS: ReadonlySet<number> = new Set([500, 501, 502, 503, 504]);

/** The verb of the command that a server (ProFTPD) has refused because a transfer runs, if so. */
export function refusedDuringTransfer({ code, lines }: Reply): string | undefined {
  if (code !== 450) return undefined;
  return /^450[ -]([A-Z]{3,4}): /i.exec(lines[0] as string)?.[1]?.toUpperCase();
}

/**
 * Whether a reply that comes while a transfer runs answers a NOOP that was sent meanwhile. Some servers
 * answer at once (pyftpdlib; ProFTPD in an upload, by 200 or 450), others after the transfer (vsftpd;
 * ProFTPD after a download).
 * No server ends a transfer by one of these codes, and a 200 must not confirm one.
 */
export function answersKeepAlive(reply: Reply): boolean {
  const { code } = reply;
  return code === 200 || REFUSALS.has(code) || refusedDuringTransfer(reply) === 'NOOP';
}
