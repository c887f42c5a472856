import type { Socket } from 'node:net';
import { clearTimeout, setTimeout } from 'node:timers';
import type { DataConnection } from './data-connection';
import { Refusal } from './refusal';

/** The data connections of a session: the prepared one, and those that are open. */
export class DataPort {
  #pending: DataConnection | undefined;
  #destroyed = false;
  readonly #open = new Set<Socket>();

  get pending(): DataConnection | undefined {
    return this.#pending;
  }

  /** Sets the prepared connection, in place of the previous one. */
  expect(data: DataConnection | undefined): void {
    this.#pending?.close();
    this.#pending = data;
    // The client may have disconnected while its port was being opened.
    if (this.#destroyed) data?.close();
  }

  /**
   * Opens the prepared connection.
   * @throws Refusal with a 425 if there is none, or after the timeout
   */
  async open(timeout: number, signal: AbortSignal): Promise<Socket> {
    const data = this.#pending;
    if (!data) throw new Refusal('425 Use PASV, EPSV, PORT or EPRT first.');
    this.#pending = undefined;
    const giveUp = () => data.close();
    const timer = setTimeout(giveUp, timeout);
    signal.addEventListener('abort', giveUp);
    if (signal.aborted) giveUp();
    try {
      const socket = await data.open();
      this.#open.add(socket);
      socket.once('close', () => this.#open.delete(socket));
      if (this.#destroyed) socket.destroy();
      return socket;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
    }
  }

  destroy(): void {
    this.#destroyed = true;
    this.expect(undefined);
    for (const socket of this.#open) socket.destroy();
  }
}
