import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { ControlTls } from './control-stream';
import { Detachable } from './detachable';
import type { SocketReader } from './socket-reader';
import { fingerprintOf, secured, type TlsInfo, tlsInfo } from './tls-client';

/**
 * A data connection in TLS. We are the TLS client also where the server has opened it
 * (RFC 4217 §7); the session of the control connection is offered, which many servers insist on.
 */
export class SecureData {
  readonly stream: TLSSocket;
  /** Settles with the handshake, and the proof that it is the same server. */
  readonly secured: Promise<void>;
  readonly #tap: Detachable;
  #info: TlsInfo | undefined;
  #isCut = false;

  /**
   * TLS does not sit on the socket itself, although that would be faster: Node
   * then hides an end without close_notify, and crashes where the TCP connection is reset.
   *
   * @param reader - what reads `raw`, if it is not read as a stream
   */
  constructor(raw: Duplex, tls: ControlTls, session: Buffer | undefined, reader?: SocketReader) {
    const tap = new Detachable(raw, { endsRaw: true, reader });
    this.#tap = tap;
    let isTcpAtEnd = false;
    // Before TLS has its own listener: it must be known first that TCP, and not TLS, has ended.
    tap.on('end', () => {
      isTcpAtEnd = true;
    });
    this.stream = tls.client.begin(tap, tls.host, session);
    whenEnded(this.stream, () => {
      this.#isCut = isTcpAtEnd;
    });
    this.secured = secured(this.stream).then(() => this.#checkPeer(tls));
    this.secured.catch(() => {}); // told by whoever waits, or by the stream
  }

  /** What is known of it; from the handshake on. */
  get info(): TlsInfo | undefined {
    return this.#info;
  }

  /** Calls back once, when the next bytes have come. */
  whenRead(call: () => void): void {
    this.#tap.once('data', call);
  }

  /** Whether it ended without a close_notify, as it does where somebody has cut it. */
  get isCut(): boolean {
    return this.#isCut;
  }

  // RFC 4217 §15.1.1: a port can be taken over by somebody else, also by one whose
  // certificate is good for the same name.
  #checkPeer({ fingerprint }: ControlTls): void {
    this.#info = tlsInfo(this.stream); // nobody knows any more once it is closed
    if (this.#info.reused || fingerprintOf(this.stream) === fingerprint) return;
    const error = new Error('its certificate is not that of the control connection');
    this.stream.destroy(error);
    throw error;
  }
}

/** Node tells no difference between the ways in which TLS can end, except in what it pushes when. */
function whenEnded(stream: TLSSocket, ended: () => void): void {
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
