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
 * The names of the options of one type. The compiler refuses a table that lacks an option of its
 * type, or has one that the type has not: an option that is added to a type has to be added here.
 */
export type Names<T> = Readonly<Record<keyof T, true>>;

export const CALL: Names<CallOptions> = { signal: true, timeout: true };

export const LOGIN: Names<LoginOptions> = { ...CALL, secure: true };

export const CONNECT_CALL: Names<ConnectCallOptions> = { ...CALL, localAddress: true };

export const DOWNLOAD: Names<DownloadOptions> = {
  ...CALL,
  blocksize: true,
  rest: true,
  size: true,
  verify: true,
};

/** Also those of an upload as a stream, which calls nobody back. */
export const UPLOAD: Names<UploadFromOptions> = {
  ...CALL,
  blocksize: true,
  rest: true,
  size: true,
  verify: true,
  onBlock: true,
};

export const FILE_TRANSFER: Names<FileTransferOptions> = {
  ...CALL,
  rest: true,
  verify: true,
  onProgress: true,
};

export const LISTING: Names<ListingOptions> = {
  all: true,
  serverTimeZone: true,
  dateOrder: true,
  now: true,
  parser: true,
  unparsed: true,
};

export const LIST: Names<ListOptions> = { ...CALL, ...LISTING, hidden: true };

export const STAT: Names<StatOptions> = {
  ...CALL,
  serverTimeZone: true,
  dateOrder: true,
  now: true,
  parser: true,
};

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

/** What `new FTPTLS()` takes beside those of `new FTP()`. */
export const TLS_CLIENT: Names<Omit<FTPTLSOptions, keyof FTPOptions>> = {
  implicit: true,
  tls: true,
  dataProtection: true,
  closeNotify: true,
  tlsSession: true,
};

/** What `FTP.connect()` and `connect()` take beside those of a client. */
export const CREDENTIALS: Names<Credentials> = {
  user: true,
  password: true,
  account: true,
  passwd: true,
  acct: true,
};

/** Options of Node's that its declarations leave out, or that only a newer Node has. */
interface NewerConnectionOptions {
  allowHalfOpen: unknown;
  certificateCompression: unknown;
  highWaterMark: unknown;
  onread: unknown;
  requestOCSP: unknown;
}

/** Options of `tls`, which are Node's. */
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
