export type { Command } from './command';
export type { DataConnection } from './data-connection';
export type {
  ControlFault,
  DataBreak,
  DataFault,
  Drop,
  Fault,
  FaultTrigger,
  ReplyFault,
  ReplySelector,
  TlsBreak,
  TlsFault,
} from './faults';
export type { MemoryFiles } from './memory-storage';
export type { TestServerOptions, TestUser } from './options';
export { Refusal } from './refusal';
export type { ServerEvent, TransferRecord } from './server-state';
export type { CommandAnswer, TestSession } from './session';
export { TestServer } from './test-server';
export type { FileEntry, TestStorage } from './test-storage';
export type { Certificate, CertificateOptions } from './tls/certificate';
export { makeCertificate } from './tls/certificate';
export type { TlsInfo } from './tls/secure-connection';
export type { TestTlsOptions } from './tls/tls-options';
