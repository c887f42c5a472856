import { ProtocolError } from '../errors';
import type { ListingStream } from '../streams/listing-stream';

const PART_LENGTH = 4096; // names; one array that grows is copied again and again, the longer it is the longer that takes
const STRING_OVERHEAD = 32; // bytes that a string takes beside its characters, with its place in an array

/**
 * The names of a listing, as long as they take no more memory than so many bytes.
 *
 * @throws ProtocolError `ERR_FTP_REPLY_TOO_LARGE`
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
