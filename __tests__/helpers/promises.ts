import { setImmediate as turn } from 'node:timers/promises';

/** The value of a promise, or the error that it rejects with. */
export function settled(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => error);
}

/** The error that a promise rejects with. */
export function rejection(
  promise: Promise<unknown>,
): Promise<Error & { code?: string } & Record<string, unknown>> {
  return promise.then(
    (value) => {
      throw new Error(`Not rejected but resolved with ${String(value)}`);
    },
    (error) => error,
  );
}

/** Lets the event loop turn, so that what is on its way within this process arrives. */
export async function turns(count = 5): Promise<void> {
  for (let index = 0; index < count; index += 1) await turn();
}
