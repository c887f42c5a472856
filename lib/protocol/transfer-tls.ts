/** The TLS of a data connection. */
export interface TransferTls {
  /** `'TLSv1.3'`, say. */
  readonly protocol: string | null;
  /** The cipher suite, by its standard name. */
  readonly cipher: string;
  /** Whether the TLS session of the control connection was resumed. */
  readonly reused: boolean;
  /** Whether the certificate was verified; `false` only with `rejectUnauthorized: false`. */
  readonly authorized: boolean;
}
