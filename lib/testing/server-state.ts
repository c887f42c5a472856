import type { TlsInfo } from './tls/secure-connection';

/** One transfer as the server saw it. */
export interface TransferRecord {
  readonly command: string;
  readonly path: string;
  /** How many bytes went over the data connection. */
  readonly bytes: number;
  /** `'failed'` too where a fault cut it and a 226 was sent all the same. */
  readonly outcome: 'complete' | 'failed';
  /** What the handshake of the data connection came to, where it was under TLS. */
  readonly tls?: TlsInfo;
  /**
   * Whether the client ended TLS with a close_notify. Known of uploads, and with the option
   * `waitForCloseNotify` of downloads.
   */
  readonly closeNotify?: boolean;
}

/**
 * What happens at a server. `'data'`: a piece of a transfer went through; `'transfer'`: one has come
 * to its end; `'idle'`: a session has answered all that it was sent.
 */
export type ServerEvent =
  | 'connect'
  | 'command'
  | 'reply'
  | 'data'
  | 'transfer'
  | 'idle'
  | 'disconnect';
