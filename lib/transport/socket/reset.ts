import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { isTls } from '../tls/node-tls';

/** Sockets that TLS sits on itself. */
const socketsUnderTls = new WeakSet<Duplex>();

/**
 * Lets TLS that sits on a socket itself reset it, wherever it is destroyed before it has ended: by Node, too, when
 * the handshake fails. To reset the socket without TLS would leave TLS with what it no longer has.
 */
export function resetOnDestroy(tls: TLSSocket, raw: Socket): void {
  const { destroy } = raw;
  socketsUnderTls.add(raw);
  raw.destroy = (error) => {
    raw.destroy = destroy; // resetAndDestroy() calls it
    return tls.writableEnded ? raw.destroy(error) : raw.resetAndDestroy();
  };
}

/**
 * Makes the other end see that the data broke off (RST); returns false where the stream cannot.
 *
 * @param raw - the TCP socket under `data`, where that is TLS: TLS knows no reset
 */
export function reset(data: Duplex, raw: Duplex): boolean {
  // TLS of the user's own (createConnection) is a Socket, too, and throws.
  if (!(raw instanceof Socket) || isTls(raw)) return false;
  // Once the end is on its way, nothing can be broken off any more, and libuv refuses
  // a reset (EINVAL), which would leave the descriptor open for ever.
  if (data.writableEnded || raw.writableEnded || socketsUnderTls.has(raw)) data.destroy();
  else if (!raw.destroyed) raw.resetAndDestroy();
  return true;
}

/**
 * Breaks off the data connection of a transfer. A partial file must not look like a whole one: returns
 * whether the server must be told, or see the control connection end, before the data ends.
 */
export function abortData(
  data: Duplex | undefined,
  raw: Duplex | undefined,
  { isUpload, isSecure }: { isUpload: boolean; isSecure: boolean },
): boolean {
  if (!data || !raw) return false;
  // Under TLS a download is reset, too: ProFTPD ends the session at a mere end of TCP.
  const isReset = (isUpload || isSecure) && reset(data, raw);
  const mustTell = isUpload && !isReset;
  if (!mustTell) data.destroy();
  return mustTell;
}
