import type { Duplex } from 'node:stream';
import { Deadline } from '../../util/deadline';
import { isTls } from '../tls/node-tls';

/**
 * Closes a data connection that has done its work. The end of a TLS connection may still be on its
 * way, and some servers take one that breaks off before it for a failure.
 */
export function letGo(data: Duplex, timeout: number): void {
  const isLeaving = isTls(data) && data.writableEnded && !data.writableFinished;
  if (!isLeaving) {
    data.destroy();
    return;
  }
  const deadline = new Deadline();
  deadline.arm(timeout, () => data.destroy());
  data.once('finish', () => data.destroy());
  data.once('close', () => deadline.stop());
}
