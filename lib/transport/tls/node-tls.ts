import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

/**
 * Loads Node's TLS modules on first use. Loading takes longer than a connect, and plain FTP needs
 * neither.
 */
export const node = {
  /** `node:tls` */
  get tls(): typeof import('node:tls') {
    return require('node:tls');
  },
  /** `node:crypto` */
  get crypto(): typeof import('node:crypto') {
    return require('node:crypto');
  },
};

/** Whether a stream is a TLS stream. */
export function isTls(stream: Duplex): stream is TLSSocket {
  return (stream as Partial<TLSSocket>).encrypted === true;
}
