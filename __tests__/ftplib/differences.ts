/** A deliberate difference between ftpipe and ftplib. */
interface Difference {
  /** The subject of the decision. `reference` is the documentation of the method itself. */
  readonly source: 'api' | 'architecture' | 'protocol' | 'transfers' | 'security' | 'reference';
  readonly reason: string;
}

/** All deliberate differences. Each one occurs in a case, and no case differs otherwise. */
export const DIFFERENCES = {
  // Commands.
  'EPSV first': {
    source: 'api',
    reason:
      'EPSV works for both families and more firewalls; if it fails, PASV is used from then on',
  },
  'EPRT first': {
    source: 'protocol',
    reason:
      'EPRT works for both families (RFC 2428); if it is rejected, PORT is used and remembered',
  },
  'TYPE only if it changes': {
    source: 'protocol',
    reason: 'a transfer of the same type needs no second TYPE, which saves a round trip',
  },
  'SIZE after TYPE I': {
    source: 'api',
    reason: 'in TYPE A, most servers reject SIZE or count other bytes (RFC 3659 4)',
  },
  'OPTS UTF8 ON': { source: 'api', reason: 'it is sent once, before the first non-ASCII path' },
  'X-forms': {
    source: 'api',
    reason: 'after a 500 or 502 XPWD, XMKD, ... are tried and remembered (RFC 1123 4.1.3.1)',
  },
  'REST just before the transfer command': {
    source: 'protocol',
    reason:
      'the marker is sent just before the command, and reset if that is rejected (RFC 3659 5.3)',
  },
  'NOOP after an abandoned transfer': {
    source: 'transfers',
    reason: 'its 200 proves that no reply to the transfer is outstanding',
  },
  'nothing is sent on a lost connection': {
    source: 'architecture',
    reason: 'after the end, a 421 or a missing reply, no further reply could be trusted',
  },

  // Replies.
  'the greeting after a 120': {
    source: 'api',
    reason: 'a 120 only announces the 220 (RFC 959 5.4)',
  },
  'a greeting is a 2yz': { source: 'protocol', reason: 'no other reply opens the session' },
  'a failed connect leaves nothing open': {
    source: 'api',
    reason: 'ftplib keeps the socket, and would continue with a server that has rejected it',
  },
  'the welcome is a string': {
    source: 'api',
    reason: 'before the greeting it is empty; in ftplib it is None',
  },
  'every outstanding reply is read': {
    source: 'api',
    reason: 'ftplib takes an unread reply for the answer to the next command',
  },
  'several preliminary replies': {
    source: 'protocol',
    reason: 'after any command, a 1yz may come several times before the final reply',
  },
  'a surplus reply': {
    source: 'protocol',
    reason: 'it is dropped, and NOOP proves that no other surplus reply follows',
  },
  'a code that only answers other commands': {
    source: 'protocol',
    reason: 'it is a surplus reply to an earlier command, so it is dropped',
  },
  'an unusual answer is verified with NOOP': {
    source: 'protocol',
    reason: 'it may be a second reply to the previous command; the next reply decides',
  },
  'TYPE A must be accepted': {
    source: 'reference',
    reason: 'ftplib continues after a 3yz to TYPE A, but not to TYPE I; neither sets the type',
  },
  'a 3yz in a transfer': {
    source: 'transfers',
    reason: 'in a transfer, only REST can be answered with 3yz; otherwise the connection is closed',
  },
  'only CRLF and LF end a line': {
    source: 'protocol',
    reason: "Python's text files also end a line at a bare CR; RFC 1123 4.1.2.10 does not",
  },
  'the end of a multi-line reply': {
    source: 'protocol',
    reason: 'only the code and a space, or the code alone, end it; 2110 is text (RFC 959 4.2)',
  },
  'three digits and a space': {
    source: 'protocol',
    reason: 'anything else is not a reply: it is an error, not lastResp, and closes the connection',
  },
  'empty lines between replies': { source: 'protocol', reason: 'they are skipped' },
  'NUL in a reply': {
    source: 'protocol',
    reason: 'it is not allowed there, and truncates names in other programs',
  },
  'a line without a line end': {
    source: 'protocol',
    reason: 'an unfinished line at the end of the connection is not a reply',
  },
  'every reply decodes': {
    source: 'api',
    reason: 'bytes that are not UTF-8 are decoded as latin1',
  },
  'Telnet commands are removed': { source: 'protocol', reason: 'RFC 1123 4.1.2.12 requires it' },
  'limits of a reply': {
    source: 'protocol',
    reason:
      '8192 bytes per line without its end (ftplib counts characters with it), 64 KiB in total',
  },
  'secrets are masked in replies': {
    source: 'security',
    reason: 'a password or account that the server echoes must not reach a log',
  },
  'lastResp covers every reply': {
    source: 'reference',
    reason: 'ftplib does not store the reply to ABOR',
  },

  // Methods.
  'login as in RFC 959': {
    source: 'protocol',
    reason: 'after USER, 332 asks for the account at once; after PASS, 331 is an error',
  },
  'voidResp without a pending reply': {
    source: 'api',
    reason: 'ftplib waits for a reply that never arrives',
  },
  'closed clients reject': {
    source: 'api',
    reason: 'with a ConnectionError; ftplib raises an AttributeError',
  },
  'quit always closes': { source: 'api', reason: 'ftplib stays connected if QUIT is rejected' },
  'a refused ABOR': {
    source: 'api',
    reason: 'the error class depends on the code; every 2yz is a success',
  },
  'the reply to ABOR': {
    source: 'api',
    reason: 'it is not the 426 that ends the transfer, but the next reply',
  },
  'a path with quotes that are not doubled': {
    source: 'protocol',
    reason: 'Pure-FTPd does not double them, so the name ends at a quote before a space',
  },
  'a path after other text': {
    source: 'protocol',
    reason: 'some servers put text before it; the first quoted string of a 257 is the path',
  },
  'a path without its closing quote': {
    source: 'protocol',
    reason: 'the name is truncated: an error',
  },
  'control characters in a path': { source: 'protocol', reason: 'an error' },
  'a path in any line of a 257': {
    source: 'protocol',
    reason: 'the path is in the first line with a quote',
  },
  'a size among other text': {
    source: 'protocol',
    reason: 'the last number of a 213 is the size; ftplib raises a ValueError for text',
  },
  'an invalid size': {
    source: 'reference',
    reason: 'a ProtocolError; ftplib raises a ValueError',
  },
  'sizes are safe integers': {
    source: 'api',
    reason: 'a larger one is an error, not a rounded value',
  },
  'size accepts only 2yz': {
    source: 'reference',
    reason: 'another 2yz gives null; a 3yz is an error',
  },
  'a size anywhere in a 150': {
    source: 'reference',
    reason: 'ftplib requires text before it, and everything in the first line',
  },
  'no facts or entries without a name': {
    source: 'api',
    reason: 'a fact without a name and an empty line are ignored',
  },
  'the last fact without a semicolon': {
    source: 'reference',
    reason: 'ftplib always removes the last character',
  },
  'limits of a listing': {
    source: 'api',
    reason: 'a line may have 64 KiB (RFC 3659 7.2 has no limit)',
  },
  'no limit for lines of an upload': { source: 'api', reason: 'storLines is a stream' },

  // Transfers.
  'bytes before an error': {
    source: 'api',
    reason: 'they are a prefix of the received data; unread data is dropped with the stream',
  },
  'truncated files are errors': {
    source: 'api',
    reason: 'ftplib trusts the 226 even if the size in the 150 is larger',
  },
  'TransferError for the data connection': {
    source: 'api',
    reason: 'the control connection stays usable, and the outstanding reply is read',
  },
  'the reply explains a failed data connection': {
    source: 'transfers',
    reason: 'a 4yz or 5yz that follows is the error; ftplib reports the socket error',
  },
  'a 226 without a 150': {
    source: 'transfers',
    reason: 'it completes a transfer whose data has arrived, and an empty listing',
  },
  'an impossible address or port': {
    source: 'security',
    reason: 'numbers in a 227 are below 256 and ports from 1 to 65535, else ERR_FTP_BAD_PASV',
  },
  'a port that is not a number': {
    source: 'security',
    reason: 'ftplib parses the beginning of 1e3 as the number 1',
  },
  'no empty path': {
    source: 'protocol',
    reason: 'a command with an empty path can only be a mistake',
  },
  'spaces in a 227': { source: 'reference', reason: 'some servers send one after each comma' },
  'the code of a 227 is not part of the address': {
    source: 'reference',
    reason: 'the six numbers follow it; ftplib begins its search at the code',
  },
  'leading zeros in a 227': {
    source: 'reference',
    reason: 'they are removed from the host, because some systems would parse it as octal',
  },
  'delimiters of a 229': {
    source: 'protocol',
    reason: 'they must be printable, but not letters or digits',
  },
  'a 229 without a number': {
    source: 'protocol',
    reason: 'a ProtocolError; ftplib raises a ValueError',
  },

  // Classes and arguments.
  'ConnectionError for a lost connection': {
    source: 'api',
    reason: 'it replaces EOFError and many kinds of OSError',
  },
  'TimeoutError for a timeout': {
    source: 'api',
    reason: "ftpipe's own class, with the phase",
  },
  'ProtocolError for exceeded limits': {
    source: 'api',
    reason: 'ftplib raises its base class Error',
  },
  'TypeError for a bad value': {
    source: 'api',
    reason: 'as in Node; Python raises a ValueError',
  },
  'bad arguments send nothing': {
    source: 'api',
    reason: 'they are rejected before the first command; ftplib notices them later',
  },
  'a string is a source': {
    source: 'reference',
    reason: 'it is sent in the encoding of the connection; ftplib requires a file',
  },
  'NUL is rejected': { source: 'api', reason: 'servers truncate a command there' },
} as const satisfies Readonly<Record<string, Difference>>;

export type DifferenceName = keyof typeof DIFFERENCES;
