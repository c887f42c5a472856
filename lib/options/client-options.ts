import type { Codec } from '../protocol/codec';
import type { ActiveCommand, PassiveCommand } from '../protocol/session-state';
import type { CreateConnection } from '../transport/socket/dial';
import type { StopSignal } from '../util/abort-signal';
import type { Timeouts } from './timeouts';

/** Options of `new FTP()`. */
export interface FTPOptions {
  /** Default `'localhost'`. An IPv6 address may stand in brackets. */
  readonly host?: string | undefined;
  /** Default 21. */
  readonly port?: number | undefined;
  /** Only `false`: this class speaks no TLS. Use `FTPTLS`, or the module's `connect({ secure: true })`. */
  readonly secure?: false | undefined;
  readonly timeouts?: Partial<Timeouts> | undefined;
  /** Milliseconds: all of `timeouts` but `quit` and `abort`, at once. */
  readonly timeout?: number | undefined;
  /** Of paths and replies: `'utf8'` (the default), `'latin1'`, `'ascii'`, or a codec of your own. */
  readonly encoding?: string | Codec | undefined;
  /**
   * How a byte 0xFF is written on the control connection, in both directions: `'double'`, as RFC 959
   * says, or `'raw'`. Default: each direction follows what the greeting says of the server, and the
   * RFC where the server is not known.
   */
  readonly telnetIac?: 'double' | 'raw' | undefined;
  /** Whether the client opens the data connections (the default), or the server does. */
  readonly passive?: boolean | undefined;
  /**
   * Passive mode: the commands to ask for a data connection with, in the order in which they are tried.
   * One may be left out: a firewall may drop EPSV. PASV works only over IPv4. Default `['EPSV', 'PASV']`.
   */
  readonly passiveCommands?: readonly PassiveCommand[] | undefined;
  /**
   * Active mode: the commands to announce the client's port with, in the order in which they are tried.
   * One may be left out. PORT works only over IPv4. Default `['EPRT', 'PORT']`.
   */
  readonly activeCommands?: readonly ActiveCommand[] | undefined;
  /** Active mode: the ports to listen on, first and last. Default: any. */
  readonly activePorts?: readonly [from: number, to: number] | undefined;
  /** Active mode: the address to tell the server, behind NAT. Default: the control connection's. */
  readonly externalAddress?: string | undefined;
  /** Whether to connect to the address in a 227, and not to the server's own. Default `false`. */
  readonly trustServerPasvIPv4Address?: boolean | undefined;
  /** The address to connect from. */
  readonly localAddress?: string | undefined;
  /** 4 or 6 to use that version of IP only. Default 0: whichever answers. */
  readonly family?: 0 | 4 | 6 | undefined;
  /** Milliseconds of silence before TCP probes the control connection; 0 for never. Default 10 s. */
  readonly keepAlive?: number | undefined;
  /**
   * Milliseconds between two NOOPs on the control connection while a transfer runs, for servers and
   * firewalls that close it as idle; 0 for none. A server that answers them only after the transfer has
   * them answered before the next command. Not sent to Pure-FTPd, which refuses commands then, nor to
   * a server any more that has refused one. Default 0.
   */
  readonly noopInterval?: number | undefined;
  /** Makes the streams to the server, instead of `net.connect`: through a proxy, say. */
  readonly createConnection?: CreateConnection | undefined;
  /** Bytes of one line of a reply. Default 8192. */
  readonly maxLine?: number | undefined;
  /** Bytes of one reply. Default 64 KiB. */
  readonly maxReply?: number | undefined;
  /** Bytes of one line of a listing. Default 64 KiB. */
  readonly maxListingLine?: number | undefined;
  /** Bytes of a listing that are kept when a command waits behind it. Default 16 MiB. */
  readonly maxReadAhead?: number | undefined;
  /**
   * Whether `downloadMany()` and `uploadMany()` send the next file's EPSV behind the command of the one
   * before, on servers that are known to bear it. Default `false`.
   */
  readonly pipelining?: boolean | undefined;
  /** Whether all commands of a login go out in one write. Default `false`: one after the other. */
  readonly loginInOneWrite?: boolean | undefined;
  /** Whether a multi-line reply ends only at its own code (RFC 959 §4.2), or at any. Default `true`. */
  readonly strictMultiline?: boolean | undefined;
  /** Aborting it closes the client. */
  readonly signal?: AbortSignal | undefined;
}

