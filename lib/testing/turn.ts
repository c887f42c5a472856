import { setImmediate } from 'node:timers/promises';

/**
 * Waits until a client in the same process could read everything written before. The first
 * setImmediate may run in the current turn of the event loop. The second runs after sockets have
 * been polled again.
 */
export async function turn(): Promise<void> {
  await setImmediate();
  await setImmediate();
}
