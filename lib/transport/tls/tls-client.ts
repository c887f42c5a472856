import { isIPv4, isIPv6 } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions, PeerCertificate, TLSSocket } from 'node:tls';
import type { TransferTls } from '../../protocol/transfer-tls';
import type { StopSignal } from '../../util/abort-signal';
import { withTimeout } from '../../util/abortable';
import { node } from './node-tls';

/** Details of the TLS connection of a control connection. */
export interface ControlTlsInfo {
  /** The protocol version, for example `'TLSv1.3'`. */
  readonly protocol: string | null;
  /** The cipher suite's standard name. */
  readonly cipher: string;
  /** Whether the certificate was verified. Can be `false` only with `rejectUnauthorized: false`. */
  readonly authorized: boolean;
  /** The error code of the verification (`'CERT_HAS_EXPIRED'`); `undefined` if it succeeded. */
  readonly authorizationError: string | undefined;
  /** The server's certificate, as Node's `tls` returns it. */
  readonly peerCertificate: PeerCertificate;
}

type IdentityCheck = (host: string, certificate: PeerCertificate) => Error | undefined;

/** The host whose certificate is expected, and the name that it is checked for. */
interface Identity {
  readonly host: string;
  readonly servername?: string;
  readonly checkServerIdentity?: IdentityCheck;
}

/**
 * The TLS settings of one client: one context and one identity for the control connection and all
 * data connections. A session is never offered to another identity: then Node drops the session,
 * or, before it was fixed, skipped the check of the name (CVE-2026-48934).
 */
export class TlsClient {
  readonly #options: ConnectionOptions;

  /** @throws Node's errors if a certificate, key or cipher is invalid */
  constructor(options: ConnectionOptions) {
    const secureContext = options.secureContext ?? node.tls.createSecureContext(options);
    const { checkServerIdentity: check } = options;
    this.#options = {
      ...options,
      secureContext,
      ...(check && { checkServerIdentity: neverThrows(check) }),
    };
  }

  /** Begins TLS on a stream. @param host - the server's host as the user gave it */
  connect(stream: Duplex, host: string, session?: Buffer): TLSSocket {
    const identity = this.#identity(host);
    const resumed = session === undefined ? {} : { session };
    const socket = node.tls.connect({ ...identity, ...this.#options, socket: stream, ...resumed });
    socket.on('error', () => {}); // reported by those who read, write or wait
    return socket;
  }

  #identity(name: string): Identity {
    const host = name.split('%', 1)[0] as string; // certificates contain no zone
    if (isIPv6(host)) return { host, checkServerIdentity: checkIPv6 };
    return isIPv4(host) ? { host } : { host, servername: host };
  }
}

// Node 22.23.3 never finds an IPv6 address in a certificate: it treats it as a domain name first.
function checkIPv6(host: string, certificate: PeerCertificate): Error | undefined {
  const isFound =
    isIPv6(host) && new node.crypto.X509Certificate(certificate.raw).checkIP(host) !== undefined;
  return isFound ? undefined : node.tls.checkServerIdentity(host, certificate);
}

// Node calls it from the socket, so an exception would end the process.
function neverThrows(check: IdentityCheck): IdentityCheck {
  return (host, certificate) => {
    try {
      return check(host, certificate);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  };
}

/** The SHA-256 fingerprint of the server's certificate; `undefined` without a certificate. */
export function fingerprintOf(socket: TLSSocket): string | undefined {
  // Not getPeerX509Certificate(): in Node 20, getPeerCertificate() fails after a call of it.
  return (socket.getPeerCertificate() as PeerCertificate | null)?.fingerprint256;
}

/** Details of an open TLS connection. */
export function controlTlsInfoOf(socket: TLSSocket): ControlTlsInfo {
  // A string, although Node declares an Error.
  const error = socket.authorizationError as unknown as string | null | undefined;
  return {
    protocol: socket.getProtocol(),
    cipher: cipherOf(socket),
    authorized: socket.authorized,
    authorizationError: error ?? undefined,
    peerCertificate: socket.getPeerCertificate(),
  };
}

function cipherOf(socket: TLSSocket): string {
  const { name, standardName } = socket.getCipher();
  return standardName ?? name;
}

/** Details of the TLS connection of a transfer. */
export function transferTlsOf(socket: TLSSocket): TransferTls {
  return {
    protocol: socket.getProtocol(),
    cipher: cipherOf(socket),
    reused: socket.isSessionReused(),
    authorized: socket.authorized,
  };
}

/**
 * Resolves when the handshake is done.
 * @param timeout - milliseconds; 0 means no limit
 * @throws the socket's error, what `expired` returns, or the signal's reason
 */
export function handshake(
  socket: TLSSocket,
  timeout: number,
  signal: StopSignal | undefined,
  expired: () => Error,
): Promise<void> {
  return withTimeout(whenSecured(socket), timeout, signal, expired);
}

/** Resolves when the handshake is done; rejects if it fails or the connection closes. */
export function whenSecured(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed during the handshake')));
  });
}
