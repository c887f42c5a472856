import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { TransferTls } from '../../protocol/transfer-tls';
import type { ControlTls } from '../control/control-stream';
import { resetOnDestroy } from '../socket/reset';
import type { SocketReader } from '../socket/socket-reader';
import { Detachable } from './detachable';
import { fingerprintOf, transferTlsOf, whenSecured } from './tls-client';

export interface DataTlsOptions {
  /** Whether only the end is to come from the server, on a socket of our own. */
  readonly onlySends: boolean;
  /** What reads the stream under it, where that is not read as a stream. */
  readonly reader?: SocketReader | undefined;
}

/**
 * A data connection in TLS. We are the TLS client also where the server has opened it
 * (RFC 4217 §7); the session of the control connection is offered, which many servers insist on.
 */
export class SecureData {
  readonly stream: TLSSocket;
  /** Settles with the handshake, and the proof that it is the same server. */
  readonly secured: Promise<void>;
  readonly #detachable: Detachable | undefined;
  #info: TransferTls | undefined;
  #isTruncated = false;

  /**
   * TLS sits on the socket itself where bytes are only sent, which saves a copy of them. Where they are read,
   * it sits on a stream of ours: Node hides an end without close_notify otherwise.
   */
  constructor(raw: Duplex, tls: ControlTls, session: Buffer | undefined, options: DataTlsOptions) {
    if (options.onlySends && raw instanceof Socket) {
      this.stream = tls.client.connect(raw, tls.host, session);
      resetOnDestroy(this.stream, raw);
    } else {
      this.#detachable = new Detachable(raw, { endsRaw: true, reader: options.reader });
      this.stream = this.#begin(this.#detachable, tls, session);
    }
    this.secured = whenSecured(this.stream).then(() => this.#checkPeer(tls));
    this.secured.catch(() => {}); // told by whoever waits, or by the stream
  }

  /** What is known of it; from the handshake on. */
  get info(): TransferTls | undefined {
    return this.#info;
  }

  /** Calls back once, when the next bytes have come: those of a ticket at least. */
  onceRead(call: () => void): void {
    if (this.#detachable) this.#detachable.once('data', call);
    else this.stream.once('session', call);
  }

  /** Whether it ended without a close_notify, as it does where somebody has cut it. */
  get isTruncated(): boolean {
    return this.#isTruncated;
  }

  #begin(tap: Detachable, tls: ControlTls, session: Buffer | undefined): TLSSocket {
    let isTcpAtEnd = false;
    // Before TLS has its own listener: it must be known first that TCP, and not TLS, has ended.
    tap.on('end', () => {
      isTcpAtEnd = true;
    });
    const stream = tls.client.connect(tap, tls.host, session);
    whenEndPushed(stream, () => {
      this.#isTruncated = isTcpAtEnd;
    });
    return stream;
  }

  // RFC 4217 §15.1.1: a port can be taken over by somebody else, also by one whose
  // certificate is good for the same name.
  async #checkPeer({ fingerprint }: ControlTls): Promise<void> {
    this.#info = transferTlsOf(this.stream); // nobody knows any more once it is closed
    const isSame = this.#info.reused || fingerprintOf(this.stream) === fingerprint;
    // On the socket itself the last of the handshake leaves only after we were told that it is over.
    if (!this.#detachable) await new Promise(setImmediate);
    if (isSame) return;
    const error = new Error('its certificate is not that of the control connection');
    this.stream.destroy(error);
    throw error;
  }
}

/** Node tells no difference between the ways in which TLS can end, except in what it pushes when. */
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
