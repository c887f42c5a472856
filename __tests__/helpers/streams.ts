import { Writable } from 'node:stream';

/** A Writable that passes each block to a function. */
export function sink(take: (block: Buffer) => void): Writable {
  return new Writable({
    write(block, _encoding, callback) {
      take(block);
      callback();
    },
  });
}

/** Resolves at an event; rejects at an error. */
export function untilEvent(
  stream: NodeJS.EventEmitter,
  event: string,
  failing: NodeJS.EventEmitter = stream,
): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once(event, () => resolve());
    failing.once('error', reject);
  });
}

/** Resolves when a stream is closed, however it ended. */
export async function closed(stream: NodeJS.EventEmitter & { closed: boolean }): Promise<void> {
  if (!stream.closed) await new Promise<void>((resolve) => stream.once('close', () => resolve()));
}

/** The content of a stream as text. */
export async function text(
  stream: AsyncIterable<Buffer>,
  encoding: BufferEncoding = 'utf8',
): Promise<string> {
  const blocks: Buffer[] = [];
  for await (const block of stream) blocks.push(block);
  return Buffer.concat(blocks).toString(encoding);
}
