import type { Socket } from 'node:net';
import type { Binary } from './bytes';
import { ControlLines } from './control-lines';
import { type Drop, type Fault, findTlsFault } from './faults';
import { encodeReply } from './reply-writer';
import { arrived, type SessionSecurity } from './tls/session-security';

/** Who hears of the lines of a control connection and of its end. */
interface Listener {
  /** Whether whatever stands behind the first line of a segment is dropped. */
  readonly oneCommandPerSegment: boolean;
  line(line: Binary): void;
  end(): void;
  close(): void;
}

/** What vsftpd says in clear on a connection under TLS when it dies. */
const LAST_WORDS = '500 OOPS: priv_sock_get_result';

/** A control connection, in clear or under TLS, cut into lines. */
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

  /** The TCP connection, or the TLS on it. */
  get socket(): Socket {
    return this.#socket;
  }

  read(): void {
    this.#lines = new ControlLines();
    this.#socket.on('data', this.#onData).resume();
  }

  /** Reads no more, and forgets the line that has begun. */
  pause(): void {
    this.#socket.off('data', this.#onData).pause();
    this.#lines = new ControlLines();
  }

  /** Makes the handshake, or what the faults leave of it. The connection must be paused. */
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

  /** Ends TLS, and goes on in clear. */
  async clear(): Promise<void> {
    const secure = this.#security?.control;
    if (!this.#security || !secure) return;
    secure.socket.off('data', this.#onData);
    this.#security.control = undefined;
    this.#socket = secure.raw;
    await secure.release();
    this.read();
  }

  /** Lets the client's hello come, and answers it in clear. */
  async answerHello(faults: readonly Fault[]): Promise<void> {
    await arrived(this.#socket);
    this.#socket.write(encodeReply(findTlsFault(faults, 'plaintext')?.reply ?? LAST_WORDS));
  }

  /** Ends the TCP connection with a reply that goes past TLS. */
  sayLastWords(reply = LAST_WORDS): void {
    (this.#security?.control?.raw ?? this.#socket).end(encodeReply(reply));
  }

  drop(how: Drop): void {
    // Unread, the client's end would not be seen.
    this.#socket.resume();
    if (how === 'end') this.#socket.end();
    else if (how === 'reset') this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  /** The end of TLS is not the end of the connection where that goes on without it. */
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
      // What stands in clear behind an AUTH must not be obeyed under TLS (CVE-2011-0411).
      if (lines !== this.#lines) return;
      this.#listener.line(line);
      if (this.#listener.oneCommandPerSegment) {
        this.#lines = new ControlLines();
        return;
      }
    }
  };
}
