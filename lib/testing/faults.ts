/** Which commands a fault applies to. */
export interface FaultTrigger {
  /**
   * `'connect'` for the greeting, a verb (`'RETR'`), or an expression for the whole command line.
   */
  readonly on: string | RegExp;
  /** The first match that the fault applies to, counted from 1 over all sessions. Default 1. */
  readonly nth?: number;
  /** The number of matches that it applies to. Default: 1 with `nth`, otherwise all. */
  readonly times?: number;
}

/** Which replies of a command: a code (`226`) or a class (`'2xx'`). Default: all. */
export type ReplySelector = number | '1xx' | '2xx' | '3xx' | '4xx' | '5xx';

/** Changes replies. The effects combine, in the order of the fields below. */
export interface ReplyFault extends FaultTrigger {
  /** Not allowed here. */
  readonly data?: never;
  /** Not allowed here. */
  readonly control?: never;
  /** Not allowed here. */
  readonly tls?: never;
  /** Which replies to change. Default: all replies of the command. */
  readonly code?: ReplySelector;
  /** Omits the replies. The command is still executed. */
  readonly drop?: true;
  /**
   * Sends these replies instead. Without `code`, the command is not executed. With `code`, it is
   * executed, and only the selected reply is replaced.
   */
  readonly reply?: string | readonly string[];
  /** Returns the replies to send instead of each reply; `null` omits it. */
  readonly replace?: (text: string) => string | readonly string[] | null;
  /** How many times each reply is sent. Default 1. */
  readonly repeat?: number;
  /** Milliseconds to wait before the reply. Default 0. */
  readonly delay?: number;
  /** Holds the reply back, and sends it in one segment with the next reply of the session. */
  readonly merge?: true;
  /** Sends the reply in pieces that end at these byte offsets, or byte by byte. */
  readonly split?: number | readonly number[] | 'bytes';
}

/**
 * What happens to the data connection after `after` bytes. The default of `after` is 0, except
 * where stated otherwise.
 */
export type DataBreak =
  /**
   * The connection is closed normally (over TLS with a close_notify), and the server replies 226: a
   * truncated transfer that looks complete.
   */
  | {
      /** The kind of fault. */
      readonly action: 'end';
      /** Number of bytes before the fault. */
      readonly after?: number;
    }
  /** TLS only: closed without a close_notify, by default after all data. The server replies 226. */
  | {
      /** The kind of fault. */
      readonly action: 'no-close-notify';
      /** Number of bytes before the fault. */
      readonly after?: number;
    }
  /** TLS only: closed within a record, by default after all data. The server replies 226. */
  | {
      /** The kind of fault. */
      readonly action: 'cut-record';
      /** Number of bytes before the fault. */
      readonly after?: number;
    }
  /** The connection is reset. The server replies 426. */
  | {
      /** The kind of fault. */
      readonly action: 'reset';
      /** Number of bytes before the fault. */
      readonly after?: number;
    }
  /** The connection stays open, but no more bytes are sent or read. */
  | {
      /** The kind of fault. */
      readonly action: 'stall';
      /** Number of bytes before the fault. */
      readonly after?: number;
    }
  /** The rest is transferred at `rate` bytes per second. */
  | {
      /** The kind of fault. */
      readonly action: 'slow';
      /** Number of bytes before the fault. */
      readonly after?: number;
      /** Bytes per second. */
      readonly rate: number;
    }
  /** For `PASV` and `EPSV`: the announced port is closed. */
  | {
      /** The kind of fault. */
      readonly action: 'refuse';
    };

/** Breaks the data connection of a transfer. Has no effect if a test handles the command itself. */
export interface DataFault extends FaultTrigger {
  /** Not allowed here. */
  readonly control?: never;
  /** Not allowed here. */
  readonly tls?: never;
  /** What happens to the data connection. */
  readonly data: DataBreak;
}

