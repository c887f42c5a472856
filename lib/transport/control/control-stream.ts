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

/** Who is told of what a control connection's stream does. */
export interface ControlStreamListener {
  data(chunk: Buffer): void;
  end(): void;
  failed(error: Error): void;
  closed(): void;
  /** A text without secrets, which the server may repeat in clear. */
  mask(text: string): string;
}

/** How TLS is begun, or left. */
export interface TlsLimits {
  readonly timeout: number;
  readonly signal?: StopSignal | undefined;
}

/** What the TLS of a control connection leaves to its data connections; it outlives CCC. */
export interface ControlTls {
  readonly client: TlsClient;
  /** The server as the user named it: one identity for all connections. */
  readonly host: string;
  /** The server's certificate; a data connection must have the same (RFC 4217 §15.1.1). */
  readonly fingerprint: string | undefined;
  /** The newest session: taken at the moment of need, since TLS 1.3 sends tickets late. */
  session(): Buffer | undefined;
}

const HANDSHAKE = 0x16; // RFC 8446 §5.1: the first byte of the server's first record,
const ALERT = 0x15; // unless it refuses
const AGREED = Buffer.from('234');
const LF = 0x0a;
const BYTES_PER_UNIT = 512; // bytes that are as much work as a piece of it

/** What carries a control connection: a socket or a stream of the user's own, in clear or in TLS. */
export class ControlStream {
  readonly #raw: Duplex;
  readonly #listener: ControlStreamListener;
  readonly #telnet: TelnetRule;
  readonly #reader: SocketReader | undefined;
  #current: Duplex;
  #detachable: Detachable | undefined;
  readonly #slices = new Slices(() => this.#resume()); // of replies that come faster than they are read
  #isSecuring = false;
  #tls: ControlTls | undefined;
  #info: ControlTlsInfo | undefined;

  /**
   * @param telnet - how the server wants a 0xFF written; the greeting may change it
   * @param reader - what reads `raw`, if it is not read as a stream
   */
  constructor(
    raw: Duplex,
    watcher: ControlStreamListener,
    telnet: TelnetRule,
    reader?: SocketReader,
  ) {
    this.#raw = raw;
    this.#telnet = telnet;
    this.#current = raw;
    this.#listener = watcher;
    this.#reader = reader;
    this.#listen(raw);
  }

  get destroyed(): boolean {
    return this.#raw.destroyed || this.#current.destroyed;
  }

  /** The TCP socket, where there is one: a proxy's stream has no addresses. */
  get tcpSocket(): Socket | undefined {
    return this.#raw instanceof Socket ? this.#raw : undefined;
  }

  /** Whether what is written is protected. */
  get isSecure(): boolean {
    return this.#detachable !== undefined;
  }

  /** Whether TLS has begun and is not there yet. */
  get isSecuring(): boolean {
    return this.#isSecuring;
  }

  get tls(): ControlTls | undefined {
    return this.#tls;
  }

  /** What is known of its TLS; `undefined` while it is in clear, and before and after it is open. */
  get tlsInfo(): ControlTlsInfo | undefined {
    if (!this.#detachable || this.#isSecuring || this.destroyed) return undefined;
    this.#info ??= controlTlsInfoOf(this.#current as TLSSocket);
    return this.#info;
  }

  /**
   * Nothing may follow the 234, not even what leaves no trace in a parser: Telnet's commands.
   * @throws ProtocolError
   */
  checkNothingFollows(chunk: Buffer): void {
    if (!this.#isSecuring) return;
    const before = chunk.lastIndexOf('\n', -2);
    const isLast = before < 0 || chunk.subarray(before + 1, before + 4).equals(AGREED);
    if (!isLast || chunk.at(-1) !== LF) throw plaintextError();
  }

  write(bytes: Buffer): void {
    this.#current.write(this.#telnet.commands === 'double' ? escapeIac(bytes) : bytes);
  }

  /** What is written in `work` leaves in one piece. */
  batchWrites<T>(work: () => T): T {
    const stream = this.#current;
    stream.cork();
    try {
      return work();
    } finally {
      stream.uncork();
    }
  }

  destroy(): void {
    this.#slices.stop();
    this.#current.destroy();
    this.#raw.destroy();
  }

  /**
   * Begins TLS in this very tick, so that nothing more is read in clear, and resolves when the
   * server has proved who it is.
   *
   * @throws ProtocolError when the server goes on in clear; ConnectionError, TimeoutError, or the signal's reason
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
    // In this tick, since the first reply may follow in the same segment.
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

  /** Ends TLS, and goes on in clear on the same connection (RFC 4217 §5). */
  async clear({ timeout, signal }: TlsLimits): Promise<void> {
    const socket = this.#current as TLSSocket;
    const plug = this.#detachable as Detachable;
    this.#tls?.session(); // the last moment to take it
    const message = `The TLS of the control connection to ${this.#tls?.host} did not end within ${timeout} ms`;
    const expired = () => new TimeoutError(message, { phase: 'secure' });
    const left = new Promise<void>((resolve, reject) => {
      let open = 2;
      const ended = () => {
        if (--open > 0) return;
        // In this tick: Node destroys at once what has ended on both sides, and all under it.
        plug.detach();
        this.#detachable = undefined;
        this.#info = undefined;
        this.#current = this.#raw;
        this.#unlisten(socket);
        this.#listen(this.#raw);
        this.#raw.resume(); // where it has no reader
        resolve();
        // An end of TCP ends TLS, too; nobody else would be told of it any more.
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

  /** What the server wrote in clear into its TLS, if that is what broke it: vsftpd's last words. */
  get lastWords(): string | undefined {
    const said = this.#detachable?.lastChunk?.toString('latin1') ?? '';
    const text = this.#listener.mask(said).slice(-512);
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

  /** What follows the 234, or comes before the handshake of implicit TLS, must be TLS (CVE-2021-22947). */
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

  /** Whether no more is to be read before the next slice. Whoever has taken over the stream meanwhile reads it himself. */
  #mustYield(stream: Duplex, { length }: Buffer): boolean {
    return this.#current === stream && this.#slices.isOver(1 + length / BYTES_PER_UNIT);
  }

  #resume(): void {
    const reader = this.#current === this.#raw ? this.#reader : undefined;
    if (!this.#isSecuring) (reader ?? this.#current).resume();
  }

  // A reader is taken over in the same tick, by the Detachable.
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

/** The error of a server that speaks in clear where TLS has begun. @param text - without secrets */
export function plaintextError(text?: string): ProtocolError {
  const words = text === undefined ? '' : text.slice(0, 100).trim();
  const isGreeting = /^(?:120|220)[ -]/.test(words);
  const advice = isGreeting
    ? '; the port seems to expect explicit TLS (FTPTLS without the option implicit)'
    : '';
  const message = `The server spoke in clear where TLS begins${words && `: ${words}`}${advice}`;
  return new ProtocolError(message, { phase: 'secure' }, 'ERR_FTP_PLAINTEXT_AFTER_AUTH');
}

function handshakeError(cause: unknown, host: string): FTPError {
  if (cause instanceof ProtocolError || cause instanceof TimeoutError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `The TLS handshake with ${host} failed: ${why}${adviceOn(cause)}`;
  return new ConnectionError(message, { phase: 'secure', cause });
}

/** OpenSSL's codes of a certificate that leads to no authority that we trust. */
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
