// Seen to answer RETR or STOR and the next EPSV in one write, each at its time, and to keep the bytes of
// an upload that come before the STOR. pyftpdlib does neither: its EPSV ends the transfer, and it resets
// a data connection whose bytes it sees before the command.
const PIPELINING = /\bvsFTPd\b|\bProFTPD\b|\bPure-FTPd\b/i;

/** Whether a server, as its greeting tells it, takes what comes before its reply to a transfer command. */
export function supportsPipelining(greeting: string): boolean {
  return PIPELINING.test(greeting);
}

// These were seen to answer several commands that come in one segment, each at its time, as long as
// no transfer is among them.
const COMBINING = /\bpyftpdlib\b|\bGNU inetutils\b/i;

/**
 * Whether a server, as its greeting tells it, reads more than one command from a segment. A server
 * that takes a segment for one command answers once, and drops the other commands.
 */
export function supportsCombining(greeting: string): boolean {
  return supportsPipelining(greeting) || COMBINING.test(greeting);
}
