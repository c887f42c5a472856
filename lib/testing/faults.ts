/** When a fault strikes. */
export interface FaultTrigger {
  /**
   * `'connect'` for the greeting, a verb (`'RETR'`), or an expression tried on the whole command line.
   */
  readonly on: string | RegExp;
  /** Only from the nth match on, counted over all sessions from 1. */
  readonly nth?: number;
  /** For how many matches: 1 where `nth` is given, else every one. */
  readonly times?: number;
}

/** Which replies of a command: a code (`226`), a class (`'2xx'`). All of them where it is absent. */
export type ReplySelector = number | '1xx' | '2xx' | '3xx' | '4xx' | '5xx';

/** Changes replies. The effects combine, in the order of the fields below. */
export interface ReplyFault extends FaultTrigger {
  readonly data?: never;
  readonly control?: never;
  readonly tls?: never;
  readonly code?: ReplySelector;
  /** The replies are left out, though the command is performed. */
  readonly drop?: true;
  /**
   * These replies instead. Without `code` the command is not performed at all; with it, only the
   * selected reply is exchanged.
   */
  readonly reply?: string | readonly string[];
  /** The replies to send instead of each one; `null` leaves it out. */
  readonly replace?: (text: string) => string | readonly string[] | null;
  /** How many times each reply is sent: 2 doubles it. */
  readonly repeat?: number;
  /** Milliseconds before the reply. */
  readonly delay?: number;
  /** The reply is kept back and leaves in one segment with the next one of the session. */
  readonly merge?: true;
  /** Writes the reply in pieces that end at these offsets, or byte by byte. */
  readonly split?: number | readonly number[] | 'bytes';
}

/** What happens to the data connection once `after` bytes went through it. */
export type DataBreak =
  /**
   * Closed in order (under TLS with a close_notify), and the server says 226: a transfer cut short
   * in silence.
   */
  | { readonly action: 'end'; readonly after?: number }
  /** Under TLS: ended without a close_notify, after all the data by default; the server says 226. */
  | { readonly action: 'no-close-notify'; readonly after?: number }
  /** Under TLS: ended inside of a record, after all the data by default; the server says 226. */
  | { readonly action: 'cut-record'; readonly after?: number }
  /** Reset; the server says 426. */
  | { readonly action: 'reset'; readonly after?: number }
  /** Left open, but no further byte is sent or read. */
  | { readonly action: 'stall'; readonly after?: number }
  /** From there on at `rate` bytes per second. */
  | { readonly action: 'slow'; readonly after?: number; readonly rate: number }
  /** On `PASV` and `EPSV`: the announced port is closed. */
  | { readonly action: 'refuse' };

/** Harms the data connection of a transfer, unless a test answers the command itself. */
export interface DataFault extends FaultTrigger {
  readonly control?: never;
  readonly tls?: never;
  readonly data: DataBreak;
}

/** How a control connection is dropped: FIN, RST, or closed at once without waiting. */
export type Drop = 'end' | 'reset' | 'destroy';

/** Drops the control connection. A transfer that runs meanwhile goes on. */
export interface ControlFault extends FaultTrigger {
  readonly tls?: never;
  readonly control: Drop;
  /** Default `'command'`: when the command arrives, unanswered. */
  readonly at?: 'command' | 'before-reply' | 'after-reply' | 'mid-data';
  /** For `before-reply` and `after-reply`: which reply. Default the first. */
  readonly code?: ReplySelector;
  /** For `mid-data`: after how many bytes of data. Default 0. */
  readonly after?: number;
}

/**
 * What happens to TLS: on a transfer's command to that of its data connection, on `AUTH` (on
 * `'connect'` where TLS is implicit) to that of the control connection.
 */
export type TlsBreak =
  /** The server shows a self-signed certificate that is not its own, and resumes no session. */
  | 'foreign-certificate'
  /**
   * The server speaks in clear where TLS was agreed on: it sends and takes the data so, it greets so,
   * and answers the client's hello after the 234 so.
   */
  | 'plaintext'
  /** The client's hello is never answered, however long the client waits. */
  | 'stall-handshake'
  /** The session is not resumed, though the certificate is the right one. */
  | 'refuse-session'
  /** The TCP connection is ended when the client's hello has arrived. */
  | 'close-in-handshake'
  /** The TCP connection is reset when the client's hello has arrived. */
  | 'reset-in-handshake'
  /**
   * Any command is answered in clear on the TCP connection of a control connection under TLS, which
   * then ends: the last words of a vsftpd that dies.
   */
  | 'plaintext-control';

/** Harms TLS, of a command that is performed otherwise; no harm where there is none. */
export interface TlsFault extends FaultTrigger {
  readonly control?: never;
  readonly data?: never;
  readonly tls: TlsBreak;
  /** What is said in clear by `plaintext` on AUTH and by `plaintext-control`. Default a 500. */
  readonly reply?: string;
}

/**
 * One thing that goes wrong.
 *
 * @example
 * ```ts
 * const server = await TestServer.start({
 *   faults: [
 *     { on: 'RETR', data: { action: 'reset', after: 1000 } }, // 1000 bytes, then RST, then 426
 *     { on: 'RETR', code: 426, reply: '226 Done.' },          // ... and the server lies about it
 *     { on: /^CWD \/slow/, delay: 500 },
 *     { on: 'PASV', nth: 2, reply: '500 Not today.' },        // the second PASV only
 *     { on: 'connect', split: 'bytes' },                      // the greeting, byte by byte
 *     { on: 'STOR', control: 'reset', at: 'mid-data', after: 10 },
 *     { on: 'LIST', tls: 'foreign-certificate' },             // on the data connection
 *     { on: 'AUTH', code: 234, reply: '234 Ok.\r\n331 Now?' }, // words in clear behind the 234
 *   ],
 * });
 * ```
 */
export type Fault = ReplyFault | DataFault | ControlFault | TlsFault;

/** Whether the reply code is one of those selected. */
export function selects(selector: ReplySelector | undefined, code: string): boolean {
  if (selector === undefined) return true;
  if (typeof selector === 'number') return String(selector) === code;
  return selector[0] === code[0];
}

export function isControlFault(fault: Fault): fault is ControlFault {
  return 'control' in fault;
}

export function isDataFault(fault: Fault): fault is DataFault {
  return 'data' in fault;
}

export function isTlsFault(fault: Fault): fault is TlsFault {
  return 'tls' in fault;
}

/** The first fault that harms TLS in this way. */
export function findTlsFault(faults: readonly Fault[], harm: TlsBreak): TlsFault | undefined {
  return faults.filter(isTlsFault).find(({ tls }) => tls === harm);
}

export function isReplyFault(fault: Fault): fault is ReplyFault {
  return !isControlFault(fault) && !isDataFault(fault) && !isTlsFault(fault);
}
