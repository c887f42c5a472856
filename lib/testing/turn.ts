import { setImmediate } from 'node:timers/promises';

/**
 * Lets a client of the same process read what was written before. The first half comes in the same
 * turn of the event loop as an event of a socket, only the second one after sockets were polled again.
 */
export async function turn(): Promise<void> {
  await setImmediate();
  await setImmediate();
}
