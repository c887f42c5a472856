import type { Codec } from '../protocol/codec';
import type { ActiveCommand, PassiveCommand } from '../protocol/session-state';
import type { CreateConnection } from '../transport/socket/dial';
import type { StopSignal } from '../util/abort-signal';
import type { Timeouts } from './timeouts';

/** Options of `new FTP()`. */
export interface FTPOptions {
  /**
   * The server's host name or address. An IPv6 address may be in brackets. Default `'localhost'`.
   */
  readonly host?: string | undefined;
  /** The server's port. Default 21. */
  readonly port?: number | undefined;
  /** Only `false`: this class does not use TLS. Use `FTPTLS`, or `connect({ secure: true })`. */
  readonly secure?: false | undefined;
  /** Timeouts in milliseconds. Those that are missing have their defaults. */
  readonly timeouts?: Partial<Timeouts> | undefined;
  /**
   * Milliseconds: sets all `timeouts` except `quit` and `abort`. Single `timeouts` take precedence.
   */
  readonly timeout?: number | undefined;
  /**
   * Encoding of paths and replies: `'utf8'` (the default), `'latin1'`, `'ascii'`, or a custom
   * codec.
   */
  readonly encoding?: string | Codec | undefined;
  /**
   * How a byte 0xFF is sent on the control connection, in both directions: `'double'` as RFC 959
   * requires, or `'raw'`. Default: each direction follows what is known about the server from its
   * greeting, and the RFC if nothing is known.
   */
  readonly telnetIac?: 'double' | 'raw' | undefined;
  /**
   * Passive mode: the client opens the data connections. Default `true`. `false`: the server does.
   */
  readonly passive?: boolean | undefined;
  /**
   * Passive mode: the commands that request a data connection, in the order in which they are
   * tried. One may be omitted, for example because a firewall drops EPSV. PASV works only over
   * IPv4. Default `['EPSV', 'PASV']`.
   */
  readonly passiveCommands?: readonly PassiveCommand[] | undefined;
  /**
   * Active mode: the commands that announce the client's port, in the order in which they are
   * tried. One may be omitted. PORT works only over IPv4. Default `['EPRT', 'PORT']`.
   */
  readonly activeCommands?: readonly ActiveCommand[] | undefined;
  /** Active mode: the first and the last port to listen on. Default: any port. */
  readonly activePorts?: readonly [from: number, to: number] | undefined;
  /**
   * Active mode: the address to announce, if behind NAT. Default: that of the control connection.
   */
  readonly externalAddress?: string | undefined;
  /** Whether to connect to the address in a 227 reply. Default `false`: to that of the server. */
  readonly trustServerPasvIPv4Address?: boolean | undefined;
  /** The local address to connect from. Default: chosen by the system. */
  readonly localAddress?: string | undefined;
  /** 4 or 6 to use only that IP version. Default 0: whichever connects. */
  readonly family?: 0 | 4 | 6 | undefined;
  /** Milliseconds of silence before TCP probes the control connection; 0: never. Default 10 000. */
  readonly keepAlive?: number | undefined;
  /**
   * Milliseconds between two NOOP commands on the control connection during a transfer, for servers
   * and firewalls that close it as idle; 0: none. If the server replies only after the transfer,
   * these replies are read before the next command. NOOP is not sent to Pure-FTPd, which refuses
   * commands during a transfer, nor to a server after it has refused one. Default 0.
   */
  readonly noopInterval?: number | undefined;
  /** Opens the connections to the server, for example through a proxy. Default: `net.connect`. */
  readonly createConnection?: CreateConnection | undefined;
  /** Maximum length of one line of a reply in bytes. Default 8192. */
  readonly maxLine?: number | undefined;
  /** Maximum length of one reply in bytes. Default 64 KiB. */
  readonly maxReply?: number | undefined;
  /** Maximum length of one line of a listing in bytes. Default 64 KiB. */
  readonly maxListingLine?: number | undefined;
  /** Maximum size in bytes of a listing that is buffered while a command waits. Default 16 MiB. */
  readonly maxReadAhead?: number | undefined;
  /**
   * Whether `downloadMany()` and `uploadMany()` send the EPSV of the next file together with the
   * command of the current one, on servers that support it. Default `false`.
   */
  readonly pipelining?: boolean | undefined;
  /**
   * Whether all commands of a login are sent in one write. Default `false`: one after the other.
   */
  readonly loginInOneWrite?: boolean | undefined;
  /**
   * Whether a multi-line reply ends only at its own code (RFC 959 §4.2), not at any. Default
   * `true`.
   */
  readonly strictMultiline?: boolean | undefined;
  /** Closes the client when aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** The credentials of a login. */
export interface Credentials {
  /** The user name. Default `'anonymous'`. */
  readonly user?: string | undefined;
  /** The password. Default empty, and `'anonymous@'` for an anonymous user. */
  readonly password?: string | undefined;
  /** The account (ACCT). Only few servers ask for it. */
  readonly account?: string | undefined;
  /** The name of `password` in ftplib. */
  readonly passwd?: string | undefined;
  /** The name of `account` in ftplib. */
  readonly acct?: string | undefined;
}

/** Options of `FTP.connect()` and of `connect()`. */
export interface ConnectOptions extends FTPOptions, Credentials {}

/** Options of every call that communicates with the server. */
export interface CallOptions {
  /** Ends the call with the signal's reason when aborted. The client stays usable. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for each wait of this call. Default: the client's timeouts. */
  readonly timeout?: number | undefined;
}

/** Call options within the library. */
export interface StepOptions {
  readonly signal?: StopSignal | undefined;
  readonly timeout?: number | undefined;
}

/** Options of a download, as a stream or with a callback. */
export interface DownloadOptions extends CallOptions {
  /**
   * Maximum size of a block, and the stream's `highWaterMark`, in bytes. Blocks are passed on as
   * they arrive, full or not. Default 1 MiB; with a callback 8192, as in ftplib.
   */
  readonly blocksize?: number | undefined;
  /** Byte offset in the file at which to start (REST, RFC 3659 §5). Default 0. */
  readonly rest?: number | null | undefined;
  /** Exact number of bytes that must be received. @throws TransferError `ERR_FTP_SIZE_MISMATCH` */
  readonly size?: number | undefined;
  /**
   * Compares the bytes received with the reply to SIZE, if the server supports it. `'size'`: they
   * must be equal. `'at-least'`: more bytes may arrive, as for a log file that is growing. By
   * default, only the size in the 150 reply is checked, if it has one.
   *
   * @throws TransferError `ERR_FTP_SIZE_MISMATCH`
   */
  readonly verify?: 'size' | 'at-least' | undefined;
}

/** Options of an upload as a stream. */
export interface UploadOptions extends CallOptions {
  /** The stream's `highWaterMark` in bytes. Default 1 MiB; with a callback 8192, as in ftplib. */
  readonly blocksize?: number | undefined;
  /**
   * Byte offset in the server's file (REST, RFC 3659 §5). Not checked against its size. Default 0.
   */
  readonly rest?: number | null | undefined;
  /** Exact number of bytes that must be sent. @throws TransferError `ERR_FTP_SIZE_MISMATCH` */
  readonly size?: number | undefined;
  /**
   * Compares the bytes sent with the reply to SIZE after the upload, if the server supports it.
   * `'size'`: they must be equal. `'at-least'`: the server may have more, if others append to the
   * same file. Default: no check.
   * @throws TransferError `ERR_FTP_SIZE_MISMATCH`
   */
  readonly verify?: 'size' | 'at-least' | undefined;
}

/** Options of an upload from a source. */
export interface UploadFromOptions extends UploadOptions {
  /**
   * Called with each block of at most `blocksize` bytes once sent. A promise it returns is awaited.
   */
  readonly onBlock?: ((block: Buffer) => unknown) | undefined;
}

/** Options of `ftp.connect()`. As in ftplib, `timeout` also applies to all later calls. */
export interface ConnectCallOptions extends CallOptions {
  /** The local address to connect from, for this and all later connections. */
  readonly localAddress?: string | undefined;
}

/** Options of `FTPTLS.login()`. */
export interface LoginOptions extends CallOptions {
  /**
   * Whether TLS is started on the control connection first. Default `true`. `false` sends the
   * password and all data unencrypted (`ftplib.FTP_TLS.login`).
   */
  readonly secure?: boolean | undefined;
}
