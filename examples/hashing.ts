import type { Hash } from 'node:crypto';

/** A pipeline stage that hashes the data that passes through it. */
export function hashing(hash: Hash) {
  return async function* hashed(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const block of blocks) {
      hash.update(block);
      yield block;
    }
  };
}
