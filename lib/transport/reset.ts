import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

/**
 * Makes the other end see that the data broke off (RST); returns false where the stream cannot.
 *
 * @param raw - the TCP socket under `data`, where that is TLS: TLS knows no reset
 */
export function reset(data: Duplex, raw: Duplex): boolean {
  // TLS of the user's own (createConnection) is a Socket, too, and throws.
  if (!(raw instanceof Socket) || raw instanceof TLSSocket) return false;
  // Once the end is on its way, nothing can be broken off any more, and libuv refuses
  // a reset (EINVAL), which would leave the descriptor open for ever.
  if (data.writableEnded || raw.writableEnded) data.destroy();
  else if (!raw.destroyed) raw.resetAndDestroy();
  return true;
}
