import { createSecureContext, type TlsOptions } from 'node:tls';
import { type Certificate, makeCertificate } from './certificate';

/** TLS options of a {@link TestServer}. All are optional. */
export interface TestTlsOptions {
  /** When TLS starts: `'explicit'` (default): after AUTH TLS. `'implicit'`: from the first byte. */
  readonly mode?: 'explicit' | 'implicit';
  /** The private key in PEM, with `cert`. Default: both are generated at the start. */
  readonly key?: string;
  /** The certificate in PEM. Default: a self-signed one for localhost, 127.0.0.1 and ::1. */
  readonly cert?: string;
  /** The minimum TLS version. Default: Node's. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
  /** The maximum TLS version. Default: Node's. */
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3';
  /**
   * Refuses a data connection whose TLS session is not that of its control connection, with a 522
   * after the 150 and the handshake. Default false.
   */
  readonly requireSessionReuse?: boolean;
  /** Refuses unencrypted transfers (PROT C) with a 521. Default false. */
  readonly requireProtection?: boolean;
  /** Refuses USER before AUTH with a 530, and CCC with a 534. Default false. */
  readonly requireTls?: boolean;
  /** Requires a client certificate that is signed by one of `ca`. Default false. */
  readonly requestCert?: boolean;
  /** The authorities of client certificates, in PEM. */
  readonly ca?: string | readonly string[];
  /** Waits a second for the client's close_notify before the 226 of a download. Default false. */
  readonly waitForCloseNotify?: boolean;
}

/** The checked options with defaults filled in. */
export interface TlsSettings {
  readonly mode: 'explicit' | 'implicit';
  readonly requireSessionReuse: boolean;
  readonly requireProtection: boolean;
  readonly requireTls: boolean;
  readonly waitForCloseNotify: boolean;
  readonly identity: Certificate;
  /** The certificate for the fault `'foreign-certificate'`. */
  readonly foreign: Certificate;
  /** The options of a handshake, except the identity. */
  readonly handshake: TlsOptions;
}

/** Checks the options. @throws TypeError or Node's error if one is invalid */
export function tlsSettingsFrom(options: TestTlsOptions): TlsSettings {
  const { key, cert, minVersion, maxVersion, requestCert, ca } = options;
  if ((key === undefined) !== (cert === undefined)) {
    throw new TypeError('The options key and cert of tls must be given together.');
  }
  const { mode = 'explicit' } = options;
  if (mode !== 'explicit' && mode !== 'implicit') {
    throw new TypeError(
      `The option mode of tls must be 'explicit' or 'implicit'; received ${mode}`,
    );
  }
  const own = key !== undefined && cert !== undefined ? { key, cert } : undefined;
  const handshake = {
    ...(minVersion && { minVersion }),
    ...(maxVersion && { maxVersion }),
    ...(requestCert && { requestCert, rejectUnauthorized: true }),
    ...(ca && { ca: [ca].flat() }),
  };
  createSecureContext({ ...own, ...handshake }); // throws for invalid options
  return {
    mode,
    requireSessionReuse: options.requireSessionReuse ?? false,
    requireProtection: options.requireProtection ?? false,
    requireTls: options.requireTls ?? false,
    waitForCloseNotify: options.waitForCloseNotify ?? false,
    identity: own ?? makeCertificate(),
    foreign: makeCertificate(),
    handshake,
  };
}
