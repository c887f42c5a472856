import type { Readable } from 'node:stream';

const SMALL = 4096; // bytes

/**
 * Whether the consumer of a stream of bytes has some before him, so that what comes now is joined: to whole blocks for a pipe or
 * a listener that has stopped, since each block costs a write; to more than a few bytes for others, since each chunk in a stream's
 * buffer costs a hundred bytes.
 *
 * @param kept - bytes that wait to be pushed
 * @param ours - listeners for 'readable' that take whatever there is; any other may wait for the next byte
 */
export function isBehind(stream: Readable, kept: number, ours: number): boolean {
  const { readableFlowing, readableLength, readableHighWaterMark } = stream;
  if (readableFlowing === true || readableLength === 0) return false;
  if (stream.listenerCount('readable') > ours) return false;
  if (readableFlowing === false && stream.listenerCount('data') > 0) return true;
  return kept < Math.min(readableHighWaterMark - readableLength, SMALL);
}
