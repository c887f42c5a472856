import { ProtocolError } from '../errors';
import type { ListingStream } from '../streams/listing-stream';

// Names per array. A single growing array would be copied again and again.
const PART_LENGTH = 4096;
// Bytes of a string beside its characters, including its slot in an array.
const STRING_OVERHEAD = 32;

/**
 * Collects the names of a listing in memory.
 *
 * @param limit - maximum memory in bytes
 * @throws ProtocolError `ERR_FTP_REPLY_TOO_LARGE` if the names exceed the limit
 */
export async function collectNames(lines: ListingStream<string>, limit: number): Promise<string[]> {
  const parts: string[][] = [];
  let names: string[] = [];
  for await (const name of lines) {
    names.push(name);
    const count = PART_LENGTH * parts.length + names.length;
    if (lines.bytesTransferred + STRING_OVERHEAD * count > limit)
      throw tooManyNamesError(lines, limit);
    if (names.length < PART_LENGTH) continue;
    parts.push(names);
    names = [];
  }
  return parts.length === 0 ? names : [...parts, names].flat();
}

function tooManyNamesError({ command }: ListingStream<string>, limit: number): ProtocolError {
  const message = `The names take more than the ${limit} bytes of maxReadAhead (${command}): raise it, or read them one by one with retrLines()`;
  return new ProtocolError(message, { connectionUsable: true }, 'ERR_FTP_REPLY_TOO_LARGE');
}
