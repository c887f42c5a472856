import type { Socket } from 'node:net';
import { clearTimeout, setTimeout } from 'node:timers';
import type { DataConnection } from './data-connection';
import { Refusal } from './refusal';

/** The data side of a session: the connection agreed on, and those that are open. */
export class DataPort {
  #pending: DataConnection | undefined;
  #destroyed = false;
  readonly #open = new Set<Socket>();

  get pending(): DataConnection | undefined {
    return this.#pending;
  }

  /** Takes over a connection agreed on, in place of the one before. */
  expect(data: DataConnection | undefined): void {
    this.#pending?.close();
    this.#pending = data;
    // The client may have gone while a port was being opened for it.
    if (this.#destroyed) data?.close();
  }

  /** Opens the connection agreed on. Rejects with a 425 when there is none within the time. */
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
