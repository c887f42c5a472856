import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { isTls } from '../tls/node-tls';

/** The sockets that TLS uses directly, without a `Detachable` between. */
const socketsUnderTls = new WeakSet<Duplex>();

/**
 * Makes `raw` reset the connection when it is destroyed before its end. `tls` uses `raw` directly.
 * Node destroys it too, when the handshake fails. A reset of the socket alone would leave TLS with
 * a closed handle.
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
 * Resets a connection (RST), so that the server sees that the data is incomplete. Returns false if
 * the stream does not support that.
 *
 * @param raw - the TCP socket under `data`, or `data` itself: TLS has no reset
 */
export function reset(data: Duplex, raw: Duplex): boolean {
  // A user's TLS stream (createConnection) is a Socket too, and throws.
  if (!(raw instanceof Socket) || isTls(raw)) return false;
  // After end(), libuv refuses a reset (EINVAL), which would leave the file descriptor open for
  // ever.
  if (data.writableEnded || raw.writableEnded || socketsUnderTls.has(raw)) data.destroy();
  else if (!raw.destroyed) raw.resetAndDestroy();
  return true;
}

/**
 * Aborts the data connection of a transfer. A partial file must not look complete. Returns whether
 * the caller must send ABOR, or close the control connection, before it closes the data connection.
 */
export function abortData(
  data: Duplex | undefined,
  raw: Duplex | undefined,
  { isUpload, isSecure }: { isUpload: boolean; isSecure: boolean },
): boolean {
  if (!data || !raw) return false;
  // With TLS a download is reset too: ProFTPD closes the session if TCP just ends.
  const isReset = (isUpload || isSecure) && reset(data, raw);
  const mustTell = isUpload && !isReset;
  if (!mustTell) data.destroy();
  return mustTell;
}
