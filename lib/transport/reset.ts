import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Makes the other end see that the data broke off (RST); returns false where the stream cannot. */
export function reset(data: Duplex): boolean {
  if (!(data instanceof Socket)) return false;
  // Once the end is on its way, nothing can be broken off any more, and libuv refuses
  // a reset (EINVAL), which would leave the descriptor open for ever.
  if (data.writableEnded) data.destroy();
  else if (!data.destroyed) data.resetAndDestroy();
  return true;
}
