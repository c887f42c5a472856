import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

/** Node's TLS, and the cryptography under it. To load them takes longer than to connect, and in clear nobody needs them. */
export const node = {
  get tls(): typeof import('node:tls') {
    return require('node:tls');
  },
  get crypto(): typeof import('node:crypto') {
    return require('node:crypto');
  },
};

/** Whether a stream is in TLS. */
export function isTls(stream: Duplex): stream is TLSSocket {
  return (stream as Partial<TLSSocket>).encrypted === true;
}
