import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { ConnectionError, type FTPError, ProtocolError, TimeoutError } from '../../errors';
import { escapeIac, type TelnetRule } from '../../protocol/telnet';
import type { StopSignal } from '../../util/abort-signal';
import { withTimeout } from '../../util/abortable';
import { Slices } from '../../util/slices';
import type { SocketReader } from '../socket/socket-reader';
import { Detachable } from '../tls/detachable';
import {
  type ControlTlsInfo,
  controlTlsInfoOf,
  fingerprintOf,
  handshake,
  type TlsClient,
} from '../tls/tls-client';

/** Callbacks of a `ControlStream`. */
export interface ControlStreamListener {
  /** Bytes arrived; with TLS, decrypted bytes. */
  data(chunk: Buffer): void;
  /** The server closed its side. */
  end(): void;
  /** The stream failed. */
  failed(error: Error): void;
  /** The stream was closed. */
  closed(): void;
  /** Masks secrets in a text, because the server may repeat them. */
  mask(text: string): string;
}

/** Limits of a TLS handshake, or of the end of TLS. */
export interface TlsLimits {
  /** Milliseconds; 0 means no limit. */
  readonly timeout: number;
  /** Stops waiting when it is aborted. */
  readonly signal?: StopSignal | undefined;
}

/** What data connections need of the control connection's TLS. It stays valid after CCC. */
export interface ControlTls {
  /** Starts TLS on data connections. */
  readonly client: TlsClient;
  /** The server's host as the user gave it: all connections verify the same identity. */
  readonly host: string;
  /**
   * The server certificate's fingerprint; a data connection must have the same (RFC 4217 §15.1.1).
   */
  readonly fingerprint: string | undefined;
  /** The newest session. Ask when it is needed, because TLS 1.3 sends tickets late. */
  session(): Buffer | undefined;
}

const HANDSHAKE = 0x16; // RFC 8446 §5.1: the first byte of the server's first record
const ALERT = 0x15; // the same, if the server refuses
const AGREED = Buffer.from('234');
const LF = 0x0a;
const BYTES_PER_UNIT = 512; // of work, for `Slices`

/** The stream of a control connection: a socket or the user's stream, with or without TLS. */
export class ControlStream {
  readonly #raw: Duplex;
  readonly #listener: ControlStreamListener;
  readonly #telnet: TelnetRule;
  readonly #reader: SocketReader | undefined;
  #current: Duplex;
  #detachable: Detachable | undefined;
  // Yields to other work while many replies arrive.
  readonly #slices = new Slices(() => this.#resume());
  #isSecuring = false;
  #tls: ControlTls | undefined;
  #info: ControlTlsInfo | undefined;

  /**
   * @param telnet - how to send a byte 0xFF to this server; the greeting may change it
   * @param reader - reads `raw`; without one it is read as a stream
   */
  constructor(
    raw: Duplex,
    listener: ControlStreamListener,
    telnet: TelnetRule,
    reader?: SocketReader,
  ) {
    this.#raw = raw;
    this.#telnet = telnet;
    this.#current = raw;
    this.#listener = listener;
    this.#reader = reader;
    this.#listen(raw);
  }

  /** Whether the stream is destroyed. */
  get destroyed(): boolean {
    return this.#raw.destroyed || this.#current.destroyed;
  }

  /** The TCP socket; `undefined` for a user's stream that is none (a proxy's, say). */
  get tcpSocket(): Socket | undefined {
    return this.#raw instanceof Socket ? this.#raw : undefined;
  }

  /** Whether writes are encrypted. */
  get isSecure(): boolean {
    return this.#detachable !== undefined;
  }

  /** Whether a TLS handshake is in progress. */
  get isSecuring(): boolean {
    return this.#isSecuring;
  }

  /** See `ControlTls`; `undefined` before the first handshake. */
  get tls(): ControlTls | undefined {
    return this.#tls;
  }

