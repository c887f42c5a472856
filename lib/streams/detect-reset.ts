import type { Duplex } from 'node:stream';

const NOTHING = Buffer.alloc(0);

/**
 * Ends the client's side of a data connection whose other side has ended, and reports whether the
 * connection was reset.
 *
 * Node 20 may report a reset that arrives together with data as a normal end. If the socket does
 * not show that it is still connected, an empty write tells: it fails after a reset, and sends
 * nothing.
 *
 * @param error - the error, if one is known already
 * @param isConnected - whether the connection is known not to have been reset
 * @param callback - called with the error of a reset, if there was one
 */
export function endAndDetectReset(
  data: Duplex,
  error: Error | null | undefined,
  isConnected: boolean | undefined,
  callback: (error: Error | undefined) => void,
): void {
  if (error) return callback(error);
  if (!data.writable) return callback(data.errored ?? undefined);
  if (isConnected) process.nextTick(callback);
  else
    data.write(NOTHING, (failure) => callback(failure && isReset(failure) ? failure : undefined));
  data.end(); // now, not after the 226: some servers wait for it
}

/**
 * Other errors only mean that this runtime cannot write: Bun reports EBADF here, and Deno EPERM.
 */
function isReset(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ECONNRESET' || code === 'EPIPE';
}
