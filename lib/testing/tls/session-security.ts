import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { clearTimeout, setTimeout } from 'node:timers';
import { type Fault, isTlsFault } from '../faults';
import { Refusal } from '../refusal';
import { SecureConnection } from './secure-connection';
import type { TlsSettings } from './tls-options';

/** An open data connection, with or without TLS. */
export interface OpenData {
  readonly socket: Socket;
  readonly tls?: SecureConnection;
}

/** The security state of one session (RFC 4217), and its handshakes. */
export class SessionSecurity {
  readonly settings: TlsSettings;
  /** The control connection, while it uses TLS. */
  control: SecureConnection | undefined;
  /** Whether TLS was started, even if CCC has ended it: data connections may use it. */
  authenticated = false;
  /** Whether PBSZ was sent. */
  bufferSize = false;
  /** Whether PROT P was sent. */
  protectsData = false;
  // One per session, so that a TLS session of another control connection cannot be resumed.
  readonly #ticketKeys = randomBytes(48);

  constructor(settings: TlsSettings) {
    this.settings = settings;
    this.reset();
  }

  /** Whether TLS starts with the first byte. */
  get implicit(): boolean {
    return this.settings.mode === 'implicit';
  }

  /** Sets the state after AUTH. Implicit TLS does not require PBSZ. */
  reset(): void {
    this.bufferSize = this.implicit;
    this.protectsData = false;
  }

  /**
   * Performs the handshake, as the faults allow. Resolves with `undefined` if a fault leaves the
   * connection unencrypted. Rejects if the handshake fails.
   */
  async handshake(
    raw: Socket,
    faults: readonly Fault[],
    timeout = Number.POSITIVE_INFINITY,
  ): Promise<SecureConnection | undefined> {
    const { identity, foreign } = this.settings;
    const own = { ...identity, ticketKeys: this.#ticketKeys };
    const fault = faults.filter(isTlsFault).find(({ tls }) => tls !== 'plaintext-control')?.tls;
    switch (fault) {
      case 'plaintext':
        return undefined;
      case 'foreign-certificate':
        return this.#accept(raw, { ...foreign, ticketKeys: randomBytes(48) }, timeout);
      case 'refuse-session':
        return this.#accept(raw, { ...identity, ticketKeys: randomBytes(48) }, timeout);
      case 'stall-handshake':
        raw.resume().once('end', () => raw.destroy());
        break;
      case 'close-in-handshake':
        await arrived(raw);
        raw.resume().end();
        break;
      case 'reset-in-handshake':
        await arrived(raw);
        raw.resetAndDestroy();
        break;
      default:
        return this.#accept(raw, own, timeout);
    }
    if (!raw.closed) await once(raw, 'close').catch(() => {});
    throw new Error('A fault has kept the handshake from its end.');
  }

  /** Starts TLS on a data connection after PROT P. @throws Refusal with a 425 or 522 */
  async protect(
    raw: Socket,
    faults: readonly Fault[],
    timeout: number,
    signal: AbortSignal,
  ): Promise<OpenData> {
    if (!this.protectsData) return { socket: raw };
    const giveUp = () => raw.destroy();
    signal.addEventListener('abort', giveUp);
    if (signal.aborted) giveUp();
    try {
      const tls = await this.handshake(raw, faults, timeout);
      if (!tls) return { socket: raw };
      if (this.settings.requireSessionReuse && !tls.info.reused) {
        throw new Refusal('522 SSL connection failed: session reuse required');
      }
      return { socket: tls.socket, tls };
    } catch (error) {
      raw.destroy();
      if (error instanceof Refusal) throw error;
      const { code } = error as NodeJS.ErrnoException;
      throw new Refusal(`425 TLS handshake failed${code ? ` (${code})` : ''}.`);
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  async #accept(
    raw: Socket,
    identity: { key: string; cert: string; ticketKeys: Buffer },
    timeout: number,
  ): Promise<SecureConnection> {
    const timer =
      timeout < Number.POSITIVE_INFINITY ? setTimeout(() => raw.destroy(), timeout) : undefined;
    try {
      return await SecureConnection.accept(raw, { ...this.settings.handshake, ...identity });
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * Waits for the first bytes of the ClientHello, and drops them, or until the client disconnects.
 */
export function arrived(raw: Socket): Promise<void> {
  return new Promise((resolve) => {
    raw.once('data', () => resolve()).once('close', () => resolve());
    raw.resume();
  });
}
