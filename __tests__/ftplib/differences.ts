/** A way in which ftpipe deliberately is not ftplib. */
interface Difference {
  /** The subject of the decision; `reference`: the documentation of the method itself. */
  readonly source: 'api' | 'architecture' | 'protocol' | 'transfers' | 'security' | 'reference';
  readonly reason: string;
}

/** All of them. Every difference of a case is matched by one of these, and each one by a case. */
export const DIFFERENCES = {
  // Commands.
  'EPSV first': {
    source: 'api',
    reason:
      'EPSV serves both families and more firewalls; PASV follows, and is remembered, where it fails',
  },
  'EPRT first': {
    source: 'protocol',
    reason:
      'EPRT serves both families (RFC 2428); PORT follows, and is remembered, where it is refused',
  },
  'TYPE only if it changes': {
    source: 'protocol',
    reason: 'a transfer of the same type needs no second TYPE: one round trip less',
  },
  'SIZE after TYPE I': {
    source: 'api',
    reason: 'a size in TYPE A is unknown to most servers, or counts other bytes (RFC 3659 4)',
  },
  'OPTS UTF8 ON': { source: 'api', reason: 'asked once, before the first path that is not ASCII' },
  'X-forms': {
    source: 'api',
    reason: 'after a 500 or 502 XPWD, XMKD, ... are tried and remembered (RFC 1123 4.1.3.1)',
  },
  'REST is the last command': {
    source: 'protocol',
    reason:
      "a marker is sent just before the transfer's command, and taken back if that is refused (RFC 3659 5.3)",
  },
  'NOOP after an abandoned transfer': {
    source: 'transfers',
    reason: 'its 200 proves that nothing more is owed to the transfer',
  },
  'nothing is sent on a lost connection': {
    source: 'architecture',
    reason:
      'after the end, a 421, or a reply that did not come in time, no answer could be trusted',
  },

  // Replies.
  'the greeting after a 120': {
    source: 'api',
    reason: 'a 120 only announces the 220 (RFC 959 5.4)',
  },
  'a greeting is a 2yz': { source: 'protocol', reason: 'all else does not open the session' },
  'a failed connect leaves nothing open': {
    source: 'api',
    reason: 'ftplib keeps the socket, and would go on with a server that has refused it',
  },
  'the welcome is a string': {
    source: 'api',
    reason: 'it is empty before there is one; in ftplib None',
  },
  'every owed reply is read': {
    source: 'api',
    reason: 'a reply that ftplib leaves unread is taken for the answer to the next command',
  },
  'several preliminary replies': {
    source: 'protocol',
    reason: 'a 1yz is followed by the reply that counts, whatever the command, and may be repeated',
  },
  'a reply that nobody asked for': {
    source: 'protocol',
    reason: 'it is dropped, and NOOP proves that the next reply is that of the next command',
  },
  'a code that answers other commands': {
    source: 'protocol',
    reason:
      'such a reply is one too many of a command before: it is dropped, and the own one awaited',
  },
  'an odd answer is proved by NOOP': {
    source: 'protocol',
    reason: 'it may be a second reply to the command before; the reply behind it tells',
  },
  'TYPE A must be accepted': {
    source: 'reference',
    reason: 'ftplib goes on after a 3yz to TYPE A, but not to TYPE I: neither has set the type',
  },
  'a 3yz is out of step': {
    source: 'transfers',
    reason: 'no command of a transfer but REST can be answered by a 3yz: the connection is closed',
  },
  'only CRLF and LF end a line': {
    source: 'protocol',
    reason: "Python's text files also take a bare CR for a line end (RFC 1123 4.1.2.10 does not)",
  },
  'the end of a reply of several lines': {
    source: 'protocol',
    reason: 'its code must be followed by a space or nothing: 2110 is text (RFC 959 4.2)',
  },
  'three digits and a space': {
    source: 'protocol',
    reason:
      'all else is no reply: it is told as such, does not become lastResp, and ends the connection',
  },
  'empty lines between replies': { source: 'protocol', reason: 'they are skipped' },
  'NUL in a reply': {
    source: 'protocol',
    reason: 'it has no place there, and cuts names in other programs',
  },
  'a line without its end': {
    source: 'protocol',
    reason: 'what the server was saying when the connection ended is no reply',
  },
  'every reply decodes': { source: 'api', reason: 'bytes that are no UTF-8 are read as latin1' },
  'Telnet commands are taken out': { source: 'protocol', reason: 'as RFC 1123 4.1.2.12 asks' },
  'limits of a reply': {
    source: 'protocol',
    reason:
      '8192 bytes a line (without its end; ftplib counts characters, with it) and 64 KiB in all; the connection is closed',
  },
  'secrets are masked in replies': {
    source: 'security',
    reason: 'a password or account that the server echoes must not reach a log',
  },
  'lastResp tells of every reply': { source: 'reference', reason: "ftplib leaves out ABOR's" },

  // Methods.
  'login by RFC 959': {
    source: 'protocol',
    reason:
      '332 after USER asks for the account at once, and 331 after PASS for nothing that there is',
  },
  'voidResp without a debt': {
    source: 'api',
    reason: 'ftplib waits for a reply that will not come',
  },
  'closed clients reject': {
    source: 'api',
    reason: 'a ConnectionError, where ftplib has an AttributeError',
  },
  'quit always closes': { source: 'api', reason: 'ftplib stays connected when QUIT is refused' },
  'a refused ABOR': { source: 'api', reason: "the reply's own class; every 2yz is an acceptance" },
  'the reply to ABOR': {
    source: 'api',
    reason: "it is ABOR's own, and not the 426 that ends the transfer",
  },
  'a path in quotes that are not doubled': {
    source: 'protocol',
    reason: 'Pure-FTPd does not double them: the name goes on to the quote before a space',
  },
  'a path behind words': {
    source: 'protocol',
    reason: 'some servers write words before it: the first quoted string of a 257 is the path',
  },
  'a path without its closing quote': { source: 'protocol', reason: 'the name was cut: an error' },
  'control characters in a path': { source: 'protocol', reason: 'an error' },
  'a path in any line of a 257': { source: 'protocol', reason: 'the first quote is looked for' },
  'a size among words': {
    source: 'protocol',
    reason: 'the last number of a 213 counts, where ftplib has a ValueError for words',
  },
  'a size that is none': {
    source: 'reference',
    reason: 'a ProtocolError, where ftplib has a ValueError',
  },
  'sizes are safe integers': {
    source: 'api',
    reason: 'a larger one is an error, never a rounded value',
  },
  'size knows 2yz only': { source: 'reference', reason: 'null is for a 2yz; a 3yz is an error' },
  'the size in a 150 stands anywhere': {
    source: 'reference',
    reason: 'ftplib wants words before it, and all in the first line',
  },
  'facts without empty names': {
    source: 'api',
    reason: 'what has no name is no fact, and an empty line no entry',
  },
  'the last fact without a semicolon': {
    source: 'reference',
    reason: 'ftplib cuts off the last character, whatever it is',
  },
  'limits of a listing': {
    source: 'api',
    reason: 'a line may have 64 KiB (RFC 3659 7.2 knows no limit)',
  },
  'no limit for lines of an upload': { source: 'api', reason: 'storLines is a stream' },

  // Transfers.
  'bytes before an error': {
    source: 'api',
    reason:
      'they are a prefix of what has arrived: what was not yet taken is dropped with the stream',
  },
  'truncated files are errors': {
    source: 'api',
    reason: 'ftplib believes the 226, whatever the 150 said',
  },
  'own class for the data connection': {
    source: 'api',
    reason: 'a TransferError: the control connection goes on, and the owed reply is read',
  },
  'the reply tells why the data broke': {
    source: 'transfers',
    reason: 'a 4yz or 5yz that comes with it is the error, where ftplib tells of the socket',
  },
  'a completion without a beginning': {
    source: 'transfers',
    reason: 'a 226 without a 150 completes a transfer whose data came, and an empty listing',
  },
  'a port that cannot be': {
    source: 'security',
    reason: 'numbers of a 227 are below 256, and ports from 1 to 65535: ERR_FTP_BAD_PASV',
  },
  'a port that is no number': {
    source: 'security',
    reason: 'ftplib reads the beginning of 1e3 as the number 1',
  },
  'no empty path': {
    source: 'protocol',
    reason: 'a command on no path at all can only be a mistake',
  },
  'spaces in a 227': { source: 'reference', reason: 'some servers write one after each comma' },
  'the code of a 227 is no address': {
    source: 'reference',
    reason: 'the six numbers are looked for behind it, where ftplib begins with the code',
  },
  'leading zeros in a 227': {
    source: 'reference',
    reason: 'they are dropped from the host: some systems would read it as octal',
  },
  'delimiters of a 229': { source: 'protocol', reason: 'printable, and no letters or digits' },
  'a 229 without a number': {
    source: 'protocol',
    reason: 'a ProtocolError, where ftplib has a ValueError',
  },

  // Classes and arguments.
  'own class for a lost connection': {
    source: 'api',
    reason: 'EOFError and the many OSErrors are one ConnectionError',
  },
  'own class for a timeout': {
    source: 'api',
    reason: "the library's TimeoutError tells the phase",
  },
  'own class for too much': {
    source: 'api',
    reason: 'a ProtocolError, where ftplib has its bare Error',
  },
  'TypeError for a bad value': {
    source: 'api',
    reason: 'as in Node, where Python has a ValueError',
  },
  'bad arguments send nothing': {
    source: 'api',
    reason: 'they are refused before the first command; ftplib finds them in the middle',
  },
  'a string is a source': {
    source: 'reference',
    reason: 'it is sent in the encoding of the connection; ftplib wants a file',
  },
  'NUL is refused': { source: 'api', reason: 'servers cut a command there' },
} as const satisfies Readonly<Record<string, Difference>>;

export type DifferenceName = keyof typeof DIFFERENCES;
