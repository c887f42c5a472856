import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { argumentError } from '../errors';
import { LineEncoder } from '../protocol/line-encoder';
import { Slices } from '../slices';
import { whenFinished } from './when-finished';
import { checkWhole } from './whole';

const PIECE = 64 * 1024; // bytes that are encoded at once
const OFTEN = 16; // blocks or lines, between two looks at the clock

/** Told of each block or line; one that returns a promise is awaited, which holds the server back. */
export type TransferCallback<T> = (item: T) => unknown;

/** What can be uploaded. */
export type UploadSource =
  | Readable
  | ReadableStream<Uint8Array | string>
  | AsyncIterable<Uint8Array | string>
  | Iterable<Uint8Array | string>
  | Blob
  | Uint8Array;

/** Gives each item of a stream to a callback, as ftplib does. */
export async function callEach<T>(stream: Readable, callback: TransferCallback<T>): Promise<void> {
  for await (const item of stream) {
    const called = callback(item);
    if (isThenable(called)) await called;
  }
}

/** Writes a source into an upload; the callback is told of each block once it is sent. */
export async function upload(
  source: Readable | Uint8Array,
  destination: Writable,
  blocks: BlockMaker,
  callback: TransferCallback<Buffer> | undefined,
): Promise<void> {
  const isBytes = source instanceof Uint8Array;
  if (!callback && isBytes) {
    try {
      destination.end(source);
    } catch (error) {
      destination.destroy(error as Error);
    }
    return whenFinished(destination);
  }
  const length = isBytes ? source.length : undefined;
  const readable = isBytes ? Readable.from([source]) : source;
  if (!callback && !readable.readableObjectMode) return pipeline(readable, destination);
  await pipeline(
    readable,
    async function* told(chunks: AsyncIterable<unknown>) {
      const bytes = bytesOf(chunks, length);
      for await (const block of callback ? blocks(bytes) : bytes) {
        yield block;
        // The pipeline asks for more when the block has been taken.
        const called = callback?.(block);
        if (isThenable(called)) await called;
      }
    },
    destination,
  );
}

/** Cuts a source's chunks into what a callback is told of. */
export type BlockMaker = (chunks: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;

/** Blocks of at most so many bytes (`ftplib.storbinary`). */
export function blocksOf(blocksize: number): BlockMaker {
  return async function* blocks(chunks) {
    let count = 0;
    for await (const chunk of chunks) {
      for (let start = 0; start < chunk.length; start += blocksize) {
        yield chunk.subarray(start, start + blocksize);
        if (++count % OFTEN === 0) await Slices.pause();
      }
    }
  };
}

/** Lines, each with the CRLF that it is sent with (`ftplib.storlines`). */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const encoder = new LineEncoder();
  let pieces: Buffer[] = [];
  let count = 0;
  for await (const piece of blocksOf(PIECE)(chunks)) {
    const encoded = encoder.push(piece);
    let start = 0;
    for (let end = encoded.indexOf('\n'); end !== -1; end = encoded.indexOf('\n', start)) {
      yield Buffer.concat([...pieces, encoded.subarray(start, end + 1)]);
      if (++count % OFTEN === 0) await Slices.pause();
      pieces = [];
      start = end + 1;
    }
    if (start < encoded.length) pieces.push(encoded.subarray(start));
  }
  const last = Buffer.concat([...pieces, encoder.finish()]);
  if (last.length > 0) yield last;
}

/** Whether an argument is an object of options, and neither a source nor a path. */
export function isOptions(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  const isPlain = prototype === Object.prototype || prototype === null;
  return isPlain && !(Symbol.iterator in value || Symbol.asyncIterator in value);
}

/**
 * The source of an upload as a Readable, or its bytes.
 * @throws TypeError `ERR_INVALID_ARG_TYPE` for what is no source of bytes, a string among them;
 * `ERR_INVALID_STATE` for a ReadableStream that somebody reads already, and for bytes whose memory is gone
 */
export function uploadable(source: unknown): Readable | Uint8Array {
  if (source instanceof Readable) return source;
  if (source instanceof Uint8Array && ArrayBuffer.isView(source)) {
    checkWhole(source, 0);
    return source;
  }
  if (source instanceof Blob) return Readable.fromWeb(source.stream() as never);
  if (typeof source === 'object' && source !== null && !ArrayBuffer.isView(source)) {
    if ('getReader' in source) return Readable.fromWeb(source as never);
    const isIterable = Symbol.asyncIterator in source || Symbol.iterator in source;
    if (isIterable) return Readable.from(source as AsyncIterable<unknown>);
  }
  const message =
    'The source of an upload must be a Readable, a ReadableStream, an iterable of bytes, a Blob or a Uint8Array';
  throw argumentError(TypeError, 'ERR_INVALID_ARG_TYPE', message);
}

/** @param whole - bytes of the one chunk, if it has been there from the beginning */
async function* bytesOf(chunks: AsyncIterable<unknown>, whole?: number): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    if (typeof chunk === 'string') yield Buffer.from(chunk);
    else if (chunk instanceof Uint8Array) {
      const length = whole ?? chunk.length;
      checkWhole(chunk, length);
      yield Buffer.from(chunk.buffer, chunk.byteOffset, length);
      checkWhole(chunk, length); // by now all of it has been taken
    } else {
      const message = `The source of an upload gave a ${typeof chunk}, which is no bytes`;
      throw argumentError(TypeError, 'ERR_INVALID_ARG_TYPE', message);
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';
}
