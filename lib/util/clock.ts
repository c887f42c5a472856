/**
 * Returns milliseconds of a monotonic clock. `performance.now()` has the same clock, but its first
 * use makes Node load a dozen modules.
 */
export function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
