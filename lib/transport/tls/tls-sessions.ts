import type { TLSSocket } from 'node:tls';
import type { ControlTls } from '../control/control-stream';

/**
 * Which TLS session a data connection offers: `'control'` is the control connection's, `'rotate'`
 * the newest unused one.
 */
export type SessionChoice = 'control' | 'rotate';

/**
 * The TLS sessions that a server issued to one control connection and its data connections. No
 * others are ever offered (CVE-2021-22890). Most servers accept the same session repeatedly. A
 * server that accepts each ticket once (RFC 8446 §4.6.1) needs the newest.
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
   * Keeps the tickets of this data connection, if it has resumed a session. Tickets of other
   * connections are not linked to the control connection's session, and ProFTPD refuses them.
   */
  collectFrom(socket: TLSSocket): void {
    socket.on('session', (ticket) => {
      if (socket.isSessionReused()) this.#newest = ticket;
    });
  }

  /** Returns the session for the next data connection. With `'rotate'` each is returned once. */
  take(tls: ControlTls): Buffer | undefined {
    if (this.#choice === 'control') return tls.session();
    const newest = this.#newest;
    this.#newest = undefined;
    return newest ?? tls.session();
  }
}