/** Who logs in. */
export interface Credentials {
  /** Default `'anonymous'`. */
  readonly user?: string | undefined;
  /** Default empty, and `'anonymous@'` for an anonymous user. */
  readonly password?: string | undefined;
  /** For the few servers that ask for ACCT. */
  readonly account?: string | undefined;
  /** ftplib's name of `password`. */
  readonly passwd?: string | undefined;
  /** ftplib's name of `account`. */
  readonly acct?: string | undefined;
}

/** Options of `FTP.connect()` and of the module's `connect()`. */
export interface ConnectOptions extends FTPOptions, Credentials {}

/** What every call that talks to the server takes. */
export interface CallOptions {
  /** Aborting it ends the call with the signal's reason; the client stays usable. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for each wait of this call, instead of the client's timeouts. */
  readonly timeout?: number | undefined;
}

/** The same of what is done within the library. */
export interface StepOptions {
  readonly signal?: StopSignal | undefined;
  readonly timeout?: number | undefined;
}

/** Options of a download as a stream or to a callback. */
export interface DownloadOptions extends CallOptions {
  /** Bytes of the largest block, and the stream's `highWaterMark`. Default 8192, as in ftplib. */
  readonly blocksize?: number | undefined;
  /** Byte of the file to begin at (REST, RFC 3659 §5). */
  readonly rest?: number | null | undefined;
  /** Bytes that must arrive, neither more nor less. */
  readonly size?: number | undefined;
  /**
   * The server is asked for the size (SIZE), where it can tell. `'size'`: just so many bytes must
   * arrive. `'at-least'`: so many or more, for a file that grows meanwhile, as logs do.
   * @throws TransferError `ERR_FTP_SIZE_MISMATCH`
   */
  readonly verify?: 'size' | 'at-least' | undefined;
}

/** Options of an upload as a stream. */
export interface UploadOptions extends CallOptions {
  /** The stream's `highWaterMark` in bytes. Default 8192. */
  readonly blocksize?: number | undefined;
  /** Byte of the file at the server to begin at (REST, RFC 3659 §5); not checked against its size. */
  readonly rest?: number | null | undefined;
  /** Bytes that must be sent, neither more nor less. */
  readonly size?: number | undefined;
  /**
   * The server is asked afterwards how many bytes it has (SIZE), where it can tell. `'size'`: just
   * those that were sent; `'at-least'`: those, or more where others append to the file as well.
   * @throws TransferError `ERR_FTP_SIZE_MISMATCH`
   */
  readonly verify?: 'size' | 'at-least' | undefined;
}

/** Options of an upload from a source. */
export interface UploadFromOptions extends UploadOptions {
  /** Called with each block of at most `blocksize` bytes once it is sent; a promise is awaited. */
  readonly onBlock?: ((block: Buffer) => unknown) | undefined;
}

/** Options of `ftp.connect()`; its `timeout` holds for all later calls, as in ftplib. */
export interface ConnectCallOptions extends CallOptions {
  /** The address to connect from, from now on. */
  readonly localAddress?: string | undefined;
}

/** Options of `FTPTLS.login()`. */
export interface LoginOptions extends CallOptions {
  /**
   * Whether the control connection is taken into TLS first (the default). `false` sends the password
   * in clear, and leaves the data connections in clear, too (`ftplib.FTP_TLS.login`).
   */
  readonly secure?: boolean | undefined;
}
