import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { TransferTls } from '../../protocol/transfer-tls';
import type { ControlTls } from '../control/control-stream';
import { resetOnDestroy } from '../socket/reset';
import type { SocketReader } from '../socket/socket-reader';
import { Detachable } from './detachable';
import { fingerprintOf, transferTlsOf, whenSecured } from './tls-client';

/** Options of TLS on a data connection. */
export interface DataTlsOptions {
  /**
   * Whether TLS may use `raw` itself. Then an end without close_notify is not detected, and `raw`
   * must be the client's own socket.
   */
  readonly isDirect: boolean;
  /** Reads `raw`; without one it is read as a stream. */
  readonly reader?: SocketReader | undefined;
}

/**
 * TLS on a data connection. The FTP client is the TLS client even if the server opened the
 * connection (RFC 4217 §7). It offers the control connection's TLS session, which many servers
 * require.
 */
export class SecureData {
  /** The TLS stream, for the bytes of the transfer. */
  readonly stream: TLSSocket;
  /** Resolves after the handshake and the check of the certificate; rejects if either fails. */
  readonly secured: Promise<void>;
  readonly #detachable: Detachable | undefined;
  #info: TransferTls | undefined;
  #isTruncated = false;

  /**
   * With `isDirect`, TLS uses the socket itself. It is a fast path, which saves a copy of each
   * record: uploads and downloads take .80 of the CPU time. The plain implementation
   * has a `Detachable` between them, because otherwise Node hides an end without close_notify.
   */
  constructor(raw: Duplex, tls: ControlTls, session: Buffer | undefined, options: DataTlsOptions) {
    if (options.isDirect && raw instanceof Socket) {
      this.stream = tls.client.connect(raw, tls.host, session);
      resetOnDestroy(this.stream, raw);
    } else {
      this.#detachable = new Detachable(raw, { endsRaw: true, reader: options.reader });
      this.stream = this.#begin(this.#detachable, tls, session);
    }
    this.secured = whenSecured(this.stream).then(() => this.#checkPeer(tls));
    this.secured.catch(() => {}); // also reported by those who wait, or by the stream
  }

  /** Details of the TLS connection, from the handshake on. */
  get info(): TransferTls | undefined {
    return this.#info;
  }

  /** Calls back once when the next bytes have arrived, those of a session ticket included. */
  onceRead(call: () => void): void {
    if (this.#detachable) this.#detachable.once('data', call);
    else this.stream.once('session', call);
  }

  /** Whether it ended without close_notify, as in a truncation attack. */
  get isTruncated(): boolean {
    return this.#isTruncated;
  }

  #begin(tap: Detachable, tls: ControlTls, session: Buffer | undefined): TLSSocket {
    let isTcpAtEnd = false;
    // Listen before TLS does, so that the end of TCP is known before TLS reports its own.
    tap.on('end', () => {
      isTcpAtEnd = true;
    });
    const stream = tls.client.connect(tap, tls.host, session);
    whenEndPushed(stream, () => {
      this.#isTruncated = isTcpAtEnd;
    });
    return stream;
  }

  // RFC 4217 §15.1.1: another host could take over the port, even one that has a valid certificate
  // for the same name.
  async #checkPeer({ fingerprint }: ControlTls): Promise<void> {
    this.#info = transferTlsOf(this.stream); // not available after the close
    const isSame = this.#info.reused || fingerprintOf(this.stream) === fingerprint;
    // Directly on a socket, the handshake's last bytes are sent only after its event.
    if (!this.#detachable) await new Promise(setImmediate);
    if (isSame) return;
    const error = new Error('its certificate differs from that of the control connection');
    this.stream.destroy(error);
    throw error;
  }
}

/**
 * Calls back when the stream pushes its end. Node reports all ends of TLS alike; only the time of
 * this push shows whether TCP ended first.
 */
function whenEndPushed(stream: TLSSocket, ended: () => void): void {
  const push = stream.push;
  let isEnded = false;
  stream.push = (chunk, encoding) => {
    if (chunk === null && !isEnded) {
      isEnded = true;
      ended();
    }
    return push.call(stream, chunk, encoding);
  };
}
