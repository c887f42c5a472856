import type { ByteEncoder } from '../protocol/line-encoder';

export interface UploadStreamOptions {
  /** The stream's `highWaterMark` in bytes. */
  readonly blocksize: number;
  readonly encoder?: ByteEncoder;
  readonly signal?: AbortSignal | undefined;
}
