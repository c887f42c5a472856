import { isErrored, isReadable as isReadableState, Readable, type Writable } from 'node:stream';
import { types } from 'node:util';
import { argumentError } from '../errors';
import type { Codec } from '../protocol/codec';
import { isBytes } from '../util/bytes';
import { checkAttached, detachedError, whenMemoryIsDetached } from './detached-memory';

/** A chunk of an iterable source. Strings are sent in the connection's encoding. */
export type UploadChunk = Uint8Array | ArrayBufferLike | string;

/** What can be uploaded. Strings are sent in the connection's encoding. */
export type UploadSource =
  | Readable
  | ReadableStream<UploadChunk>
  | AsyncIterable<UploadChunk>
  | Iterable<UploadChunk>
  | Blob
  | UploadChunk;

/** A source that was checked, and from which nothing was read yet. */
export type CheckedSource = Uint8Array | Readable | AsyncIterable<unknown>;

/**
 * Checks the source of an upload, before anything is sent.
 * @throws TypeError `ERR_INVALID_ARG_TYPE` if it is not a source of bytes
 * @throws TypeError `ERR_INVALID_STATE` for a stream that was read to its end, destroyed or locked,
 * and for bytes whose memory was detached
 * @throws the codec's error for text that cannot be encoded
 */
export function uploadable(source: unknown, codec: Codec): CheckedSource {
  if (typeof source === 'string') return codec.encode(source);
  if (isBytes(source)) {
    checkAttached(source, 0);
    return source;
  }
  if (types.isAnyArrayBuffer(source)) return bytesOfBuffer(source);
  if (typeof source === 'object' && source !== null && !ArrayBuffer.isView(source)) {
    if (isNodeReadable(source)) return checkFresh(source);
    if (isWebStream(source)) return webChunks(checkWebStream(source));
    if (isBlob(source)) return webChunks(source.stream());
    const isIterable = Symbol.asyncIterator in source || Symbol.iterator in source;
    if (isIterable) return source as AsyncIterable<unknown>;
  }
  const message =
    'The source of an upload must be a string, a Buffer, Uint8Array or ArrayBuffer, a Blob, a Readable, a ReadableStream, or an iterable of bytes';
  throw argumentError(TypeError, 'ERR_INVALID_ARG_TYPE', message);
}

/**
 * Whether a source is a Readable, also of another copy of Node's streams (`readable-stream`,
 * another realm).
 */
export function isNodeReadable(source: object): source is Readable {
  if (source instanceof Readable) return true;
  const { pipe, on, read, readable } = source as Partial<Readable>;
  const isStream = typeof pipe === 'function' && typeof on === 'function';
  return isStream && typeof read === 'function' && readable !== undefined;
}

/** Checks that a Readable can still be read. @throws TypeError `ERR_INVALID_STATE` */
export function checkFresh(source: Readable): Readable {
  if (source.readableEnded)
    throw unusableError('was read to its end before the upload, which would store an empty file');
  if (source.destroyed) throw unusableError('was destroyed before the upload', source.errored);
  return source;
}

function isWebStream(source: object): source is ReadableStream<unknown> {
  return 'getReader' in source && typeof source.getReader === 'function';
}

function checkWebStream(source: ReadableStream<unknown>): ReadableStream<unknown> {
  if (source.locked) throw unusableError('is locked: another reader uses it');
  if (isErrored(source as never)) throw unusableError('has failed before the upload');
  // `null` if it is not a stream of Node.
  if (isReadableState(source as never) === false)
    throw unusableError('was closed before the upload, which would store an empty file');
  return source;
}

// Also Blobs of another realm. A File is a Blob.
function isBlob(source: object): source is Blob {
  const { stream, size } = source as Partial<Blob>;
  return typeof stream === 'function' && typeof size === 'number';
}

/** The chunks of a web stream. It is locked only when the first chunk is requested. */
function webChunks(stream: ReadableStream<unknown>): AsyncIterable<unknown> {
  return {
    [Symbol.asyncIterator]() {
      const reader = stream.getReader();
      return {
        next: async () => (await reader.read()) as IteratorResult<unknown>,
        return: async () => {
          await reader.cancel();
          return { value: undefined, done: true as const };
        },
      };
    },
  };
}

/**
 * The bytes of a source's chunk, not copied.
 * @throws TypeError `ERR_INVALID_ARG_TYPE` for other types
 */
export function bytesIn(chunk: unknown, codec: Codec): Uint8Array {
  if (typeof chunk === 'string') return codec.encode(chunk);
  if (isBytes(chunk)) return chunk;
  if (types.isAnyArrayBuffer(chunk)) return bytesOfBuffer(chunk);
  const message = `The source of an upload yielded a value that is not bytes or a string: ${typeof chunk}`;
  throw argumentError(TypeError, 'ERR_INVALID_ARG_TYPE', message);
}

function bytesOfBuffer(buffer: ArrayBufferLike): Uint8Array {
  try {
    return new Uint8Array(buffer);
  } catch {
    throw detachedError();
  }
}

function unusableError(what: string, cause?: unknown): TypeError {
  const error = argumentError(TypeError, 'ERR_INVALID_STATE', `The source of the upload ${what}`);
  return cause ? Object.assign(error, { cause }) : error;
}

/**
 * A listener for `'pipe'` of an upload. It destroys the upload if the source was already read to
 * its end, which would store an empty file, and if the source gets stuck, which would hold the
 * upload for ever.
 */
export function checkPipedSource(this: Writable, source: Readable): void {
  try {
    checkFresh(source);
  } catch (error) {
    this.destroy(error as Error);
    return;
  }
  const unwatch = whenMemoryIsDetached(source, () => this.destroy(detachedError()));
  this.once('close', unwatch);
  this.on('unpipe', (other) => other === source && unwatch());
}
