import { Duplex } from 'node:stream';

/** The data connection of a transfer that needs none. */
export function noData(): Duplex {
  const data = new Duplex({ read() {}, write: (_chunk, _encoding, callback) => callback() });
  data.push(null);
  return data;
}
