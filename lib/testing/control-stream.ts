import type { Socket } from 'node:net';
import type { Binary } from './bytes';
import { ControlLines } from './control-lines';
import { type Drop, type Fault, findTlsFault } from './faults';
import { encodeReply } from './reply-writer';
import { arrived, type SessionSecurity } from './tls/session-security';

/** Receives the lines of a control connection, and its end. */
interface Listener {
  /** Whether everything after the first line of a segment is dropped. */
  readonly oneCommandPerSegment: boolean;
  line(line: Binary): void;
  end(): void;
  close(): void;
}

/** The plaintext that vsftpd sends on a TLS connection when it dies. */
const LAST_WORDS = '500 OOPS: priv_sock_get_result';

/** A control connection, with or without TLS, split into lines. */
export class ControlStream {
  readonly #security: SessionSecurity | undefined;
  readonly #listener: Listener;
  #socket: Socket;
  #lines = new ControlLines();

  constructor(raw: Socket, security: SessionSecurity | undefined, listener: Listener) {
    this.#security = security;
    this.#listener = listener;
    this.#socket = raw;
    this.#listen(raw);
  }

  /** The TCP connection, or the TLS socket on it. */
  get socket(): Socket {
    return this.#socket;
  }

  read(): void {
    this.#lines = new ControlLines();
    this.#socket.on('data', this.#onData).resume();
  }

  /** Stops reading, and drops an incomplete line. */
  pause(): void {
    this.#socket.off('data', this.#onData).pause();
    this.#lines = new ControlLines();
  }

  /** Performs the handshake, as the faults allow. The connection must be paused. */
  async protect(faults: readonly Fault[]): Promise<void> {
    const security = this.#security;
    if (!security) return;
    security.control = await security.handshake(this.#socket, faults);
    if (!security.control) return;
    security.authenticated = true;
    security.reset();
    this.#socket = security.control.socket;
    this.#listen(this.#socket);
  }

  /** Ends TLS, and continues in plaintext. */
  async clear(): Promise<void> {
    const secure = this.#security?.control;
    if (!this.#security || !secure) return;
    secure.socket.off('data', this.#onData);
    this.#security.control = undefined;
    this.#socket = secure.raw;
    await secure.release();
    this.read();
  }

  /** Waits for the ClientHello, and answers it in plaintext. */
  async answerHello(faults: readonly Fault[]): Promise<void> {
    await arrived(this.#socket);
    this.#socket.write(encodeReply(findTlsFault(faults, 'plaintext')?.reply ?? LAST_WORDS));
  }

  /** Sends a plaintext reply below TLS, and ends the TCP connection. */
  sayLastWords(reply = LAST_WORDS): void {
    (this.#security?.control?.raw ?? this.#socket).end(encodeReply(reply));
  }

  drop(how: Drop): void {
    // Without reading, the end of the client would not be noticed.
    this.#socket.resume();
    if (how === 'end') this.#socket.end();
    else if (how === 'reset') this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  /** The end of TLS does not end a connection that continues without it. */
  #listen(socket: Socket): void {
    socket.on('error', () => {});
    socket.on('end', () => {
      if (socket === this.#socket) this.#listener.end();
    });
    socket.on('close', () => {
      if (socket === this.#socket) this.#listener.close();
    });
  }

  readonly #onData = (chunk: Buffer): void => {
    const lines = this.#lines;
    for (const line of lines.push(chunk)) {
      // Plaintext after AUTH must not be executed during TLS (CVE-2011-0411).
      if (lines !== this.#lines) return;
      this.#listener.line(line);
      if (this.#listener.oneCommandPerSegment) {
        this.#lines = new ControlLines();
        return;
      }
    }
  };
}
