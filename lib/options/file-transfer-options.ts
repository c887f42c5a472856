import type { TransferProgress } from '../streams/progress';
import type { CallOptions } from './client-options';

/** Options of `download()` and `upload()`. */
export interface FileTransferOptions extends CallOptions {
  /**
   * Byte offset in both files at which to start. Default 0: the whole file, which replaces an
   * existing one. The call rejects with `ERR_FTP_BAD_OFFSET` if the offset is beyond the end of
   * either file. An upload also does so if the server does not support SIZE, unless `verify` is
   * `false`. A local pipe has no offsets: all of it is sent.
   */
  readonly rest?: number | null | undefined;
  /**
   * Whether the size at the server (SIZE) is compared with the bytes transferred. `'size'` (the
   * default): they must be equal. `'at-least'`: a download may be longer than SIZE, as for a log
   * file that is growing; the server's file may be longer than an upload. `false`: no check.
   */
  readonly verify?: 'size' | 'at-least' | false | undefined;
  /**
   * Called a few times a second, and at the end. If it throws, the call fails with that error, even
   * after the last byte has been stored. So does a promise that it returns and that rejects;
   * promises are awaited only at the end.
   */
  readonly onProgress?: ((progress: TransferProgress) => unknown) | undefined;
}
