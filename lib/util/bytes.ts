import { types } from 'node:util';

/**
 * Whether a value is a Uint8Array, such as a Buffer, of any realm. `instanceof` only recognizes
 * those of its own realm.
 */
export function isBytes(value: unknown): value is Uint8Array {
  return types.isUint8Array(value);
}
