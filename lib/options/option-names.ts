import type { ConnectionOptions } from 'node:tls';
import type {
  CallOptions,
  ConnectCallOptions,
  Credentials,
  DownloadOptions,
  FTPOptions,
  LoginOptions,
  UploadFromOptions,
} from './client-options';
import type { FileTransferOptions } from './file-transfer-options';
import type { ListingOptions, ListOptions, StatOptions } from './listing-options';
import type { Timeouts } from './timeouts';
import type { FTPTLSOptions } from './tls-options';

/**
 * The option names of one type. The compiler rejects a table with a missing or an extra name, so an
 * option that is added to a type must be added here.
 */
export type Names<T> = Readonly<Record<keyof T, true>>;

/** Options of every call. */
export const CALL: Names<CallOptions> = { signal: true, timeout: true };

/** Options of `FTPTLS.login()`. */
export const LOGIN: Names<LoginOptions> = { ...CALL, secure: true };

/** Options of `ftp.connect()`. */
export const CONNECT_CALL: Names<ConnectCallOptions> = { ...CALL, localAddress: true };

/** Options of a download, as a stream or with a callback. */
export const DOWNLOAD: Names<DownloadOptions> = {
  ...CALL,
  blocksize: true,
  rest: true,
  size: true,
  verify: true,
};

/** Options of an upload. An upload as a stream ignores `onBlock`. */
export const UPLOAD: Names<UploadFromOptions> = {
  ...CALL,
  blocksize: true,
  rest: true,
  size: true,
  verify: true,
  onBlock: true,
};

/** Options of `download()` and `upload()`. */
export const FILE_TRANSFER: Names<FileTransferOptions> = {
  ...CALL,
  rest: true,
  verify: true,
  onProgress: true,
};

/** Options of `parseListing()`. */
export const LISTING: Names<ListingOptions> = {
  all: true,
  serverTimeZone: true,
  dateOrder: true,
  now: true,
  parser: true,
  unparsed: true,
};

/** Options of `list()`. */
export const LIST: Names<ListOptions> = { ...CALL, ...LISTING, hidden: true };

/** Options of `stat()`. */
export const STAT: Names<StatOptions> = {
  ...CALL,
  serverTimeZone: true,
  dateOrder: true,
  now: true,
  parser: true,
};

/** The names of `timeouts`. */
export const TIMEOUTS: Names<Timeouts> = {
  connect: true,
  greeting: true,
  tls: true,
  reply: true,
  dataConnect: true,
  dataIdle: true,
  completion: true,
  quit: true,
  abort: true,
};

/** Options of `new FTP()`. */
export const CLIENT: Names<FTPOptions> = {
  host: true,
  port: true,
  secure: true,
  timeouts: true,
  timeout: true,
  encoding: true,
  telnetIac: true,
  passive: true,
  passiveCommands: true,
  activeCommands: true,
  activePorts: true,
  externalAddress: true,
  trustServerPasvIPv4Address: true,
  localAddress: true,
  family: true,
  keepAlive: true,
  noopInterval: true,
  createConnection: true,
  maxLine: true,
  maxReply: true,
  maxListingLine: true,
  maxReadAhead: true,
  pipelining: true,
  loginInOneWrite: true,
  strictMultiline: true,
  signal: true,
};

/** Options of `new FTPTLS()` that `new FTP()` does not have. */
export const TLS_CLIENT: Names<Omit<FTPTLSOptions, keyof FTPOptions>> = {
  implicit: true,
  tls: true,
  dataProtection: true,
  closeNotify: true,
  tlsSession: true,
};

/** Options of `FTP.connect()` and `connect()` that a client's constructor does not have. */
export const CREDENTIALS: Names<Credentials> = {
  user: true,
  password: true,
  account: true,
  passwd: true,
  acct: true,
};

/** Options of Node that are missing in its type declarations, or that only newer versions have. */
interface NewerConnectionOptions {
  allowHalfOpen: unknown;
  certificateCompression: unknown;
  highWaterMark: unknown;
  onread: unknown;
  requestOCSP: unknown;
}

/** Options of `tls`: those of Node's `tls.connect`. */
export const TLS: Names<ConnectionOptions & NewerConnectionOptions> = {
  ALPNCallback: true,
  ALPNProtocols: true,
  SNICallback: true,
  allowHalfOpen: true,
  allowPartialTrustChain: true,
  ca: true,
  cert: true,
  certificateCompression: true,
  checkServerIdentity: true,
  ciphers: true,
  clientCertEngine: true,
  crl: true,
  dhparam: true,
  ecdhCurve: true,
  enableTrace: true,
  highWaterMark: true,
  honorCipherOrder: true,
  host: true,
  key: true,
  lookup: true,
  maxVersion: true,
  minDHSize: true,
  minVersion: true,
  onread: true,
  passphrase: true,
  path: true,
  pfx: true,
  port: true,
  privateKeyEngine: true,
  privateKeyIdentifier: true,
  pskCallback: true,
  rejectUnauthorized: true,
  requestCert: true,
  requestOCSP: true,
  secureContext: true,
  secureOptions: true,
  secureProtocol: true,
  servername: true,
  session: true,
  sessionIdContext: true,
  sessionTimeout: true,
  sigalgs: true,
  socket: true,
  ticketKeys: true,
  timeout: true,
};
