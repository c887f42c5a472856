/**
 * Milliseconds by a clock that is never set. It is that of `performance.now()`, whose first use
 * makes Node load a dozen modules.
 */
export function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