  /**
   * Details of the TLS connection; `undefined` without TLS, in the handshake, and after the close.
   */
  get tlsInfo(): ControlTlsInfo | undefined {
    if (!this.#detachable || this.#isSecuring || this.destroyed) return undefined;
    this.#info ??= controlTlsInfoOf(this.#current as TLSSocket);
    return this.#info;
  }

  /**
   * Checks that nothing follows the 234, not even Telnet commands, which the parser drops.
   * @throws ProtocolError
   */
  checkNothingFollows(chunk: Buffer): void {
    if (!this.#isSecuring) return;
    const before = chunk.lastIndexOf('\n', -2);
    const isLast = before < 0 || chunk.subarray(before + 1, before + 4).equals(AGREED);
    if (!isLast || chunk.at(-1) !== LF) throw plaintextError();
  }

  /** Writes the bytes of a command. */
  write(bytes: Buffer): void {
    this.#current.write(this.#telnet.commands === 'double' ? escapeIac(bytes) : bytes);
  }

  /** Sends everything that `work` writes in one piece. */
  batchWrites<T>(work: () => T): T {
    const stream = this.#current;
    stream.cork();
    try {
      return work();
    } finally {
      stream.uncork();
    }
  }

  /** Closes the stream at once. */
  destroy(): void {
    this.#slices.stop();
    this.#current.destroy();
    this.#raw.destroy();
  }

  /**
   * Begins TLS synchronously, so that no more plaintext is read. Resolves when the handshake is
   * done and the server's identity is verified.
   *
   * @throws ProtocolError if the server continues without TLS
   * @throws ConnectionError, TimeoutError, or the signal's reason
   */
  async secure(client: TlsClient, host: string, { timeout, signal }: TlsLimits): Promise<void> {
    this.#unlisten(this.#raw);
    const reader = this.#reader;
    const plug = new Detachable(this.#raw, { endsRaw: false, check: this.#checkFirst, reader });
    if (this.#raw.readableLength > 0) plug.destroy(this.#plaintextError(this.#raw.read()));
    const socket = client.connect(plug, host);
    this.#isSecuring = true;
    this.#detachable = plug;
    this.#current = socket;
    // Synchronously, because the first reply may follow in the same segment.
    socket.once('secureConnect', () => {
      this.#isSecuring = false;
      this.#tls = tlsOf(socket, client, host);
      this.#listen(socket);
    });
    const expired = () =>
      new TimeoutError(`No TLS handshake with ${host} within ${timeout} ms`, { phase: 'secure' });
    try {
      await handshake(socket, timeout, signal, expired);
    } catch (error) {
      if (error === signal?.reason) throw error;
      throw handshakeError(plug.errored ?? error, host);
    }
  }

  /** Ends TLS and continues without it on the same connection (RFC 4217 §5). */
  async clear({ timeout, signal }: TlsLimits): Promise<void> {
    const socket = this.#current as TLSSocket;
    const plug = this.#detachable as Detachable;
    this.#tls?.session(); // the last chance to save it
    const message = `The TLS of the control connection to ${this.#tls?.host} did not end within ${timeout} ms`;
    const expired = () => new TimeoutError(message, { phase: 'secure' });
    const left = new Promise<void>((resolve, reject) => {
      let open = 2;
      const ended = () => {
        if (--open > 0) return;
        // Synchronously: when both sides have ended, Node destroys the stream and the one below it.
        plug.detach();
        this.#detachable = undefined;
        this.#info = undefined;
        this.#current = this.#raw;
        this.#unlisten(socket);
        this.#listen(this.#raw);
        this.#raw.resume(); // if it is read as a stream
        resolve();
        // If TCP has ended as well, no other event will report it.
        if (this.#raw.readableEnded) this.#listener.end();
      };
      socket.removeAllListeners('end').removeAllListeners('close');
      socket.once('end', ended).once('finish', ended);
      socket.once('close', () =>
        reject(new ConnectionError(`The connection to ${this.#tls?.host} ended with its TLS`)),
      );
    });
    socket.end();
    await withTimeout(left, timeout, signal, expired);
  }

  /** Plaintext that the server wrote into the TLS stream, if that broke it (vsftpd does so). */
  get lastWords(): string | undefined {
    const received = this.#detachable?.lastChunk?.toString('latin1') ?? '';
    const text = this.#listener.mask(received).slice(-512);
    return /[1-5]\d\d[ -][\x20-\x7e]*(?=\s*$)/.exec(text)?.[0];
  }

  #listen(stream: Duplex): void {
    const reader = stream === this.#raw ? this.#reader : undefined;
    if (reader) reader.start(this.#onRead);
    else stream.on('data', this.#onData);
    stream.on('end', this.#listener.end);
    stream.on('error', this.#listener.failed);
    stream.on('close', this.#listener.closed);
    reader?.resume();
  }

  /** The first bytes after the 234, or of implicit TLS, must be a TLS record (CVE-2021-22947). */
  readonly #checkFirst = (first: Buffer): ProtocolError | undefined =>
    first[0] === HANDSHAKE || first[0] === ALERT ? undefined : this.#plaintextError(first);

  #plaintextError(bytes: Buffer): ProtocolError {
    return plaintextError(this.#listener.mask(String(bytes)));
  }

  readonly #onRead = (chunk: Buffer): boolean => {
    this.#listener.data(chunk);
    return !this.#mustYield(this.#raw, chunk);
  };

  readonly #onData = (chunk: Buffer): void => {
    const stream = this.#current;
    this.#listener.data(chunk);
    if (this.#mustYield(stream, chunk)) stream.pause();
  };

  /**
   * Whether reading must pause until the next slice; not if another stream has taken over
   * meanwhile.
   */
  #mustYield(stream: Duplex, { length }: Buffer): boolean {
    return this.#current === stream && this.#slices.isOver(1 + length / BYTES_PER_UNIT);
  }

  #resume(): void {
    const reader = this.#current === this.#raw ? this.#reader : undefined;
    if (!this.#isSecuring) (reader ?? this.#current).resume();
  }

  // If there is a reader, the Detachable takes it over synchronously.
  #unlisten(stream: Duplex): void {
    stream.off('data', this.#onData);
    stream.off('end', this.#listener.end);
    stream.off('error', this.#listener.failed);
    stream.off('close', this.#listener.closed);
  }
}

function tlsOf(socket: TLSSocket, client: TlsClient, host: string): ControlTls {
  let last: Buffer | undefined;
  const session = () => {
    last = socket.getSession() ?? last;
    return last;
  };
  return { client, host, fingerprint: fingerprintOf(socket), session };
}

/** The error of a server that sends plaintext instead of TLS. @param text - with secrets masked */
export function plaintextError(text?: string): ProtocolError {
  const words = text === undefined ? '' : text.slice(0, 100).trim();
  const isGreeting = /^(?:120|220)[ -]/.test(words);
  const advice = isGreeting
    ? '; the port seems to expect explicit TLS (FTPTLS without the option implicit)'
    : '';
  const message = `The server sent plaintext instead of TLS${words && `: ${words}`}${advice}`;
  return new ProtocolError(message, { phase: 'secure' }, 'ERR_FTP_PLAINTEXT_AFTER_AUTH');
}

function handshakeError(cause: unknown, host: string): FTPError {
  if (cause instanceof ProtocolError || cause instanceof TimeoutError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `The TLS handshake with ${host} failed: ${why}${adviceOn(cause)}`;
  return new ConnectionError(message, { phase: 'secure', cause });
}

/** OpenSSL's error codes for a certificate that no trusted authority has issued. */
const UNTRUSTED: ReadonlySet<unknown> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

function adviceOn(cause: unknown): string {
  const code = (cause as { code?: unknown } | undefined)?.code;
  if (UNTRUSTED.has(code)) {
    return '; to trust this certificate, pass it, or that of its authority, as the option tls.ca';
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return '; connect by a name of the certificate, or pass one as the option tls.servername';
  return '';
}
