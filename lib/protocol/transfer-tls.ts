/** TLS details of a data connection. */
export interface TransferTls {
  /** The protocol version, such as `'TLSv1.3'`. */
  readonly protocol: string | null;
  /** The standard name of the cipher suite. */
  readonly cipher: string;
  /** Whether it resumed the TLS session of the control connection. */
  readonly reused: boolean;
  /** Whether the certificate was verified; `false` only with `rejectUnauthorized: false`. */
  readonly authorized: boolean;
}
