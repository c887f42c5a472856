// Tested: these servers answer RETR or STOR and the next EPSV in order, if both are sent in one
// write, and keep upload bytes that arrive before the STOR. pyftpdlib does neither: EPSV ends the
// transfer, and it resets a data connection on which bytes arrive before the command.
const PIPELINING = /\bvsFTPd\b|\bProFTPD\b|\bPure-FTPd\b/i;

/**
 * Whether a server, by its greeting, accepts data and further commands before it has replied to a
 * transfer command.
 */
export function supportsPipelining(greeting: string): boolean {
  return PIPELINING.test(greeting);
}

// Tested: these servers answer several commands in one segment in order, unless one of them is a
// transfer.
const COMBINING = /\bpyftpdlib\b|\bGNU inetutils\b/i;

/**
 * Whether a server, by its greeting, reads more than one command from a segment. Other servers
 * answer only the first command of a segment and drop the rest.
 */
export function supportsCombining(greeting: string): boolean {
  return supportsPipelining(greeting) || COMBINING.test(greeting);
}
