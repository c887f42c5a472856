import type { TlsInfo } from './tls/secure-connection';

/** A transfer as seen by the server. */
export interface TransferRecord {
  /** The verb of the command, in upper case. */
  readonly command: string;
  /** The absolute path. */
  readonly path: string;
  /** Number of bytes sent or received on the data connection. */
  readonly bytes: number;
  /** Whether it completed. `'failed'` also if a fault truncated it but a 226 was sent. */
  readonly outcome: 'complete' | 'failed';
  /** The result of the TLS handshake of the data connection, if it used TLS. */
  readonly tls?: TlsInfo;
  /**
   * Whether the client ended TLS with a close_notify. Known for uploads; for downloads only with
   * the option `waitForCloseNotify`.
   */
  readonly closeNotify?: boolean;
}

/**
 * An event of a server. `'data'`: part of a transfer was sent or received. `'transfer'`: a transfer
 * ended. `'idle'`: a session has answered all its commands.
 */
export type ServerEvent =
  | 'connect'
  | 'command'
  | 'reply'
  | 'data'
  | 'transfer'
  | 'idle'
  | 'disconnect';
