import { isIPv4, isIPv6 } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions, PeerCertificate, TLSSocket } from 'node:tls';
import type { TransferTls } from '../../protocol/transfer-tls';
import type { StopSignal } from '../../util/abort-signal';
import { withTimeout } from '../../util/abortable';
import { node } from './node-tls';

/** What is known of the TLS of a control connection. */
export interface ControlTlsInfo {
  /** `'TLSv1.3'`, say. */
  readonly protocol: string | null;
  /** The cipher suite, by its standard name. */
  readonly cipher: string;
  /** Whether the certificate was verified; `false` only with `rejectUnauthorized: false`. */
  readonly authorized: boolean;
  /** The code of what is wrong with the certificate (`'CERT_HAS_EXPIRED'`); `undefined` if nothing is. */
  readonly authorizationError: string | undefined;
  /** The server's certificate, as Node's `tls` tells it. */
  readonly peerCertificate: PeerCertificate;
}

type IdentityCheck = (host: string, certificate: PeerCertificate) => Error | undefined;

/** Whose certificate is asked for, and by what name. */
interface Identity {
  readonly host: string;
  readonly servername?: string;
  readonly checkServerIdentity?: IdentityCheck;
}

/**
 * TLS as one client speaks it: one context, and one identity, for the control connection and
 * all data connections. A session is offered to nobody else: Node drops it, or before its fixes
 * skipped the check of the name, where the identity differs (CVE-2026-48934).
 */
export class TlsClient {
  readonly #options: ConnectionOptions;

  /** @throws Node's own errors for a certificate, key or cipher that cannot be used */
  constructor(options: ConnectionOptions) {
    const secureContext = options.secureContext ?? node.tls.createSecureContext(options);
    const { checkServerIdentity: check } = options;
    this.#options = {
      ...options,
      secureContext,
      ...(check && { checkServerIdentity: neverThrows(check) }),
    };
  }

  /** Begins TLS on a stream. @param host - the server as the user named it */
  connect(stream: Duplex, host: string, session?: Buffer): TLSSocket {
    const identity = this.#identity(host);
    const resumed = session === undefined ? {} : { session };
    const socket = node.tls.connect({ ...identity, ...this.#options, socket: stream, ...resumed });
    socket.on('error', () => {}); // told by whoever reads, writes or waits
    return socket;
  }

  #identity(name: string): Identity {
    const host = name.split('%', 1)[0] as string; // no certificate knows a zone
    if (isIPv6(host)) return { host, checkServerIdentity: checkIPv6 };
    return isIPv4(host) ? { host } : { host, servername: host };
  }
}

// Node 22.23.3 finds no IPv6 address in any certificate: it takes it for a domain name first.
function checkIPv6(host: string, certificate: PeerCertificate): Error | undefined {
  const isFound =
    isIPv6(host) && new node.crypto.X509Certificate(certificate.raw).checkIP(host) !== undefined;
  return isFound ? undefined : node.tls.checkServerIdentity(host, certificate);
}

// Node calls it from the socket: what it throws would end the process.
function neverThrows(check: IdentityCheck): IdentityCheck {
  return (host, certificate) => {
    try {
      return check(host, certificate);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  };
}

/** The fingerprint of the other end's certificate (SHA-256); none without a certificate. */
export function fingerprintOf(socket: TLSSocket): string | undefined {
  // Not of getPeerX509Certificate(): in Node 20 that takes the certificate away from this one.
  return (socket.getPeerCertificate() as PeerCertificate | null)?.fingerprint256;
}

export function controlTlsInfoOf(socket: TLSSocket): ControlTlsInfo {
  // A string, whatever Node's declarations say.
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

export function transferTlsOf(socket: TLSSocket): TransferTls {
  return {
    protocol: socket.getProtocol(),
    cipher: cipherOf(socket),
    reused: socket.isSessionReused(),
    authorized: socket.authorized,
  };
}

/**
 * Resolves in the tick in which the handshake is done.
 * @throws why it failed, what `expired` gives, or the signal's reason
 */
export function handshake(
  socket: TLSSocket,
  timeout: number,
  signal: StopSignal | undefined,
  expired: () => Error,
): Promise<void> {
  return withTimeout(whenSecured(socket), timeout, signal, expired);
}

/** Settles with the handshake. */
export function whenSecured(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed in the handshake')));
  });
}
