import { createSecureContext, type TlsOptions } from 'node:tls';
import { type Certificate, makeCertificate } from './certificate';

/** How a {@link TestServer} speaks TLS. An empty object will do. */
export interface TestTlsOptions {
  /** `'explicit'`: after AUTH TLS. `'implicit'`: from the first byte. Default `'explicit'`. */
  readonly mode?: 'explicit' | 'implicit';
  /** The private key in PEM, with `cert`. Default: both are made at the start. */
  readonly key?: string;
  /** The certificate in PEM. Default: a self-signed one for localhost, 127.0.0.1 and ::1. */
  readonly cert?: string;
  /** Default Node's own. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3';
  /**
   * Refuses a data connection whose TLS session is not that of its control connection, with a 522
   * after the 150 and the handshake. Default false.
   */
  readonly requireSessionReuse?: boolean;
  /** Refuses transfers in clear (PROT C) with a 521. Default false. */
  readonly requireProtection?: boolean;
  /** Refuses USER before AUTH with a 530, and CCC with a 534. Default false. */
  readonly requireTls?: boolean;
  /** Asks for a certificate of the client, and refuses the handshake without one of `ca`. */
  readonly requestCert?: boolean;
  /** The authorities of the clients' certificates, in PEM. */
  readonly ca?: string | readonly string[];
  /** Waits a second for the client's close_notify before the 226 of a download. Default false. */
  readonly waitForCloseNotify?: boolean;
}

/** The options with their defaults. */
export interface TlsSettings {
  readonly mode: 'explicit' | 'implicit';
  readonly requireSessionReuse: boolean;
  readonly requireProtection: boolean;
  readonly requireTls: boolean;
  readonly waitForCloseNotify: boolean;
  readonly identity: Certificate;
  /** Of another server, so to say: for the faults. */
  readonly foreign: Certificate;
  /** All that a handshake goes by, but for the identity. */
  readonly handshake: TlsOptions;
}

export function tlsSettingsFrom(options: TestTlsOptions): TlsSettings {
  const { key, cert, minVersion, maxVersion, requestCert, ca } = options;
  if ((key === undefined) !== (cert === undefined)) {
    throw new TypeError('The options key and cert of tls go together.');
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
  createSecureContext({ ...own, ...handshake }); // it throws now, or each handshake would fail
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
