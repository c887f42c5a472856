// Seen to answer RETR or STOR and the next EPSV in one write, each at its time. pyftpdlib does not:
// its EPSV ends the transfer.
const KNOWN = /\bvsFTPd\b|\bProFTPD\b|\bPure-FTPd\b/i;

/** Whether a server, as its greeting tells it, takes an EPSV behind a transfer command. */
export function bearsPipelining(greeting: string): boolean {
  return KNOWN.test(greeting);
}
