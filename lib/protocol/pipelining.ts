// Seen to answer RETR or STOR and the next EPSV in one write, each at its time, and to keep the bytes of
// an upload that come before the STOR. pyftpdlib does neither: its EPSV ends the transfer, and it resets
// a data connection whose bytes it sees before the command.
const KNOWN = /\bvsFTPd\b|\bProFTPD\b|\bPure-FTPd\b/i;

/** Whether a server, as its greeting tells it, takes what comes before its reply to a transfer command. */
export function bearsPipelining(greeting: string): boolean {
  return KNOWN.test(greeting);
}