/** How a control connection is dropped: FIN, RST, or closed at once without waiting. */
export type Drop = 'end' | 'reset' | 'destroy';

/** Drops the control connection. A running transfer continues. */
export interface ControlFault extends FaultTrigger {
  /** Not allowed here. */
  readonly tls?: never;
  /** How the connection is dropped. */
  readonly control: Drop;
  /** When it is dropped. Default `'command'`: when the command arrives, without a reply. */
  readonly at?: 'command' | 'before-reply' | 'after-reply' | 'mid-data';
  /** For `before-reply` and `after-reply`: which reply. Default: the first. */
  readonly code?: ReplySelector;
  /** For `mid-data`: the number of data bytes before the drop. Default 0. */
  readonly after?: number;
}

/**
 * What goes wrong with TLS. For a transfer command it affects the data connection; for `AUTH` (with
 * implicit TLS: `'connect'`), the control connection.
 */
export type TlsBreak =
  /** The server sends another self-signed certificate, and resumes no session. */
  | 'foreign-certificate'
  /**
   * The server sends plaintext instead of TLS: as data, as greeting, or as answer to the
   * ClientHello after the 234.
   */
  | 'plaintext'
  /** The ClientHello is never answered. */
  | 'stall-handshake'
  /** The session is not resumed. The certificate is correct. */
  | 'refuse-session'
  /** The TCP connection is closed when the ClientHello has arrived. */
  | 'close-in-handshake'
  /** The TCP connection is reset when the ClientHello has arrived. */
  | 'reset-in-handshake'
  /**
   * Any command on a control connection over TLS is answered with a plaintext reply, and the
   * connection is closed. vsftpd does this when it dies.
   */
  | 'plaintext-control';

/** Breaks TLS for a command that is otherwise executed. Has no effect without TLS. */
export interface TlsFault extends FaultTrigger {
  /** Not allowed here. */
  readonly control?: never;
  /** Not allowed here. */
  readonly data?: never;
  /** What goes wrong with TLS. */
  readonly tls: TlsBreak;
  /** The plaintext reply of `plaintext` on AUTH and of `plaintext-control`. Default: a 500. */
  readonly reply?: string;
}

/**
 * A fault that the server simulates.
 *
 * @example
 * ```ts
 * const server = await TestServer.start({
 *   faults: [
 *     { on: 'RETR', data: { action: 'reset', after: 1000 } }, // 1000 bytes, then RST, then 426
 *     { on: 'RETR', code: 426, reply: '226 Done.' },          // ... but the server claims success
 *     { on: /^CWD \/slow/, delay: 500 },
 *     { on: 'PASV', nth: 2, reply: '500 Not today.' },        // the second PASV only
 *     { on: 'connect', split: 'bytes' },                      // the greeting, byte by byte
 *     { on: 'STOR', control: 'reset', at: 'mid-data', after: 10 },
 *     { on: 'LIST', tls: 'foreign-certificate' },             // on the data connection
 *     { on: 'AUTH', code: 234, reply: '234 Ok.\r\n331 Now?' }, // plaintext after the 234
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

/** Whether the fault drops the control connection. */
export function isControlFault(fault: Fault): fault is ControlFault {
  return 'control' in fault;
}

/** Whether the fault breaks the data connection. */
export function isDataFault(fault: Fault): fault is DataFault {
  return 'data' in fault;
}

/** Whether the fault breaks TLS. */
export function isTlsFault(fault: Fault): fault is TlsFault {
  return 'tls' in fault;
}

/** Finds the first fault that breaks TLS in this way. */
export function findTlsFault(faults: readonly Fault[], harm: TlsBreak): TlsFault | undefined {
  return faults.filter(isTlsFault).find(({ tls }) => tls === harm);
}

/** Whether the fault changes replies. */
export function isReplyFault(fault: Fault): fault is ReplyFault {
  return !isControlFault(fault) && !isDataFault(fault) && !isTlsFault(fault);
}
