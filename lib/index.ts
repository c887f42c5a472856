export { connect, type SecureConnectOptions } from './client/connect';
export type { DebugLevel } from './client/debug';
export { FTP } from './client/ftp';
export type { ClientSettings, FTPConnection, FTPEvents } from './client/ftp-connection';
export { FTPTLS, FTPTLS as FTP_TLS } from './client/ftp-tls';
export { ftpcp } from './client/ftpcp';
export type { FTPLib } from './client/ftplib';
export { parseListing } from './client/parse-listing';
export {
  allErrors as all_errors,
  BusyError,
  ConnectionError,
  type ErrorContext,
  FTPError,
  FTPError as Error,
  PermanentReplyError,
  PermanentReplyError as error_perm,
  type Phase,
  ProtocolError,
  ProtocolError as error_proto,
  type ProtocolErrorCode,
  ReplyError,
  ReplyError as error_reply,
  TimeoutError,
  TransferError,
  type TransferErrorCode,
  TransientReplyError,
  TransientReplyError as error_temp,
} from './errors';
export type { FileTransfer, FileTransferResult } from './files/file-transfer';
export type { LocalFile } from './files/local-file';
export type { DateOrder } from './listing/dates/ls-date';
export type { Entry, EntryType } from './listing/entry';
export type { EntryParser, ParsedEntry } from './listing/listing-parser';
export type {
  CallOptions,
  ConnectCallOptions,
  ConnectOptions,
  Credentials,
  DownloadOptions,
  FTPOptions,
  LoginOptions,
  UploadFromOptions,
  UploadOptions,
} from './options/client-options';
export type { FileTransferOptions } from './options/file-transfer-options';
export type { ListingOptions, ListOptions, StatOptions } from './options/listing-options';
export { FTP_PORT, FTPS_PORT, MAXLINE } from './options/settings';
export type { Timeouts } from './options/timeouts';
export type { FTPTLSOptions } from './options/tls-options';
export type { Codec } from './protocol/codec';
export type { Path } from './protocol/command';
export type { Facts, FactsEntry } from './protocol/facts';
export type { Features } from './protocol/features';
export { type Endpoint, parse227, parse229 } from './protocol/passive';
export { parse257 } from './protocol/pathname';
export type { ActiveCommand, PassiveCommand } from './protocol/session-state';
export { parse150 } from './protocol/size';
export type { TransferTls } from './protocol/transfer-tls';
export type { Reply } from './reply';
export type { TransferCallback } from './streams/callbacks';
export { type DownloadEvents, DownloadStream } from './streams/download-stream';
export { type ListingEvents, ListingStream } from './streams/listing-stream';
export type { TransferProgress } from './streams/progress';
export type { OpenedTransfer, TransferStream } from './streams/transfer';
export type { TransferDuplex } from './streams/transfer-duplex';
export type {
  EventWritable,
  ItemCall,
  ItemOptions,
  ItemReadable,
  TransferEvents,
} from './streams/typed-streams';
export type { UploadChunk, UploadSource } from './streams/upload-source';
export { UploadStream } from './streams/upload-stream';
export type { CreateConnection } from './transport/socket/dial';
export type { ControlTlsInfo } from './transport/tls/tls-client';
export type { SessionChoice } from './transport/tls/tls-sessions';
