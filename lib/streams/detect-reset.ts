import type { Duplex } from 'node:stream';

const NOTHING = Buffer.alloc(0);

/**
 * Ends our side of a data connection whose other side has ended, and tells whether it was reset.
 *
 * Node 20 may report a reset that comes together with data as an end. Where the socket does not show that it stands, a
 * write of nothing tells: it meets the reset all the same, and puts nothing on the wire.
 *
 * @param error - what is known already
 * @param isStanding - whether the connection is known not to have been reset
 */
export function endAndDetectReset(
  data: Duplex,
  error: Error | null | undefined,
  isStanding: boolean | undefined,
  tell: (error: Error | undefined) => void,
): void {
  if (error) return tell(error);
  if (!data.writable) return tell(data.errored ?? undefined);
  if (isStanding) process.nextTick(tell);
  else data.write(NOTHING, (met) => tell(met && isReset(met) ? met : undefined));
  data.end(); // at once, not after the 226: some servers wait for it
}

/** Other errors say only that this runtime cannot write: Bun gives EBADF here, and Deno EPERM. */
function isReset(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ECONNRESET' || code === 'EPIPE';
}
