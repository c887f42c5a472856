import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Makes the other end see that the data broke off (RST); returns false where the stream cannot. */
export function reset(data: Duplex): boolean {
  if (!(data instanceof Socket)) return false;
  if (!data.destroyed) data.resetAndDestroy();
  return true;
}
