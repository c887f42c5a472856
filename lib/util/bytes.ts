import { types } from 'node:util';

/** Whether a value is a Uint8Array (a Buffer is one), of whatever realm: `instanceof` knows only those of its own. */
export function isBytes(value: unknown): value is Uint8Array {
  return types.isUint8Array(value);
}
