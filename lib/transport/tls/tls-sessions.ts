import type { TLSSocket } from 'node:tls';
import type { ControlTls } from '../control/control-stream';

/** Which TLS session a data connection offers: the control connection's, or the newest unused one. */
export type SessionChoice = 'control' | 'rotate';

/**
 * The TLS sessions that a server has given to one control connection and its data connections; no
 * other is ever offered (CVE-2021-22890). Most servers take the same one again and again; one
 * that takes each ticket once, as RFC 8446 §4.6.1 has it, wants the newest.
 */
export class TlsSessions {
  #choice: SessionChoice;
  #newest: Buffer | undefined;

  constructor(choice: SessionChoice) {
    this.#choice = choice;
  }

  /** From now on, each data connection offers the newest unused session. */
  rotate(): void {
    this.#choice = 'rotate';
  }

  /**
   * Keeps what this data connection is given, if it has resumed a session itself: that of another
   * one belongs to nothing that the server knows the client by (ProFTPD refuses it).
   */
  collectFrom(socket: TLSSocket): void {
    socket.on('session', (ticket) => {
      if (socket.isSessionReused()) this.#newest = ticket;
    });
  }

  /** The one for the next data connection. */
  take(tls: ControlTls): Buffer | undefined {
    if (this.#choice === 'control') return tls.session();
    const newest = this.#newest;
    this.#newest = undefined;
    return newest ?? tls.session();
  }
}
