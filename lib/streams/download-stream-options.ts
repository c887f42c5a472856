export interface DownloadStreamOptions {
  /** Bytes of the largest block that a consumer sees, and the stream's `highWaterMark`. */
  readonly blocksize: number;
  readonly isListing?: boolean; // which may be empty, without any data connection
  /** Each piece is handed on by itself, in the memory that it was read into. */
  readonly inPlace?: boolean;
  /** It is read by a stream of ours, which takes whatever there is, even after a failure. */
  readonly isInner?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Called when somebody waits for the end of the transfer. */
  readonly onQueued?: () => void;
}
